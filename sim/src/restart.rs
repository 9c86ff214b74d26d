//! A failing run once more, from the last segment boundary before the failure on: what a waveform, and a reader, begin with.

use std::sync::Arc;

use assay_executor::{Event, Image, Input, LiveTrace};

use crate::options::CosimOptions;
use crate::past::Past;
use crate::report::{Failure, Restart};
use crate::resume::resume;

/// A session from a boundary on.
#[derive(Debug)]
pub(crate) struct Restarted {
    pub image: Arc<Image>,
    pub input: Input,
    pub restart: Restart,
}

/// The session from the last boundary before the failure on; `None` if that is its beginning, or there is no way to go on in its middle.
pub(crate) fn last_boundary(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
    failure: &Failure,
) -> Option<Restarted> {
    let before = failure.segment.checked_sub(1)?;
    let mut past = Past::start(image);
    for event in LiveTrace::new(image.clone(), input.clone(), options.po2, None) {
        match event {
            Event::Record(record) => past.step(image, &record),
            Event::End(end, _) if end.segment == before => break,
            Event::End(..) | Event::PageIn(..) => {}
        }
    }
    let resumed = resume(
        image.text.clone(),
        past.pages(image),
        past.pc,
        &past.registers,
    )
    .ok()?;
    Some(Restarted {
        image: Arc::new(resumed.image),
        input: Input::from_words(past.input_left(input)).ok()?,
        restart: Restart {
            segment: failure.segment,
            order: past.order,
            prologue: resumed.prologue,
        },
    })
}

impl Restarted {
    /// Whether a failure of the session from here on is the one that was seen.
    pub fn shows(&self, seen: &Failure, again: &Failure) -> bool {
        // The boundary may lie elsewhere now, by the cost of what sets the registers: cycle and segment are others.
        seen.class == again.class
            && seen.pc == again.pc
            && self.restart.prologue + seen.order == again.order + self.restart.order
    }
}
