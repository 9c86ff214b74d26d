//! What a command does to card memory and host memory.

use assay_abi::{Command, CommandStatus as Status, HostPage, Matrix, Opcode, card};
use assay_engines::field::FieldId;
use p3_baby_bear::BabyBear;
use p3_koala_bear::KoalaBear;

use super::check::{Checked, Failure, check_matrices};
use super::engines;
use super::shape::Shape;
use super::store::Store;
use crate::dma::HostMemory;
use crate::geometry::{STATE, WORD};

/// Card memory, and the host's as the card sees it.
pub struct Memories<'a> {
    pub shape: &'a Shape,
    pub card: &'a mut Store,
    pub host: &'a dyn HostMemory,
    pub traffic: &'a mut Traffic,
}

/// Bytes that went over the host port.
#[derive(Clone, Copy, Debug, Default)]
pub struct Traffic {
    pub read: u64,
    pub written: u64,
}

impl Memories<'_> {
    /// Card memory from `address` on; ranges were checked.
    fn range(&mut self, address: u64, bytes: u64) -> &mut [u8] {
        self.card
            .range(address as usize..(address + bytes) as usize)
    }

    fn words(&mut self, address: u64, words: u64) -> Vec<u32> {
        let bytes = self.range(address, words * WORD);
        let words = bytes.as_chunks::<4>().0;
        words.iter().map(|word| u32::from_le_bytes(*word)).collect()
    }

    fn put(&mut self, address: u64, words: &[u32]) {
        let bytes = self.range(address, words.len() as u64 * WORD);
        bytes.copy_from_slice(bytemuck::cast_slice(words));
    }

    fn host_read(&mut self, address: u64, bytes: &mut [u8], index: u64) -> Result<(), Failure> {
        let fault = |_| Failure::new(Status::HostFault, index);
        self.host.read(address, bytes).map_err(fault)?;
        self.traffic.read += bytes.len() as u64;
        Ok(())
    }
}

/// What a command has to say when it ended well.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    pub cycles: u64,
}

/// Runs a checked command.
pub fn execute(
    command: &Command,
    checked: &Checked,
    memories: &mut Memories,
) -> Result<Done, Failure> {
    match checked.opcode {
        // Its engines are absent: the checks refuse it.
        Opcode::Feed | Opcode::Trace => Err(Failure::new(Status::Unsupported, 0)),
        Opcode::Nop => Ok(Done::default()),
        Opcode::Upload | Opcode::Download => transfer(command, checked.opcode, memories),
        Opcode::Fill => {
            let words = vec![command.count; (command.argument / WORD) as usize];
            memories.put(command.destination, &words);
            Ok(beats(command.argument))
        }
        Opcode::Ntt | Opcode::Permute | Opcode::Merkle | Opcode::Open => {
            match memories.shape.field {
                FieldId::KoalaBear => compute::<KoalaBear>(command, checked, memories),
                FieldId::BabyBear => compute::<BabyBear>(command, checked, memories),
            }
        }
    }
}

/// A transfer's cycles when nobody waits: a beat of 64 bytes each.
fn beats(bytes: u64) -> Done {
    Done {
        cycles: bytes / card::ALIGNMENT,
    }
}

fn transfer(command: &Command, opcode: Opcode, memories: &mut Memories) -> Result<Done, Failure> {
    const NO_PAGE: u64 = u64::MAX;
    let mut left = command.argument;
    let mut at = match opcode {
        Opcode::Upload => command.destination,
        _ => command.source,
    };
    for index in 0..u64::from(command.count) {
        let fail = |status| Err(Failure::new(status, index));
        let mut bytes = [0; HostPage::BYTES];
        let entry = command.list.wrapping_add(index * HostPage::BYTES as u64);
        memories.host_read(entry, &mut bytes, NO_PAGE)?;
        let page = HostPage::from_bytes(&bytes);
        let length = u64::from(page.length);
        if page.reserved0 != 0 {
            return fail(Status::BadField);
        }
        if length == 0 || !length.is_multiple_of(card::ALIGNMENT) || length > left {
            return fail(Status::BadLength);
        }
        if !page.address.is_multiple_of(card::ALIGNMENT) {
            return fail(Status::BadAlignment);
        }
        if opcode == Opcode::Upload {
            let mut data = vec![0; length as usize];
            memories.host_read(page.address, &mut data, index)?;
            memories.range(at, length).copy_from_slice(&data);
        } else {
            let data = memories.range(at, length).to_vec();
            if memories.host.write(page.address, &data).is_err() {
                return fail(Status::HostFault);
            }
            memories.traffic.written += length;
        }
        at += length;
        left -= length;
    }
    if left > 0 {
        return Err(Failure::new(Status::BadLength, command.count.into()));
    }
    Ok(beats(command.argument))
}

fn compute<F: engines::CardField>(
    command: &Command,
    checked: &Checked,
    memories: &mut Memories,
) -> Result<Done, Failure> {
    let shape = memories.shape;
    let not_canonical = Failure::new(Status::NotCanonical, 0);
    let columns = command.count;
    match checked.opcode {
        Opcode::Ntt => {
            let length = |log_rows| {
                let bytes = shape.panels.matrix(columns, log_rows);
                bytes.unwrap_or(0) / WORD
            };
            let long = command.log_rows + command.log_blowup;
            let panels = memories.words(command.source, length(command.log_rows));
            let mut rows = vec![0; (columns as usize) << command.log_rows];
            shape.panels.unpack(columns as usize, &panels, &mut rows);
            let transform = engines::Transform {
                kind: checked.transform,
                columns: columns as usize,
                log_rows: command.log_rows,
                log_blowup: command.log_blowup,
                order: command.order,
                shift: command.argument as u32,
            };
            let result = transform.run::<F>(&rows).ok_or(not_canonical)?;
            let mut panels = vec![0; length(long) as usize];
            shape.panels.pack(columns as usize, &result, &mut panels);
            memories.put(command.destination, &panels);
            let cycles = transform.cycles::<F>(shape);
            Ok(Done { cycles })
        }
        Opcode::Permute => {
            let states = memories.words(command.source, command.argument * STATE / WORD);
            let result = engines::permute::<F>(&states).ok_or(not_canonical)?;
            memories.put(command.destination, &result);
            let cycles = command.argument * u64::from(shape.interval);
            Ok(Done { cycles })
        }
        Opcode::Merkle => {
            let list = matrices(command, checked.opcode, memories)?;
            let rows = list.iter().map(|it| rows(it, memories)).collect();
            let tree = engines::tree::<F>(&list, rows).ok_or(not_canonical)?;
            memories.put(command.destination, &tree);
            let cycles = engines::permutations(&list) * u64::from(shape.interval);
            Ok(Done { cycles })
        }
        _ => {
            let list = matrices(command, checked.opcode, memories)?;
            open(command, &list, memories)
        }
    }
}

/// The list of a tree or of an opening.
fn matrices(
    command: &Command,
    opcode: Opcode,
    memories: &mut Memories,
) -> Result<Vec<Matrix>, Failure> {
    let bytes = u64::from(command.count) * Matrix::BYTES as u64;
    let bytes = memories.range(command.list, bytes);
    let entries = bytes.as_chunks::<{ Matrix::BYTES }>().0;
    let list: Vec<_> = entries.iter().map(Matrix::from_bytes).collect();
    check_matrices(&list, command, opcode, memories.shape)?;
    Ok(list)
}

/// The rows of a matrix, row by row.
fn rows(matrix: &Matrix, memories: &mut Memories) -> Vec<u32> {
    let panels = memories.shape.panels;
    let bytes = panels.matrix(matrix.columns, matrix.log_rows).unwrap_or(0);
    let words = memories.words(matrix.address, bytes / WORD);
    let mut rows = vec![0; (matrix.columns as usize) << matrix.log_rows];
    panels.unpack(matrix.columns as usize, &words, &mut rows);
    rows
}

fn open(command: &Command, list: &[Matrix], memories: &mut Memories) -> Result<Done, Failure> {
    use crate::geometry::{DIGEST, aligned, digest};
    let panels = memories.shape.panels;
    let log_rows = list.first().map_or(0, |it| it.log_rows);
    let mut at = command.destination;
    let mut put = |memories: &mut Memories, words: &[u32]| {
        let bytes = aligned(words.len() as u64 * WORD).unwrap_or(0);
        let mut padded = words.to_vec();
        padded.resize((bytes / WORD) as usize, 0);
        memories.put(at, &padded);
        at += bytes;
    };
    let indices = memories.words(command.auxiliary, command.argument);
    for (position, index) in (0_u64..).zip(&indices) {
        let index = u64::from(*index);
        if index >> log_rows != 0 {
            return Err(Failure::new(Status::OutOfRange, position));
        }
        for matrix in list {
            let row = index >> (log_rows - matrix.log_rows);
            let word = |memories: &mut Memories, column| {
                let offset = panels.word(row, column, matrix.log_rows);
                memories.words(matrix.address + offset, 1)[0]
            };
            let row: Vec<u32> = (0..matrix.columns)
                .map(|column| word(memories, column))
                .collect();
            put(memories, &row);
        }
        let mut path = Vec::new();
        for layer in 0..log_rows {
            let sibling = (index >> layer) ^ 1;
            let offset = digest(log_rows, layer, sibling);
            path.extend(memories.words(command.source + offset, DIGEST / WORD));
        }
        put(memories, &path);
    }
    let cycles = (at - command.destination) / card::ALIGNMENT;
    Ok(Done { cycles })
}
