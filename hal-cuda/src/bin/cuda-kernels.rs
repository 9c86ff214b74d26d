//! For `cargo xtask cuda`: what kernels there are, and their PTX by the compiler that would be used at run time.

use std::io::Write;
use std::process::ExitCode;

use assay_hal_cuda::{Kernel, SHIPPED, compile_kernels, sources_hash};

const USAGE: &str = "usage: cuda-kernels list | cuda-kernels ptx compute_80 FILE";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["list"] => list(),
        ["ptx", target, file] => ptx(target, file),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn list() -> Result<(), String> {
    let mut text = format!("sources {}\n", sources_hash());
    for capability in SHIPPED {
        text += &format!("arch {}\n", capability.number());
    }
    for kernel in Kernel::ALL {
        let kind = if kernel.is_hot() { "hot" } else { "cold" };
        text += &format!("kernel {} {kind}\n", kernel.name());
    }
    let written = std::io::stdout().write_all(text.as_bytes());
    written.map_err(|error| error.to_string())
}

fn ptx(target: &str, file: &str) -> Result<(), String> {
    let ptx = compile_kernels(target.parse()?).map_err(|error| error.to_string())?;
    // The zero at its end is for the driver.
    let text = ptx.strip_suffix(&[0]).unwrap_or(&ptx);
    std::fs::write(file, text).map_err(|error| format!("{file}: {error}"))
}
