//! What the card takes.

use assay_driver::Identity;
use assay_driver::geometry::{MAX_LOG_ROWS, MAX_MATRICES};
use assay_hal::{Capabilities, HalError, HalField, Kind, Operation, Shape, log_ceil};

/// The most bits that an extension adds.
const MAX_LOG_BLOWUP: usize = 7;
/// Panels of a transform.
const MAX_PANELS: usize = 1 << 16;

/// What a card with these registers can do, as far as one sentence says it.
pub fn capabilities<F: HalField>(device: &str, identity: &Identity) -> Capabilities {
    Capabilities {
        device: device.to_owned(),
        field: F::NAME,
        operations: vec![
            Kind::Upload,
            Kind::Download,
            Kind::Dft,
            Kind::Lde,
            Kind::Commit,
            Kind::Open,
            Kind::Permute,
        ],
        max_log_height: MAX_LOG_ROWS.into(),
        max_width: u32::MAX as usize,
        memory: Some(identity.memory_bytes),
    }
}

/// All the rest.
pub fn check<F: HalField>(
    capabilities: &Capabilities,
    identity: &Identity,
    operation: &Operation<'_>,
) -> Result<(), HalError> {
    capabilities.check::<F>(operation)?;
    let refused = |what: String| {
        let device = capabilities.device.clone();
        Err(HalError::Unsupported { device, what })
    };
    let transform = |shape: Shape, added_bits: usize| {
        let (log, most) = (log_ceil(shape.height), usize::from(identity.log_rows));
        let panels = shape.width.div_ceil(identity.panels().columns as usize);
        if log == 0 || log > most {
            return refused(format!(
                "{} of 2^{log} rows: it takes 2^1 to 2^{most}",
                operation.kind()
            ));
        }
        if added_bits > MAX_LOG_BLOWUP {
            return refused(format!("lde by 2^{added_bits}: at most 2^{MAX_LOG_BLOWUP}"));
        }
        if panels >= MAX_PANELS {
            return refused(format!("{} of {} columns", operation.kind(), shape.width));
        }
        Ok(())
    };
    match *operation {
        Operation::Dft(shape) => transform(shape, 0),
        Operation::Lde { shape, added_bits } => transform(shape, added_bits),
        Operation::Commit(shapes) => {
            let (matrices, most) = (shapes.len(), MAX_MATRICES as usize);
            if matrices > most {
                return refused(format!("commit of {matrices} matrices: at most {most}"));
            }
            match shapes.iter().find(|shape| !shape.height.is_power_of_two()) {
                Some(shape) => refused(format!("commit of {} rows", shape.height)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}
