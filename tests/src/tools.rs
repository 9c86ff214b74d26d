//! Tests that need what `cargo xtask setup` installs.

use std::env;

use assay_guests::GuestError;

/// `Some` of what was found; otherwise says what is missing, and that nothing was tested.
///
/// # Panics
/// If it is missing and `ASSAY_REQUIRE_TOOLS` is set, as `cargo xtask test` does, so that no test passes there without having run; and on any other error.
pub fn or_skip<T>(found: Result<T, GuestError>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(error @ (GuestError::NoSuite { .. } | GuestError::Missing { .. }))
            if env::var_os("ASSAY_REQUIRE_TOOLS").is_none() =>
        {
            println!("not run: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
