//! What the tests of this crate share.

use std::env;

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{name} is {text:?}, expected a number")))
}

/// How many random cases to try: `ASSAY_FUZZ`, or a hundred times `usual` if `ASSAY_SLOW` is set.
pub(crate) fn fuzz_count(usual: u64) -> u64 {
    number("ASSAY_FUZZ").unwrap_or(if env::var_os("ASSAY_SLOW").is_some() {
        100 * usual
    } else {
        usual
    })
}

/// The seed of random cases: `ASSAY_SEED`, or one that stays the same.
pub(crate) fn seed() -> u64 {
    number("ASSAY_SEED").unwrap_or(20_260_101)
}
