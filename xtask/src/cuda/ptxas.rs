//! Reads what ptxas says of each kernel.

use anyhow::{Context, Result, bail};
use serde::Serialize;

/// What a kernel takes on one architecture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// A thread's.
    pub registers: u32,
    /// Bytes of a thread's stack.
    pub stack: u32,
    /// Bytes that a thread writes to memory for want of registers.
    pub spill_stores: u32,
    /// Bytes that it reads back.
    pub spill_loads: u32,
    /// Bytes of static shared memory of a block.
    pub shared: u32,
}

impl Entry {
    /// Whether values leave the registers.
    pub const fn spills(self) -> bool {
        self.spill_stores + self.spill_loads > 0
    }
}

/// The kernels in the order in which they were compiled.
///
/// # Errors
/// If it does not say all of a kernel, or nothing of any.
pub fn entries(said: &str) -> Result<Vec<(String, Entry)>> {
    let mut entries: Vec<(String, Entry)> = Vec::new();
    // Functions that are called have properties, too: those after the entry's own name are the kernel's.
    let (mut of_entry, mut done) = (false, 0);
    for line in said.lines() {
        let line = line.trim().trim_start_matches("ptxas info").trim_start();
        let line = line.trim_start_matches(':').trim();
        if let Some(rest) = line.strip_prefix("Compiling entry function '") {
            let (name, _) = rest.split_once('\'').context("a name has an end")?;
            entries.push((name.to_owned(), Entry::default()));
        } else if let Some(name) = line.strip_prefix("Function properties for ") {
            of_entry = entries
                .last()
                .is_some_and(|(entry, _)| entry == name.trim());
        } else if let Some((_, entry)) = entries.last_mut() {
            let before = |unit: &str| -> Option<u32> {
                let mut parts = line.split(',');
                parts.find_map(|part| part.trim().strip_suffix(unit)?.trim().parse().ok())
            };
            if let (true, Some(stack)) = (of_entry, before("bytes stack frame")) {
                entry.stack = stack;
                entry.spill_stores = before("bytes spill stores").context("spill stores")?;
                entry.spill_loads = before("bytes spill loads").context("spill loads")?;
            } else if let Some(used) = line.strip_prefix("Used ") {
                let registers = used.split_whitespace().next().context("registers")?;
                entry.registers = registers.parse().with_context(|| line.to_owned())?;
                entry.shared = before("bytes smem").unwrap_or(0);
                done += 1;
            }
        }
    }
    match entries.len() {
        0 => bail!("it names no kernel"),
        named if named == done => Ok(entries),
        named => bail!("it names {named} kernels, and the registers of {done}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
ptxas info    : 0 bytes gmem, 1632 bytes cmem[3]
ptxas info    : Compiling entry function 'one' for 'sm_90'
ptxas info    : Function properties for one
    16 bytes stack frame, 12 bytes spill stores, 24 bytes spill loads
ptxas info    : Used 168 registers, used 1 barriers, 16 bytes cumulative stack size, 4096 bytes smem
ptxas info    : Compile time = 12.0 ms
ptxas info    : Function properties for helper
    8 bytes stack frame, 4 bytes spill stores, 4 bytes spill loads
ptxas info    : Compiling entry function 'two' for 'sm_90'
ptxas info    : Function properties for two
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 32 registers, used 0 barriers, 380 bytes cmem[0]
";

    #[test]
    fn registers_spills_and_shared_memory_are_read() {
        let entries = entries(SAID).unwrap();
        let one = Entry {
            registers: 168,
            stack: 16,
            spill_stores: 12,
            spill_loads: 24,
            shared: 4096,
        };
        let two = Entry {
            registers: 32,
            ..Entry::default()
        };
        assert_eq!(entries, [("one".to_owned(), one), ("two".to_owned(), two)]);
        assert!(one.spills() && !two.spills());
    }

    #[test]
    fn an_output_that_says_too_little_is_no_report() {
        assert!(entries("").is_err());
        let cut = SAID.replace("Used 32", "used 32");
        let error = entries(&cut).unwrap_err().to_string();
        assert!(
            error.contains("2 kernels, and the registers of 1"),
            "{error}"
        );
    }
}
