//! Logs, on stderr.

use tracing_subscriber::EnvFilter;

/// Logs what `ASSAY_LOG`, or else `RUST_LOG`, asks for; warnings where neither is set.
pub fn init() {
    let filter = EnvFilter::try_from_env("ASSAY_LOG")
        .or_else(|_| EnvFilter::try_from_default_env())
        .unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}
