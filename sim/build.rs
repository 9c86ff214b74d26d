//! Verilates the RTL into two models and links them, if the feature `verilator` asks for it.

#[cfg(feature = "verilator")]
#[path = "build/cores.rs"]
mod cores;
#[cfg(feature = "verilator")]
#[path = "build/profile.rs"]
mod profile;
#[cfg(feature = "verilator")]
#[path = "build/revision.rs"]
mod revision;
#[cfg(feature = "verilator")]
#[path = "build/verilate.rs"]
mod verilate;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "verilator")]
    if let Err(message) = name_the_rtl().and_then(|()| verilate::build()) {
        // One line that says what to do, instead of a panic's backtrace.
        println!("cargo::error={message}");
    }
}

/// Tells the crate which RTL is in it.
#[cfg(feature = "verilator")]
fn name_the_rtl() -> Result<(), String> {
    let sim = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let workspace = sim.parent().ok_or("the crate lies in no workspace")?;
    println!(
        "cargo:rustc-env=ASSAY_RTL_REVISION={}",
        revision::revision(workspace)?
    );
    Ok(())
}
