//! Many commands, with faults among them.

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::{get, put};
use crate::driver::{Driver, Health};
use crate::error::DriverError;
use crate::faults::{Fault, Faulty, Saboteur};
use crate::job::Job;
use crate::memory::CardBuffer;
use crate::ticket::Ticket;
use crate::transport::Transport;

/// What a soak did.
#[derive(Clone, Copy, Debug)]
pub struct Soaked {
    /// Commands that ended.
    pub commands: u64,
    /// Faults that happened.
    pub faults: usize,
    /// Errors that callers saw.
    pub errors: u32,
    /// What the driver has seen.
    pub health: Health,
}

/// Random uploads, downloads and fences with dependencies, a fault in a hundred, until so many commands have ended. All that comes back is what was sent.
///
/// # Panics
/// If a result is wrong, the card is given up, or a command or card memory is left.
pub fn soak<T: Transport>(
    driver: &Driver<Faulty<T>>,
    saboteur: &Saboteur,
    commands: u64,
    seed: u64,
) -> Soaked {
    // Faults that a driver sees; flipped data is for whoever checks results.
    const FAULTS: [Fault; 6] = [
        Fault::InterruptLost,
        Fault::DoorbellIgnored,
        Fault::CompletionNever,
        Fault::CommandFlipped,
        Fault::DataUnmapped,
        Fault::RingUnmapped,
    ];
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut errors = 0;
    let mut kept: Vec<(CardBuffer, Ticket, Vec<u32>)> = Vec::new();
    while driver.health().commands < commands {
        if rng.random_ratio(1, 100) {
            saboteur.arm(FAULTS[rng.random_range(0..FAULTS.len())]);
        }
        match rng.random_range(0..4) {
            0 | 1 => {
                let length = rng.random_range(1..600);
                let words: Vec<u32> = (0..length).map(|_| rng.random()).collect();
                match put(driver, &words) {
                    Ok((buffer, ticket)) => kept.push((buffer, ticket, words)),
                    Err(error) => {
                        errors += 1;
                        assert!(!matches!(error, DriverError::Dead { .. }), "{error}");
                    }
                }
                if kept.len() > 30 {
                    kept.swap_remove(rng.random_range(0..30));
                }
            }
            2 if !kept.is_empty() => {
                let (buffer, ticket, words) = &kept[rng.random_range(0..kept.len())];
                match get(driver, buffer, ticket, words.len()) {
                    Ok(found) => assert_eq!(&found, words, "a result is right or an error"),
                    Err(_) => errors += 1,
                }
            }
            _ => {
                let after = kept.iter().rev().take(rng.random_range(0..4));
                let job = Job::nop().after(after.map(|(_, ticket, _)| ticket));
                errors += u32::from(driver.submit(job).is_err());
            }
        }
    }
    saboteur.disarm();
    driver.drain().expect("all ended");
    drop(kept);
    assert_eq!(driver.waiting(), 0);
    assert_eq!(driver.free_bytes(), driver.identity().memory_bytes);
    let health = driver.health();
    Soaked {
        commands: health.commands,
        faults: saboteur.happened().len(),
        errors,
        health,
    }
}
