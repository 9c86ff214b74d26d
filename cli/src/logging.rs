//! Logs, on stderr; and the time that proofs take, by phase.

use tracing_subscriber::{EnvFilter, Layer, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::phases::Phases;

/// Logs what `ASSAY_LOG`, or else `RUST_LOG`, asks for; warnings where neither is set.
pub fn init() {
    let filter = EnvFilter::try_from_env("ASSAY_LOG")
        .or_else(|_| EnvFilter::try_from_default_env())
        .unwrap_or_else(|_| EnvFilter::new("warn"));
    let logs = fmt::layer()
        .with_writer(std::io::stderr)
        .with_filter(filter);
    tracing_subscriber::registry()
        .with(logs)
        .with(Phases::layer())
        .init();
}
