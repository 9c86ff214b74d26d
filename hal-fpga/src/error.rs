use std::sync::Arc;

use assay_abi::CommandStatus;
use assay_driver::{DriverError, TransportError};
use assay_hal::{HalError, Kind};

/// What the driver says about an operation of a device.
pub fn of_driver(device: &str, operation: Kind, error: DriverError) -> HalError {
    let device = device.to_owned();
    match error {
        DriverError::OutOfMemory(memory) => HalError::OutOfMemory {
            device,
            asked: memory.asked,
            // What is free in pieces does not help.
            free: memory.largest,
        },
        DriverError::Timeout { after, .. } => HalError::Timeout {
            device,
            operation,
            milliseconds: after.as_millis() as u64,
        },
        error @ (DriverError::NoEngine { .. }
        | DriverError::TooLarge { .. }
        | DriverError::Range { .. }
        | DriverError::Command {
            status: CommandStatus::Unsupported,
            ..
        }) => HalError::Unsupported {
            device,
            what: format!("{operation}: {error}"),
        },
        error @ (DriverError::Dead { .. }
        | DriverError::Stale
        | DriverError::Reset { .. }
        | DriverError::Halted { .. }
        | DriverError::Protocol { .. }
        | DriverError::Transport(TransportError::Gone { .. })) => HalError::DeviceLost {
            device,
            why: error.to_string(),
        },
        error => HalError::Transport {
            device,
            source: Arc::new(error),
        },
    }
}
