//! The machine's calls, one instruction each.

use core::arch::asm;

const HALT: u32 = 0;
const READ: u32 = 1;
const LEFT: u32 = 2;
const COMMIT: u32 = 3;

/// Ends the session with this exit code.
pub fn halt(exit_code: u32) -> ! {
    // SAFETY: the call ends the program.
    unsafe { asm!("ecall", in("a7") HALT, in("a0") exit_code, options(noreturn, nostack)) }
}

/// The next word of the input. With none left, the session ends with the fault `InputExhausted`.
pub fn read_word() -> u32 {
    let word;
    // SAFETY: the call writes a0 alone.
    unsafe { asm!("ecall", in("a7") READ, lateout("a0") word, options(nomem, nostack)) };
    word
}

/// How many words of input are left.
pub fn words_left() -> u32 {
    let words;
    // SAFETY: the call writes a0 alone.
    unsafe { asm!("ecall", in("a7") LEFT, lateout("a0") words, options(nomem, nostack)) };
    words
}

/// Appends a word to the journal.
pub fn commit_word(word: u32) {
    // SAFETY: the call changes neither registers nor memory.
    unsafe { asm!("ecall", in("a7") COMMIT, in("a0") word, options(nomem, nostack)) };
}

/// Ends the session with the fault `Breakpoint`.
pub(crate) fn fault() -> ! {
    // SAFETY: the instruction ends the program.
    unsafe { asm!("ebreak", options(noreturn, nomem, nostack)) }
}
