//! A card of `assay model` as a device: modelled figures, and nothing else.

use assay_model::{Card, Engines, Matrix, Operation, Time};
use assay_report::{Figure, Outcome, Quantity, Source, Taken, Work, figures};

use crate::exit::Failure;
use crate::model::measured::Measured;

/// Multiplications of a permutation of KoalaBear.
const PERMUTATION: f64 = 296.0;

/// A card with the engines that `assay model` gives it if nobody asks for others.
pub struct Modelled {
    card: &'static Card,
    engines: Engines,
}

impl Modelled {
    pub fn new(card: &'static Card) -> Result<Self, Failure> {
        let measured = Measured::read()?;
        let engines = Engines {
            utilisation: measured.utilisation(None, None)?,
            ..Engines::USUAL
        };
        Ok(Self { card, engines })
    }

    /// Ceilings, and what they are made of.
    pub fn peaks(&self) -> (Vec<Figure>, String) {
        let engines = &self.engines;
        let butterflies = (engines.ntts * engines.lanes) as f64 / 2.0;
        let each_cycle = butterflies + PERMUTATION * engines.hashers as f64;
        let modelled = |quantity, value| Figure::new(quantity, Source::Modelled, value);
        let peaks = vec![
            modelled(
                Quantity::CopyPeak,
                self.card.memory_peak * self.card.memory_share,
            ),
            modelled(Quantity::MultiplicationPeak, each_cycle * engines.clock),
        ];
        let method = format!(
            "{:.0} % of the memory bandwidth in {}; {} NTT engine of {} lanes and {} unrolled Poseidon2 core, all busy, at {:.0} MHz (assumed)",
            self.card.memory_share * 100.0,
            self.card.source,
            engines.ntts,
            engines.lanes,
            engines.hashers,
            engines.clock / 1e6,
        );
        (peaks, method)
    }

    /// What the model says of a piece of work.
    pub fn outcome(&self, work: &Work, peaks: &[Figure]) -> Outcome {
        let matrix = |log_height: u32, width: u32| Matrix {
            log_height: log_height as usize,
            width: width as usize,
        };
        let operation = match *work {
            Work::Ntt { log_height, width } => Operation::Ntt {
                matrix: matrix(log_height, width),
            },
            Work::Lde {
                log_height,
                width,
                added_bits,
            } => Operation::Lde {
                matrix: matrix(log_height, width),
                log_blowup: added_bits as usize,
            },
            Work::Merkle { log_height, width } => Operation::Merkle {
                matrices: vec![matrix(log_height, width)],
            },
            Work::Commit {
                log_height,
                width,
                added_bits,
            } => Operation::Commit {
                matrices: vec![matrix(log_height, width)],
                log_blowup: added_bits as usize,
            },
            Work::Poseidon2 { .. } => {
                return without("the model has no permutations alone: they come with trees");
            }
            Work::Segment { .. } => {
                return without(
                    "the model covers a segment's commitments, not its proof: `assay model sha256 --sample 4000000`",
                );
            }
        };
        let taken = assay_model::Work::new(&operation, &self.engines);
        let time = Time::new(&taken, &self.engines, self.card);
        let of_memory = work.bytes().map_or(0, |bytes| bytes as usize);
        if of_memory as u64 > self.card.memory_bytes {
            return Outcome::Refused {
                reason: format!(
                    "{} GiB of card memory are too few",
                    self.card.memory_bytes >> 30
                ),
            };
        }
        let seconds = Figure::new(Quantity::Time, Source::Modelled, time.seconds());
        let taken = Taken {
            cycles: Some((taken.cycles, Source::Modelled)),
            traffic: Some(taken.memory_bytes),
            link: (taken.pcie_bytes > 0.0).then_some(taken.pcie_bytes),
            ..Taken::default()
        };
        Outcome::Done {
            figures: figures(work, Some(seconds), &taken, peaks),
            phases: Vec::new(),
            note: None,
        }
    }
}

fn without(reason: &str) -> Outcome {
    Outcome::Skipped {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use assay_model::CARDS;

    use super::*;

    #[test]
    fn nothing_that_has_to_do_with_time_is_called_measured() {
        let model =
            Modelled::new(&CARDS[0]).unwrap_or_else(|_| panic!("the committed figures have it"));
        let (peaks, _) = model.peaks();
        let work = Work::Commit {
            log_height: 20,
            width: 200,
            added_bits: 1,
        };
        let outcome = model.outcome(&work, &peaks);
        let all = outcome.figures().iter().chain(&peaks);
        assert!(all.clone().all(|figure| figure.source != Source::Measured));
        let time = outcome.figure(Quantity::Time).unwrap();
        assert_eq!(time.source, Source::Modelled);
        let share = outcome.figure(Quantity::TrafficShare).unwrap().value;
        assert!(share > 0.0 && share <= 1.0, "{share}");
        assert!(
            model
                .outcome(&Work::Poseidon2 { log_states: 4 }, &peaks)
                .reason()
                .is_some()
        );
    }
}
