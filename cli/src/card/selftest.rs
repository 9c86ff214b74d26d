//! `assay card selftest`.

use std::sync::Arc;
use std::time::Instant;

use assay_circuit::Felt;
use assay_driver::suite::echo;
use assay_driver::{CardBuffer, Driver, DriverError, Health, Job, Transport};
use assay_engines::field::{EngineField, FieldId};
use assay_hal::suite::{Scale, parts};
use assay_hal::{Hal, HalField};
use assay_hal_fpga::FpgaHal;
use p3_baby_bear::BabyBear;
use serde::Serialize;
use serde_json::json;

use super::SelftestArgs;
use super::place::{AnyDriver, failed};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::print_line;
use crate::text::grouped;

/// What was tried, and what came out.
#[derive(Debug, Serialize)]
struct Step {
    step: String,
    cases: u64,
    /// Cases that the card says it cannot do, and did not.
    refused: u64,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

/// Words of transfers that are echoed: one, a beat and a word, pages that are whole and not, many.
const LENGTHS: [usize; 7] = [1, 16, 17, 1024, 1023, 4096, 100_000];
/// Places in card memory that are written before any is read: first, last, and between them.
const PLACES: u64 = 64;
/// Words of each.
const PIECE: usize = 256;

pub fn run(args: &SelftestArgs) -> Outcome {
    let driver = args.card.open()?;
    match driver.identity().field_code {
        code if code == FieldId::KoalaBear as u32 => on::<Felt>(args, driver),
        _ => on::<BabyBear>(args, driver),
    }
}

fn on<F: HalField + EngineField>(args: &SelftestArgs, driver: AnyDriver) -> Outcome {
    let name = driver.transport().name();
    let card = FpgaHal::<F, Arc<dyn Transport>>::new(&name, driver);
    let card = Arc::new(card.map_err(Failure::surroundings)?);
    let hal: Arc<dyn Hal<F>> = card.clone();
    let scale = Scale {
        seed: args.seed,
        ..if args.long {
            Scale::QUICK
        } else {
            Scale::SMALL
        }
    };
    let mut steps = Vec::new();
    let mut step =
        |name: &str, body: &dyn Fn() -> Result<(u64, u64), String>| -> Result<(), Failure> {
            let began = Instant::now();
            let result = body();
            let done = result.clone().unwrap_or_default();
            let step = Step {
                step: name.to_owned(),
                cases: done.0,
                refused: done.1,
                seconds: began.elapsed().as_secs_f64(),
                failure: result.err(),
            };
            if !args.json {
                print_line(&line(&step))?;
            }
            steps.push(step);
            Ok(())
        };
    if !args.json {
        print_line(&format!("{name}, {}, seed {}", F::NAME, args.seed))?;
    }
    step("transfers", &|| transfers(card.driver(), args.seed))?;
    step("card_memory", &|| memory(card.driver(), args.seed))?;
    for (name, part) in parts::<F>() {
        step(name, &|| {
            let tally = part(&hal, scale).map_err(|failure| failure.to_string())?;
            Ok((tally.done, tally.refused))
        })?;
    }
    card.driver().drain().map_err(failed)?;
    step("nothing_left", &|| nothing_left(card.driver()))?;
    let health = card.driver().health();
    let broken = steps.iter().filter(|step| step.failure.is_some()).count();
    if args.json {
        let all = json!({ "name": name, "field": F::NAME, "seed": args.seed, "steps": steps, "health": described(&health), "passed": broken == 0 });
        print_line(&all.to_string())?;
    } else {
        for (what, count) in described(&health) {
            print_line(&format!("{what:<24}{}", grouped(count)))?;
        }
        print_line(&match broken {
            0 => "the card does what it must".to_owned(),
            _ => format!("{broken} of {} steps FAILED", steps.len()),
        })?;
    }
    Ok(if broken == 0 {
        Exit::Success
    } else {
        Exit::Difference
    })
}

fn line(step: &Step) -> String {
    let Step {
        step,
        cases,
        refused,
        seconds,
        failure,
    } = step;
    match failure {
        Some(failure) => format!("{step:<24}FAILED: {failure}"),
        None if *refused > 0 => {
            format!("{step:<24}{cases} cases, {refused} refused as announced, {seconds:.2} s")
        }
        None => format!("{step:<24}{cases} cases, {seconds:.2} s"),
    }
}

/// What a driver has seen that an operator wants to know of.
fn described(health: &Health) -> [(&'static str, u64); 5] {
    [
        ("commands", health.commands),
        ("interrupts lost", health.interrupts_lost),
        ("doorbells rung again", health.doorbells_again),
        ("completions twice", health.completions_twice),
        ("recoveries", health.recoveries),
    ]
}

/// Words of which no two are alike, others for each seed and place.
fn pattern(seed: u64, place: u64, length: usize) -> Vec<u32> {
    let first = seed
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(place << 32);
    let word = |index: u64| {
        let mixed = first
            .wrapping_add(index)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (mixed >> 32) as u32
    };
    (0..length as u64).map(word).collect()
}

/// The first word that is another.
fn same(what: &str, found: &[u32], sent: &[u32]) -> Result<(), String> {
    match (0..sent.len()).find(|&at| found.get(at) != Some(&sent[at])) {
        None => Ok(()),
        Some(at) => {
            let found = found.get(at).copied().unwrap_or_default();
            let sent = sent[at];
            Err(format!(
                "{what}: word {at} is {found:#010x}, {sent:#010x} was sent"
            ))
        }
    }
}

fn said(error: DriverError) -> String {
    error.to_string()
}

/// Words to the card and back, in all lengths.
fn transfers<T: Transport>(driver: &Driver<T>, seed: u64) -> Result<(u64, u64), String> {
    for (place, length) in (0..).zip(LENGTHS) {
        let sent = pattern(seed, place, length);
        let found = echo(driver, &sent).map_err(said)?;
        same(
            &format!("{length} words to the card and back"),
            &found,
            &sent,
        )?;
    }
    Ok((LENGTHS.len() as u64, 0))
}

/// Writes places all over card memory before any is read: addresses that are confused show.
fn memory<T: Transport>(driver: &Driver<T>, seed: u64) -> Result<(u64, u64), String> {
    let all = driver.allocate(driver.free_bytes()).map_err(said)?;
    let places = places(&all);
    for (place, &offset) in (0..).zip(&places) {
        put(driver, &all, offset, &pattern(seed, place, PIECE))?;
    }
    driver.drain().map_err(said)?;
    compare(driver, &all, &places, seed)?;
    Ok((places.len() as u64, 0))
}

/// Where pieces are written: first, last, and between them, each once.
fn places(memory: &CardBuffer) -> Vec<u64> {
    let bytes = PIECE as u64 * 4;
    let pieces = memory.bytes() / bytes;
    match pieces.min(PLACES) {
        0 => Vec::new(),
        1 => vec![0],
        places => (0..places)
            .map(|place| place * (pieces - 1) / (places - 1) * bytes)
            .collect(),
    }
}

fn put<T: Transport>(
    driver: &Driver<T>,
    memory: &CardBuffer,
    offset: u64,
    words: &[u32],
) -> Result<(), String> {
    let bytes = words.len() as u64 * 4;
    let host = driver.host_buffer(bytes).map_err(said)?;
    host.dma().write(0, words);
    let job = Job::upload(host, bytes, memory, offset).map_err(said)?;
    driver.submit(job).map_err(said)?;
    Ok(())
}

/// Reads all places again.
fn compare<T: Transport>(
    driver: &Driver<T>,
    memory: &CardBuffer,
    places: &[u64],
    seed: u64,
) -> Result<(), String> {
    let bytes = PIECE as u64 * 4;
    for (place, &offset) in (0..).zip(places) {
        let host = driver.host_buffer(bytes).map_err(said)?;
        let job = Job::download(memory, offset, bytes, host).map_err(said)?;
        let ticket = driver.submit(job).map_err(said)?;
        driver.wait(&ticket).map_err(said)?;
        let host = ticket.take_buffer().ok_or("no buffer came back")?;
        let mut found = vec![0; PIECE];
        host.dma().read(0, &mut found);
        let what = format!("card memory at {offset:#x}");
        same(&what, &found, &pattern(seed, place, PIECE))?;
    }
    Ok(())
}

/// All card memory is free, and no command is under way.
fn nothing_left<T: Transport>(driver: &Driver<T>) -> Result<(u64, u64), String> {
    let held = driver.identity().memory_bytes - driver.free_bytes();
    match (held, driver.waiting()) {
        (0, 0) => Ok((2, 0)),
        (held, waiting) => Err(format!(
            "{held} bytes of card memory are held, {waiting} commands have not ended"
        )),
    }
}

#[cfg(test)]
mod tests {
    use assay_driver::faults::{Fault, Faulty, FaultyHost, Saboteur};
    use assay_driver::{DmaMap, EmulatedCard, Options, Shape};

    use super::*;

    const SEED: u64 = 7;

    /// A card with so much memory, on whose bus something goes wrong when it is armed.
    fn card(bytes: u64) -> (Driver<Faulty<EmulatedCard>>, Saboteur) {
        let (map, saboteur) = (DmaMap::default(), Saboteur::default());
        let host = Arc::new(FaultyHost::new(map.clone(), saboteur.clone()));
        let shape = Shape::small(FieldId::KoalaBear, bytes);
        let card = EmulatedCard::with_host(shape, map, host).expect("a thread");
        let card = Faulty::new(card, saboteur.clone());
        let driver = Driver::open(card, Options::default()).expect("a card");
        (driver, saboteur)
    }

    #[test]
    fn cards_of_all_sizes_pass() {
        for log in [19, 20, 26] {
            let (driver, _) = card(1 << log);
            assert_eq!(transfers(&driver, SEED), Ok((LENGTHS.len() as u64, 0)));
            assert_eq!(memory(&driver, SEED), Ok((PLACES, 0)));
            assert_eq!(nothing_left(&driver), Ok((2, 0)));
        }
    }

    #[test]
    fn a_bit_flipped_on_the_way_to_the_card_or_back_is_found() {
        for fault in [Fault::DataFlipped, Fault::ResultFlipped] {
            for step in [transfers, memory] {
                let (driver, saboteur) = card(1 << 20);
                // The first transfer is of one word, and the bit may be beside it.
                saboteur.arm(fault);
                saboteur.arm(fault);
                let found = step(&driver, SEED).expect_err("it must be found");
                assert!(found.contains("was sent"), "{fault}: {found}");
                saboteur.disarm();
                assert_eq!(step(&driver, SEED).map(|_| ()), Ok(()), "{fault}");
            }
        }
    }

    #[test]
    fn a_place_that_another_one_overwrote_is_named() {
        let (driver, _) = card(1 << 20);
        let all = driver.allocate(driver.free_bytes()).expect("all of it");
        let places = places(&all);
        for (place, &offset) in (0..).zip(&places) {
            put(&driver, &all, offset, &pattern(SEED, place, PIECE)).expect("an upload");
        }
        assert_eq!(compare(&driver, &all, &places, SEED), Ok(()));
        // What an address line that is stuck does: the last place lies on another.
        put(&driver, &all, places[10], &pattern(SEED, 63, PIECE)).expect("an upload");
        let found = compare(&driver, &all, &places, SEED).expect_err("it must be found");
        let named = format!("card memory at {:#x}: word 0 is", places[10]);
        assert!(found.starts_with(&named), "{found}");
    }

    #[test]
    fn memory_that_is_held_is_named() {
        let (driver, _) = card(1 << 20);
        let _held = driver.allocate(4096).expect("memory");
        let found = nothing_left(&driver).expect_err("it is held");
        assert!(
            found.starts_with("4096 bytes of card memory are held"),
            "{found}"
        );
    }
}
