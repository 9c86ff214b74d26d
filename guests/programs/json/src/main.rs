//! Answers a query on a JSON document.
//!
//! Input: two frames, the document and the path, a JSON pointer (RFC 6901) such as `/orders/3/price`.
//! Journal: a frame with the value there as JSON text without spaces, keys sorted. Exit code 1 if there is none, 2 if the document is malformed;
//! the journal is empty then.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::ToString;

use assay_guest::{commit_frame, read_frame};
use serde_json::Value;

assay_guest::entry!(main);

fn main() -> u32 {
    let (document, path) = (read_frame(), read_frame());
    let Ok(document) = serde_json::from_slice::<Value>(&document) else {
        return 2;
    };
    let Some(value) = core::str::from_utf8(&path)
        .ok()
        .and_then(|path| document.pointer(path))
    else {
        return 1;
    };
    commit_frame(value.to_string().as_bytes());
    0
}
