//! The contract as typed values: read, checked, and put into the canonical form that is hashed.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Words that a field is likely to be called and cannot be, in one language or the other.
const KEYWORDS: [&str; 16] = [
    "time", "type", "event", "ref", "in", "match", "mod", "use", "end", "begin", "input", "output",
    "byte", "int", "bit", "priority",
];

/// `hw-abi/contract/contract.toml`. A key that is not named here is refused: nothing is in the contract that no generator sees.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    pub contract: Head,
    pub machine: Machine,
    pub hash: BTreeMap<String, u64>,
    pub field: BTreeMap<String, FieldParams>,
    pub stream: Stream,
    pub layout: Vec<Layout>,
    pub record_flags: BTreeMap<String, u64>,
    pub segment_status: BTreeMap<String, u64>,
    pub card: Card,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    pub name: String,
    pub version: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    pub mem_log_bytes: u64,
    pub page_log_bytes: u64,
    pub num_registers: u64,
    pub halt_pc: u64,
    pub po2_min: u64,
    pub po2_max: u64,
    pub po2_default: u64,
    pub page_in_cost: u64,
    pub page_out_cost: u64,
    pub journal_cost: u64,
    pub time_bits: u64,
    pub slots_per_cycle: u64,
    pub slot_a: u64,
    pub slot_b: u64,
    pub slot_c: u64,
    pub ecall: Ecall,
    pub fault: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
pub struct Ecall {
    pub first_precompile: u64,
    pub reg_function: u64,
    pub reg_argument: u64,
    #[serde(flatten)]
    pub calls: BTreeMap<String, u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldParams {
    pub modulus: u64,
    pub two_adicity: u64,
    pub generator: u64,
    pub poseidon2_width: u64,
    pub poseidon2_degree: u64,
    pub poseidon2_full_rounds: u64,
    pub poseidon2_partial_rounds: u64,
    pub constants: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub beat_bytes: u64,
    pub kind_record: u64,
    pub kind_page_in: u64,
    pub kind_boundary: u64,
    pub kind_end: u64,
    pub page_content_beats: u64,
    pub register_beats: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    pub name: String,
    pub bytes: u64,
    pub fields: Vec<LayoutField>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayoutField {
    pub name: String,
    pub bytes: u64,
    pub doc: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub address_bits: u64,
    pub identity: u64,
    pub window_bytes: u64,
    pub alignment: u64,
    pub queue_log_min: u64,
    pub queue_log_max: u64,
    pub dependency_window: u64,
    pub command_version: u64,
    pub vector_completion: u64,
    pub vector_halted: u64,
    pub window: BTreeMap<String, u64>,
    pub opcode: BTreeMap<String, u64>,
    pub transform: BTreeMap<String, u64>,
    pub order: BTreeMap<String, u64>,
    pub command_flags: BTreeMap<String, u64>,
    pub completion_flags: BTreeMap<String, u64>,
    pub status: BTreeMap<String, u64>,
    pub engine: BTreeMap<String, u64>,
}

impl Contract {
    /// Reads and checks the contract's text.
    pub fn parse(text: &str) -> Result<Self> {
        let contract: Self = toml::from_str(text).context("contract.toml")?;
        contract.validate().context("contract.toml")?;
        Ok(contract)
    }

    /// The codes of a table in ascending order.
    pub fn by_code(table: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
        let mut codes: Vec<_> = table.iter().map(|(k, v)| (k.as_str(), *v)).collect();
        codes.sort_by_key(|&(_, code)| code);
        codes
    }

    fn validate(&self) -> Result<()> {
        ensure!(
            self.contract.name == "assay",
            "contract.name is {}, not assay",
            self.contract.name
        );
        self.validate_machine()?;
        self.validate_stream()?;
        self.validate_card()?;
        for (table, codes, limit) in [
            ("machine.fault", &self.machine.fault, 256),
            ("machine.ecall", &self.machine.ecall.calls, 256),
            ("record_flags", &self.record_flags, 8),
            ("segment_status", &self.segment_status, 256),
            ("card.window", &self.card.window, 2),
            ("card.opcode", &self.card.opcode, 256),
            ("card.transform", &self.card.transform, 256),
            ("card.order", &self.card.order, 8),
            ("card.command_flags", &self.card.command_flags, 16),
            ("card.completion_flags", &self.card.completion_flags, 8),
            ("card.status", &self.card.status, 256),
            ("card.engine", &self.card.engine, 8),
        ] {
            distinct(table, codes, limit)?;
        }
        ensure!(
            !self.machine.fault.values().any(|&code| code == 0),
            "machine.fault: 0 means no fault"
        );
        for layout in &self.layout {
            layout.validate()?;
        }
        for (name, field) in &self.field {
            ensure!(
                field.modulus < 1 << 31 && (field.modulus - 1) % (1 << field.two_adicity) == 0,
                "field.{name}: two_adicity {} is not that of the modulus {:#x}",
                field.two_adicity,
                field.modulus
            );
            ensure!(
                self.hash.get("width") == Some(&field.poseidon2_width),
                "field.{name}: poseidon2_width differs from hash.width"
            );
        }
        ensure!(
            self.hash.get("digest_elements") == self.hash.get("rate"),
            "hash: digest_elements and rate must be equal"
        );
        Ok(())
    }

    fn validate_card(&self) -> Result<()> {
        let card = &self.card;
        ensure!(
            card.address_bits > self.machine.mem_log_bytes + 1,
            "card.address_bits must hold guest memory and its shadow"
        );
        ensure!(
            card.alignment.is_power_of_two() && card.alignment >= self.stream.beat_bytes,
            "card.alignment {} is no power of two, or less than a beat",
            card.alignment
        );
        ensure!(
            card.queue_log_min <= card.queue_log_max
                && card.dependency_window < 1 << 15
                && 1 << card.queue_log_max <= card.dependency_window,
            "card: a ring of 2^queue_log_max commands must lie in dependency_window, and that in half of the sequence numbers"
        );
        ensure!(
            !card.opcode.values().any(|&code| code == 0),
            "card.opcode: 0 is what memory holds that nobody wrote"
        );
        ensure!(
            card.status.get("ok") == Some(&0),
            "card.status: ok must be 0"
        );
        for (name, bytes) in [
            ("command", card.alignment),
            ("completion", card.alignment / 2),
        ] {
            let layout = self.layout.iter().find(|layout| layout.name == name);
            ensure!(
                layout.is_some_and(|layout| layout.bytes == bytes),
                "layout {name}: is missing, or has other than {bytes} bytes"
            );
        }
        Ok(())
    }

    fn validate_machine(&self) -> Result<()> {
        let machine = &self.machine;
        ensure!(
            machine.page_log_bytes < machine.mem_log_bytes && machine.mem_log_bytes < 32,
            "machine: a page must be smaller than memory, memory smaller than 2^32"
        );
        ensure!(
            machine.po2_min <= machine.po2_default && machine.po2_default <= machine.po2_max,
            "machine: po2_default {} is not in po2_min ..= po2_max",
            machine.po2_default
        );
        ensure!(
            machine.slots_per_cycle.is_power_of_two(),
            "machine: slots_per_cycle {} is no power of two",
            machine.slots_per_cycle
        );
        let slots = [machine.slot_a, machine.slot_b, machine.slot_c];
        ensure!(
            slots.is_sorted_by(|a, b| a < b) && slots[2] < machine.slots_per_cycle,
            "machine: slots must ascend and stay below slots_per_cycle"
        );
        // Every segment pays for the register page, so its last cycle is at most limit - page_in_cost.
        let cycles = (1 << machine.po2_max) - machine.page_in_cost;
        ensure!(
            cycles * machine.slots_per_cycle + machine.slot_c < 1 << machine.time_bits,
            "machine: times of the longest segment do not fit time_bits {}",
            machine.time_bits
        );
        let dearest = 1 + 2 * (machine.page_in_cost + machine.page_out_cost) + machine.journal_cost;
        ensure!(
            dearest <= 1 << machine.po2_min,
            "machine: the register page and one instruction do not fit 2^po2_min"
        );
        ensure!(
            !machine.halt_pc.is_multiple_of(4) && machine.num_registers == 32,
            "machine: halt_pc must be no instruction's address, num_registers 32"
        );
        Ok(())
    }

    fn validate_stream(&self) -> Result<()> {
        let stream = &self.stream;
        ensure!(
            stream.beat_bytes.is_power_of_two(),
            "stream: beat_bytes {} is no power of two",
            stream.beat_bytes
        );
        ensure!(
            stream.page_content_beats * stream.beat_bytes == 1 << self.machine.page_log_bytes,
            "stream: page_content_beats do not hold one page"
        );
        ensure!(
            stream.register_beats * stream.beat_bytes == 4 * self.machine.num_registers,
            "stream: register_beats do not hold the registers"
        );
        let kinds = [
            ("record", stream.kind_record),
            ("page_in", stream.kind_page_in),
            ("boundary", stream.kind_boundary),
            ("end", stream.kind_end),
        ];
        distinct(
            "stream kinds",
            &kinds.map(|(name, kind)| (name.to_owned(), kind)).into(),
            256,
        )?;
        for name in ["record", "page_in", "segment_end"] {
            let layout = self
                .layout
                .iter()
                .find(|layout| layout.name == name)
                .with_context(|| format!("layout {name} is missing"))?;
            ensure!(
                layout.bytes == stream.beat_bytes && layout.fields[0].name == "kind",
                "layout {name}: must be one beat and begin with its kind"
            );
        }
        Ok(())
    }
}

impl Layout {
    fn validate(&self) -> Result<()> {
        let name = &self.name;
        let mut offset = 0;
        let mut seen = std::collections::BTreeSet::new();
        for field in &self.fields {
            ensure!(
                seen.insert(&field.name),
                "layout {name}: field {} is there twice",
                field.name
            );
            ensure!(
                !KEYWORDS.contains(&field.name.as_str()),
                "layout {name}: {} is a keyword of Rust or SystemVerilog",
                field.name
            );
            ensure!(
                field.bytes > 0,
                "layout {name}: field {} is empty",
                field.name
            );
            if matches!(field.bytes, 2 | 4 | 8) && !field.is_reserved() {
                ensure!(
                    offset % field.bytes == 0,
                    "layout {name}: field {} of {} bytes lies at offset {offset}, which is not aligned",
                    field.name,
                    field.bytes
                );
            } else if !field.is_reserved() && !matches!(field.bytes, 1 | 3) {
                bail!(
                    "layout {name}: field {} has {} bytes; 1, 2, 3, 4, 8 are known",
                    field.name,
                    field.bytes
                );
            }
            offset += field.bytes;
        }
        ensure!(
            offset == self.bytes && self.bytes.is_power_of_two(),
            "layout {name}: fields sum to {offset} bytes, bytes is {}, which must be their sum and a power of two",
            self.bytes
        );
        Ok(())
    }

    /// Each field with its offset.
    pub fn placed(&self) -> impl DoubleEndedIterator<Item = (u64, &LayoutField)> {
        let mut next = 0;
        let offsets: Vec<_> = self
            .fields
            .iter()
            .map(|field| {
                let offset = next;
                next += field.bytes;
                (offset, field)
            })
            .collect();
        offsets.into_iter()
    }
}

impl LayoutField {
    pub fn is_reserved(&self) -> bool {
        self.name.starts_with("reserved")
    }
}

fn distinct(table: &str, codes: &BTreeMap<String, u64>, limit: u64) -> Result<()> {
    let mut by_code = BTreeMap::new();
    for (name, &code) in codes {
        ensure!(
            code < limit,
            "{table}: {name} = {code} is not below {limit}"
        );
        if let Some(other) = by_code.insert(code, name) {
            bail!("{table}: {other} and {name} are both {code}");
        }
    }
    Ok(())
}

/// SHA-256 over the canonical form of values: their lines as [`lines`] gives them, sorted, each ended by a line feed.
pub fn hash(values: &[(&str, serde_json::Value)]) -> [u8; 32] {
    let mut all: Vec<String> = values
        .iter()
        .flat_map(|(prefix, value)| lines(prefix, value))
        .collect();
    all.sort();
    let mut hasher = Sha256::new();
    for line in all {
        hasher.update(line.as_bytes());
        hasher.update(b"\n");
    }
    hasher.finalize().into()
}

/// One line `path=value` per leaf, keys named `doc` left out. Comments, order of tables, spelling of numbers do not enter; order within an array does, as
/// the four-digit index in the path. Numbers are decimal, strings in double quotes as JSON writes them.
fn lines(path: &str, value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Object(members) => members
            .iter()
            .filter(|(key, _)| *key != "doc")
            .flat_map(|(key, value)| lines(&format!("{path}.{key}"), value))
            .collect(),
        serde_json::Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(index, value)| lines(&format!("{path}.{index:04}"), value))
            .collect(),
        leaf => vec![format!("{path}={leaf}")],
    }
}
