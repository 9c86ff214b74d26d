//! In which portions the words of a row come to `poseidon2_sponge`: whole panels of eight columns, matrix by matrix.

use super::RATE;

/// Words of one matrix that come together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Portion {
    /// Which matrix.
    pub matrix: usize,
    /// The first of its columns.
    pub column: usize,
    /// How many; none if only what is left over from before is still to be hashed.
    pub words: usize,
    /// Whether the row ends here.
    pub last: bool,
}

/// The portions of a row whose parts have these widths.
///
/// A chunk that two panels make together leaves up to seven words over. The last portion may not make a chunk and leave words over as well:
/// then another one follows, of no words, so that no row ever waits for itself.
#[must_use]
pub fn portions(widths: &[usize]) -> Vec<Portion> {
    portions_of(widths, RATE)
}

/// The same from panels of so many columns, eight at most.
#[must_use]
pub fn portions_of(widths: &[usize], columns: usize) -> Vec<Portion> {
    let mut portions: Vec<Portion> = widths
        .iter()
        .enumerate()
        .flat_map(|(matrix, &width)| {
            (0..width).step_by(columns).map(move |column| Portion {
                matrix,
                column,
                words: columns.min(width - column),
                last: false,
            })
        })
        .collect();
    let total: usize = widths.iter().sum();
    let Some(end) = portions.last_mut() else {
        return portions;
    };
    let before = (total - end.words) % RATE;
    if before + end.words > RATE {
        let rest = Portion {
            words: 0,
            last: true,
            ..*end
        };
        portions.push(rest);
    } else {
        end.last = true;
    }
    portions
}

/// Permutations of a row of that many words.
#[must_use]
pub fn permutations(width: usize) -> usize {
    width.div_ceil(RATE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_cover_every_word_once_and_end_with_at_most_a_chunk() {
        for first in 1..=20 {
            for second in 1..=20 {
                let widths = [first, second];
                let portions = portions(&widths);
                let mut next = [0, 0];
                let mut at_hand = 0;
                let mut chunks = 0;
                for (index, portion) in portions.iter().enumerate() {
                    at_hand += portion.words;
                    if portion.words > 0 {
                        assert_eq!(portion.column, next[portion.matrix]);
                        next[portion.matrix] += portion.words;
                    }
                    assert_eq!(portion.last, index + 1 == portions.len());
                    if portion.last {
                        assert!((1..=RATE).contains(&at_hand), "{widths:?}");
                        chunks += 1;
                    } else if at_hand >= RATE {
                        at_hand -= RATE;
                        chunks += 1;
                    }
                }
                assert_eq!(next, widths);
                assert_eq!(chunks, permutations(first + second));
            }
        }
    }
}
