//! Random programs that end, whatever their data.
//!
//! A program is a row of *chapters*, each a counted loop over a few *blocks*. A block fixes which registers are bases of memory
//! windows (they keep their value) and leaves the others free: every unit may read any register and write any free one.
//! A *unit* is a few instructions that are safe wherever control enters: at its start. Branches between units go forward only;
//! going back happens in counted loops alone, whose counters nothing else writes. So every program ends, and
//! [`Program::max_instructions`] bounds it.
//!
//! Everything derives from the seed through a generator whose values are part of its definition.

mod arithmetic;
mod chapter;
mod control;
mod ending;
mod far;
mod hazard;
mod host;
mod layout;
mod memory;
mod state;

use assay_abi::FaultCause;

use crate::encode::Reg;

/// What to generate.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// How many instructions to execute, about: the bound on them ends up between this and a few times this, what really retires lower by what branches skip.
    pub instructions: u64,
    /// Pages of the main data region, 8 … 4096.
    pub data_pages: u32,
    /// How the program ends.
    pub ending: Ending,
    /// How often each kind of unit comes.
    pub mix: Mix,
    /// Whether `FENCE` has 0 in the field of rd, which is reserved and must not matter: picorv32 writes that register.
    pub plain_fences: bool,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            instructions: 20_000,
            data_pages: 48,
            ending: Ending::Any,
            mix: Mix::default(),
            plain_fences: false,
        }
    }
}

/// How a program should end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Half the seeds halt, the others end with some fault.
    Any,
    /// By a halt.
    Halt,
    /// By this fault.
    Fault(FaultCause),
}

/// Relative weights of the kinds of units; 0 leaves one out. Without `host`, and with [`Ending::Halt`], a program's only ECALL is its halt: cores
/// without host streams can run it.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub struct Mix {
    pub arithmetic: u32,
    pub multiply_divide: u32,
    pub memory: u32,
    pub text_loads: u32,
    pub branches: u32,
    /// One instruction that needs what another produced, at a distance of one to four.
    pub hazards: u32,
    pub jumps: u32,
    pub calls: u32,
    /// Branches with a twin where a small predictor confuses the two; in a quarter of the programs, which are longer by some hundred KiB of text.
    pub far_twins: u32,
    pub loops: u32,
    pub host: u32,
}

impl Default for Mix {
    fn default() -> Mix {
        Mix {
            arithmetic: 24,
            multiply_divide: 10,
            memory: 30,
            text_loads: 3,
            branches: 14,
            hazards: 20,
            jumps: 6,
            calls: 5,
            far_twins: 2,
            loops: 6,
            host: 4,
        }
    }
}

/// How the program does end, when it is run with its input and no limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It halts with this code.
    Halt {
        /// The exit code.
        exit_code: u32,
    },
    /// It faults.
    Fault {
        /// The cause.
        cause: FaultCause,
        /// The pc that the fault carries.
        pc: u32,
    },
}

/// A generated program.
#[derive(Debug, Clone)]
pub struct Program {
    /// What it was made from.
    pub seed: u64,
    /// The executable.
    pub elf: Vec<u8>,
    /// The host's input words: enough for every read, except where the program ends by running out.
    pub input: Vec<u32>,
    /// It ends after at most this many retired instructions.
    pub max_instructions: u64,
    /// How it ends.
    pub end: End,
}

/// Makes the program of this seed.
///
/// # Panics
/// If `config.data_pages` is outside 8 … 4096, or all weights of the mix are 0.
pub fn generate(seed: u64, config: &Config) -> Program {
    assert!(
        (8..=4096).contains(&config.data_pages),
        "data_pages {} is outside 8..=4096",
        config.data_pages
    );
    state::Generator::new(seed, config).program()
}

/// Registers as a bit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct RegSet(u32);

impl RegSet {
    fn with(self, reg: Reg) -> RegSet {
        RegSet(self.0 | 1 << reg.number())
    }

    fn union(self, other: RegSet) -> RegSet {
        RegSet(self.0 | other.0)
    }

    fn contains(self, reg: Reg) -> bool {
        self.0 >> reg.number() & 1 == 1
    }
}
