//! The random numbers of a run: all from one seed, the same on every machine.

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator of its own for one `purpose`, so that one more draw in one place does not shift all others.
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

    /// A number in `low..=high`.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high - low) + 1;
        // The bias is below 2^-32: no test of ours could see it.
        low + (((self.draw() >> 32) * span) >> 32) as u32
    }

    /// True `per_65536` times in 65,536.
    pub fn chance(&mut self, per_65536: u32) -> bool {
        per_65536 != 0 && (self.draw() >> 48) < u64::from(per_65536)
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;

    #[test]
    fn rng_repeats_for_a_seed_and_differs_between_purposes() {
        let draw = |seed, purpose| {
            let mut rng = Rng::new(seed, purpose);
            [rng.draw(), rng.draw()]
        };
        assert_eq!(draw(1, 2), draw(1, 2));
        assert_ne!(draw(1, 2), draw(1, 3));
        assert_ne!(draw(1, 2), draw(2, 2));
    }

    #[test]
    fn rng_between_reaches_both_ends_and_nothing_else() {
        let mut rng = Rng::new(7, 0);
        let draws: Vec<u32> = (0..1000).map(|_| rng.between(3, 6)).collect();
        assert_eq!(
            (draws.iter().min(), draws.iter().max()),
            (Some(&3), Some(&6))
        );
    }
}
