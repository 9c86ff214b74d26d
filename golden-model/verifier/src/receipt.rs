use alloc::vec::Vec;
use core::ops::Range;

use assay_abi::CONTRACT_HASH;
use assay_circuit::claim::{Claim, State};

use crate::{
    hash::Digest,
    key::Program,
    parameters::Parameters,
    seal::Seal,
    wire::{DecodeError, Reader, Writer},
};

/// Version of the formats of receipts and seal files.
pub const FORMAT_VERSION: u32 = 1;

const RECEIPT_MAGIC: &[u8; 8] = b"ASSAYRCP";
const SEAL_MAGIC: &[u8; 8] = b"ASSAYSEL";

/// A composite receipt: a seal for each segment, in order, and the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// How the proofs were made.
    pub parameters: Parameters,
    /// What ran.
    pub program: Program,
    /// One for each segment.
    pub seals: Vec<Seal>,
    /// The words that the guest committed.
    pub journal: Vec<u32>,
}

/// One segment's seal as a file: what other machines send back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealFile {
    /// How the proof was made.
    pub parameters: Parameters,
    /// The program as the machine sees it.
    pub image_digest: Digest,
    /// Commitment to the columns that the program fixes.
    pub commitment: Digest,
    /// Number of the segment, from 0.
    pub index: u32,
    /// Claim and proof.
    pub seal: Seal,
}

impl Receipt {
    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        head(&mut out, RECEIPT_MAGIC, self.parameters);
        let program = &self.program;
        out.u32(program.entry);
        write_text(&mut out, &program.text);
        out.digest(&program.root);
        out.digest(&program.commitment);
        out.u32(self.seals.len() as u32);
        for seal in &self.seals {
            write_seal(&mut out, seal);
        }
        out.words(&self.journal);
        out.0
    }

    /// The inverse of [`Receipt::to_bytes`]; nothing but the form is checked.
    ///
    /// # Errors
    /// [`DecodeError`]; no bytes make it panic, and it takes no more memory than they do.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut from = Reader::new(bytes);
        let parameters = read_head(&mut from, RECEIPT_MAGIC, "a receipt")?;
        let program = Program {
            entry: from.u32("the entry")?,
            text: read_text(&mut from)?,
            root: from.digest("the initial root")?,
            commitment: from.digest("the program commitment")?,
        };
        let count = from.u32("the number of segments")?;
        let seals = (0..count).map(|_| read_seal(&mut from, &program.text));
        let seals = seals.collect::<Result<_, _>>()?;
        let journal = from.words("the journal")?;
        from.end()?;
        Ok(Self {
            parameters,
            program,
            seals,
            journal,
        })
    }
}

impl SealFile {
    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        head(&mut out, SEAL_MAGIC, self.parameters);
        out.digest(&self.image_digest);
        out.digest(&self.commitment);
        write_text(&mut out, &self.seal.claim.text);
        out.u32(self.index);
        write_seal(&mut out, &self.seal);
        out.0
    }

    /// The inverse of [`SealFile::to_bytes`]; nothing but the form is checked.
    ///
    /// # Errors
    /// [`DecodeError`]; no bytes make it panic, and it takes no more memory than they do.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut from = Reader::new(bytes);
        let parameters = read_head(&mut from, SEAL_MAGIC, "a seal")?;
        let image_digest = from.digest("the image digest")?;
        let commitment = from.digest("the program commitment")?;
        let text = read_text(&mut from)?;
        let index = from.u32("the segment's number")?;
        let seal = read_seal(&mut from, &text)?;
        from.end()?;
        Ok(Self {
            parameters,
            image_digest,
            commitment,
            index,
            seal,
        })
    }
}

fn head(out: &mut Writer, magic: &[u8; 8], parameters: Parameters) {
    out.bytes(magic);
    out.u32(FORMAT_VERSION);
    out.u8(parameters.code());
    out.bytes(&CONTRACT_HASH);
}

fn read_head(
    from: &mut Reader<'_>,
    magic: &[u8; 8],
    expected: &'static str,
) -> Result<Parameters, DecodeError> {
    match from.array::<8>(expected) {
        Ok(found) if found == *magic => {}
        _ => return Err(DecodeError::Magic { expected }),
    }
    let found = from.u32("the version")?;
    if found != FORMAT_VERSION {
        let expected = FORMAT_VERSION;
        return Err(DecodeError::Version { expected, found });
    }
    let found = from.u8("the parameter set")?;
    let parameters = Parameters::from_code(found).ok_or(DecodeError::Parameters { found })?;
    let found = from.array("the contract hash")?;
    if found != CONTRACT_HASH {
        return Err(DecodeError::Contract { found });
    }
    Ok(parameters)
}

fn write_text(out: &mut Writer, text: &Range<u32>) {
    out.u32(text.start);
    out.u32(text.end);
}

fn read_text(from: &mut Reader<'_>) -> Result<Range<u32>, DecodeError> {
    Ok(from.u32("the text's start")?..from.u32("the text's end")?)
}

fn write_seal(out: &mut Writer, seal: &Seal) {
    let Seal { claim, proof } = seal;
    for state in [&claim.pre, &claim.post] {
        out.u32(state.pc);
        out.digest(&state.root);
    }
    out.digest(&claim.journal_pre);
    out.digest(&claim.journal_post);
    out.u32(claim.journal_words);
    out.u32(claim.input_len);
    out.u32(claim.input_pre);
    out.u32(claim.input_post);
    out.u8(u8::from(claim.exit.is_some()));
    if let Some(code) = claim.exit {
        out.u32(code);
    }
    out.counted(proof);
}

fn read_seal(from: &mut Reader<'_>, text: &Range<u32>) -> Result<Seal, DecodeError> {
    let mut state = || {
        Ok(State {
            pc: from.u32("a pc")?,
            root: from.digest("a root")?,
        })
    };
    let (pre, post) = (state()?, state()?);
    let claim = Claim {
        text: text.clone(),
        pre,
        post,
        journal_pre: from.digest("a journal state")?,
        journal_post: from.digest("a journal state")?,
        journal_words: from.u32("the number of journal words")?,
        input_len: from.u32("the input length")?,
        input_pre: from.u32("an input cursor")?,
        input_post: from.u32("an input cursor")?,
        exit: match from.u8("the exit flag")? {
            0 => None,
            1 => Some(from.u32("the exit code")?),
            _ => {
                let what = "the exit flag";
                return Err(DecodeError::NotCanonical { what });
            }
        },
    };
    let proof = from.counted("a proof")?.to_vec();
    Ok(Seal { claim, proof })
}
