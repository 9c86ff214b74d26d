//! Inputs of the guests, made from nothing but a size, and what must come out: computed here, on the host, by other code where there is some.

use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use sha2::{Digest, Sha256};

use crate::GuestError;
use crate::catalog::find;

/// An input and what a guest must answer to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// The frames of the input.
    pub frames: Vec<Vec<u8>>,
    /// The journal that must come.
    pub journal: Vec<u32>,
    /// The exit code that must come.
    pub exit_code: u32,
}

impl Sample {
    /// The frames as input words.
    pub fn words(&self) -> Vec<u32> {
        self.frames.iter().flat_map(|frame| framed(frame)).collect()
    }
}

/// A sample of a size that takes some millions of instructions.
///
/// # Errors
/// [`GuestError::Unknown`] if there is no such guest.
pub fn sample(name: &str) -> Result<Sample, GuestError> {
    sample_of_size(name, 64 << 10)
}

/// A sample with about so many bytes of input.
///
/// # Errors
/// [`GuestError::Unknown`] if there is no such guest.
pub fn sample_of_size(name: &str, bytes: usize) -> Result<Sample, GuestError> {
    let (frames, journal) = match find(name)?.name {
        "crc32" => {
            let data = noise(bytes);
            let crc = crc32(&data);
            (vec![data], vec![crc])
        }
        "ecdsa" => ecdsa(bytes),
        "json" => json(bytes),
        "sha256" => {
            let data = noise(bytes);
            let digest = words(&Sha256::digest(&data));
            (vec![data], digest)
        }
        "sort" => sort(bytes),
        name => unreachable!("the guest {name} has no sample"),
    };
    Ok(Sample {
        frames,
        journal,
        exit_code: 0,
    })
}

/// Bytes as little-endian words, zero-filled.
fn words(bytes: &[u8]) -> Vec<u32> {
    let word = |chunk: &[u8]| {
        (0..)
            .zip(chunk)
            .fold(0, |word, (i, &byte)| word | u32::from(byte) << (8 * i))
    };
    bytes.chunks(4).map(word).collect()
}

/// A word with the length, then the bytes.
fn framed(bytes: &[u8]) -> Vec<u32> {
    let length = u32::try_from(bytes.len()).expect("a frame is shorter than 4 GiB");
    std::iter::once(length).chain(words(bytes)).collect()
}

/// A row of numbers that looks random and is always the same (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) as u32
    }

    fn below(&mut self, end: u32) -> u32 {
        self.next() % end
    }

    fn word(&mut self) -> String {
        (0..3 + self.below(8))
            .map(|_| char::from(b'a' + self.below(26) as u8))
            .collect()
    }
}

fn noise(bytes: usize) -> Vec<u8> {
    let mut numbers = Numbers(1);
    (0..bytes).map(|_| numbers.next() as u8).collect()
}

/// Bit by bit, where the guest takes a table.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

fn ecdsa(bytes: usize) -> (Vec<Vec<u8>>, Vec<u32>) {
    let mut message = b"pay 3 grains of gold to the bearer; reference ".to_vec();
    message.extend(noise(bytes.min(256)));
    let key = SigningKey::from_slice(&[0x42; 32]).expect("a number below the group's order");
    let signature: Signature = key.sign(&message);
    let public = key.verifying_key().to_sec1_point(true).as_bytes().to_vec();
    let mut journal = vec![1];
    journal.extend(words(&Sha256::digest(&public)));
    journal.extend(words(&Sha256::digest(&message)));
    (
        vec![public, message, signature.to_bytes().to_vec()],
        journal,
    )
}

/// Orders, of which the query asks for the items of one.
fn json(bytes: usize) -> (Vec<Vec<u8>>, Vec<u32>) {
    let mut numbers = Numbers(2);
    let mut orders = Vec::new();
    let mut items = Vec::new();
    let mut size = 0;
    while items.is_empty() || size < bytes {
        let row: Vec<String> = (0..1 + numbers.below(4))
            .map(|_| {
                format!(
                    r#"{{"count":{},"name":"{}"}}"#,
                    numbers.below(100),
                    numbers.word()
                )
            })
            .collect();
        let price = format!("{}.{:02}", numbers.below(1000), numbers.below(100));
        let spaced = row.join(" ,\n      ").replace(':', ": ");
        let order = format!(
            "  {{ \"price\": {price}, \"paid\": {}, \"items\": [ {spaced} ] }}",
            numbers.below(2) == 1
        );
        size += order.len() + 2;
        orders.push(order);
        items.push(format!("[{}]", row.join(",")));
    }
    let document = format!("{{ \"orders\": [\n{}\n] }}\n", orders.join(",\n"));
    let asked = items.len() / 2;
    let path = format!("/orders/{asked}/items");
    (
        vec![document.into_bytes(), path.into_bytes()],
        framed(items[asked].as_bytes()),
    )
}

fn sort(bytes: usize) -> (Vec<Vec<u8>>, Vec<u32>) {
    let mut numbers = Numbers(3);
    let mut lines = Vec::new();
    let mut size = 0;
    while size < bytes {
        let line = numbers.word() + "\n";
        size += line.len();
        lines.push(line);
    }
    let text = lines.concat();
    lines.sort();
    (vec![text.into_bytes()], framed(lines.concat().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::GUESTS;

    #[test]
    fn every_guest_has_a_sample_and_always_the_same() {
        for guest in GUESTS {
            let sample = sample_of_size(guest.name, 1000).unwrap();
            assert!(!sample.frames.is_empty() && !sample.journal.is_empty());
            assert_eq!(sample, sample_of_size(guest.name, 1000).unwrap());
        }
        assert!(matches!(
            sample_of_size("gold", 1),
            Err(GuestError::Unknown { .. })
        ));
    }

    #[test]
    fn crc32_matches_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn json_answer_is_what_serde_json_finds() {
        let sample = sample_of_size("json", 2000).unwrap();
        let document: serde_json::Value = serde_json::from_slice(&sample.frames[0]).unwrap();
        let path = std::str::from_utf8(&sample.frames[1]).unwrap();
        assert_eq!(
            framed(document.pointer(path).unwrap().to_string().as_bytes()),
            sample.journal
        );
    }

    #[test]
    fn frames_are_length_and_zero_filled_words() {
        assert_eq!(framed(b""), [0]);
        assert_eq!(framed(b"abcde"), [5, 0x6463_6261, 0x65]);
    }
}
