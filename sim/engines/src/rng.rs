//! Random numbers of a run, all from one seed: SplitMix64, as `sim` has it, here without the rest of that crate.

/// A generator (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// The generator of a seed; `purpose` keeps one more draw in one place from shifting all others.
    #[must_use]
    pub fn new(seed: u64, purpose: u64) -> Self {
        let mut rng = Self(seed ^ purpose.wrapping_mul(0xd134_2543_de82_ef95));
        rng.draw();
        rng
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number in `low..=high`; the bias is below 2^-32.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high - low) + 1;
        low + (((self.draw() >> 32) * span) >> 32) as u32
    }

    /// True `per_65536` times in 65,536.
    pub fn chance(&mut self, per_65536: u32) -> bool {
        per_65536 != 0 && (self.draw() >> 48) < u64::from(per_65536)
    }
}
