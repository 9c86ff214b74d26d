//! Matrices in card memory, and their way there and back.

use std::sync::Arc;
use std::time::Instant;

use assay_driver::geometry::{WORD, aligned};
use assay_driver::{CardBuffer, DriverError, Job, Ticket, Transport};
use assay_engines::field::EngineField;
use assay_hal::{
    Difference, HalError, HalField, HostMatrix, Kind, Pending, Place, STATE, Shape, elements, share,
};
use p3_matrix::dense::RowMajorMatrix;

use crate::card::Card;

/// How the words of a matrix lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As transforms and trees take them.
    Panels,
    /// Row by row, as permutations take states.
    Rows,
}

/// A matrix in card memory, once its command has ended.
#[derive(Debug)]
pub struct Matrix<F> {
    pub kind: Kind,
    pub form: Form,
    pub shape: Shape,
    pub buffer: CardBuffer,
    pub ticket: Ticket,
    /// What was uploaded, where it may be wanted in the other form.
    pub host: Option<HostMatrix<F>>,
}

/// Bytes of a matrix; `None` if that is no 64-bit number.
pub fn bytes<F, T: Transport>(card: &Card<F, T>, form: Form, shape: Shape) -> Option<u64> {
    let columns = match form {
        Form::Rows => shape.width as u64,
        Form::Panels => {
            let panel = u64::from(card.panels().columns);
            (shape.width as u64).checked_next_multiple_of(panel)?
        }
    };
    aligned(
        columns
            .checked_mul(shape.height as u64)?
            .checked_mul(WORD)?,
    )
}

impl<F: HalField + EngineField, T: Transport + 'static> Card<F, T> {
    /// Card memory for a matrix.
    pub fn room(&self, kind: Kind, form: Form, shape: Shape) -> Result<CardBuffer, HalError> {
        let bytes = bytes(self, form, shape).ok_or_else(|| {
            HalError::bad(format!("a matrix of {shape} is larger than any memory"))
        })?;
        self.driver
            .allocate(bytes)
            .map_err(|error| self.error(kind, error))
    }

    /// Words to card memory.
    pub fn send(
        &self,
        kind: Kind,
        words: &[u32],
        to: &CardBuffer,
    ) -> Result<(Ticket, u64), HalError> {
        let send = || {
            let bytes = (words.len() as u64 * WORD).next_multiple_of(assay_abi::card::ALIGNMENT);
            let host = self.driver.host_buffer(bytes)?;
            host.dma().write(0, words);
            let ticket = self.driver.submit(Job::upload(host, bytes, to, 0)?)?;
            Ok((ticket, bytes))
        };
        send().map_err(|error: DriverError| self.error(kind, error))
    }

    /// Words from card memory, once a command has ended.
    pub fn fetch(
        self: &Arc<Self>,
        kind: Kind,
        from: &CardBuffer,
        offset: u64,
        words: usize,
        after: &[&Ticket],
    ) -> Result<(Pending<Vec<u32>>, u64), HalError> {
        let bytes = (words as u64 * WORD).next_multiple_of(assay_abi::card::ALIGNMENT);
        let submit = || {
            let host = self.driver.host_buffer(bytes)?;
            let job = Job::download(from, offset, bytes, host)?;
            self.driver.submit(job.after(after.iter().copied()))
        };
        let ticket = submit().map_err(|error| self.error(kind, error))?;
        self.tally.command(kind, &ticket);
        let card = Arc::clone(self);
        let pending = Pending::new(move || {
            let finished = card.driver.wait(&ticket);
            finished.map_err(|error| card.error(kind, error))?;
            let host = ticket.take_buffer().ok_or_else(|| HalError::DeviceLost {
                device: card.name.clone(),
                why: "a download without its buffer".to_owned(),
            })?;
            let mut found = vec![0; words];
            host.dma().read(0, &mut found);
            Ok(found)
        });
        Ok((pending, bytes))
    }

    /// A matrix to the card.
    pub fn put(
        &self,
        kind: Kind,
        form: Form,
        matrix: &HostMatrix<F>,
    ) -> Result<Matrix<F>, HalError> {
        let began = Instant::now();
        let width = matrix.width;
        let shape = Shape::new(elements(matrix).len() / width, width);
        let buffer = self.room(kind, form, shape)?;
        let rows: Vec<u32> = elements(matrix).iter().map(F::to_unique_u32).collect();
        let (ticket, bytes) = match form {
            Form::Rows => self.send(kind, &rows, &buffer)?,
            Form::Panels => {
                let panel = self.panels().columns as usize;
                let mut panels = vec![0; width.next_multiple_of(panel) * shape.height];
                self.panels().pack(width, &rows, &mut panels);
                self.send(kind, &panels, &buffer)?
            }
        };
        self.tally.command(kind, &ticket);
        self.tally.bytes(kind, bytes, 0);
        self.tally.time(kind, began);
        Ok(Matrix {
            kind,
            form,
            shape,
            buffer,
            ticket,
            host: (width == STATE).then(|| matrix.clone()),
        })
    }

    /// A matrix from the card.
    pub fn get(
        self: &Arc<Self>,
        kind: Kind,
        matrix: &Matrix<F>,
    ) -> Result<Pending<HostMatrix<F>>, HalError> {
        let (shape, form) = (matrix.shape, matrix.form);
        let width = match form {
            Form::Rows => shape.width,
            Form::Panels => shape.width.next_multiple_of(self.panels().columns as usize),
        };
        let words = width * shape.height;
        let after = [&matrix.ticket];
        let (pending, bytes) = self.fetch(kind, &matrix.buffer, 0, words, &after)?;
        self.tally.bytes(kind, 0, bytes);
        let card = Arc::clone(self);
        Ok(Pending::new(move || {
            let began = Instant::now();
            let mut rows = pending.wait()?;
            if form == Form::Panels {
                let panels = rows;
                rows = vec![0; shape.width * shape.height];
                card.panels().unpack(shape.width, &panels, &mut rows);
            }
            let values = card.elements(kind, &rows, |at| Place::Element {
                row: at / shape.width,
                column: at % shape.width,
            })?;
            card.tally.time(kind, began);
            Ok(share(RowMajorMatrix::new(values, shape.width)))
        }))
    }

    /// The elements that words stand for.
    pub fn elements(
        &self,
        operation: Kind,
        words: &[u32],
        place: impl Fn(usize) -> Place,
    ) -> Result<Vec<F>, HalError> {
        if let Some(at) = words.iter().position(|&word| word >= F::ORDER_U32) {
            return Err(HalError::WrongResult {
                device: self.name.clone(),
                operation,
                difference: Difference {
                    place: place(at),
                    found: format!("the word {:#010x}", words[at]),
                    expected: format!("one below {:#010x}", F::ORDER_U32),
                },
            });
        }
        let of_montgomery = |&word: &u32| F::from_u32(word) * self.unit;
        Ok(words.iter().map(of_montgomery).collect())
    }

    /// A matrix in the form that a command takes; through the host if it is in the other.
    pub fn formed(
        self: &Arc<Self>,
        kind: Kind,
        form: Form,
        matrix: &Matrix<F>,
    ) -> Result<(CardBuffer, Ticket), HalError> {
        if matrix.form == form {
            return Ok((matrix.buffer.clone(), matrix.ticket.clone()));
        }
        let host = match &matrix.host {
            Some(host) => host.clone(),
            None => self.get(kind, matrix)?.wait()?,
        };
        let Matrix { buffer, ticket, .. } = self.put(kind, form, &host)?;
        Ok((buffer, ticket))
    }
}
