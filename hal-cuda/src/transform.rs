//! Transforms: their passes, one after the other.

use assay_hal::{HalError, HalField, Kind, Shape, Transform, log_ceil};

use crate::device::{Argument, Device};
use crate::engine::{Engine, at};
use crate::kernel::Task;
use crate::plan::{NATURAL, Pass, SCALE_ROWS, TWIDDLE, middle, split};

impl<F: HalField, D: Device> Engine<F, D> {
    /// A transform of all columns into new memory.
    pub fn transform(
        &self,
        input: &D::Memory,
        shape: Shape,
        transform: Transform<F>,
    ) -> Result<D::Memory, HalError> {
        let kind = transform.operation(shape).kind();
        let (output, _) = transform.output(shape);
        let log = log_ceil(shape.height) as u32;
        let words = words(shape);
        let scratch = match transform {
            Transform::Dft { .. } => 0,
            Transform::Idft { .. } if split(log, self.tile).len() == 1 => 0,
            Transform::Lde { added_bits, .. }
                if middle(log, added_bits as u32, self.tile) == log =>
            {
                0
            }
            _ => words,
        };
        self.room(kind, (self::words(output) + scratch) as u64)?;
        let target = self.allocate(kind, self::words(output))?;
        let scratch = match scratch {
            0 => None,
            words => Some(self.allocate(kind, words)?),
        };
        let width = shape.width as u32;
        match transform {
            Transform::Dft { shift } => self.dft(kind, input, &target, log, width, shift)?,
            Transform::Idft { shift } => {
                let memory = [input, scratch.as_ref().unwrap_or(input), &target];
                self.idft(kind, memory, log, width, shift)?;
            }
            Transform::Lde { added_bits, shift } => {
                let memory = [input, scratch.as_ref().unwrap_or(input), &target];
                self.lde(kind, memory, (log, added_bits as u32), width, shift)?;
            }
        }
        Ok(target)
    }

    fn dft(
        &self,
        kind: Kind,
        input: &D::Memory,
        target: &D::Memory,
        log: u32,
        width: u32,
        shift: F,
    ) -> Result<(), HalError> {
        let powers = if shift == F::ONE {
            None
        } else {
            Some(self.powers(kind, shift, F::ONE)?)
        };
        let scaled = powers.as_deref().map(|powers| at(powers, 0));
        let (mut source, mut done) = (input, 0);
        let mut first = scaled.as_ref();
        for points in split(log, self.tile) {
            let rest = log - done - points;
            let flags = if rest > 0 { TWIDDLE } else { 0 } | first.map_or(0, |_| SCALE_ROWS);
            let pass = Pass::new((done, points, rest), 0, width, flags);
            self.pass(kind, source, target, &pass, false, first.take())?;
            (source, done) = (target, done + points);
        }
        Ok(())
    }

    fn idft(
        &self,
        kind: Kind,
        [input, scratch, target]: [&D::Memory; 3],
        log: u32,
        width: u32,
        shift: F,
    ) -> Result<(), HalError> {
        let factor = F::TWO.exp_u64(log.into()).inverse();
        let powers = self.powers(kind, shift.inverse(), factor)?;
        let powers = at(&*powers, 0);
        let (mut source, mut done) = (input, 0);
        for points in split(log, self.tile) {
            let rest = log - done - points;
            if rest > 0 {
                let pass = Pass::new((done, points, rest), 0, width, TWIDDLE);
                self.pass(kind, source, scratch, &pass, true, None)?;
                (source, done) = (scratch, done + points);
            } else {
                let pass = Pass::new((done, points, 0), 0, width, NATURAL);
                self.pass(kind, source, target, &pass, true, Some(&powers))?;
            }
        }
        Ok(())
    }

    fn lde(
        &self,
        kind: Kind,
        [input, scratch, target]: [&D::Memory; 3],
        (log, log_added): (u32, u32),
        width: u32,
        shift: F,
    ) -> Result<(), HalError> {
        let factor = F::TWO.exp_u64(log.into()).inverse();
        let powers = self.powers(kind, shift, factor)?;
        let inner = middle(log, log_added, self.tile);
        let outer = log - inner;
        let passes = if outer == 0 {
            Vec::new()
        } else {
            split(outer, self.tile)
        };
        let (mut source, mut done) = (input, 0);
        for &points in &passes {
            let rest = log - done - points;
            let pass = Pass::new((done, points, rest), 0, width, TWIDDLE);
            self.pass(kind, source, scratch, &pass, true, None)?;
            (source, done) = (scratch, done + points);
        }
        let pass = Pass::new((outer, inner, 0), log_added, width, 0);
        let arguments = [
            at(source, 0),
            at(target, 0),
            Argument::U32(pass.flags),
            Argument::U32(pass.log_points),
            Argument::U32(pass.log_lanes),
            Argument::U32(pass.log_outer),
            Argument::U32(pass.width),
            Argument::U32(log_added),
            self.roots(false),
            self.roots(true),
            at(&*powers, 0),
        ];
        self.launch(kind, Task::LdeMiddle, pass.grid, &arguments)?;
        let mut done = inner + log_added;
        for &points in &passes {
            let rest = log + log_added - done - points;
            let flags = if rest > 0 { TWIDDLE } else { 0 };
            let pass = Pass::new((done, points, rest), 0, width, flags);
            self.pass(kind, target, target, &pass, false, None)?;
            done += points;
        }
        Ok(())
    }

    fn pass(
        &self,
        kind: Kind,
        source: &D::Memory,
        target: &D::Memory,
        pass: &Pass,
        inverse: bool,
        powers: Option<&Argument<'_, D::Memory>>,
    ) -> Result<(), HalError> {
        let arguments = [
            at(source, 0),
            at(target, 0),
            Argument::U32(pass.flags),
            Argument::U32(pass.log_points),
            Argument::U32(pass.log_lanes),
            Argument::U32(pass.log_outer),
            Argument::U32(pass.log_rest),
            Argument::U32(pass.width),
            self.roots(inverse),
            powers.copied().unwrap_or_else(|| self.no_powers()),
        ];
        self.launch(kind, Task::NttPass, pass.grid, &arguments)
    }
}

/// Words of a matrix.
pub const fn words(shape: Shape) -> usize {
    shape.height * shape.width
}
