//! Verilates the card and links it, if the feature `verilator` asks for it.

#[cfg(feature = "verilator")]
#[path = "build/models.rs"]
mod models;
// The same way as the engines.
#[cfg(feature = "verilator")]
#[path = "../engines/build/verilate.rs"]
mod verilate;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "verilator")]
    if let Err(message) = verilate::build() {
        // One line that says what to do, instead of a panic's backtrace.
        println!("cargo::error={message}");
    }
}
