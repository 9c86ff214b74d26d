//! Verifies an ECDSA signature over secp256k1, the message hashed with SHA-256.
//!
//! Input: three frames, the public key (SEC1), the message, the signature (r and s, 64 bytes).
//! Journal: 1 if the signature holds, 0 if not or if key or signature are malformed; then SHA-256 of the key's bytes and of the message.
//! Signatures with a high s are refused, as Bitcoin and Ethereum do: each message would have a second one.
#![no_std]
#![no_main]

use assay_guest::{commit_bytes, commit_word, read_frame};
use k256::ecdsa::signature::Verifier;
use k256::ecdsa::{Signature, VerifyingKey};
use k256::sha2::{Digest, Sha256};

assay_guest::entry!(main);

fn main() {
    let (key, message, signature) = (read_frame(), read_frame(), read_frame());
    commit_word(u32::from(holds(&key, &message, &signature)));
    commit_bytes(&Sha256::digest(&key));
    commit_bytes(&Sha256::digest(&message));
}

fn holds(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_sec1_bytes(key) else {
        return false;
    };
    let Ok(signature) = Signature::from_slice(signature) else {
        return false;
    };
    signature.normalize_s() == signature && key.verify(message, &signature).is_ok()
}
