//! Requests, and what Plonky3 says to them.

use assay_engines::poseidon2::{self, Poseidon2Field, compress, hash_row, permutations, portions};

use super::{Answers, Kind, Request, WIDTH};
use crate::element::draw;
use crate::rng::Rng;

/// Requests, and the words that answer each that is answered.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// In their order.
    pub requests: Vec<Request>,
    /// Tag and words of each answer.
    pub expected: Vec<(u32, Vec<u32>)>,
    /// Of all requests.
    pub permutations: usize,
}

/// How answers differ from what they must be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Difference {
    /// The engine took a word for none of the field.
    #[error("error: a word was refused")]
    Refused,
    /// Nothing happened any more.
    #[error("hang: {got} of {asked} results")]
    Hang {
        /// Results.
        got: usize,
        /// Requests that want one.
        asked: usize,
    },
    /// A result of another request.
    #[error("order: result {index} has tag {got:#x}, not {expected:#x}")]
    Order {
        /// Which result.
        index: usize,
        /// Its tag.
        got: u32,
        /// The tag that it must have.
        expected: u32,
    },
    /// Other words.
    #[error("value: result {index} is {got:08x?}, Plonky3 says {expected:08x?}")]
    Value {
        /// Which result.
        index: usize,
        /// Its words.
        got: Vec<u32>,
        /// Plonky3's.
        expected: Vec<u32>,
    },
}

fn words<F: Poseidon2Field>(elements: &[F]) -> Vec<u32> {
    elements.iter().map(|it| it.to_word()).collect()
}

fn padded(words: &[u32]) -> [u32; WIDTH] {
    let mut data = [0; WIDTH];
    data[..words.len()].copy_from_slice(words);
    data
}

impl Work {
    /// Asks for the permutation of a random state, or for the digest of two random digests.
    pub fn state<F: Poseidon2Field>(&mut self, kind: Kind, rng: &mut Rng) {
        let state: [F; WIDTH] = std::array::from_fn(|_| draw(rng));
        let answer = if kind == Kind::Permute {
            words(&poseidon2::permute(state))
        } else {
            let half = |at: usize| std::array::from_fn(|i| state[at + i]);
            words(&compress(half(0), half(8)))
        };
        let tag = rng.draw() as u32;
        self.expected.push((tag, answer));
        self.permutations += 1;
        self.requests.push(Request {
            kind,
            first: false,
            last: false,
            words: 0,
            slot: 0,
            tag,
            data: padded(&words(&state)),
        });
    }

    /// Asks for the digests of random rows of matrices side by side, `slots` rows at a time.
    pub fn rows<F: Poseidon2Field>(
        &mut self,
        widths: &[usize],
        height: usize,
        slots: usize,
        rng: &mut Rng,
    ) {
        let rows: Vec<Vec<Vec<F>>> = (0..height)
            .map(|_| {
                let mut row = |width: &usize| (0..*width).map(|_| draw(rng)).collect();
                widths.iter().map(&mut row).collect()
            })
            .collect();
        for block in rows.chunks(slots) {
            for (index, portion) in portions(widths).iter().enumerate() {
                for (slot, row) in block.iter().enumerate() {
                    let tag = rng.draw() as u32;
                    let part = &row[portion.matrix][portion.column..][..portion.words];
                    self.requests.push(Request {
                        kind: Kind::Hash,
                        first: index == 0,
                        last: portion.last,
                        words: portion.words,
                        slot,
                        tag,
                        data: padded(&words(part)),
                    });
                    if portion.last {
                        self.expected.push((tag, words(&hash_row(&row.concat()))));
                    }
                }
            }
        }
        self.permutations += height * permutations(widths.iter().sum());
    }

    /// Compares all answers.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, answers: &Answers) -> Result<(), Difference> {
        if answers.refused {
            return Err(Difference::Refused);
        }
        for (index, (tag, expected)) in self.expected.iter().enumerate() {
            let Some((got_tag, got)) = answers.results.get(index) else {
                return Err(Difference::Hang {
                    got: index,
                    asked: self.expected.len(),
                });
            };
            if got_tag != tag {
                return Err(Difference::Order {
                    index,
                    got: *got_tag,
                    expected: *tag,
                });
            }
            if got[..expected.len()] != expected[..] {
                return Err(Difference::Value {
                    index,
                    got: got.to_vec(),
                    expected: expected.clone(),
                });
            }
        }
        Ok(())
    }
}
