//! Scales and their ticks.

use crate::figure::Quantity;

/// A logarithmic scale between whole powers of ten.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Log {
    /// That holds all values, from one coordinate to the other. Values have to be above 0.
    pub fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            low = low.min(value.log10());
            high = high.max(value.log10());
        }
        if !low.is_finite() {
            (low, high) = (0.0, 1.0);
        }
        // Half decades leave less empty space than whole ones.
        let low = ((low - 0.05) * 2.0).floor() / 2.0;
        let high = (((high + 0.05) * 2.0).ceil() / 2.0).max(low + 0.5);
        Self {
            low,
            high,
            from,
            to,
        }
    }

    /// Where a value is.
    pub fn at(&self, value: f64) -> f64 {
        let share = (value.log10() - self.low) / (self.high - self.low);
        self.from + share * (self.to - self.from)
    }

    /// The ends.
    pub fn ends(&self) -> (f64, f64) {
        (10_f64.powf(self.low), 10_f64.powf(self.high))
    }

    /// Powers of ten; those and their halves on the way where these are few.
    pub fn ticks(&self) -> Vec<f64> {
        let decades = self.high - self.low;
        let between: &[f64] = match decades {
            few if few <= 1.0 => &[1.0, 2.0, 3.0, 5.0],
            some if some <= 2.0 => &[1.0, 3.0],
            _ => &[1.0],
        };
        let step = (decades / 7.0).ceil().max(1.0) as usize;
        let powers = (self.low.floor() as i32..=self.high.ceil() as i32).step_by(step);
        let ticks = powers.flat_map(|power| between.iter().map(move |it| it * 10_f64.powi(power)));
        let (low, high) = self.ends();
        ticks
            .filter(|tick| (low * 0.999..=high * 1.001).contains(tick))
            .collect()
    }
}

/// A linear scale from 0.
#[derive(Clone, Copy, Debug)]
pub struct Linear {
    high: f64,
    step: f64,
    from: f64,
    to: f64,
}

impl Linear {
    /// That holds this value, from one coordinate to the other.
    pub fn new(most: f64, from: f64, to: f64) -> Self {
        let most = if most > 0.0 { most } else { 1.0 };
        let power = 10_f64.powf((most / 4.0).log10().floor());
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
        let step = steps
            .into_iter()
            .map(|it| it * power)
            .find(|step| most / step <= 5.0);
        let step = step.unwrap_or(10.0 * power);
        Self {
            high: (most / step).ceil() * step,
            step,
            from,
            to,
        }
    }

    /// Where a value is.
    pub fn at(&self, value: f64) -> f64 {
        self.from + value / self.high * (self.to - self.from)
    }

    /// From 0 on.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + use<> {
        let (high, step) = (self.high, self.step);
        let count = (high / step).round() as usize;
        (0..=count).map(move |i| i as f64 * step)
    }
}

/// A tick's number, with no more digits than it takes.
pub fn tick(quantity: Quantity, value: f64) -> String {
    let shown = quantity.show_short(value);
    let (number, unit) = match shown.split_once(' ') {
        Some((number, unit)) => (number, format!(" {unit}")),
        None => (&*shown, String::new()),
    };
    let number = match number.contains('.') {
        true => number.trim_end_matches('0').trim_end_matches('.'),
        false => number,
    };
    format!("{number}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logarithmic_scale_holds_its_values_and_ticks() {
        for values in [vec![3.0], vec![1e-3, 5e4], vec![0.7, 9.0], vec![]] {
            let scale = Log::new(values.iter().copied(), 0.0, 100.0);
            for value in &values {
                assert!((0.0..=100.0).contains(&scale.at(*value)), "{values:?}");
            }
            let ticks = scale.ticks();
            assert!((1..=8).contains(&ticks.len()), "{values:?}: {ticks:?}");
            for tick in ticks {
                assert!(
                    (-0.1..=100.1).contains(&scale.at(tick)),
                    "{values:?}: {tick}"
                );
            }
        }
    }

    #[test]
    fn a_linear_scale_has_two_to_six_round_ticks_from_zero() {
        for most in [0.0, 0.013, 1.0, 7.3, 99.0, 123_456.0] {
            let scale = Linear::new(most, 0.0, 100.0);
            let ticks: Vec<f64> = scale.ticks().collect();
            assert!((3..=6).contains(&ticks.len()), "{most}: {ticks:?}");
            assert_eq!(ticks[0], 0.0);
            assert!(
                ticks.last().unwrap() * 1.000_001 >= most,
                "{most}: {ticks:?}"
            );
        }
    }

    #[test]
    fn ticks_have_no_zeros_after_the_point() {
        assert_eq!(tick(Quantity::ElementRate, 2e9), "2 G/s");
        assert_eq!(tick(Quantity::Bandwidth, 2.5e9), "2.5 GB/s");
        assert_eq!(tick(Quantity::Time, 0.0), "0 s");
        assert_eq!(tick(Quantity::ElementsPerCycle, 30.0), "30");
    }
}
