//! `poseidon2_sponge` behind its bench: requests in, results out, with gaps and stalls on demand.

mod model;
mod work;

use assay_abi::plants::Plant;

use crate::error::EngineError;
use crate::model::Engine;
use crate::rng::Rng;

pub use model::Model;
pub use work::{Difference, Work};

/// Words of a state.
const WIDTH: usize = 16;
/// No engine needs more clocks than this for one result.
const PATIENCE: u64 = 20_000;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The permutation of a state.
    Permute = 0,
    /// The digest of two digests.
    Compress = 1,
    /// Some words of a row.
    Hash = 2,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Request {
    /// What is asked for.
    pub kind: Kind,
    /// Whether a row begins.
    pub first: bool,
    /// Whether it ends.
    pub last: bool,
    /// How many of its words these are.
    pub words: usize,
    /// At which slot it is in hand.
    pub slot: usize,
    /// Comes back with the result.
    pub tag: u32,
    /// The words of memory.
    pub data: [u32; WIDTH],
}

impl Request {
    /// Whether a result answers it.
    #[must_use]
    pub fn answered(&self) -> bool {
        self.kind != Kind::Hash || self.last
    }
}

/// How often both sides pause, in 65,536 cycles.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pauses {
    /// No request.
    pub input: u32,
    /// The result is not taken.
    pub output: u32,
    /// Of the random numbers.
    pub seed: u64,
}

/// Turns of the core that nothing used, between the first request and the last result, by cause.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lost {
    /// No request.
    pub input_missing: u64,
    /// The row's last chunk was not done.
    pub slot_busy: u64,
    /// Results were not taken.
    pub output_full: u64,
    /// A request was on its way, or only added words to a row.
    pub gathering: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Tag and words of each result.
    pub results: Vec<(u32, [u32; WIDTH])>,
    /// The clock in which the first request was accepted.
    pub accepted: u64,
    /// The clock in which the first result was taken.
    pub answered: u64,
    /// The clock in which the last result was taken.
    pub finished: u64,
    /// Unused turns.
    pub lost: Lost,
    /// Whether a word was refused.
    pub refused: bool,
}

/// Runs the requests through the engine of that name until all are answered, a word is refused, or nothing happens any more.
///
/// # Errors
/// If there is no such engine, or an assertion of the RTL fails.
pub fn run(
    name: &str,
    plant: Option<&Plant>,
    requests: &[Request],
    pauses: Pauses,
) -> Result<Answers, EngineError> {
    run_on(Engine::new(name, plant)?, requests, pauses)
}

/// The same on an engine that was just reset.
///
/// # Errors
/// If an assertion of the RTL fails.
pub fn run_on(
    mut engine: Engine,
    requests: &[Request],
    pauses: Pauses,
) -> Result<Answers, EngineError> {
    let mut rng = Rng::new(pauses.seed, 2);
    let mut answers = Answers::default();
    let asked = requests.iter().filter(|it| it.answered()).count();
    let mut next = 0;
    let mut offered = false;
    let mut quiet = 0;
    while answers.results.len() < asked && !answers.refused && quiet < PATIENCE {
        let clock = engine.clock();
        // What is offered stays until it is accepted.
        offered = next < requests.len() && (offered || !rng.chance(pauses.input));
        let takes = !rng.chance(pauses.output);
        engine.drive[0] = u32::from(takes) << 9;
        if offered {
            let request = &requests[next];
            engine.drive[0] |= 1
                | (request.kind as u32) << 1
                | u32::from(request.first) << 3
                | u32::from(request.last) << 4
                | (request.words as u32) << 5
                | (request.slot as u32) << 16;
            engine.drive[1] = request.tag;
            engine.drive[2..].copy_from_slice(&request.data);
        }
        engine.cycle()?;
        let flags = engine.sample[0];
        let bit = |index: u32| flags >> index & 1 == 1;
        quiet += 1;
        if offered && bit(0) {
            if next == 0 {
                answers.accepted = clock;
            }
            next += 1;
            offered = false;
            quiet = 0;
        }
        if takes && bit(1) {
            if answers.results.is_empty() {
                answers.answered = clock;
            }
            let mut words = [0; WIDTH];
            words.copy_from_slice(&engine.sample[2..]);
            answers.results.push((engine.sample[1], words));
            answers.finished = clock;
            quiet = 0;
        }
        answers.refused = bit(2);
        if next > 0 {
            let lost = &mut answers.lost;
            lost.input_missing += u64::from(bit(4));
            lost.slot_busy += u64::from(bit(5));
            lost.output_full += u64::from(bit(6));
            lost.gathering += u64::from(bit(7));
        }
    }
    Ok(answers)
}
