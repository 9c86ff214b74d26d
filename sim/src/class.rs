//! What kind of thing went wrong, by the first field that shows it.

/// The kinds of things that go wrong, as a report names them.
pub const CLASSES: [&str; 10] = [
    "control flow",
    "operand",
    "result",
    "access",
    "time",
    "segment",
    "content",
    "host",
    "end",
    "rule",
];

/// The class of a failure whose first field is this one: fields of the contract's beats, and what [`crate::Failure::field`] adds.
#[must_use]
pub fn class_of(field: &str) -> &'static str {
    match field {
        "pc" | "insn" | "next_pc" | "order" => "control flow",
        "a_value" | "b_value" | "c_old" | "mem_addr" | "mismatch" => "operand",
        "c_new" => "result",
        "flags" => "access",
        "a_time" | "b_time" | "c_time" => "time",
        "content" | "registers" | "page" | "is_text" => "content",
        "journal" | "journal_words" | "journal_total" | "input_words" | "input_total" => "host",
        "status" | "cause" | "exit_code" | "halted" | "faulted" | "stopped" | "fault_cause"
        | "fault_pc" => "end",
        "hang" | "protocol" | "assertion" => "rule",
        // A beat of another kind, and everything that counts segments.
        _ => "segment",
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, class_of};
    use assay_abi::{PageIn, Record, SegmentEnd};

    #[test]
    fn every_field_of_the_contract_has_a_class() {
        let fields = Record::FIELDS
            .iter()
            .chain(PageIn::FIELDS)
            .chain(SegmentEnd::FIELDS);
        for field in fields {
            assert!(CLASSES.contains(&class_of(field.name)), "{}", field.name);
        }
        assert_eq!(
            (class_of("c_new"), class_of("cost"), class_of("hang")),
            ("result", "segment", "rule")
        );
    }
}
