//! `assay card info`.

use assay_abi::{CONTRACT_HASH, Engine, card_regs};
use assay_driver::{Identity, Transport};
use serde_json::{Map, Value, json};

use super::InfoArgs;
use super::place::{AnyDriver, failed};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::print_line;
use crate::text::{grouped, hex};

pub fn run(args: &InfoArgs) -> Outcome {
    let driver = args.card.open()?;
    let identity = driver.identity();
    let counters = counters(&driver)?;
    if args.json {
        let all = json!({
            "name": driver.transport().name(),
            "contract_version": identity.version,
            "contract_hash": hex(&CONTRACT_HASH),
            "build_id": identity.build_id,
            "field": field(identity),
            "lanes": 1_u32 << identity.log_lanes,
            "log_rows": identity.log_rows,
            "cycles_per_permutation": identity.interval,
            "engines": identity.engines.iter().map(|it| it.name()).collect::<Vec<_>>(),
            "memory_bytes": identity.memory_bytes,
            "counters": counters,
        });
        print_line(&all.to_string())?;
        return Ok(Exit::Success);
    }
    let line = |what: &str, value: String| print_line(&format!("{what:<24}{value}"));
    line("card", driver.transport().name())?;
    line(
        "contract",
        format!("version {}, {}", identity.version, hex(&CONTRACT_HASH)),
    )?;
    line("build", format!("{:#010x}", identity.build_id))?;
    line("field", field(identity).to_owned())?;
    line(
        "NTT",
        format!(
            "{} lanes, columns up to 2^{}",
            1_u32 << identity.log_lanes,
            identity.log_rows
        ),
    )?;
    line(
        "hasher",
        format!("a permutation in {} cycles", identity.interval),
    )?;
    line(
        "engines",
        Engine::ALL
            .iter()
            .map(|it| {
                if identity.engines.contains(it) {
                    it.name().to_owned()
                } else {
                    format!("no {it}")
                }
            })
            .collect::<Vec<_>>()
            .join(", "),
    )?;
    line(
        "memory",
        format!("{} bytes", grouped(identity.memory_bytes)),
    )?;
    for (name, value) in &counters {
        if let Some(value) = value.as_u64() {
            line(name, grouped(value))?;
        }
    }
    Ok(Exit::Success)
}

fn field(identity: &Identity) -> &'static str {
    match identity.field_code {
        0 => "KoalaBear",
        1 => "BabyBear",
        _ => "unknown",
    }
}

fn counters(driver: &AnyDriver) -> Result<Map<String, Value>, Failure> {
    let mut counters = Map::new();
    for counter in card_regs::COUNTERS {
        // The memory's size is no counter, though it has two words as well.
        if counter.lo != card_regs::MEMORY_BYTES_LO {
            let value = driver.counter(counter.lo).map_err(failed)?;
            counters.insert(counter.name.to_owned(), value.into());
        }
    }
    Ok(counters)
}
