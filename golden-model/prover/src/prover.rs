use std::{sync::Arc, time::Instant};

use assay_circuit::{
    Felt, Witness,
    claim::{Claim, State},
    program::{self, ProgramTable},
    table::{SegmentAir, Table, airs},
    witness,
};
use assay_executor::{
    Digest as MachineDigest, Exit, Image, Segment, State as MachineState, Text, preflight,
};
use assay_hal::Hal;
use assay_verifier::{
    Digest, Parameters, Program, Seal, SealFile, VerifyingKey, config, hash, log_heights,
    public_values, soundness::Tables, verify_seal,
};
use p3_dft::Radix2DitParallel;
use p3_matrix::Matrix;

use crate::{
    error::ProveError,
    hal::HalStark,
    memory::{Budget, TableSize, estimate, fitting_po2},
    stark::{Engine, Stark, StarkError},
    store::SealStore,
};

/// Proves the segments of one program.
pub struct Prover {
    engine: Box<dyn Engine>,
    key: VerifyingKey,
    parameters: Parameters,
    commitment: Digest,
    table: Arc<ProgramTable>,
    columns: Vec<(Table, usize, usize, usize)>,
}

/// A proved segment.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// Claim and proof.
    pub seal: Seal,
    /// Instructions proved.
    pub cycles: u32,
    /// The tables' sizes; empty if the seal was there already.
    pub tables: Vec<(Table, TableSize)>,
    /// The memory that was set aside for it.
    pub estimate: u64,
    /// Seconds that the witness took.
    pub witness_seconds: f64,
    /// Seconds that the proof took.
    pub prove_seconds: f64,
}

impl Sealed {
    /// Whether it was proved by an earlier run.
    #[must_use]
    pub fn is_old(&self) -> bool {
        self.tables.is_empty()
    }

    /// Base-field cells committed to: main columns, and those of the lookup argument, each of which counts four times.
    #[must_use]
    pub fn cells(&self) -> (u64, u64) {
        let rows = |size: &TableSize| 1_u64 << size.log_height;
        let sizes = self.tables.iter().map(|(_, size)| size);
        sizes.fold((0, 0), |(main, permutation), size| {
            (
                main + rows(size) * size.main as u64,
                permutation + rows(size) * 4 * size.permutation as u64,
            )
        })
    }
}

fn felts(digest: MachineDigest) -> Digest {
    digest.elements().map(Felt::new)
}

/// What the proof of a segment has to claim.
///
/// # Errors
/// [`ProveError::NoRoots`] if the session computed none; [`ProveError::Faulted`] and [`ProveError::Stopped`] if the segment ends in a way
/// that has no proof.
pub fn claim(segment: &Segment) -> Result<Claim, ProveError> {
    let index = segment.index;
    let exit = match segment.exit {
        Exit::Running => None,
        Exit::Halted { exit_code } => Some(exit_code),
        Exit::Faulted { cause } => {
            return Err(ProveError::Faulted {
                cause: cause.name(),
                pc: segment.post.pc,
            });
        }
        Exit::Stopped => return Err(ProveError::Stopped),
    };
    let end = |state: &MachineState| {
        let roots = state.roots.ok_or(ProveError::NoRoots { index })?;
        let root = felts(roots.root);
        Ok::<_, ProveError>((State { pc: state.pc, root }, felts(roots.journal)))
    };
    let (pre, journal_pre) = end(&segment.pre)?;
    let (post, journal_post) = end(&segment.post)?;
    Ok(Claim {
        text: segment.text.range(),
        pre,
        post,
        journal_pre,
        journal_post,
        journal_words: segment.journal.len() as u32,
        input_len: segment.input_len,
        input_pre: segment.pre.input_cursor,
        input_post: segment.post.input_cursor,
        exit,
    })
}

impl Prover {
    /// A prover for programs with this text, on this machine's processors.
    ///
    /// # Errors
    /// [`ProveError::Key`] if the text is longer than a table can be.
    pub fn new(text: &Text, parameters: Parameters) -> Result<Self, ProveError> {
        Self::with_engine(text, parameters, |airs, log_heights| {
            let dft = Radix2DitParallel::<Felt>::default();
            let engine = Stark::new(parameters, dft, config::value_mmcs(), airs, log_heights);
            engine
                .map(|engine| Box::new(engine) as Box<dyn Engine>)
                .map_err(|error| ProveError::Key(error.to_string()))
        })
    }

    /// A prover on devices.
    ///
    /// # Errors
    /// [`ProveError::Key`] if the text is longer than a table can be; [`ProveError::Device`] if no device does its work.
    pub fn on_devices(
        text: &Text,
        parameters: Parameters,
        hal: Arc<dyn Hal<Felt>>,
    ) -> Result<Self, ProveError> {
        Self::with_engine(text, parameters, |airs, log_heights| {
            match HalStark::new(parameters, hal, airs, log_heights) {
                Ok(engine) => Ok(Box::new(engine)),
                Err(StarkError::Device(error)) => Err(error.into()),
                Err(error) => Err(ProveError::Key(error.to_string())),
            }
        })
    }

    /// A prover on another engine, made from the tables and their heights, which matter where the key fixes columns.
    ///
    /// # Errors
    /// [`ProveError::Key`] if the text is longer than a table can be, or the engine has no commitment; what the maker of the engine says.
    pub fn with_engine(
        text: &Text,
        parameters: Parameters,
        make: impl FnOnce(Vec<SegmentAir>, &[usize]) -> Result<Box<dyn Engine>, ProveError>,
    ) -> Result<Self, ProveError> {
        let range = text.range();
        let table = program::decode(text);
        let height = |&table: &Table| *log_heights(table, &range).start();
        let heights: Vec<usize> = Table::ALL.iter().map(height).collect();
        let engine = make(airs(Some(&table)), &heights)?;
        let commitment = engine
            .commitment()
            .ok_or_else(|| ProveError::Key("the engine commits to no columns".to_owned()))?;
        let key = VerifyingKey::new(range, commitment, parameters)
            .map_err(|error| ProveError::Key(error.to_string()))?;
        let shapes = Tables::largest().tables;
        let columns = shapes.iter().map(|shape| {
            (
                shape.table,
                shape.main,
                shape.permutation,
                shape.preprocessed,
            )
        });
        Ok(Self {
            engine,
            key,
            parameters,
            commitment,
            table,
            columns: columns.collect(),
        })
    }

    /// The set of parameters.
    #[must_use]
    pub const fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// What makes the proofs.
    #[must_use]
    pub fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    /// The decoded text, of which witnesses are made.
    #[must_use]
    pub const fn table(&self) -> &Arc<ProgramTable> {
        &self.table
    }

    /// What the seals are checked against.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// What an image id stands for.
    #[must_use]
    pub fn program(&self, image: &Image) -> Program {
        let root = assay_executor::hash::root(image.tree().root(), &[0; 32]);
        self.program_from(image.entry, felts(root))
    }

    /// The program with this entry and this initial root.
    #[must_use]
    pub fn program_from(&self, entry: u32, root: Digest) -> Program {
        Program {
            entry,
            text: self.key.text.clone(),
            root,
            commitment: self.commitment,
        }
    }

    /// Proves a segment, within a memory budget: waits until what it needs is free.
    ///
    /// # Errors
    /// [`ProveError`] says what is wrong with the segment, or which segment limit would fit the budget.
    pub fn prove(&self, segment: &Segment, budget: &Budget) -> Result<Sealed, ProveError> {
        let index = segment.index;
        let expected = claim(segment)?;
        let began = Instant::now();
        let Witness { claim, traces } = {
            let rows = preflight(segment)?;
            witness(segment, &rows, &self.table)
                .map_err(|source| ProveError::Witness { index, source })?
        };
        let witness_seconds = began.elapsed().as_secs_f64();
        if claim != expected {
            return Err(ProveError::Claim {
                index,
                expected: format!("{expected:?}"),
                found: format!("{claim:?}"),
            });
        }
        let mut tables = Vec::with_capacity(traces.len());
        for (trace, &(table, main, permutation, preprocessed)) in traces.iter().zip(&self.columns) {
            let log_height = trace.height().ilog2() as usize;
            let allowed = log_heights(table, &self.key.text);
            if !allowed.contains(&log_height) {
                let (name, most) = (table.name(), allowed.end());
                let reason =
                    format!("table {name} needs 2^{log_height} rows, a verifier accepts 2^{most}");
                return Err(ProveError::Height { index, reason });
            }
            let size = TableSize {
                log_height,
                main,
                permutation,
                preprocessed,
            };
            tables.push((table, size));
        }
        let sizes: Vec<_> = tables.iter().map(|&(_, size)| size).collect();
        let need = estimate(&sizes) * self.engine.memory();
        let share = budget.take(need).ok_or_else(|| ProveError::Memory {
            index,
            need: need.div_ceil(1 << 20),
            budget: budget.total() >> 20,
            fits: fitting_po2(
                &sizes,
                segment.po2.get(),
                assay_abi::Po2::MIN.get(),
                budget.total() / self.engine.memory(),
            ),
        })?;
        tracing::debug!(index, need, "a proof begins");
        let began = Instant::now();
        let proof = self
            .engine
            .prove(&traces, &public_values(&claim))
            .map_err(|source| ProveError::Stark { index, source })?;
        drop(share);
        Ok(Sealed {
            seal: Seal { claim, proof },
            cycles: segment.cycles,
            tables,
            estimate: need,
            witness_seconds,
            prove_seconds: began.elapsed().as_secs_f64(),
        })
    }

    /// The seal of a segment that an earlier run left, if it is this segment's and right.
    #[must_use]
    pub fn find(&self, segment: &Segment, store: &SealStore) -> Option<Sealed> {
        let file = store.read(segment.index)?;
        let ours = file.parameters == self.parameters
            && file.index == segment.index
            && file.image_digest == felts(segment.image_digest)
            && file.commitment == self.commitment
            && claim(segment).is_ok_and(|claim| claim == file.seal.claim)
            && verify_seal(&self.key, segment.index as usize, &file.seal).is_ok();
        if !ours {
            let path = store.seal_path(segment.index);
            tracing::warn!(path = %path.display(), "a seal is of something else, and is made again");
            return None;
        }
        Some(Sealed {
            seal: file.seal,
            cycles: segment.cycles,
            tables: Vec::new(),
            estimate: 0,
            witness_seconds: 0.0,
            prove_seconds: 0.0,
        })
    }

    /// The file for a segment's seal.
    #[must_use]
    pub fn file(&self, segment: &Segment, seal: Seal) -> SealFile {
        SealFile {
            parameters: self.parameters,
            image_digest: felts(segment.image_digest),
            commitment: self.commitment,
            index: segment.index,
            seal,
        }
    }

    /// The image id of a program with this image.
    pub fn image_id(&self, image: &Image) -> Digest {
        hash::image_id(felts(image.digest()), self.commitment)
    }
}
