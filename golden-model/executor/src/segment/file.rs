//! The file of a segment.
//!
//! | bytes | what |
//! |---|---|
//! | 0 … 7 | [`MAGIC`] |
//! | 8 … 11 | [`FORMAT_VERSION`] |
//! | 12 … 15 | 0 |
//! | 16 … 47 | hash of the contract that the segment was made under |
//! | 48 … 55 | bytes of the compressed payload, which is the rest of the file |
//! | 56 … 63 | bytes of the payload |
//! | 64 … 95 | SHA-256 of bytes 0 … 63 and the compressed payload |
//! | 96 … | payload, compressed with zstd |
//!
//! All numbers are little-endian. The payload's fields follow each other without padding, as `encode` writes them.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use assay_abi::{
    CONTRACT_HASH, FaultCause, Po2,
    machine::{NUM_PAGES, PAGE_WORDS},
};
use sha2::{Digest as _, Sha256};

use super::{
    CheckError, Exit, Page, Roots, Segment, State,
    wire::{Reader, WireError, Writer},
};
use crate::{atomic, hash::Digest, image::Text, tree::MultiProof};

/// The first bytes of a segment's file.
pub const MAGIC: [u8; 8] = *b"ASSAYSEG";

/// The version of the layout of header and payload.
pub const FORMAT_VERSION: u32 = 1;

const HEADER: usize = 96;
/// Header bytes that the checksum covers.
const CHECKED: usize = 64;

/// More than any segment needs: text of all memory, and at most 2^22 cycles' worth of pages, input and journal with
/// their proof.
const MAX_PAYLOAD: u64 = (1 << 28) + (1 << 27);

/// Speed counts for segments more than the last tenth of their size.
const COMPRESSION_LEVEL: i32 = 1;

/// Bytes that are no segment, or a file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// The magic number is missing.
    #[error("not a segment file: it starts with {found:02x?}, expected {MAGIC:02x?} (ASSAYSEG)")]
    NotASegment {
        /// The first bytes, at most 8.
        found: Vec<u8>,
    },
    /// Another version of the file format.
    #[error(
        "segment file format version {found}, expected {expected}: make the segment again, or use the release that made it"
    )]
    Version {
        /// This build's.
        expected: u32,
        /// The file's.
        found: u32,
    },
    /// Made under another contract.
    #[error("the segment was made under contract {}, expected {}: make it again with this release", hex(.found), hex(.expected))]
    Contract {
        /// This build's contract hash.
        expected: [u8; 32],
        /// The file's.
        found: [u8; 32],
    },
    /// The file is shorter or longer than its header says.
    #[error("the segment file is {}: {found} bytes, expected {expected} by its header. Copy it again", if .found < .expected { "truncated" } else { "too long" })]
    Length {
        /// Bytes by the header.
        expected: u64,
        /// Bytes there.
        found: u64,
    },
    /// The checksum differs.
    #[error("the segment file is damaged: SHA-256 {}, expected {} by its header. Copy it again", hex(.found), hex(.expected))]
    Checksum {
        /// In the header.
        expected: [u8; 32],
        /// Of the content.
        found: [u8; 32],
    },
    /// A payload larger than any segment.
    #[error("the segment's payload has {found} bytes by its header, at most {max} is possible")]
    TooLarge {
        /// The bound.
        max: u64,
        /// What the header says.
        found: u64,
    },
    /// The payload does not decompress.
    #[error("the segment's payload cannot be decompressed: {0}")]
    Decompress(#[source] io::Error),
    /// The payload decompresses to another length.
    #[error("the segment's payload decompresses to {}{found} bytes, expected {expected} by its header", if .found > .expected { "at least " } else { "" })]
    PayloadLength {
        /// By the header.
        expected: u64,
        /// Bytes that came out.
        found: u64,
    },
    /// The payload's fields are wrong.
    #[error("the segment's payload is malformed: {0}")]
    Payload(#[from] WireError),
    /// The fields contradict each other.
    #[error("the segment contradicts itself: {0}")]
    Contradiction(#[from] CheckError),
    /// The file cannot be read.
    #[error("cannot read the segment file: {0}")]
    Read(#[source] io::Error),
    /// The file cannot be written.
    #[error("cannot write the segment file: {0}")]
    Write(#[source] io::Error),
    /// One of the others, in a file.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        error: Box<SegmentError>,
    },
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Segment {
    /// The segment's file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let payload = encode(self);
        let compressed = zstd::bulk::compress(&payload, COMPRESSION_LEVEL)
            .expect("zstd compresses into memory that it allocates");
        let mut file = Vec::with_capacity(HEADER + compressed.len());
        file.extend(MAGIC);
        file.extend(FORMAT_VERSION.to_le_bytes());
        file.extend([0; 4]);
        file.extend(CONTRACT_HASH);
        file.extend((compressed.len() as u64).to_le_bytes());
        file.extend((payload.len() as u64).to_le_bytes());
        let checksum = checksum(&file, &compressed);
        file.extend(checksum);
        file.extend(compressed);
        file
    }

    /// The inverse of [`Segment::to_bytes`]. Checks everything but hashes of the tree: the segment can be replayed, and
    /// [`Segment::verify_paths`] says whether it is what its roots claim.
    ///
    /// # Errors
    /// [`SegmentError`]; no bytes make it panic or take much more memory than the largest segment has.
    pub fn from_bytes(file: &[u8]) -> Result<Self, SegmentError> {
        let payload = open(file)?;
        let segment = decode(&payload)?;
        segment.check_shape()?;
        Ok(segment)
    }

    /// Writes the segment's file: under another name first, so that no part of it is ever seen under this one.
    ///
    /// # Errors
    /// [`SegmentError::File`] with what the system says; nothing is left behind.
    pub fn write_file(&self, path: &Path) -> Result<(), SegmentError> {
        atomic::write(path, &self.to_bytes())
            .map_err(|error| in_file(path, SegmentError::Write(error)))
    }

    /// Reads a segment's file.
    ///
    /// # Errors
    /// [`SegmentError::File`] with the path and one of the other errors.
    pub fn read_file(path: &Path) -> Result<Self, SegmentError> {
        std::fs::read(path)
            .map_err(SegmentError::Read)
            .and_then(|file| Self::from_bytes(&file))
            .map_err(|error| in_file(path, error))
    }
}

fn in_file(path: &Path, error: SegmentError) -> SegmentError {
    SegmentError::File {
        path: path.to_owned(),
        error: Box::new(error),
    }
}

fn checksum(header: &[u8], compressed: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(header)
        .chain_update(compressed)
        .finalize()
        .into()
}

/// Checks a file's header and gives its payload.
fn open(file: &[u8]) -> Result<Vec<u8>, SegmentError> {
    if !file.starts_with(&MAGIC) {
        let found = file[..file.len().min(MAGIC.len())].to_vec();
        return Err(SegmentError::NotASegment { found });
    }
    let Some((header, compressed)) = file.split_at_checked(HEADER) else {
        return Err(SegmentError::Length {
            expected: HEADER as u64,
            found: file.len() as u64,
        });
    };
    let mut fields = Reader::new(&header[MAGIC.len()..]);
    let version = fields.u32("format version")?;
    if version != FORMAT_VERSION {
        return Err(SegmentError::Version {
            expected: FORMAT_VERSION,
            found: version,
        });
    }
    fields.u32("reserved")?;
    let contract = fields.array("contract hash")?;
    if contract != CONTRACT_HASH {
        return Err(SegmentError::Contract {
            expected: CONTRACT_HASH,
            found: contract,
        });
    }
    let expected = (HEADER as u64).saturating_add(fields.u64("compressed length")?);
    if file.len() as u64 != expected {
        return Err(SegmentError::Length {
            expected,
            found: file.len() as u64,
        });
    }
    let payload_len = fields.u64("payload length")?;
    let expected = fields.array("checksum")?;
    let found = checksum(&header[..CHECKED], compressed);
    if found != expected {
        return Err(SegmentError::Checksum { expected, found });
    }
    decompress(compressed, payload_len)
}

fn decompress(compressed: &[u8], expected: u64) -> Result<Vec<u8>, SegmentError> {
    if expected > MAX_PAYLOAD {
        return Err(SegmentError::TooLarge {
            max: MAX_PAYLOAD,
            found: expected,
        });
    }
    let mut payload = Vec::new();
    // One byte more shows a payload that is too long; memory grows with what comes out, not with what the header says.
    zstd::Decoder::with_buffer(compressed)
        .and_then(|decoder| decoder.take(expected + 1).read_to_end(&mut payload))
        .map_err(SegmentError::Decompress)?;
    if payload.len() as u64 != expected {
        return Err(SegmentError::PayloadLength {
            expected,
            found: payload.len() as u64,
        });
    }
    Ok(payload)
}

fn encode(segment: &Segment) -> Vec<u8> {
    let mut out = Writer::default();
    out.u32(segment.index);
    out.u8(segment.po2.get());
    out.bytes(&segment.image_digest.to_bytes());
    out.u32(segment.entry);
    let text = segment.text.range();
    out.u32(text.start);
    out.u32(text.end);
    out.words(segment.text.words());
    encode_state(&mut out, &segment.pre);
    encode_state(&mut out, &segment.post);
    out.u32(segment.pages.len() as u32);
    for page in &segment.pages {
        out.u32(page.number);
        out.words(&*page.words);
    }
    out.u8(u8::from(segment.proof.is_some()));
    if let Some(proof) = &segment.proof {
        out.u32(proof.siblings().len() as u32);
        for digest in proof.siblings() {
            out.bytes(&digest.to_bytes());
        }
    }
    out.counted_words(&segment.input);
    out.u32(segment.input_len);
    out.counted_words(&segment.journal);
    out.u8(segment.exit.status().code());
    out.u8(segment.exit.cause_code());
    out.u32(segment.exit.exit_code());
    out.u32(segment.cycles);
    out.u32(segment.touched);
    out.u32(segment.dirtied);
    out.into_bytes()
}

fn encode_state(out: &mut Writer, state: &State) {
    out.u32(state.pc);
    out.words(&state.registers);
    out.u32(state.input_cursor);
    out.u32(state.journal_len);
    out.u64(state.order);
    out.u8(u8::from(state.roots.is_some()));
    if let Some(roots) = &state.roots {
        out.bytes(&roots.memory.to_bytes());
        out.bytes(&roots.root.to_bytes());
        out.bytes(&roots.journal.to_bytes());
    }
}

fn decode(payload: &[u8]) -> Result<Segment, WireError> {
    let mut from = Reader::new(payload);
    let index = from.u32("segment number")?;
    let po2 = from.parsed("po2", |from| from.u8("po2"), Po2::try_from, "13 to 22")?;
    let image_digest = decode_digest(&mut from, "image digest")?;
    let entry = from.u32("entry")?;
    let start = from.within("text start", 0..NUM_PAGES)?;
    let end = from.within("text end", start + 1..NUM_PAGES + 1)?;
    let words = u64::from(end - start) * u64::from(PAGE_WORDS);
    let text = Arc::new(Text::new(start..end, from.words("text", words)?));
    let pre = decode_state(&mut from, "state before")?;
    let post = decode_state(&mut from, "state after")?;
    let count = from.u32("number of pages")?;
    let pages = (0..count).map(|_| decode_page(&mut from));
    let pages = pages.collect::<Result<_, _>>()?;
    let proof = if decode_flag(&mut from, "proof flag")? {
        let count = from.u32("number of digests in the proof")?;
        let siblings = (0..count).map(|_| decode_digest(&mut from, "digest in the proof"));
        Some(MultiProof::from_siblings(
            siblings.collect::<Result<_, _>>()?,
        ))
    } else {
        None
    };
    let input = from.counted_words("input words")?;
    let input_len = from.u32("input length")?;
    let journal = from.counted_words("journal words")?;
    let exit = from.parsed(
        "exit",
        decode_exit_fields,
        exit_from,
        "a status with its own fields",
    )?;
    let segment = Segment {
        index,
        po2,
        image_digest,
        entry,
        text,
        pre,
        post,
        pages,
        proof,
        input,
        input_len,
        journal,
        exit,
        cycles: from.u32("cycles")?,
        touched: from.u32("touched")?,
        dirtied: from.u32("dirtied")?,
    };
    from.end()?;
    Ok(segment)
}

fn decode_page(from: &mut Reader<'_>) -> Result<Page, WireError> {
    let number = from.within("page number", 0..NUM_PAGES)?;
    let words = from.words("page", u64::from(PAGE_WORDS))?;
    let words = Box::new(std::array::from_fn(|i| words[i]));
    Ok(Page { number, words })
}

fn decode_state(from: &mut Reader<'_>, what: &'static str) -> Result<State, WireError> {
    let pc = from.u32(what)?;
    let registers = from.words(what, 32)?;
    Ok(State {
        pc,
        registers: std::array::from_fn(|i| registers[i]),
        input_cursor: from.u32(what)?,
        journal_len: from.u32(what)?,
        order: from.u64(what)?,
        roots: if decode_flag(from, what)? {
            Some(Roots {
                memory: decode_digest(from, what)?,
                root: decode_digest(from, what)?,
                journal: decode_digest(from, what)?,
            })
        } else {
            None
        },
    })
}

fn decode_flag(from: &mut Reader<'_>, what: &'static str) -> Result<bool, WireError> {
    let parse = |byte| match byte {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(other),
    };
    from.parsed(what, |from| from.u8(what), parse, "0 or 1")
}

fn decode_digest(from: &mut Reader<'_>, what: &'static str) -> Result<Digest, WireError> {
    let parse = |bytes| Digest::from_bytes(&bytes);
    from.parsed(
        what,
        |from| from.array(what),
        parse,
        "eight canonical elements",
    )
}

fn decode_exit_fields(from: &mut Reader<'_>) -> Result<(u8, u8, u32), WireError> {
    Ok((
        from.u8("status")?,
        from.u8("cause")?,
        from.u32("exit code")?,
    ))
}

fn exit_from((status, cause, exit_code): (u8, u8, u32)) -> Result<Exit, String> {
    let exit = match status {
        0 => Exit::Running,
        1 => Exit::Halted { exit_code },
        2 => Exit::Faulted {
            cause: FaultCause::try_from(cause).map_err(|error| error.to_string())?,
        },
        3 => Exit::Stopped,
        other => return Err(format!("status {other}")),
    };
    if (exit.cause_code(), exit.exit_code()) == (cause, exit_code) {
        Ok(exit)
    } else {
        Err(format!(
            "{exit}, with cause {cause} and exit code {exit_code}"
        ))
    }
}
