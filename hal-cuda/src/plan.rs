//! Which passes a transform is made of, and what each of them is launched with.

use crate::device::Grid;

/// Logarithm of the points of one tile, at most, and at least where less than that is asked for: an extension needs that many.
pub const LOG_POINTS: u32 = 11;
pub const LEAST_LOG_POINTS: u32 = 7;
/// Logarithm of the elements of one tile, at most: 72 KiB of shared memory with its padding.
const LOG_TILE: u32 = 14;
/// Logarithm of the lanes of one tile, at most: a warp then reads 128 neighbouring bytes.
const LOG_LANES: u32 = 5;
/// Threads of a block, at most.
const THREADS: u32 = 512;

/// Flags of `kernels/ntt.cuh`.
pub const NARROW: u32 = 1;
/// Its scaling in front of the transform.
pub const SCALE_ROWS: u32 = 2;
/// Its last inverse pass.
pub const NATURAL: u32 = 4;
/// Its factors between two passes.
pub const TWIDDLE: u32 = 8;

/// `View` of `kernels/ntt.cuh`, and how it is launched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    pub flags: u32,
    pub log_points: u32,
    pub log_lanes: u32,
    pub log_outer: u32,
    pub log_rest: u32,
    pub width: u32,
    pub grid: Grid,
}

impl Pass {
    /// A pass over `2^log_points` points between `2^log_outer` parts and `2^log_rest` rows, which leaves `2^log_added` times as many points.
    pub fn new(
        (log_outer, log_points, log_rest): (u32, u32, u32),
        log_added: u32,
        width: u32,
        flags: u32,
    ) -> Self {
        let log_held = log_points + log_added;
        let log_lanes = LOG_LANES.min(LOG_TILE - log_held);
        let lanes = 1_u64 << log_lanes;
        let narrow = log_rest == 0 && u64::from(width) < lanes;
        let tiles = if narrow {
            (1_u64 << log_outer).div_ceil(lanes / u64::from(width))
        } else {
            (u64::from(width) << (log_rest + log_outer)).div_ceil(lanes)
        };
        let held = 1_u32 << log_held;
        let words = (held + held / 8) << log_lanes;
        let threads = ((1_u32 << (log_held + log_lanes)) / 8).clamp(32, THREADS);
        Self {
            flags: flags | if narrow { NARROW } else { 0 },
            log_points,
            log_lanes,
            log_outer,
            log_rest,
            width,
            grid: Grid {
                // A tile has at least 64 elements, and no memory has 2^37.
                blocks: [tiles as u32, 1, 1],
                threads,
                shared_bytes: 4 * words,
            },
        }
    }
}

/// `log` layers in as few passes as tiles of `2^most` points allow, all about as long.
pub fn split(log: u32, most: u32) -> Vec<u32> {
    let passes = log.div_ceil(most).max(1);
    (0..passes)
        .map(|i| log / passes + u32::from(i < log % passes))
        .collect()
}

/// How many layers of an inverse transform of `2^log` points the middle of an extension does; the other passes do what is left.
pub fn middle(log: u32, log_added: u32, most: u32) -> u32 {
    let total = log + log_added;
    let parts = total.div_ceil(most).max(1);
    // As many as one pass of an even split has, and at least one if there are any.
    (total.div_ceil(parts))
        .saturating_sub(log_added)
        .clamp(u32::from(log > 0), log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_fit_a_tile_and_add_up_for_every_size() {
        for log in 0..=24 {
            for most in LEAST_LOG_POINTS..=LOG_POINTS {
                let passes = split(log, most);
                assert_eq!(passes.iter().sum::<u32>(), log);
                assert!(passes.iter().all(|&points| points <= most));
                for log_added in 0..=6.min(24 - log) {
                    let inner = middle(log, log_added, most);
                    assert!(inner <= log && inner + log_added <= most);
                    assert!((log == 0) == (inner == 0), "{log} + {log_added}");
                }
            }
        }
    }

    #[test]
    fn a_pass_has_a_lane_for_every_column() {
        let wide = Pass::new((3, 5, 0), 0, 33, 0);
        assert_eq!((wide.flags, wide.grid.blocks[0]), (0, 9));
        let narrow = Pass::new((3, 5, 0), 0, 5, 0);
        assert_eq!((narrow.flags, narrow.grid.blocks[0]), (NARROW, 2));
        let full = Pass::new((11, 11, 0), 0, 2000, TWIDDLE);
        assert_eq!(full.grid.blocks[0], (2000 << 11) / 8);
        assert_eq!(full.grid.shared_bytes, 72 << 10);
    }
}
