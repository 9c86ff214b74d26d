use core::fmt;

/// A named set of proof parameters. All have one blow-up, so that an image id does not depend on the set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Parameters {
    /// At least 100 bits proven, as the sum of all errors, at every segment size: the default.
    #[default]
    Proven100 = 1,
    /// At least 100 bits if Reed-Solomon codes behave as they are conjectured to: for comparisons.
    Conjectured100 = 2,
    /// Fast and worth nothing: for tests.
    Test = 3,
}

/// What a set stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Queries of the low-degree test.
    pub queries: usize,
    /// Bits of grinding before the queries.
    pub query_pow: usize,
    /// Bits of grinding before the challenge that batches the openings.
    pub batch_pow: usize,
    /// Bits of grinding before each folding challenge.
    pub commit_pow: usize,
    /// Bits of grinding before the lookup argument's challenges.
    pub lookup_pow: usize,
    /// Bits of grinding before the out-of-domain point.
    pub ood_pow: usize,
}

/// Binary logarithm of the blow-up, the same in all sets.
pub const LOG_BLOWUP: usize = 1;
/// Binary logarithm of the final polynomial's length: below the lowest table, which has 2^5 rows.
pub const LOG_FINAL_POLY_LEN: usize = 4;
/// Binary logarithm of the largest folding arity.
pub const MAX_LOG_ARITY: usize = 2;

impl Parameters {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Proven100, Self::Conjectured100, Self::Test];

    /// As on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Proven100 => "proven100",
            Self::Conjectured100 => "conjectured100",
            Self::Test => "test",
        }
    }

    /// The set of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Its byte in a receipt.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The set with this byte.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.code() == code)
    }

    /// What it stands for. `soundness` computes the bits; a test holds them to the names.
    #[must_use]
    pub const fn settings(self) -> Settings {
        match self {
            Self::Proven100 => Settings {
                queries: 196,
                query_pow: 20,
                batch_pow: 16,
                commit_pow: 10,
                lookup_pow: 14,
                ood_pow: 8,
            },
            Self::Conjectured100 => Settings {
                queries: 98,
                query_pow: 16,
                batch_pow: 16,
                commit_pow: 10,
                lookup_pow: 14,
                ood_pow: 8,
            },
            Self::Test => Settings {
                queries: 4,
                query_pow: 2,
                batch_pow: 2,
                commit_pow: 1,
                lookup_pow: 2,
                ood_pow: 2,
            },
        }
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
