//! The adversaries that are tests: what their suites print, counted.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};
use assay_circuit::adversary::Part;

/// What the suites said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Cheats that were tried.
    pub cheats: usize,
    /// Cheats that were rejected.
    pub rejected: usize,
    /// Damaged and random files that decoders and verifier were given.
    pub fuzz_cases: u64,
    /// Parts that alone stand against a cheat: table, part, cheat.
    pub kills: Vec<(String, Part, String)>,
}

/// Runs those suites of a package whose names contain one of `filters`, with so many cases for each fuzzed parser. `target` is `--lib` for those beside
/// the code, `--tests` for all.
///
/// # Errors
/// If Cargo cannot be run, or a test fails.
pub fn run(package: &str, target: &str, filters: &[&str], fuzz_cases: u32) -> anyhow::Result<Told> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["test", "--quiet", "--no-fail-fast"]);
    // As this program was built.
    if !cfg!(debug_assertions) {
        cargo.arg("--release");
    }
    cargo.args(["--package", package, target]);
    cargo.arg("--").args(filters).arg("--show-output");
    cargo.env("ASSAY_FUZZ_CASES", fuzz_cases.to_string());
    let output = cargo.stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("{cargo:?}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        bail!("{cargo:?} failed:\n{text}");
    }
    Ok(read(&text))
}

/// Counts the lines in which suites tell of cheats.
fn read(text: &str) -> Told {
    let mut told = Told::default();
    for line in text.lines() {
        if let Some((verdict, _)) = line
            .strip_prefix("cheat ")
            .and_then(|it| it.split_once(": "))
        {
            told.cheats += 1;
            told.rejected += usize::from(verdict == "rejected");
        } else if let Some(cases) = line.strip_prefix("fuzz cases: ") {
            let number = cases.split(' ').next().and_then(|word| word.parse().ok());
            told.fuzz_cases += number.unwrap_or(0);
        } else if let Some((part, cheat)) = line
            .strip_prefix("kill: ")
            .and_then(|it| it.split_once(": "))
            && let [table, kind, index] = part.split(' ').collect::<Vec<_>>()[..]
            && let Ok(index) = index.parse()
        {
            let part = match kind {
                "constraint" => Part::Constraint(index),
                "interaction" => Part::Interaction(index),
                _ => continue,
            };
            told.kills.push((table.to_owned(), part, cheat.to_owned()));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_suites_are_counted() {
        let told = read(
            "running 2 tests\ncheat rejected: a load: of another word\ncheat ACCEPTED: x0\n\
             kill: hash constraint 17: page begun: at block 5\nfuzz cases: 300 random files\n\
             fuzz cases: 20 changed proofs\nkill: hash interaction 3: limb\nkill: hash door 3: no such line\n",
        );
        assert_eq!((told.cheats, told.rejected, told.fuzz_cases), (2, 1, 320));
        let kill = |part, cheat: &str| ("hash".to_owned(), part, cheat.to_owned());
        let page = kill(Part::Constraint(17), "page begun: at block 5");
        let limb = kill(Part::Interaction(3), "limb");
        assert_eq!(told.kills, [page, limb]);
    }
}
