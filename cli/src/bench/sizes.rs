//! What is done: sizes of matrices and of segments.

use assay_report::{Operation, Work};
use assay_verifier::LOG_BLOWUP;

use super::Args;

/// `2^log_height` rows of `width` columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Size {
    log_height: u32,
    width: u32,
}

impl Size {
    const fn new(log_height: u32, width: u32) -> Self {
        Self { log_height, width }
    }
}

/// Less than a minute on two cores, the smaller ones for simulated cards.
const USUAL: [Size; 4] = [
    Size::new(6, 16),
    Size::new(12, 32),
    Size::new(16, 64),
    Size::new(18, 64),
];
/// What comes with `--full`.
const LARGE: [Size; 2] = [Size::new(20, 64), Size::new(20, 200)];
/// Segments: the usual, the large.
const SEGMENTS: [u32; 2] = [16, 20];
/// The field's largest group has `2^24` points: that is the most that an extension can have.
const MOST_LOG_HEIGHT: u32 = 24 - LOG_BLOWUP as u32;
/// A row of more columns than a card's panels can hold.
const MOST_WIDTH: u32 = 1 << 16;

/// Reads `20x200`.
pub fn parse_size(text: &str) -> Result<Size, String> {
    let wrong = || {
        format!(
            "`{text}`: expected LOGxCOLUMNS, for example 20x200 for 2^20 rows of 200 columns; LOG 1 to {MOST_LOG_HEIGHT}, COLUMNS 1 to {MOST_WIDTH}"
        )
    };
    let (log_height, width) = text.split_once('x').ok_or_else(wrong)?;
    let size = Size {
        log_height: log_height.parse().map_err(|_| wrong())?,
        width: width.parse().map_err(|_| wrong())?,
    };
    let fits =
        (1..=MOST_LOG_HEIGHT).contains(&size.log_height) && (1..=MOST_WIDTH).contains(&size.width);
    fits.then_some(size).ok_or_else(wrong)
}

/// All work that was asked for, operation by operation, sizes in order.
pub fn plan(args: &Args) -> Vec<Work> {
    let mut sizes = args.sizes.clone();
    if sizes.is_empty() {
        sizes.extend(USUAL);
    }
    if args.full {
        sizes.extend(LARGE);
    }
    sizes.sort_unstable();
    sizes.dedup();
    let mut segments: Vec<u32> = args.po2.iter().map(|po2| po2.get().into()).collect();
    if segments.is_empty() {
        segments.push(SEGMENTS[0]);
    }
    if args.full {
        segments.push(SEGMENTS[1]);
    }
    segments.sort_unstable();
    segments.dedup();
    let added_bits = LOG_BLOWUP as u32;
    let wanted = |operation: &Operation| args.only.is_empty() || args.only.contains(operation);
    let mut plan = Vec::new();
    for operation in Operation::ALL.into_iter().filter(wanted) {
        let of = |&Size { log_height, width }: &Size| match operation {
            Operation::Ntt => Work::Ntt { log_height, width },
            Operation::Lde => Work::Lde {
                log_height,
                width,
                added_bits,
            },
            // The states of a tree over as many rows.
            Operation::Poseidon2 => Work::Poseidon2 {
                log_states: log_height + added_bits,
            },
            Operation::Merkle => Work::Merkle {
                log_height: log_height + added_bits,
                width,
            },
            _ => Work::Commit {
                log_height,
                width,
                added_bits,
            },
        };
        match operation {
            Operation::Segment => plan.extend(segments.iter().map(|&po2| Work::Segment {
                po2,
                parameters: args.parameters.name().to_owned(),
            })),
            _ => plan.extend(sizes.iter().map(of)),
        }
    }
    // Sizes that differ in columns alone are the same to Poseidon2.
    plan.dedup();
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_read_and_what_is_none_says_how_it_looks() {
        assert_eq!(parse_size("20x200"), Ok(Size::new(20, 200)));
        for wrong in [
            "", "20", "x", "20x", "x200", "0x4", "24x1", "4x0", "4x70000", "-1x2", "4x2x2",
        ] {
            let error = parse_size(wrong).unwrap_err();
            assert!(error.contains("20x200"), "{wrong}: {error}");
        }
    }
}
