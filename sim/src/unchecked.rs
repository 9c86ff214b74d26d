//! The hardware alone: the same model, memories and streams, and nothing that it is compared with.

use std::sync::Arc;

use assay_executor::{Image, Input};

use crate::card::WitnessCard;
use crate::checker::Matched;
use crate::clock::Stopwatch;
use crate::cosim::model;
use crate::error::SimError;
use crate::options::CosimOptions;
use crate::profile::Profile;
use crate::report::CosimReport;

/// Clock cycles between two looks at the status register.
const BATCH: u32 = 4096;

/// Runs `image` on `input` to its end and compares nothing: for what comparing costs, and for hardware that makes no trace.
///
/// # Errors
/// [`SimError`] as of [`crate::cosim`], and [`SimError::NoEnd`] if the session has not ended at the clock limit.
pub fn unchecked(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
) -> Result<CosimReport, SimError> {
    options.check()?;
    let watch = Stopwatch::start();
    let mut card = WitnessCard::new(model(options)?, options.timing, options.seed);
    card.start(image, input, options.po2)?;
    let status = loop {
        for _ in 0..BATCH {
            card.cycle();
            while card.next_beat().is_some() {}
            while card.next_word().is_some() {}
        }
        let status = card.status()?;
        let ended = status.halted || status.faulted || status.stopped;
        if ended && !status.trace_busy {
            break status;
        }
        if options
            .clock_limit
            .is_some_and(|limit| card.clock() > limit)
        {
            return Err(SimError::NoEnd {
                clock_cycles: card.clock(),
            });
        }
    };
    let counters = card.counters()?;
    Ok(CosimReport {
        compared: false,
        matched: Matched::default(),
        segments: counters.trace_segments,
        clock_cycles: card.clock(),
        ipc: counters.ipc(),
        counters: Some(counters),
        profile: Some(Profile::new(&counters)),
        status: Some(status),
        traffic: card.traffic().of_ports(),
        seconds: watch.seconds(),
        cpu_seconds: watch.cpu_seconds(),
        options: options.for_report(),
        failure: None,
    })
}
