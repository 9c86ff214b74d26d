//! The kernels' sources, as NVRTC takes them: one text, with what it includes in its place.

use std::fmt::Write as _;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::sources::{SOURCES, Source};

/// Those that are compiled.
const ROOTS: [&str; 2] = ["koalabear.cu", "babybear.cu"];

/// How they are compiled, but for the architecture.
pub const OPTIONS: [&str; 2] = ["--std=c++17", "--extra-device-vectorization"];

/// All kernels as one text.
pub fn whole() -> &'static str {
    static WHOLE: OnceLock<String> = OnceLock::new();
    WHOLE.get_or_init(|| {
        let (mut text, mut once) = (String::new(), Vec::new());
        for root in ROOTS {
            inline(root, &mut text, &mut once);
        }
        text
    })
}

/// Appends a file; those that say so come once. A file that is not ours is left for the compiler to miss.
fn inline(name: &str, text: &mut String, once: &mut Vec<String>) {
    let Some(Source { name, text: source }) = SOURCES.iter().find(|source| source.name == name)
    else {
        writeln!(text, "#include \"{name}\"").ok();
        return;
    };
    if once.iter().any(|seen| seen == name) {
        return;
    }
    writeln!(text, "#line 1 \"{name}\"").ok();
    for (number, line) in source.lines().enumerate() {
        let included = line
            .strip_prefix("#include \"")
            .and_then(|rest| rest.strip_suffix('"'));
        if let Some(included) = included {
            inline(included, text, once);
            writeln!(text, "#line {} \"{name}\"", number + 2).ok();
        } else if line.trim() == "#pragma once" {
            once.push((*name).to_owned());
            text.push('\n');
        } else {
            text.push_str(line);
            text.push('\n');
        }
    }
}

/// What images are of: the SHA-256 of the text and of the options.
pub fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let options = OPTIONS.join(" ");
        sha256(format!("{options}\n{}", whole()).as_bytes())
    })
}

/// A SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_in_the_text_and_nothing_is_left_to_include() {
        let text = whole();
        // What is for the host alone is behind a condition.
        let missing: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("#include") && !line.contains("host.hh"))
            .collect();
        assert!(missing.is_empty(), "not in SOURCES: {missing:?}");
        for Source { name, .. } in SOURCES {
            let line = format!("#line 1 \"{name}\"");
            assert!(text.contains(&line), "{name} is not used");
        }
        println!(
            "matched {} files, {} lines",
            SOURCES.len(),
            text.lines().count()
        );
    }

    #[test]
    fn the_hash_is_sha_256() {
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), abc);
        assert_eq!(hash().len(), abc.len());
    }
}
