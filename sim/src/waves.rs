//! Turns the VCD that a model writes into an FST: the same changes, a tenth of the size.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use fst_writer::{
    FstFileType, FstInfo, FstScopeType, FstSignalId, FstSignalType, FstVarDirection, FstVarType,
    open_fst,
};
use vcd::{Command, IdCode, Parser, ScopeItem, Value};

use crate::error::SimError;

/// Converts `vcd` to `fst` and returns how many value changes went over.
///
/// # Errors
/// [`SimError::Waves`] if a file cannot be read or written, or is no VCD.
pub fn vcd_to_fst(vcd: &Path, fst: &Path) -> Result<u64, SimError> {
    let failed = |path: &Path, reason: String| SimError::Waves {
        path: path.to_owned(),
        reason,
    };
    let file = File::open(vcd).map_err(|error| failed(vcd, error.to_string()))?;
    let mut parser = Parser::new(BufReader::new(file));
    let header = parser
        .parse_header()
        .map_err(|error| failed(vcd, error.to_string()))?;
    let info = FstInfo {
        start_time: 0,
        timescale_exponent: -12,
        version: "assay".to_owned(),
        date: String::new(),
        file_type: FstFileType::Verilog,
    };
    let write = |error: fst_writer::FstWriteError| failed(fst, error.to_string());
    let mut writer = open_fst(fst, &info).map_err(write)?;
    let mut signals = HashMap::new();
    write_scope(&mut writer, &header.items, &mut signals).map_err(write)?;
    let mut body = writer.finish().map_err(write)?;

    let mut changes = 0;
    let mut bits = Vec::new();
    for command in parser {
        match command.map_err(|error| failed(vcd, error.to_string()))? {
            Command::Timestamp(time) => body.time_change(time).map_err(write)?,
            Command::ChangeScalar(id, value) => {
                if let Some(&(signal, _)) = signals.get(&id) {
                    body.signal_change(signal, &[ascii(value)]).map_err(write)?;
                    changes += 1;
                }
            }
            Command::ChangeVector(id, vector) => {
                if let Some(&(signal, width)) = signals.get(&id) {
                    bits.clear();
                    // A VCD leaves out leading zeros.
                    bits.resize((width as usize).saturating_sub(vector.len()), b'0');
                    bits.extend(vector.iter().map(ascii));
                    body.signal_change(signal, &bits).map_err(write)?;
                    changes += 1;
                }
            }
            _ => {}
        }
    }
    body.finish().map_err(write)?;
    Ok(changes)
}

fn ascii(value: Value) -> u8 {
    match value {
        Value::V0 => b'0',
        Value::V1 => b'1',
        Value::X => b'x',
        Value::Z => b'z',
    }
}

type Signals = HashMap<IdCode, (FstSignalId, u32)>;

fn write_scope<W: std::io::Write + std::io::Seek>(
    writer: &mut fst_writer::FstHeaderWriter<W>,
    items: &[ScopeItem],
    signals: &mut Signals,
) -> Result<(), fst_writer::FstWriteError> {
    for item in items {
        match item {
            ScopeItem::Scope(scope) => {
                writer.scope(&scope.identifier, "", FstScopeType::Module)?;
                write_scope(writer, &scope.items, signals)?;
                writer.up_scope()?;
            }
            ScopeItem::Var(var) => {
                let alias = signals.get(&var.code).map(|&(signal, _)| signal);
                let name = match &var.index {
                    Some(index) => format!("{} {index}", var.reference),
                    None => var.reference.clone(),
                };
                let kind = FstSignalType::bit_vec(var.size);
                let signal = writer.var(
                    name,
                    kind,
                    FstVarType::Wire,
                    FstVarDirection::Implicit,
                    alias,
                )?;
                signals.entry(var.code).or_insert((signal, var.size));
            }
            _ => {}
        }
    }
    Ok(())
}
