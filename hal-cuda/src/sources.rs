/// A file of the kernels' text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// As the others include it.
    pub name: &'static str,
    /// What is in it.
    pub text: &'static str,
}

macro_rules! sources {
    ($($name:literal),* $(,)?) => {
        /// What a compiler on the machine of the device needs: `koalabear.cu` and `babybear.cu`, which are compiled, and what they include.
        pub const SOURCES: &[Source] = &[
            $(Source { name: $name, text: include_str!(concat!("../kernels/", $name)) },)*
        ];
    };
}

sources!(
    "koalabear.cu",
    "babybear.cu",
    "assay.cuh",
    "field.cuh",
    "generated/koalabear.cuh",
    "generated/babybear.cuh",
    "gather.cuh",
    "hash.cuh",
    "kernels.cuh",
    "ntt.cuh",
    "peaks.cuh",
    "poseidon2.cuh",
);
