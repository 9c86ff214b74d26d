//! The passes of a long column as rtl/ntt/README.md has them, value by value: what the RTL does, without its beats.

use p3_dft::{Radix2Dit, TwoAdicSubgroupDft};
use p3_matrix::Matrix;
use p3_matrix::bitrev::BitReversibleMatrix;
use p3_matrix::dense::RowMajorMatrix;

use crate::field::EngineField;

use super::job::Op;

/// A column, natural order in, bit-reversed order out, by passes over n1 = 2^`log_first` rows that lie apart and over rows side by side. Equal to the whole
/// transform, which is what [`super::Job::expected`] says.
///
/// # Panics
/// If the column is no power of two of more than n1 elements.
#[must_use]
pub fn four_step<F: EngineField>(op: Op, column: &[F], shift: F, log_first: usize) -> Vec<F> {
    let log_n = column.len().ilog2() as usize;
    assert!(column.len() == 1 << log_n && log_first < log_n);
    let log_second = log_n - log_first;
    let inverse = !matches!(op, Op::Forward);
    let scaled = if inverse {
        column.to_vec()
    } else {
        powers(shift)
            .zip(column)
            .map(|(power, x)| power * *x)
            .collect()
    };
    // Over j1, for all j2 at once: group c holds k1 = reversed(c).
    let mut rows = apart(scaled, log_second, inverse);
    let root = F::two_adic_generator(log_n);
    let root = if inverse { root.inverse() } else { root };
    for (c, group) in rows.chunks_mut(1 << log_second).enumerate() {
        let factor = root.exp_u64(reversed(c, log_first) as u64);
        scale(group, factor);
        let whole = if inverse {
            Radix2Dit::default().idft(group.to_vec())
        } else {
            Radix2Dit::default().dft(group.to_vec())
        };
        group.copy_from_slice(&whole);
    }
    let Op::Lde { log_blowup } = op else {
        for group in rows.chunks_mut(1 << log_second) {
            reverse(group);
        }
        return rows;
    };
    // Group c holds the coefficients k1 + n1 · k2 in order of k2. Each block of the extension in two passes, low digits of the evaluation's index first.
    let order = F::two_adic_generator(log_n + log_blowup);
    (0..1 << log_blowup)
        .flat_map(|block| {
            let start = shift * order.exp_u64(reversed(block, log_blowup) as u64);
            let mut rows = rows.clone();
            for group in rows.chunks_mut(1 << log_second) {
                scale(group, start.exp_u64(1 << log_first));
                group.copy_from_slice(&Radix2Dit::default().dft(group.to_vec()));
                reverse(group);
            }
            // Columns of tiles: element k1 of column p, whose rows come in bit-reversed order.
            (0..1 << log_second)
                .flat_map(|p| {
                    let root = F::two_adic_generator(log_n);
                    let factor = start * root.exp_u64(reversed(p, log_second) as u64);
                    let mut column: Vec<F> =
                        rows[p..].iter().step_by(1 << log_second).copied().collect();
                    reverse(&mut column);
                    scale(&mut column, factor);
                    let mut column = Radix2Dit::default().dft(column);
                    reverse(&mut column);
                    column
                })
                .collect::<Vec<_>>()
        })
        .collect()
}

/// Transforms rows that lie 2^log_apart apart; the results' index is bit-reversed.
fn apart<F: EngineField>(values: Vec<F>, log_apart: usize, inverse: bool) -> Vec<F> {
    let matrix = RowMajorMatrix::new(values, 1 << log_apart);
    let natural = if inverse {
        Radix2Dit::default().idft_batch(matrix)
    } else {
        Radix2Dit::default().dft_batch(matrix).to_row_major_matrix()
    };
    natural.bit_reverse_rows().to_row_major_matrix().values
}

fn powers<F: EngineField>(base: F) -> impl Iterator<Item = F> {
    std::iter::successors(Some(F::ONE), move |power| Some(*power * base))
}

fn scale<F: EngineField>(values: &mut [F], base: F) {
    for (value, power) in values.iter_mut().zip(powers(base)) {
        *value *= power;
    }
}

fn reverse<F: EngineField>(values: &mut [F]) {
    let bits = values.len().ilog2() as usize;
    for at in 0..values.len() {
        let other = reversed(at, bits);
        if at < other {
            values.swap(at, other);
        }
    }
}

/// The lowest `bits` bits in reverse.
fn reversed(index: usize, bits: usize) -> usize {
    match bits {
        0 => 0,
        _ => index.reverse_bits() >> (usize::BITS as usize - bits),
    }
}

#[cfg(test)]
mod tests {
    use p3_baby_bear::BabyBear;
    use p3_koala_bear::KoalaBear;
    use p3_matrix::dense::RowMajorMatrix;

    use super::{Op, four_step};
    use crate::field::{EngineField, Products};
    use crate::ntt::{Command, Job, Shape, Split};

    /// Columns of 2^log_n as an engine of 2^12 on chip splits them.
    fn agrees_with_the_whole_transform<F: EngineField>(log_n: usize) {
        let shape = Shape {
            field: F::ID,
            products: Products::Four,
            lanes: 16,
            log_max: 12,
            log_load: 16,
            log_store: 17,
        };
        let column: Vec<F> = (0..1_u64 << log_n)
            .map(|i| F::from_u64(i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20))
            .collect();
        for op in [Op::Forward, Op::Inverse, Op::Lde { log_blowup: 1 }] {
            let job = Job {
                op,
                log_n,
                width: 1,
                in_reversed: false,
                out_natural: false,
                shift: F::GENERATOR,
            };
            let command = Command {
                job,
                source: 0,
                destination: 0,
                scratch: 0,
                by_rows: None,
            };
            let Ok(Split::FourStep { log_first, .. }) = command.split(&shape) else {
                panic!("2^{log_n} is not split")
            };
            let found = four_step(op, &column, job.shift, log_first);
            let whole = job.expected(RowMajorMatrix::new(column.clone(), 1));
            assert!(found == whole.values, "{op:?} of 2^{log_n}");
        }
    }

    #[test]
    fn four_step_agrees_with_the_whole_transform_in_both_fields() {
        for log_n in [13, 14, 17, 18] {
            agrees_with_the_whole_transform::<KoalaBear>(log_n);
            agrees_with_the_whole_transform::<BabyBear>(log_n);
        }
        println!("four-step columns of 2^13, 2^14, 2^17 and 2^18 are p3's");
    }

    #[test]
    fn longest_columns_agree_in_the_slow_suite() {
        if std::env::var_os("ASSAY_SLOW").is_none() {
            println!("skipped: ASSAY_SLOW is not set");
            return;
        }
        for log_n in [20, 23] {
            agrees_with_the_whole_transform::<KoalaBear>(log_n);
            agrees_with_the_whole_transform::<BabyBear>(log_n);
        }
        println!("four-step columns of 2^20 and 2^23 are p3's");
    }
}
