//! The checks that a command passes before it touches memory, in the order of docs/card.md.

use std::mem::offset_of;

use assay_abi::{
    Command, CommandStatus as Status, Engine, Matrix, Opcode, Transform, card, command_flags, order,
};

use super::shape::Shape;
use crate::command::{crc, engine};
use crate::geometry::{MAX_LOG_ROWS, MAX_MATRICES, STATE, WORD, aligned, tree};

/// A command that is refused, or that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    pub status: Status,
    pub detail: u64,
}

impl Failure {
    pub fn new(status: Status, detail: u64) -> Self {
        Self { status, detail }
    }
}

/// What a command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    pub opcode: Opcode,
    /// Which engine runs it; none a `nop`.
    pub engine: Option<Engine>,
    /// Of an `ntt`.
    pub transform: Transform,
}

macro_rules! at {
    ($field:ident) => {
        offset_of!(Command, $field) as u64
    };
}

/// A field that only some commands use: its offset, its value, and of which commands.
type Field = (u64, u64, &'static [Opcode]);

fn fields(command: &Command) -> [Field; 10] {
    use Opcode::{Download, Feed, Fill, Merkle, Ntt, Open, Permute, Trace, Upload};
    [
        (at!(log_rows), command.log_rows.into(), &[Ntt]),
        (at!(log_blowup), command.log_blowup.into(), &[Ntt]),
        (at!(transform), command.transform.into(), &[Ntt]),
        (at!(order), command.order.into(), &[Ntt]),
        (
            at!(source),
            command.source,
            &[Download, Ntt, Permute, Open, Feed],
        ),
        (
            at!(destination),
            command.destination,
            &[Upload, Fill, Ntt, Merkle, Permute, Open, Trace],
        ),
        (at!(auxiliary), command.auxiliary, &[Ntt, Merkle, Open]),
        (at!(list), command.list, &[Upload, Download, Merkle, Open]),
        (
            at!(argument),
            command.argument,
            &[Upload, Download, Fill, Ntt, Permute, Open, Feed, Trace],
        ),
        (
            at!(count),
            command.count.into(),
            &[Upload, Download, Fill, Ntt, Merkle, Open],
        ),
    ]
}

/// What a command means, or why it means nothing. `before` is how many commands were fetched before it, at most the dependency window.
pub fn check(
    command: &Command,
    sequence: u16,
    before: u16,
    shape: &Shape,
) -> Result<Checked, Failure> {
    let fail = |status, detail| Err(Failure::new(status, detail));
    if crc(command) != command.crc {
        return fail(Status::BadCrc, 0);
    }
    if command.version != card::COMMAND_VERSION {
        return fail(Status::BadVersion, at!(version));
    }
    let Ok(opcode) = Opcode::try_from(command.opcode) else {
        return fail(Status::BadOpcode, at!(opcode));
    };
    let transform = bad_field(command, opcode)?;
    for (flag, offset, wait) in [
        (command_flags::WAIT_A, at!(wait_a), command.wait_a),
        (command_flags::WAIT_B, at!(wait_b), command.wait_b),
    ] {
        let distance = sequence.wrapping_sub(wait);
        let known = (1..=before.min(card::DEPENDENCY_WINDOW)).contains(&distance);
        if command.flags & flag != 0 && !known {
            return fail(Status::DepInvalid, offset);
        }
    }
    let checked = Checked {
        opcode,
        engine: engine(opcode),
        transform,
    };
    unsupported(command, &checked, shape)?;
    lengths(command, opcode)?;
    let spans = spans(command, &checked, shape);
    for &(offset, address, _) in spans.iter().flatten().chain(&host_list(command, opcode)) {
        if address % card::ALIGNMENT != 0 {
            return fail(Status::BadAlignment, offset);
        }
    }
    for &(offset, address, bytes) in spans.iter().flatten() {
        let end = bytes.and_then(|bytes| address.checked_add(bytes));
        if end.is_none_or(|end| end > shape.memory_bytes) {
            return fail(Status::OutOfRange, offset);
        }
    }
    Ok(checked)
}

/// Fields that must be 0, and codes that are unknown: the one at the lowest offset.
fn bad_field(command: &Command, opcode: Opcode) -> Result<Transform, Failure> {
    let fail = |offset| Err(Failure::new(Status::BadField, offset));
    const FLAGS: u16 = command_flags::INTERRUPT | command_flags::WAIT_A | command_flags::WAIT_B;
    const ORDER: u8 = order::IN_REVERSED | order::OUT_NATURAL;
    if command.flags & !FLAGS != 0 {
        return fail(at!(flags));
    }
    for (flag, offset, wait) in [
        (command_flags::WAIT_A, at!(wait_a), command.wait_a),
        (command_flags::WAIT_B, at!(wait_b), command.wait_b),
    ] {
        if command.flags & flag == 0 && wait != 0 {
            return fail(offset);
        }
    }
    let transform = Transform::try_from(command.transform);
    for (offset, value, users) in fields(command) {
        let bad = if users.contains(&opcode) {
            match offset {
                offset if offset == at!(log_blowup) => {
                    value != 0 && transform != Ok(Transform::Lde)
                }
                offset if offset == at!(transform) => transform.is_err(),
                offset if offset == at!(order) => value & !u64::from(ORDER) != 0,
                _ => false,
            }
        } else {
            value != 0
        };
        if bad {
            return fail(offset);
        }
    }
    Ok(transform.unwrap_or(Transform::Forward))
}

fn unsupported(command: &Command, checked: &Checked, shape: &Shape) -> Result<(), Failure> {
    let fail = |offset| Err(Failure::new(Status::Unsupported, offset));
    if checked.engine.is_some_and(|engine| !shape.has(engine)) {
        return fail(at!(opcode));
    }
    match checked.opcode {
        Opcode::Ntt => match shape.refuses(command, checked.transform) {
            Some(offset) => fail(offset),
            None => Ok(()),
        },
        Opcode::Merkle | Opcode::Open if command.count > MAX_MATRICES => fail(at!(count)),
        _ => Ok(()),
    }
}

fn lengths(command: &Command, opcode: Opcode) -> Result<(), Failure> {
    use Opcode::{Download, Feed, Fill, Merkle, Ntt, Open, Permute, Trace, Upload};
    let fail = |offset| Err(Failure::new(Status::BadLength, offset));
    let empty = command.argument == 0;
    match opcode {
        Upload | Download | Fill | Trace
            if empty || !command.argument.is_multiple_of(card::ALIGNMENT) =>
        {
            fail(at!(argument))
        }
        Permute | Open | Feed if empty => fail(at!(argument)),
        Upload | Download | Ntt | Merkle | Open if command.count == 0 => fail(at!(count)),
        _ => Ok(()),
    }
}

/// A range of card memory: the offset of its address, the address, its length if that is a number.
type Span = (u64, u64, Option<u64>);

/// What a command reads and writes, as far as the command itself says, by offset.
fn spans(command: &Command, checked: &Checked, shape: &Shape) -> [Option<Span>; 4] {
    let source = |bytes| Some((at!(source), command.source, bytes));
    let destination = |bytes| Some((at!(destination), command.destination, bytes));
    let auxiliary = |bytes| Some((at!(auxiliary), command.auxiliary, bytes));
    let list = || {
        let bytes = u64::from(command.count) * Matrix::BYTES as u64;
        Some((at!(list), command.list, aligned(bytes)))
    };
    let argument = Some(command.argument);
    match checked.opcode {
        Opcode::Nop => [None; 4],
        Opcode::Upload | Opcode::Fill | Opcode::Trace => [None, destination(argument), None, None],
        Opcode::Download => [source(argument), None, None, None],
        Opcode::Ntt => {
            let short = shape.panels.matrix(command.count, command.log_rows);
            let long = shape
                .panels
                .matrix(command.count, command.log_rows + command.log_blowup);
            [source(short), destination(long), auxiliary(long), None]
        }
        // A tree's length is known with its list; its address is checked for its alignment here.
        Opcode::Merkle => [None, destination(Some(0)), auxiliary(Some(0)), list()],
        Opcode::Open => {
            let indices = command.argument.checked_mul(WORD);
            [
                source(Some(0)),
                destination(Some(0)),
                auxiliary(indices),
                list(),
            ]
        }
        Opcode::Permute => {
            let states = command.argument.checked_mul(STATE);
            [source(states), destination(states), None, None]
        }
        Opcode::Feed => [source(command.argument.checked_mul(WORD)), None, None, None],
    }
}

/// The host address of a transfer's list, which is checked for its alignment only.
fn host_list(command: &Command, opcode: Opcode) -> Option<Span> {
    matches!(opcode, Opcode::Upload | Opcode::Download).then_some((at!(list), command.list, None))
}

/// A list of matrices: what is wrong with which entry, or that the tree does not lie in memory.
pub fn check_matrices(
    list: &[Matrix],
    command: &Command,
    opcode: Opcode,
    shape: &Shape,
) -> Result<(), Failure> {
    let mut above = MAX_LOG_ROWS;
    for (index, matrix) in (0_u64..).zip(list) {
        let fail = |status| Err(Failure::new(status, index));
        if matrix.reserved0.iter().any(|&byte| byte != 0) {
            return fail(Status::BadField);
        }
        if matrix.log_rows > above {
            // Too tall, or not in order.
            return fail(if index == 0 {
                Status::Unsupported
            } else {
                Status::BadField
            });
        }
        above = matrix.log_rows;
        if matrix.columns == 0 {
            return fail(Status::BadLength);
        }
        if !matrix.address.is_multiple_of(card::ALIGNMENT) {
            return fail(Status::BadAlignment);
        }
        let bytes = shape.panels.matrix(matrix.columns, matrix.log_rows);
        if !shape.holds(matrix.address, bytes) {
            return fail(Status::OutOfRange);
        }
    }
    let bytes = list.first().map(|it| tree(it.log_rows));
    let opened = crate::geometry::opening(list).and_then(|it| it.checked_mul(command.argument));
    let ranges: &[Span] = match opcode {
        Opcode::Merkle => &[
            (at!(destination), command.destination, bytes),
            (at!(auxiliary), command.auxiliary, bytes),
        ],
        _ => &[
            (at!(source), command.source, bytes),
            (at!(destination), command.destination, opened),
        ],
    };
    for &(offset, address, bytes) in ranges {
        if !shape.holds(address, bytes) {
            return Err(Failure::new(Status::OutOfRange, offset));
        }
    }
    Ok(())
}
