//! The machine that measures, and the program that does.

use std::fs;

use assay_abi::CONTRACT_HASH;
use assay_report::{Build, Machine};

use crate::text::hex;

/// The value of the first line that begins with this name and a colon.
fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(found, _)| found.trim() == name)?;
    Some(value.trim().to_owned())
}

fn line(path: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    text.lines().next().map(|line| line.trim().to_owned())
}

/// Kibibytes that the kernel tells of its memory.
fn kibibytes(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    field(&text, name)?.strip_suffix("kB")?.trim().parse().ok()
}

/// Bytes that could be had now.
pub fn free_bytes() -> Option<u64> {
    kibibytes("MemAvailable").map(|kibibytes| kibibytes << 10)
}

/// Processes that want a core, as the mean of the last minute.
pub fn load() -> Option<f64> {
    line("/proc/loadavg")?.split(' ').next()?.parse().ok()
}

/// The machine, by this name or by its own.
pub fn machine(name: Option<String>) -> Machine {
    let unknown = || "unknown".to_owned();
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let system = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let kernel = line("/proc/sys/kernel/osrelease").map(|kernel| format!("Linux {kernel}"));
    let system = [system.map(|name| name.trim_matches('"').to_owned()), kernel];
    let system: Vec<String> = system.into_iter().flatten().collect();
    Machine {
        name: name
            .or_else(|| line("/proc/sys/kernel/hostname"))
            .unwrap_or_else(unknown),
        processor: field(&processors, "model name").unwrap_or_else(unknown),
        cores: std::thread::available_parallelism().map_or(0, |cores| cores.get() as u32),
        memory_bytes: kibibytes("MemTotal").unwrap_or(0) << 10,
        system: system.join(", "),
    }
}

/// What this program was built of and with.
pub fn build() -> Build {
    let told = |text: &str| match text {
        "" => "not told".to_owned(),
        text => text.to_owned(),
    };
    Build {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: told(env!("ASSAY_REVISION")),
        contract_hash: hex(&CONTRACT_HASH[..8]),
        rustc: told(env!("ASSAY_RUSTC")),
        rustflags: env!("ASSAY_RUSTFLAGS").to_owned(),
        profile: told(env!("ASSAY_PROFILE")),
    }
}

/// The command line, as it can be typed again.
pub fn command() -> String {
    let quoted = |word: String| match word
        .contains(|it: char| it.is_whitespace() || "'\"\\$*?".contains(it))
    {
        true => format!("'{}'", word.replace('\'', "'\\''")),
        false => word,
    };
    let words = std::env::args().skip(1).map(quoted);
    std::iter::once("assay".to_owned())
        .chain(words)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known() {
        let machine = machine(Some("bench".to_owned()));
        assert_eq!(machine.name, "bench");
        assert!(
            machine.cores > 0 && machine.memory_bytes > 1 << 28,
            "{machine:?}"
        );
        assert!(free_bytes().is_some_and(|free| free <= machine.memory_bytes));
        let build = build();
        assert!(build.rustc.starts_with("rustc "), "{build:?}");
        assert_eq!(build.contract_hash.len(), 16);
    }

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "model\t\t: 17\nmodel name\t: A: B\n";
        assert_eq!(field(text, "model name").as_deref(), Some("A: B"));
        assert_eq!(field(text, "name"), None);
    }
}
