//! Looks for another row that satisfies everything but one part: a few cells are lied about, and the others follow by linear algebra.
//!
//! Of the cells, a set is taken in which every equation is affine, with the others as they are. An equation is a constraint, or an element of a
//! message that must stay as it is. What the equations leave free is chosen small, so that ranges have a chance to hold.

use alloc::{vec, vec::Vec};
use core::ops::Range;

use p3_field::{Field, PrimeCharacteristicRing};

use super::{parts::Part, probe::Outcome, random::Random, subject::Subject};
use crate::Felt;

/// A changed row, and the parts that reject it.
pub(super) struct Attempt {
    pub row: usize,
    pub cells: Vec<Felt>,
    pub parts: Vec<Part>,
}

/// Tries to find a row that no part but `dropped` rejects.
pub(super) fn attempt(
    subject: &Subject,
    rows: &[usize],
    dropped: Option<Part>,
    random: &mut Random,
) -> Option<Attempt> {
    const CHOICES: usize = 32;
    let row = random.pick(rows);
    let honest = subject.outcome(row, subject.row(row));
    // Elements of a provided operation that stay: its code and operands, so that somebody asks for it; or fewer.
    let kept = random.pick(&[1..6, 1..6, 2..6, 2..4, 1..4]);
    let equations = |cells: &[Felt]| {
        let tried = subject.outcome(row, cells);
        equations(subject, &honest, &tried, dropped, kept.clone())
    };
    // The dropped part alone, to see which cells it is about.
    let about = |cells: &[Felt]| match dropped {
        Some(part) => values_of(subject, &subject.outcome(row, cells), part),
        None => vec![],
    };
    let (start, lied) = lie(subject, row, rows, (&equations, about), random);
    let (columns, base, slopes) = affine_part(&start, &lied, equations, random);
    let system = Solved::new(&base, &slopes)?;
    for _ in 0..CHOICES {
        let mut cells = start.clone();
        for (&column, change) in columns.iter().zip(system.choose(random)) {
            cells[column] += change;
        }
        let tried = subject.outcome(row, &cells);
        let Some(parts) = subject.rejecting(&honest, &tried, false) else {
            continue;
        };
        if dropped.map_or(parts.is_empty(), |part| parts == [part]) {
            return Some(Attempt { row, cells, parts });
        }
    }
    None
}

/// The values of a part: of a constraint, or of a message's elements and count.
fn values_of(subject: &Subject, outcome: &Outcome, part: Part) -> Vec<Felt> {
    let constraints = outcome.constraints.iter().enumerate();
    let messages = outcome.messages.iter().enumerate();
    constraints
        .filter(|(index, _)| subject.constraint(outcome, *index) == part)
        .map(|(_, &value)| value)
        .chain(
            messages
                .filter(|(index, _)| subject.interaction(outcome, *index) == part)
                .flat_map(|(_, sent)| sent.tuple.iter().copied().chain([sent.count])),
        )
        .collect()
}

/// A row to start from: the first lie is about a cell of the dropped part or about any, and further ones answer for it, each setting a cell so
/// that one more equation holds. Says which cells were set.
fn lie(
    subject: &Subject,
    row: usize,
    rows: &[usize],
    (equations, about): (
        &impl Fn(&[Felt]) -> Vec<Felt>,
        impl Fn(&[Felt]) -> Vec<Felt>,
    ),
    random: &mut Random,
) -> (Vec<Felt>, Vec<bool>) {
    let mut cells = subject.row(row).to_vec();
    let mut lied = vec![false; cells.len()];
    let lies = random.below(3);
    let honest = about(&cells);
    let mut columns: Vec<usize> = (0..cells.len())
        .filter(|&column| {
            [Felt::ONE, Felt::TWO].into_iter().any(|step| {
                let mut other = cells.clone();
                other[column] += step;
                about(&other) != honest
            })
        })
        .collect();
    if columns.is_empty() || random.below(4) == 0 {
        columns = (0..cells.len()).collect();
    }
    for _ in 0..lies {
        let column = random.pick(&columns);
        let was = cells[column];
        let other = subject.row(random.pick(rows))[column];
        let choices = [
            Felt::ONE - was,
            other,
            was + Felt::ONE,
            was - Felt::ONE,
            Felt::NEG_ONE,
            Felt::ZERO,
        ];
        cells[column] = random.pick(&choices);
        lied[column] = true;
    }
    if lies == 0 {
        return (cells, lied);
    }
    for _ in 0..random.below(8) {
        let values = equations(&cells);
        let violated: Vec<usize> = (0..values.len())
            .filter(|&index| values[index] != Felt::ZERO)
            .collect();
        if violated.is_empty() {
            break;
        }
        let index = random.pick(&violated);
        let value = |column: usize, step: Felt| {
            let mut other = cells.clone();
            other[column] += step;
            equations(&other)[index] - values[index]
        };
        let fixes: Vec<(usize, Felt)> = (0..cells.len())
            .filter(|&column| !lied[column])
            .filter_map(|column| {
                let slope = value(column, Felt::ONE);
                let affine = slope != Felt::ZERO && value(column, Felt::TWO) == slope.double();
                if affine {
                    return Some((column, -values[index] * slope.inverse()));
                }
                // What is a bit has no slope, but few values.
                [Felt::ONE, Felt::NEG_ONE]
                    .into_iter()
                    .find(|&step| value(column, step) == -values[index])
                    .map(|step| (column, step))
            })
            .collect();
        if fixes.is_empty() {
            break;
        }
        let (column, change) = random.pick(&fixes);
        cells[column] += change;
        lied[column] = true;
    }
    (cells, lied)
}

/// What must be 0.
fn equations(
    subject: &Subject,
    honest: &Outcome,
    tried: &Outcome,
    dropped: Option<Part>,
    kept: Range<usize>,
) -> Vec<Felt> {
    let mut out: Vec<Felt> = tried
        .constraints
        .iter()
        .enumerate()
        .filter(|(index, _)| Some(subject.constraint(tried, *index)) != dropped)
        .map(|(_, &value)| value)
        .collect();
    for (index, (now, then)) in tried.messages.iter().zip(&honest.messages).enumerate() {
        if Some(subject.interaction(tried, index)) == dropped {
            continue;
        }
        if subject.provides(tried, index) {
            let operands = now.tuple[kept.clone()]
                .iter()
                .zip(&then.tuple[kept.clone()]);
            out.extend(operands.map(|(&now, &then)| now - then));
        } else if then.count == Felt::ZERO {
            out.push(now.count);
        } else if !subject.is_answered(then) {
            out.push(now.count - then.count);
            let chosen = subject.chosen(tried, index);
            let elements = now.tuple.iter().zip(&then.tuple).enumerate();
            let fixed = elements.filter(|(at, _)| !chosen.contains(at));
            out.extend(fixed.map(|(_, (&now, &then))| now - then));
        }
    }
    out
}

/// Columns, the equations' values, and for each column what adding 1 to it adds to each equation.
type AffinePart = (Vec<usize>, Vec<Felt>, Vec<Vec<Felt>>);

/// A set of columns, in random order, in which all equations are affine around `start`.
fn affine_part(
    start: &[Felt],
    lied: &[bool],
    equations: impl Fn(&[Felt]) -> Vec<Felt>,
    random: &mut Random,
) -> AffinePart {
    let base = equations(start);
    let at = |steps: &[usize]| {
        let mut cells = start.to_vec();
        for &column in steps {
            cells[column] += Felt::ONE;
        }
        equations(&cells)
    };
    let difference = |values: &[Felt]| -> Vec<Felt> {
        values
            .iter()
            .zip(&base)
            .map(|(&value, &base)| value - base)
            .collect()
    };
    let mut order: Vec<usize> = (0..start.len()).filter(|&column| !lied[column]).collect();
    random.shuffle(&mut order);
    // Few, so that little has to change, or many.
    order.truncate(random.pick(&[4, 8, 16, 32]));
    let (mut columns, mut slopes): (Vec<usize>, Vec<Vec<Felt>>) = (vec![], vec![]);
    for column in order {
        let slope = difference(&at(&[column]));
        let adds = |steps: &[usize], slopes: [&Vec<Felt>; 2]| {
            let both = difference(&at(steps));
            both.iter()
                .zip(slopes[0].iter().zip(slopes[1]))
                .all(|(&both, (&one, &other))| both == one + other)
        };
        let affine = adds(&[column, column], [&slope, &slope])
            && columns
                .iter()
                .zip(&slopes)
                .all(|(&other, of)| adds(&[column, other], [&slope, of]));
        if affine {
            columns.push(column);
            slopes.push(slope);
        }
    }
    (columns, base, slopes)
}

/// The solutions of an affine system: those variables that are not free follow from those that are.
struct Solved {
    variables: usize,
    /// Variable, constant, coefficients of all variables (0 but for free ones).
    rows: Vec<(usize, Felt, Vec<Felt>)>,
    free: Vec<usize>,
}

impl Solved {
    /// `None` if there is no solution.
    fn new(base: &[Felt], slopes: &[Vec<Felt>]) -> Option<Self> {
        let variables = slopes.len();
        let mut system: Vec<Vec<Felt>> = (0..base.len())
            .map(|equation| {
                slopes
                    .iter()
                    .map(|slope| slope[equation])
                    .chain([-base[equation]])
                    .collect()
            })
            .collect();
        let (mut rows, mut free, mut rank) = (vec![], vec![], 0);
        for variable in 0..variables {
            let Some(pivot) = (rank..system.len()).find(|&row| system[row][variable] != Felt::ZERO)
            else {
                free.push(variable);
                continue;
            };
            system.swap(rank, pivot);
            let scale = system[rank][variable].inverse();
            system[rank].iter_mut().for_each(|cell| *cell *= scale);
            let pivot = system[rank].clone();
            for (at, row) in system.iter_mut().enumerate() {
                let factor = row[variable];
                if at != rank && factor != Felt::ZERO {
                    for (cell, &of) in row.iter_mut().zip(&pivot) {
                        *cell -= factor * of;
                    }
                }
            }
            rows.push(variable);
            rank += 1;
        }
        if system[rank..]
            .iter()
            .any(|row| row[variables] != Felt::ZERO)
        {
            return None;
        }
        let rows = rows
            .into_iter()
            .zip(system)
            .map(|(variable, row)| (variable, row[variables], row[..variables].to_vec()))
            .collect();
        Some(Self {
            variables,
            rows,
            free,
        })
    }

    /// One of the solutions.
    fn choose(&self, random: &mut Random) -> Vec<Felt> {
        let mut out = vec![Felt::ZERO; self.variables];
        let only = (random.below(2) == 0 && !self.free.is_empty()).then(|| random.pick(&self.free));
        for &variable in &self.free {
            let size = random.pick(&[1, 1, 1, 2, 128, 255, 256, 1 << 15, 0xff00, 0xffff, 1 << 16]);
            let value = match random.below(12) {
                0 => random.felt(),
                1..=5 => Felt::from_u32(size),
                6..=9 => -Felt::from_u32(size),
                _ => Felt::ZERO,
            };
            if only.is_none_or(|only| only == variable) {
                out[variable] = value;
            }
        }
        for (variable, constant, coefficients) in &self.rows {
            let follows: Felt = self
                .free
                .iter()
                .map(|&free| coefficients[free] * out[free])
                .sum();
            out[*variable] = *constant - follows;
        }
        out
    }
}
