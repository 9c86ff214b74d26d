//! What a block takes, and how fast it is.

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};

use super::DEVICE;
use super::flow::Placement;
use super::timing::CriticalPath;

/// A block on one of the devices.
pub enum Usage {
    Ecp5(Placed),
    UltraScalePlus(CellCounts),
}

/// A block placed and routed on an ECP5.
pub struct Placed {
    /// LUT4 sites: logic, carries, LUT RAM.
    lut4: u64,
    ff: u64,
    dp16kd: u64,
    mult18: u64,
    path: CriticalPath,
    seed: u32,
    aim: u32,
}

/// A block's cells after synthesis for UltraScale+. LUTs are counted one by one: the vendor's placer can put two small ones into one site.
pub struct CellCounts {
    dsp: u64,
    lut: u64,
    /// LUTs that are shift registers.
    srl: u64,
    /// LUTs that are RAM.
    lutram: u64,
    ff: u64,
    /// RAMB36, where two RAMB18 are one.
    ramb36: f64,
    uram: u64,
}

impl Placed {
    /// Reads nextpnr's report.
    pub fn read(report: &Value, placement: &Placement) -> Result<Self> {
        let used = |cell: &str| {
            report["utilization"][cell]["used"]
                .as_u64()
                .with_context(|| format!("the placement report has no {cell}"))
        };
        Ok(Self {
            lut4: used("TRELLIS_COMB")?,
            ff: used("TRELLIS_FF")?,
            dp16kd: used("DP16KD")?,
            mult18: used("MULT18X18D")?,
            path: CriticalPath::read(report)?,
            seed: placement.seed,
            aim: placement.aim,
        })
    }
}

/// The cells in yosys' `stat -json`, by type.
fn cells(stat: &Value) -> Result<&Map<String, Value>> {
    stat["design"]["num_cells_by_type"]
        .as_object()
        .context("the synthesis report has no cells")
}

/// How often a module is in a design that has it as a black box. The front end gives each instance a type of its own, `MODULE$PATH`.
pub fn instances(stat: &Value, module: &str) -> Result<u64> {
    let of_module = |name: &str| {
        name.strip_prefix(module)
            .is_some_and(|it| it.starts_with('$'))
    };
    let count = cells(stat)?
        .iter()
        .filter(|(name, _)| of_module(name))
        .filter_map(|(_, count)| count.as_u64())
        .sum();
    ensure!(count > 0, "the design has no {module}");
    Ok(count)
}

impl CellCounts {
    /// Adds those of a unit that is there so many times.
    pub fn add(&mut self, unit: &Self, times: u64) {
        self.dsp += times * unit.dsp;
        self.lut += times * unit.lut;
        self.srl += times * unit.srl;
        self.lutram += times * unit.lutram;
        self.ff += times * unit.ff;
        self.ramb36 += times as f64 * unit.ramb36;
        self.uram += times * unit.uram;
    }

    /// Reads yosys' `stat -json`.
    pub fn read(stat: &Value) -> Result<Self> {
        let cells = cells(stat)?;
        let count = |is: &dyn Fn(&str) -> bool| {
            let cells = cells.iter().filter(|(name, _)| is(name));
            cells.filter_map(|(_, count)| count.as_u64()).sum::<u64>()
        };
        let ramb18 = count(&|name| name.starts_with("RAMB18"));
        let ramb36 = count(&|name| name.starts_with("RAMB36"));
        Ok(Self {
            dsp: count(&|name| name.starts_with("DSP48")),
            lut: count(&|name| name.starts_with("LUT")),
            srl: count(&|name| name.starts_with("SRL")),
            lutram: cells
                .iter()
                .filter_map(|(name, count)| Some(count.as_u64()? * lut_ram(name)))
                .sum(),
            ff: count(&|name| name.starts_with("FD")),
            ramb36: ramb36 as f64 + ramb18 as f64 / 2.0,
            uram: count(&|name| name.starts_with("URAM")),
        })
    }
}

/// LUTs that such a cell takes if it is RAM made of them, by the vendor's library guide.
fn lut_ram(cell: &str) -> u64 {
    match cell {
        "RAM32X1S" | "RAM64X1S" => 1,
        "RAM32X1D" | "RAM64X1D" | "RAM128X1S" => 2,
        "RAM32M" | "RAM64M" | "RAM128X1D" | "RAM256X1S" => 4,
        "RAM32M16" | "RAM64M8" | "RAM256X1D" | "RAM512X1S" => 8,
        _ => 0,
    }
}

impl Usage {
    /// Prints the slowest path, hop by hop, if there is one.
    pub fn describe(&self, key: &str) {
        let Self::Ecp5(Placed { path, .. }) = self else {
            return;
        };
        println!(
            "{key}: {:.1} MHz; slowest path {:.2} ns, of which routing {:.2}",
            path.mhz, path.delay_ns, path.routing_ns
        );
        for hop in &path.hops {
            println!("  {:6.2} ns  {}", hop.arrival_ns, hop.name);
        }
        println!("             into {}", path.end);
    }

    /// Adds the figures under stable keys.
    pub fn put(&self, key: &str, report: &mut Map<String, Value>) {
        let mut put = |name: &str, value: Value| {
            report.insert(format!("{key}.{name}"), value);
        };
        match self {
            Self::Ecp5(placed) => {
                let mhz = (placed.path.mhz * 10.0).round() / 10.0;
                put("ecp5_mhz", json!(mhz));
                put("lut4", json!(placed.lut4));
                put("ff", json!(placed.ff));
                put("dp16kd", json!(placed.dp16kd));
                put("mult18", json!(placed.mult18));
                put("critical_from", json!(placed.path.begin()));
                put("critical_to", json!(placed.path.end));
                put("seed", json!(placed.seed));
                put("aim_mhz", json!(placed.aim));
            }
            Self::UltraScalePlus(cells) => {
                put("xcup_dsp", json!(cells.dsp));
                put("xcup_lut", json!(cells.lut));
                put("xcup_srl", json!(cells.srl));
                put("xcup_lutram", json!(cells.lutram));
                put("xcup_ff", json!(cells.ff));
                put("xcup_ramb36", json!(cells.ramb36));
                put("xcup_uram", json!(cells.uram));
            }
        }
    }
}

/// Prints a table for each device that was built for.
pub fn print_tables(rows: &[(&str, Usage)]) {
    let placed: Vec<_> = rows
        .iter()
        .filter_map(|(key, usage)| match usage {
            Usage::Ecp5(placed) => Some((key, placed)),
            Usage::UltraScalePlus(_) => None,
        })
        .collect();
    if !placed.is_empty() {
        println!(
            "\n| {DEVICE} | LUT4 | FF | DP16KD | MULT18 | MHz |\n|---|---:|---:|---:|---:|---:|"
        );
    }
    for (key, it) in placed {
        println!(
            "| {key} | {} | {} | {} | {} | {:.1} |",
            it.lut4, it.ff, it.dp16kd, it.mult18, it.path.mhz
        );
    }
    let counted: Vec<_> = rows
        .iter()
        .filter_map(|(key, usage)| match usage {
            Usage::Ecp5(_) => None,
            Usage::UltraScalePlus(cells) => Some((key, cells)),
        })
        .collect();
    if !counted.is_empty() {
        println!(
            "\n| UltraScale+ (xcup) | LUT | SRL | LUT RAM | FF | RAMB36 | URAM | DSP48E2 |\n|---|---:|---:|---:|---:|---:|---:|---:|"
        );
    }
    for (key, it) in counted {
        println!(
            "| {key} | {} | {} | {} | {} | {} | {} | {} |",
            it.lut, it.srl, it.lutram, it.ff, it.ramb36, it.uram, it.dsp
        );
    }
    println!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn report_without_a_resource_is_refused() {
        let report = json!({ "utilization": { "TRELLIS_COMB": { "used": 3 } } });
        let placement = Placement {
            seed: 1,
            aim: 100,
            density: "0.9",
            routing: &[],
        };
        let error = Placed::read(&report, &placement).map(|usage| usage.lut4);
        assert_eq!(
            error.expect_err("flip-flops are missing").to_string(),
            "the placement report has no TRELLIS_FF"
        );
    }

    #[test]
    fn cells_are_counted_by_kind() {
        let stat = json!({ "design": { "num_cells_by_type": {
            "CARRY4": 7, "DSP48E2": 3, "FDRE": 10, "FDSE": 1, "LUT2": 4, "LUT6": 5, "SRL16E": 6, "SRLC32E": 2, "RAM32M": 8, "RAM32M16": 1, "RAMB18E2": 3,
            "RAMB36E2": 2,
        } } });
        let mut figures = Map::new();
        let cells = CellCounts::read(&stat).expect("cells are there");
        Usage::UltraScalePlus(cells).put("block", &mut figures);
        let expected = json!({
            "block.xcup_dsp": 3, "block.xcup_lut": 9, "block.xcup_srl": 8, "block.xcup_lutram": 40, "block.xcup_ff": 11, "block.xcup_ramb36": 3.5,
            "block.xcup_uram": 0,
        });
        assert_eq!(Value::Object(figures), expected);
        assert!(CellCounts::read(&json!({})).is_err());
    }

    #[test]
    fn units_count_as_often_as_they_are_there() {
        let stat = json!({ "design": { "num_cells_by_type": {
            "LUT2": 4, "round$core.gen[0].u_round": 1, "round$core.gen[1].u_round": 1, "rounds$core.u_rounds": 1,
        } } });
        let unit = json!({ "design": { "num_cells_by_type": { "LUT6": 10, "DSP48E2": 3, "RAMB18E2": 1 } } });
        let times = instances(&stat, "round").expect("two are there");
        let mut counts = CellCounts::read(&stat).expect("cells are there");
        counts.add(&CellCounts::read(&unit).expect("cells are there"), times);
        assert_eq!(
            (times, counts.lut, counts.dsp, counts.ramb36),
            (2, 24, 6, 1.0)
        );
        assert!(instances(&stat, "core").is_err());
    }
}
