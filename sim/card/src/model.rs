//! The Verilated card as a safe Rust value: words in, words out, one call a clock cycle.
//!
//! This is the only module of the crate that touches C++.

#![allow(unsafe_code)]

use assay_abi::plants::Plant;
use cxx::UniquePtr;

#[cxx::bridge(namespace = "assay_card")]
mod ffi {
    unsafe extern "C++" {
        include!("assay-card-sim/shim/card.h");

        type Model;

        fn drive_words(self: &Model) -> usize;
        fn sample_words(self: &Model) -> usize;
        fn cycle(self: Pin<&mut Model>, rst_n: bool, drive: &[u32], sample: &mut [u32]);
        fn failed(self: &Model) -> bool;
        fn failure(self: &Model) -> String;

        fn new_model(name: &str, plusargs: &[String]) -> UniquePtr<Model>;
    }
}

// SAFETY: a model owns all that it points to. The runtime keeps a context a thread, which is used in the destructor only and set there, and where
// an assertion's failure goes, which is set in every call.
unsafe impl Send for ffi::Model {}

/// One instance of `bench_card`.
pub struct Model {
    model: UniquePtr<ffi::Model>,
    /// The inputs; they hold until they are changed.
    pub drive: Vec<u32>,
    /// The outputs, as the clock edge that ended the last cycle saw them.
    pub sample: Vec<u32>,
}

impl Model {
    /// The card that `build/models.rs` calls `name`, in reset, with one bug planted if `plant` names one; none if it is not in this build.
    pub fn new(name: &str, plant: Option<&Plant>) -> Option<Self> {
        let plusargs: Vec<String> = plant
            .map(|plant| format!("+plant={}", plant.id))
            .into_iter()
            .collect();
        let model = ffi::new_model(name, &plusargs);
        let it = model.as_ref()?;
        let (drive, sample) = (vec![0; it.drive_words()], vec![0; it.sample_words()]);
        Some(Self {
            model,
            drive,
            sample,
        })
    }

    /// One clock cycle with the inputs in `drive`.
    pub fn cycle(&mut self, rst_n: bool) {
        assert!(
            self.drive.len() == self.model.drive_words()
                && self.sample.len() == self.model.sample_words(),
            "the words of the ports were added to or taken from"
        );
        self.model
            .pin_mut()
            .cycle(rst_n, &self.drive, &mut self.sample);
    }

    /// Where an assertion of the RTL failed, if one did.
    pub fn failure(&self) -> Option<String> {
        self.model.failed().then(|| self.model.failure())
    }
}
