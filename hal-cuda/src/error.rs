use std::sync::Arc;

use assay_hal::{HalError, Kind};

/// Why a device did not do what it was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// Its memory is full.
    #[error("{asked} bytes of device memory are needed, {free} are free")]
    OutOfMemory {
        /// Bytes that were asked for.
        asked: u64,
        /// Bytes that were free.
        free: u64,
    },
    /// There is no such device, or what it takes to reach it.
    #[error("{what}")]
    Missing {
        /// What is missing, and what to do.
        what: String,
    },
    /// A kernel was not started.
    #[error("kernel {kernel} was not launched: {why}")]
    Launch {
        /// Which.
        kernel: &'static str,
        /// What was wrong.
        why: String,
    },
    /// The device is gone, or in a state that only a restart ends.
    #[error("the device is lost: {why}")]
    Lost {
        /// How that came out.
        why: String,
    },
    /// A copy to or from the device.
    #[error("a copy of {words} words failed: {why}")]
    Copy {
        /// How many words.
        words: usize,
        /// What was wrong.
        why: String,
    },
    /// Anything else that it was asked.
    #[error("the device did not {what}: {why}")]
    Refused {
        /// What it was asked.
        what: &'static str,
        /// What was wrong.
        why: String,
    },
}

impl DeviceError {
    /// What that is to whoever asked the device with this name.
    #[must_use]
    pub fn into_hal(self, device: &str, operation: Kind) -> HalError {
        let device = device.to_owned();
        match self {
            Self::OutOfMemory { asked, free } => HalError::OutOfMemory {
                device,
                asked,
                free,
            },
            Self::Missing { what } => HalError::Unsupported {
                device,
                what: format!("{operation}: {what}"),
            },
            Self::Lost { why } => HalError::DeviceLost { device, why },
            error @ (Self::Launch { .. } | Self::Copy { .. } | Self::Refused { .. }) => {
                HalError::Transport {
                    device,
                    source: Arc::new(error),
                }
            }
        }
    }
}
