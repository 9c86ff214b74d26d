//! What every body of the card has to survive, for the tests of each: faults one at a time, and many commands with faults among them.

use std::fmt;
use std::time::{Duration, Instant};

use assay_abi::CommandStatus;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::driver::{Driver, Health, Options};
use crate::error::DriverError;
use crate::faults::{Fault, Faulty, Saboteur};
use crate::job::Job;
use crate::memory::CardBuffer;
use crate::ticket::Ticket;
use crate::transport::Transport;

/// A card, and who sabotages it in front of the transport and behind host memory.
pub type Bench<T> = (T, Saboteur);

/// What became of a fault.
#[derive(Clone, Debug)]
pub struct Survived {
    /// Which one.
    pub fault: Fault,
    /// The error that the caller saw; none if it was made good.
    pub error: Option<DriverError>,
    /// From the command's submission until the card had done the next one well.
    pub recovered: Duration,
}

impl Survived {
    /// Whether the driver alone sees to it.
    #[must_use]
    pub fn is_the_drivers(&self) -> bool {
        !matches!(self.fault, Fault::DataFlipped | Fault::ResultFlipped)
    }
}

impl fmt::Display for Survived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = match (&self.error, self.fault) {
            (Some(error), _) => error.to_string(),
            (None, Fault::DataFlipped | Fault::ResultFlipped) => {
                "not seen by the driver, so results are checked above it".to_owned()
            }
            (None, _) => "made good".to_owned(),
        };
        let millis = self.recovered.as_secs_f64() * 1e3;
        write!(f, "{:?}: {said}; {millis:.1} ms", self.fault)
    }
}

fn put<T: Transport>(
    driver: &Driver<T>,
    words: &[u32],
) -> Result<(CardBuffer, Ticket), DriverError> {
    let bytes = (words.len() as u64 * 4).next_multiple_of(64);
    let buffer = driver.allocate(bytes)?;
    let host = driver.host_buffer(bytes)?;
    host.dma().write(0, words);
    let ticket = driver.submit(Job::upload(host, bytes, &buffer, 0)?)?;
    Ok((buffer, ticket))
}

fn get<T: Transport>(
    driver: &Driver<T>,
    buffer: &CardBuffer,
    after: &Ticket,
    words: usize,
) -> Result<Vec<u32>, DriverError> {
    let bytes = (words as u64 * 4).next_multiple_of(64);
    let host = driver.host_buffer(bytes)?;
    let job = Job::download(buffer, 0, bytes, host)?.after([after]);
    let ticket = driver.submit(job)?;
    driver.wait(&ticket)?;
    let mut found = vec![0; words];
    let host = ticket.take_buffer().ok_or(DriverError::Stale)?;
    host.dma().read(0, &mut found);
    Ok(found)
}

/// Words to the card and back.
///
/// # Errors
/// What went wrong on the way.
pub fn echo<T: Transport>(driver: &Driver<T>, words: &[u32]) -> Result<Vec<u32>, DriverError> {
    let (buffer, ticket) = put(driver, words)?;
    get(driver, &buffer, &ticket, words.len())
}

/// Times that a fault gets an occasion.
const TRIES: u32 = 10_000;

/// Lets each fault happen on a card of its own, and tells what became of it.
///
/// # Panics
/// If a fault does not happen, has another outcome than it must have, or leaves the card, its memory or its rings in another state than it must.
pub fn survives_each_fault<T: Transport>(
    make: impl Fn() -> Bench<T>,
    options: Options,
) -> Vec<Survived> {
    let words: Vec<u32> = (0..100).collect();
    let mut table = Vec::new();
    for fault in Fault::ALL {
        let (card, saboteur) = make();
        let faulty = Faulty::new(card, saboteur.clone());
        if fault == Fault::OtherContract {
            saboteur.arm(fault);
            let began = Instant::now();
            let error = Driver::open(faulty, options).err();
            assert!(
                matches!(error, Some(DriverError::Contract { .. })),
                "{error:?}"
            );
            let recovered = began.elapsed();
            table.push(Survived {
                fault,
                error,
                recovered,
            });
            continue;
        }
        let driver = Driver::open(faulty, options).expect("a card");
        assert_eq!(echo(&driver, &words).as_ref(), Ok(&words));
        saboteur.arm(fault);
        // A card may be so quick that nobody waits for its interrupt.
        let (mut began, mut found) = (Instant::now(), echo(&driver, &words));
        for _ in 0..TRIES {
            if !saboteur.happened().is_empty() {
                break;
            }
            (began, found) = (Instant::now(), echo(&driver, &words));
        }
        assert_eq!(saboteur.happened(), [fault], "it happened");
        check(fault, &found, &words, driver.health());
        if fault == Fault::Removed {
            let error = echo(&driver, &words);
            assert!(matches!(error, Err(DriverError::Dead { .. })), "{error:?}");
        } else {
            assert_eq!(
                echo(&driver, &words).as_ref(),
                Ok(&words),
                "after {fault:?}"
            );
            assert_eq!(driver.waiting(), 0);
        }
        assert_eq!(driver.free_bytes(), driver.identity().memory_bytes);
        table.push(Survived {
            fault,
            error: found.err(),
            recovered: began.elapsed(),
        });
    }
    table
}

/// The outcome that a fault must have.
fn check(fault: Fault, found: &Result<Vec<u32>, DriverError>, words: &[u32], health: Health) {
    let status = |expected: CommandStatus| matches!(found, Err(DriverError::Command { status, .. }) if *status == expected);
    let different = found
        .as_ref()
        .map(|found| found.iter().zip(words).filter(|(a, b)| a != b).count());
    let holds = match fault {
        // Made good by a look, a second ring, or whatever comes next.
        Fault::InterruptLost => different == Ok(0) && health.interrupts_lost <= 1,
        Fault::DoorbellIgnored => different == Ok(0) && health.doorbells_again <= 1,
        Fault::CompletionNever => {
            matches!(found, Err(DriverError::Timeout { .. })) && health.recoveries == 1
        }
        Fault::CommandFlipped => status(CommandStatus::BadCrc),
        // Nothing on the way tells: who needs to know checks the result.
        Fault::DataFlipped | Fault::ResultFlipped => different == Ok(1),
        Fault::DataUnmapped => status(CommandStatus::HostFault),
        Fault::RingUnmapped => {
            matches!(found, Err(DriverError::Halted { .. })) && health.recoveries == 1
        }
        Fault::Removed => found
            .as_ref()
            .is_err_and(|error| error.to_string().contains("gone")),
        Fault::OtherContract => false,
    };
    assert!(holds, "{fault:?}: {found:?}, {health:?}");
}

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
