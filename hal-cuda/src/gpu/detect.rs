//! Whether this machine has a GPU that the kernels run on. What it lacks is one sentence.

use std::fmt;

use super::arch::{Capability, OLDEST};

/// The oldest CUDA that a driver must speak: images of any CUDA 12 load from there on.
pub const OLDEST_CUDA: Version = Version {
    major: 12,
    minor: 0,
};
/// The first driver that speaks it.
const OLDEST_DRIVER: u32 = 525;

/// A version of CUDA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Before the point.
    pub major: u32,
    /// After it.
    pub minor: u32,
}

impl Version {
    /// As the driver says it: 12080 is 12.8.
    #[must_use]
    pub const fn of(number: u32) -> Self {
        Self {
            major: number / 1000,
            minor: number % 1000 / 10,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A GPU, as the driver describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The driver's number for it.
    pub ordinal: u32,
    /// Its maker's name for it.
    pub name: String,
    /// What code it runs.
    pub capability: Capability,
    /// Whether memory can be taken and given back in the order of a stream.
    pub pools: bool,
}

/// What is asked of the driver before anything is done with it.
pub trait Facts {
    /// Whether its library can be loaded.
    fn library(&self) -> bool;

    /// A function that we call and the library lacks.
    fn lacking(&self) -> Option<&'static str>;

    /// The newest CUDA that it speaks.
    ///
    /// # Errors
    /// The driver's own words.
    fn version(&self) -> Result<Version, String>;

    /// Starts it, and counts the GPUs that it shows us.
    ///
    /// # Errors
    /// The driver's own words.
    fn start(&self) -> Result<u32, String>;

    /// One of them.
    ///
    /// # Errors
    /// The driver's own words.
    fn device(&self, ordinal: u32) -> Result<Found, String>;
}

/// What keeps this machine from running the kernels, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Absent {
    /// No library of a driver.
    #[error(
        "no CUDA driver: libcuda.so.1 cannot be loaded; install NVIDIA's driver {OLDEST_DRIVER} or newer (in a container: start it with the GPU)"
    )]
    Library,
    /// One from before CUDA 12.
    #[error(
        "the CUDA driver is too old: it speaks CUDA {found}, {OLDEST_CUDA} is needed; install NVIDIA's driver {OLDEST_DRIVER} or newer"
    )]
    Version {
        /// What it speaks.
        found: Version,
    },
    /// One that lacks what its version should have.
    #[error(
        "the CUDA driver lacks {function}, which CUDA {OLDEST_CUDA} has; install NVIDIA's driver {OLDEST_DRIVER} or newer"
    )]
    Function {
        /// The first that is missing.
        function: &'static str,
    },
    /// It does not start.
    #[error(
        "the CUDA driver does not start: {why}; `nvidia-smi` must list the GPU before it can be used"
    )]
    Start {
        /// In its own words.
        why: String,
    },
    /// It shows no GPU.
    #[error(
        "no CUDA device: the driver shows none; look at `nvidia-smi` and at CUDA_VISIBLE_DEVICES"
    )]
    Device,
    /// It does not show this one.
    #[error("no CUDA device {asked}: the driver shows {count}, numbered from 0")]
    Ordinal {
        /// What was asked for.
        asked: u32,
        /// How many there are.
        count: u32,
    },
    /// A GPU that no code of ours is for.
    #[error(
        "CUDA device {ordinal} ({name}) is too old: its compute capability is {found}, {OLDEST} is needed (Ampere or newer)"
    )]
    Capability {
        /// Its number.
        ordinal: u32,
        /// Its name.
        name: String,
        /// What it has.
        found: Capability,
    },
    /// A GPU without memory pools, as some virtual ones are.
    #[error(
        "CUDA device {ordinal} ({name}) has no memory pools (cuMemAllocAsync), which its driver or hypervisor must allow"
    )]
    Pools {
        /// Its number.
        ordinal: u32,
        /// Its name.
        name: String,
    },
}

/// Finds the GPU of this number.
///
/// # Errors
/// The first thing that is missing.
pub fn detect(facts: &impl Facts, ordinal: u32) -> Result<Found, Absent> {
    if !facts.library() {
        return Err(Absent::Library);
    }
    // The version first: a library that is too old lacks functions, too.
    let start = |why| Absent::Start { why };
    let found = facts.version().map_err(start)?;
    if found < OLDEST_CUDA {
        return Err(Absent::Version { found });
    }
    if let Some(function) = facts.lacking() {
        return Err(Absent::Function { function });
    }
    let count = facts.start().map_err(start)?;
    if count == 0 {
        return Err(Absent::Device);
    }
    if ordinal >= count {
        return Err(Absent::Ordinal {
            asked: ordinal,
            count,
        });
    }
    let found = facts.device(ordinal).map_err(start)?;
    let name = || found.name.clone();
    if found.capability < OLDEST {
        return Err(Absent::Capability {
            ordinal,
            name: name(),
            found: found.capability,
        });
    }
    if !found.pools {
        return Err(Absent::Pools {
            ordinal,
            name: name(),
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine as it could be.
    #[derive(Clone)]
    struct Machine {
        library: bool,
        lacking: Option<&'static str>,
        version: u32,
        start: Result<u32, String>,
        capability: (u32, u32),
        pools: bool,
    }

    const GOOD: Machine = Machine {
        library: true,
        lacking: None,
        version: 12080,
        start: Ok(1),
        capability: (9, 0),
        pools: true,
    };

    impl Facts for Machine {
        fn library(&self) -> bool {
            self.library
        }
        fn lacking(&self) -> Option<&'static str> {
            assert!(self.library, "asked of a library that is not there");
            self.lacking
        }
        fn version(&self) -> Result<Version, String> {
            assert!(self.library, "asked of a library that is not there");
            Ok(Version::of(self.version))
        }
        fn start(&self) -> Result<u32, String> {
            assert!(
                self.lacking.is_none(),
                "started though a function is missing"
            );
            self.start.clone()
        }
        fn device(&self, ordinal: u32) -> Result<Found, String> {
            Ok(Found {
                ordinal,
                name: "GPU of a test".to_owned(),
                capability: Capability::new(self.capability.0, self.capability.1),
                pools: self.pools,
            })
        }
    }

    fn says(machine: &Machine, ordinal: u32) -> String {
        detect(machine, ordinal).unwrap_err().to_string()
    }

    #[test]
    fn each_thing_that_a_machine_can_lack_is_one_sentence_that_names_it() {
        let with = |change: fn(&mut Machine)| {
            let mut machine = GOOD;
            change(&mut machine);
            says(&machine, 0)
        };
        let all = [
            (
                with(|it| it.library = false),
                "libcuda.so.1 cannot be loaded",
            ),
            (
                with(|it| it.version = 11040),
                "it speaks CUDA 11.4, 12.0 is needed",
            ),
            (
                with(|it| it.lacking = Some("cuMemAllocAsync")),
                "lacks cuMemAllocAsync",
            ),
            (
                with(|it| it.start = Err("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH".to_owned())),
                "does not start: CUDA_ERROR_SYSTEM_DRIVER_MISMATCH",
            ),
            (with(|it| it.start = Ok(0)), "the driver shows none"),
            (
                with(|it| it.capability = (7, 5)),
                "(GPU of a test) is too old: its compute capability is 7.5, 8.0 is needed",
            ),
            (with(|it| it.pools = false), "has no memory pools"),
            (says(&GOOD, 1), "no CUDA device 1: the driver shows 1"),
        ];
        for (found, expected) in &all {
            assert!(found.contains(expected), "{found}");
            assert!(!found.contains('\n') && !found.ends_with('.'), "{found}");
        }
        println!("matched {} sentences", all.len());
    }

    #[test]
    fn a_machine_that_lacks_nothing_gives_its_gpu() {
        let found = detect(&GOOD, 0).unwrap();
        assert_eq!(found.capability, Capability::new(9, 0));
        // The oldest of both that will do.
        let mut machine = GOOD;
        (machine.version, machine.capability) = (12000, (8, 0));
        assert!(detect(&machine, 0).is_ok());
    }
}
