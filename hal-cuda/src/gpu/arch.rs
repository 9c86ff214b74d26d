//! Architectures of NVIDIA's GPUs, and which code runs on which.

use std::fmt;
use std::str::FromStr;

/// A GPU's compute capability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability {
    /// Code for another major version does not run.
    pub major: u32,
    /// Code for a lower one runs.
    pub minor: u32,
}

impl Capability {
    /// A capability.
    #[must_use]
    pub const fn new(major: u32, minor: u32) -> Self {
        Self { major, minor }
    }

    /// As architectures are numbered: 9.0 is 90.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.major * 10 + self.minor
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The lowest that the kernels are for.
pub const OLDEST: Capability = SHIPPED[0];

/// Those that images are shipped for, ascending: A100; RTX 30; RTX 40 and L40; H100 and H200; B200; RTX 50.
pub const SHIPPED: [Capability; 6] = [
    Capability::new(8, 0),
    Capability::new(8, 6),
    Capability::new(8, 9),
    Capability::new(9, 0),
    Capability::new(10, 0),
    Capability::new(12, 0),
];

/// What a piece of code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// Machine code, for this capability and those of the same major version above it.
    Cubin(Capability),
    /// Code that the driver compiles, for this capability and all above it.
    Ptx(Capability),
}

impl Target {
    /// Whether it runs on such a GPU.
    #[must_use]
    pub fn runs_on(self, gpu: Capability) -> bool {
        match self {
            Self::Cubin(of) => of.major == gpu.major && of.minor <= gpu.minor,
            Self::Ptx(of) => of <= gpu,
        }
    }

    /// The better of two that run on a GPU is the greater.
    #[must_use]
    pub const fn rank(self) -> (bool, u32) {
        match self {
            Self::Cubin(of) => (true, of.number()),
            Self::Ptx(of) => (false, of.number()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cubin(of) => write!(f, "sm_{}", of.number()),
            Self::Ptx(of) => write!(f, "compute_{}", of.number()),
        }
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no architecture such as sm_90 or compute_80");
        let (kind, number) = text.split_once('_').ok_or_else(wrong)?;
        let number: u32 = number.parse().map_err(|_| wrong())?;
        let of = Capability::new(number / 10, number % 10);
        match kind {
            "sm" => Ok(Self::Cubin(of)),
            "compute" => Ok(Self::Ptx(of)),
            _ => Err(wrong()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_runs_on_its_own_major_version_and_ptx_on_all_above() {
        let gpu = |number: u32| Capability::new(number / 10, number % 10);
        for (target, number, runs) in [
            ("sm_80", 80, true),
            ("sm_80", 86, true),
            ("sm_80", 87, true),
            ("sm_86", 80, false),
            ("sm_89", 90, false),
            ("sm_90", 90, true),
            ("sm_100", 103, true),
            ("sm_100", 120, false),
            ("sm_120", 121, true),
            ("compute_80", 80, true),
            ("compute_80", 130, true),
            ("compute_90", 89, false),
        ] {
            let parsed: Target = target.parse().unwrap();
            assert_eq!(parsed.to_string(), target);
            assert_eq!(parsed.runs_on(gpu(number)), runs, "{target} on {number}");
        }
        for wrong in ["", "90", "sm_", "sm_x", "ptx_80"] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_shipped_architectures_ascend_and_the_oldest_is_the_first() {
        assert!(SHIPPED.is_sorted());
        assert_eq!(OLDEST, SHIPPED[0]);
        // Machine code is better than PTX, and nearer code than lower.
        let rank = |text: &str| text.parse::<Target>().unwrap().rank();
        assert!(rank("sm_80") > rank("compute_90"));
        assert!(rank("sm_89") > rank("sm_86"));
    }
}
