//! From the first instruction to `main`, and what a panic does.

use core::arch::global_asm;
use core::panic::PanicInfo;

// Memory and registers start as zeros, so there is nothing to clear.
global_asm!(
    ".pushsection .text.start, \"ax\", @progbits",
    ".globl _start",
    "_start:",
    ".option push",
    ".option norelax",
    "la gp, __global_pointer$",
    ".option pop",
    "la sp, __stack_top",
    "call __assay_main",
    "li a7, 0",
    "ecall",
    ".popsection",
);

/// What `main` may return.
pub trait ExitCode {
    /// The session's exit code.
    fn exit_code(self) -> u32;
}

impl ExitCode for () {
    fn exit_code(self) -> u32 {
        0
    }
}

impl ExitCode for u32 {
    fn exit_code(self) -> u32 {
        self
    }
}

/// Makes a function the guest's `main`: no arguments, an [`ExitCode`] as its result.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        #[unsafe(no_mangle)]
        extern "C" fn __assay_main() -> u32 {
            $crate::ExitCode::exit_code($main())
        }
    };
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    crate::ecall::fault()
}
