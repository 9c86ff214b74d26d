//! Faults, one at a time, and what the driver makes of each.

use std::mem::offset_of;
use std::time::Instant;

use assay_abi::{Command, CommandStatus, Opcode};

use super::{Outcome, echo};
use crate::driver::{Driver, Health, Options};
use crate::error::DriverError;
use crate::faults::{Fault, Faulty, Saboteur};
use crate::transport::Transport;

/// Times that a fault gets an occasion.
const TRIES: u32 = 10_000;
/// How the table calls this level.
const LEVEL: &str = "driver";

/// Lets each fault happen on a card of its own, exhausts the memory of one, and tells what became of it. `make` makes a card, and who sabotages it in front
/// of the transport and behind host memory.
///
/// # Panics
/// If a fault does not happen, has another outcome than it must have, or leaves the card, its memory or its rings in another state than it must.
pub fn survives_each_fault<T: Transport>(
    make: impl Fn() -> (T, Saboteur),
    options: Options,
) -> Vec<Outcome> {
    let mut table: Vec<_> = Fault::ALL
        .map(|fault| survives(fault, make(), options))
        .into();
    table.push(survives_exhaustion(make().0, options));
    table
}

fn survives<T: Transport>(
    fault: Fault,
    (card, saboteur): (T, Saboteur),
    options: Options,
) -> Outcome {
    let words: Vec<u32> = (0..100).collect();
    let faulty = Faulty::new(card, saboteur.clone());
    if fault == Fault::OtherContract {
        saboteur.arm(fault);
        let began = Instant::now();
        let error = Driver::open(faulty, options).err();
        let refused = matches!(error, Some(DriverError::Contract { .. }));
        assert!(refused, "{error:?}");
        return outcome(fault, error, began);
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
        let after = echo(&driver, &words);
        assert_eq!(after.as_ref(), Ok(&words), "after {fault:?}");
        assert_eq!(driver.waiting(), 0);
    }
    assert_eq!(driver.free_bytes(), driver.identity().memory_bytes);
    outcome(fault, found.err(), began)
}

fn outcome(fault: Fault, error: Option<DriverError>, began: Instant) -> Outcome {
    let recovered = began.elapsed();
    let said = match (error, fault) {
        (Some(error), _) => error.to_string(),
        (None, Fault::DataFlipped | Fault::ResultFlipped) => {
            "not seen: results are checked above the driver".to_owned()
        }
        (None, _) => "made good".to_owned(),
    };
    Outcome {
        fault: fault.to_string(),
        level: LEVEL,
        outcome: said,
        recovered,
    }
}

fn survives_exhaustion<T: Transport>(card: T, options: Options) -> Outcome {
    let driver = Driver::open(card, options).expect("a card");
    let all = driver.identity().memory_bytes;
    let held = driver.allocate(all).expect("all of it");
    let began = Instant::now();
    let error = echo(&driver, &[1, 2]).expect_err("there is none left");
    assert!(matches!(error, DriverError::OutOfMemory(_)), "{error}");
    drop(held);
    assert_eq!(echo(&driver, &[1, 2]), Ok(vec![1, 2]));
    assert_eq!(driver.free_bytes(), all);
    Outcome {
        fault: "card memory is exhausted".to_owned(),
        level: LEVEL,
        outcome: error.to_string(),
        recovered: began.elapsed(),
    }
}

/// The outcome that a fault must have.
fn check(fault: Fault, found: &Result<Vec<u32>, DriverError>, words: &[u32], health: Health) {
    let status = |expected: CommandStatus| matches!(found, Err(DriverError::Command { status, .. }) if *status == expected);
    // What is wrong is the command's, and the detail says where.
    let field = |expected: CommandStatus, offset: usize| {
        matches!(found, Err(DriverError::Command { status, detail, opcode: Opcode::Upload, .. })
            if *status == expected && *detail == offset as u64)
    };
    let different = found
        .as_ref()
        .map(|found| found.iter().zip(words).filter(|(a, b)| a != b).count());
    let untouched = different == Ok(0) && health.recoveries == 0;
    let holds = match fault {
        // Made good by a look, a second ring, or whatever comes next.
        Fault::InterruptLost => untouched && health.interrupts_lost <= 1,
        Fault::DoorbellIgnored => untouched && health.doorbells_again <= 1,
        Fault::CompletionTwice => untouched,
        Fault::CompletionNever => {
            matches!(found, Err(DriverError::Timeout { .. })) && health.recoveries == 1
        }
        Fault::CommandFlipped => status(CommandStatus::BadCrc),
        Fault::WrongOpcode => field(CommandStatus::BadOpcode, offset_of!(Command, opcode)),
        Fault::WrongLength => field(CommandStatus::BadLength, offset_of!(Command, argument)),
        Fault::WrongAddress => field(CommandStatus::OutOfRange, offset_of!(Command, destination)),
        // Nothing on the way tells: who needs to know checks the result.
        Fault::DataFlipped | Fault::ResultFlipped => different == Ok(1),
        Fault::DataUnmapped => status(CommandStatus::HostFault),
        Fault::RingUnmapped => {
            matches!(found, Err(DriverError::Halted { .. })) && health.recoveries == 1
        }
        Fault::ResetInside => matches!(found, Err(DriverError::Reset { .. })),
        Fault::Removed => found
            .as_ref()
            .is_err_and(|error| error.to_string().contains("gone")),
        Fault::OtherContract => false,
    };
    assert!(holds, "{fault:?}: {found:?}, {health:?}");
}
