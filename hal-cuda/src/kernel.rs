use std::fmt;

/// Which field a kernel computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KernelField {
    /// p = 2^31 - 2^24 + 1.
    KoalaBear,
    /// p = 2^31 - 2^27 + 1.
    BabyBear,
}

impl KernelField {
    /// Both.
    pub const ALL: [Self; 2] = [Self::KoalaBear, Self::BabyBear];

    /// The field that reports call so.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "koalabear" => Some(Self::KoalaBear),
            "babybear" => Some(Self::BabyBear),
            _ => None,
        }
    }
}

/// The kernels: what they are called, whether most of the time goes into them, what they do.
macro_rules! kernels {
    ($($(#[$doc:meta])* $task:ident, $name:literal, $hot:literal;)*) => {
        /// What a kernel does; `kernels/*.cuh` says what it takes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Task {
            $($(#[$doc])* $task,)*
        }

        impl Task {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$task),*];
        }

        impl Kernel {
            /// All kernels, of both fields.
            pub const ALL: &'static [Self] = &[
                $(Self::new(KernelField::KoalaBear, Task::$task),)*
                $(Self::new(KernelField::BabyBear, Task::$task),)*
            ];

            /// Its symbol.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match (self.field, self.task) {
                    $(
                        (KernelField::KoalaBear, Task::$task) => concat!("assay_koalabear_", $name),
                        (KernelField::BabyBear, Task::$task) => concat!("assay_babybear_", $name),
                    )*
                }
            }

            /// Whether most of a proof's time goes into it: it has to do without spills.
            #[must_use]
            pub const fn is_hot(self) -> bool {
                match self.task {
                    $(Task::$task => $hot,)*
                }
            }
        }
    };
}

/// A kernel over a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// Over which field.
    pub field: KernelField,
    /// What it does.
    pub task: Task,
}

kernels! {
    /// Permutes states.
    Permute, "permute", true;
    /// Hashes rows of several matrices.
    HashRows, "hash_rows", true;
    /// Makes a layer of a tree from the one below.
    Compress, "compress", true;
    /// Makes the layers of a tree up to the root.
    Top, "top", false;
    /// Collects rows of a matrix.
    GatherRows, "gather_rows", false;
    /// Collects siblings of a tree.
    GatherPaths, "gather_paths", false;
    /// One pass of a transform.
    NttPass, "ntt_pass", true;
    /// The pass of an extension in which the inverse transform ends and the other one begins.
    LdeMiddle, "lde_middle", true;
    /// Copies words, for what the memory reaches.
    Copy, "copy", false;
    /// Multiplies, for what the arithmetic reaches.
    Products, "products", false;
}

impl Kernel {
    /// A kernel.
    #[must_use]
    pub const fn new(field: KernelField, task: Task) -> Self {
        Self { field, task }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
