//! Two pseudo-channels of HBM2: rows, banks, activations, refresh. No data.
//!
//! The engine's clock is 300 MHz, the memory's 900 MHz; a beat is 64 bytes. Timing parameters are those of `HBM2_8Gb_x128` in DRAMsim3's configurations
//! (nanoseconds there), rounded up to clocks of the memory. Each pseudo-channel has 64 wires, so 32 bytes are a burst of four transfers in two clocks: together 28.8
//! GB/s, 1.5 beats a cycle. Requests are served in order; a row is opened as soon as its request is there.

/// Clocks of the memory in a cycle of the engine.
const CLOCKS: u64 = 3;

/// Clocks that so many nanoseconds take.
const fn clocks(ns: u64) -> u64 {
    (ns * 9).div_ceil(10)
}

/// From the row to the column.
const T_RCD: u64 = clocks(14);
/// From the column to the data.
const CL: u64 = clocks(14);
/// From closing a row to the next opening in the bank.
const T_RP: u64 = clocks(14);
/// From opening a row to closing it.
const T_RAS: u64 = clocks(34);
/// From the last data written to closing the row.
const T_WR: u64 = clocks(16);
/// From one opening to the next, in whatever bank.
const T_RRD: u64 = clocks(6);
/// In which at most four rows are opened.
const T_FAW: u64 = clocks(30);
/// From refresh to refresh, all banks at once.
const T_REFI: u64 = clocks(3900);
/// In which nothing is read or written.
const T_RFC: u64 = clocks(260);
/// A beat: two bursts.
const BEAT: u64 = 4;

const BANKS: usize = 16;
/// log2 of the beats before the other pseudo-channel's turn: 256 bytes.
const LOG_STRIPE: u32 = 2;
/// log2 of the beats of a row: 1 KiB.
const LOG_ROW: u32 = 4;

#[derive(Clone, Copy, Debug, Default)]
struct Bank {
    row: Option<u64>,
    column_at: u64,
    next_open: u64,
}

#[derive(Clone, Debug, Default)]
struct PseudoChannel {
    banks: [Bank; BANKS],
    /// The last four openings, the oldest first.
    opened: [u64; 4],
    bus_free: u64,
    /// Which interval between refreshes the banks' state is of.
    interval: u64,
}

/// Two pseudo-channels side by side.
#[derive(Clone, Debug, Default)]
pub struct Hbm {
    channels: [PseudoChannel; 2],
}

impl Hbm {
    /// The cycle in which the beat at `addr`, asked for in cycle `at`, has been read or written.
    pub fn access(&mut self, addr: u64, at: u64) -> u64 {
        let stripe = addr >> LOG_STRIPE;
        let channel = &mut self.channels[(stripe & 1) as usize];
        let local = (stripe >> 1 << LOG_STRIPE) | (addr & ((1 << LOG_STRIPE) - 1));
        channel
            .access(local >> LOG_ROW, at * CLOCKS)
            .div_ceil(CLOCKS)
    }
}

impl PseudoChannel {
    fn access(&mut self, row: u64, at: u64) -> u64 {
        // Rows that lie a power of two apart are not all in one bank: address bits are added without carries.
        let index = [4, 8, 12, 16]
            .iter()
            .fold(row, |mix, shift| mix ^ (row >> shift));
        let index = index as usize % BANKS;
        let mut at = after_refresh(at.max(self.interval * T_REFI));
        // What straddles a refresh begins again behind it.
        for _ in 0..2 {
            if at / T_REFI != self.interval {
                self.interval = at / T_REFI;
                self.banks.iter_mut().for_each(|bank| bank.row = None);
            }
            let bank = &mut self.banks[index];
            let (mut column_at, mut opened) = (bank.column_at.max(at), None);
            if bank.row != Some(row) {
                let open_at = at
                    .max(bank.next_open)
                    .max(self.opened[3] + T_RRD)
                    .max(self.opened[0] + T_FAW);
                column_at = open_at + T_RCD;
                opened = Some(open_at);
            }
            let data_at = (column_at + CL).max(self.bus_free);
            let done = data_at + BEAT;
            if after_refresh(data_at) == data_at && done / T_REFI == self.interval {
                if let Some(open_at) = opened {
                    self.opened = [self.opened[1], self.opened[2], self.opened[3], open_at];
                    bank.row = Some(row);
                    bank.column_at = column_at;
                    bank.next_open = open_at + T_RAS + T_RP;
                }
                bank.next_open = bank.next_open.max(done + T_WR + T_RP);
                self.bus_free = done;
                return done;
            }
            at = after_refresh((data_at / T_REFI).max(self.interval + 1) * T_REFI);
        }
        unreachable!("an access takes less than an interval between refreshes")
    }
}

/// The time, or the end of the refresh that it falls into: each interval begins with one.
fn after_refresh(at: u64) -> u64 {
    match at % T_REFI {
        inside if inside < T_RFC && at >= T_REFI => at - inside + T_RFC,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::{Hbm, T_REFI, T_RFC};

    /// Beats a cycle of bursts of `burst` beats that lie `stride` apart, all asked for as early as a port does that holds 128 beats.
    fn rate(burst: u64, stride: u64) -> f64 {
        let mut hbm = Hbm::default();
        let (beats, mut done) = (1 << 16, Vec::new());
        for at in 0..beats {
            let asked = if at < 128 { 0 } else { done[at as usize - 128] };
            done.push(hbm.access(at / burst * stride + at % burst, asked));
        }
        beats as f64 / done[beats as usize - 1] as f64
    }

    #[test]
    fn bursts_from_end_to_end_leave_the_refresh_alone() {
        let most = 1.5 * (1.0 - T_RFC as f64 / T_REFI as f64);
        let found = rate(8, 8);
        assert!(
            found <= most && found > 0.97 * most,
            "{found}, at most {most}"
        );
    }

    #[test]
    fn bursts_far_apart_are_slower_and_single_beats_much_slower() {
        let near = rate(8, 8);
        for log_stride in 5..14 {
            let burst = rate(8, 1 << log_stride);
            let single = rate(1, 1 << log_stride);
            assert!(
                burst <= near && burst > 1.0,
                "stride 2^{log_stride}: {burst}"
            );
            assert!(
                single < 0.6 * burst,
                "stride 2^{log_stride}: {single} against {burst}"
            );
        }
    }
}
