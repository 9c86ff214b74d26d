//! A Verilated engine as a safe Rust value: words in, words out, one call a clock cycle.
//!
//! This is the only module of the crate that touches C++.

#![allow(unsafe_code)]

use std::path::Path;

use assay_abi::plants::Plant;
use cxx::UniquePtr;

use crate::error::EngineError;

#[cxx::bridge(namespace = "assay")]
mod ffi {
    unsafe extern "C++" {
        include!("assay-engine-sim/shim/engine.h");

        type Engine;

        fn drive_words(self: &Engine) -> usize;
        fn sample_words(self: &Engine) -> usize;
        fn cycle(self: Pin<&mut Engine>, rst_n: bool, drive: &[u32], sample: &mut [u32]);
        fn open_waves(self: Pin<&mut Engine>, path: &str) -> bool;
        fn failure(self: &Engine) -> String;

        fn new_engine(name: &str, plusargs: &[String]) -> UniquePtr<Engine>;
    }
}

/// One instance of a top of `rtl/bench`.
pub struct Engine {
    model: UniquePtr<ffi::Engine>,
    /// The inputs; they hold until they are changed.
    pub drive: Vec<u32>,
    /// The outputs, as the clock edge that ended the last cycle saw them.
    pub sample: Vec<u32>,
    clock: u64,
}

impl Engine {
    /// The engine that `build/models.rs` calls `name`, after a reset, with one bug planted if `plant` names one.
    ///
    /// # Errors
    /// [`EngineError::Unbuilt`] if it is not in this build.
    pub fn new(name: &str, plant: Option<&Plant>) -> Result<Self, EngineError> {
        Self::start(name, plant, None)
    }

    /// The same, and every cycle goes to a VCD.
    ///
    /// # Errors
    /// [`EngineError::Unbuilt`], or [`EngineError::Waves`] if the file cannot be written.
    pub fn with_waves(
        name: &str,
        plant: Option<&Plant>,
        waves: &Path,
    ) -> Result<Self, EngineError> {
        Self::start(name, plant, Some(waves))
    }

    fn start(name: &str, plant: Option<&Plant>, waves: Option<&Path>) -> Result<Self, EngineError> {
        let plusargs: Vec<String> = plant
            .map(|plant| format!("+plant={}", plant.id))
            .into_iter()
            .collect();
        let model = ffi::new_engine(name, &plusargs);
        let Some(it) = model.as_ref() else {
            return Err(EngineError::Unbuilt {
                name: name.to_owned(),
            });
        };
        let (drive, sample) = (vec![0; it.drive_words()], vec![0; it.sample_words()]);
        let mut engine = Self {
            model,
            drive,
            sample,
            clock: 0,
        };
        if let Some(path) = waves
            && !engine
                .model
                .pin_mut()
                .open_waves(&path.display().to_string())
        {
            return Err(EngineError::Waves { path: path.into() });
        }
        for _ in 0..3 {
            engine
                .model
                .pin_mut()
                .cycle(false, &engine.drive, &mut engine.sample);
        }
        Ok(engine)
    }

    /// One clock cycle with the inputs in `drive`.
    ///
    /// # Errors
    /// [`EngineError::Assertion`] if an assertion of the RTL failed.
    pub fn cycle(&mut self) -> Result<(), EngineError> {
        assert!(
            self.drive.len() == self.model.drive_words()
                && self.sample.len() == self.model.sample_words(),
            "the words of the ports were added to or taken from"
        );
        self.model
            .pin_mut()
            .cycle(true, &self.drive, &mut self.sample);
        self.clock += 1;
        let place = self.model.failure();
        if place.is_empty() {
            Ok(())
        } else {
            Err(EngineError::Assertion {
                place,
                clock: self.clock,
            })
        }
    }

    /// Clock cycles since the reset.
    #[must_use]
    pub fn clock(&self) -> u64 {
        self.clock
    }
}
