//! NVIDIA's run-time compiler: kernels from source, where no image will do, and for the images themselves.

use cudarc::nvrtc::{CompileError, CompileOptions, compile_ptx_with_opts};

use super::arch::Target;
use super::{driver, source};

/// Why the kernels were not compiled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NvrtcError {
    /// The compiler is not there.
    #[error(
        "no NVRTC: libnvrtc.so.12 cannot be loaded; install CUDA's run-time compiler or use images, which need none"
    )]
    Library,
    /// It did not take the kernels.
    #[error("NVRTC did not compile the kernels for {target}: {why}")]
    Compile {
        /// For which architecture.
        target: Target,
        /// In its own words.
        why: String,
    },
}

/// Compiles all kernels to PTX, with a zero at its end, as the driver takes it.
///
/// # Errors
/// [`NvrtcError`].
pub fn compile(target: Target) -> Result<Vec<u8>, NvrtcError> {
    if !driver::has_nvrtc() {
        return Err(NvrtcError::Library);
    }
    let mut options: Vec<String> = source::OPTIONS.iter().map(|&it| it.to_owned()).collect();
    options.push(format!("--gpu-architecture={target}"));
    let options = CompileOptions {
        name: Some("assay.cu".to_owned()),
        options,
        ..CompileOptions::default()
    };
    let ptx = compile_ptx_with_opts(source::whole(), options).map_err(|error| {
        let why = match error {
            CompileError::CompileError { log, .. } => log.to_string_lossy().trim().to_owned(),
            error => error.to_string(),
        };
        NvrtcError::Compile { target, why }
    })?;
    let code = ptx.as_bytes().unwrap_or_default().to_vec();
    Ok(code)
}
