//! A copy of the contract and its generated files in a temporary folder, with one thing wrong at a time.

use super::*;

const FILES: [&str; 17] = [
    "hw-abi/contract/card.rdl",
    "hw-abi/contract/contract.toml",
    "hw-abi/contract/registers.rdl",
    "hw-abi/engine_plants.toml",
    "hw-abi/plants.toml",
    "hw-abi/generated/abi.rs",
    "hw-abi/generated/card_registers.json",
    "hw-abi/generated/engine_plants.rs",
    "hw-abi/generated/plants.rs",
    "hw-abi/generated/registers.json",
    "rtl/generated/assay_abi_pkg.sv",
    "rtl/generated/assay_card_regs.sv",
    "rtl/generated/assay_card_regs_pkg.sv",
    "rtl/generated/assay_engine_plant_pkg.sv",
    "rtl/generated/assay_plant_pkg.sv",
    "rtl/generated/assay_regs.sv",
    "rtl/generated/assay_regs_pkg.sv",
];

fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for path in FILES {
        let to = folder.path().join(path);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder can be made");
        fs::copy(workspace::root().join(path), to).expect("the file is there");
    }
    folder
}

fn edit(root: &Path, path: &str, from: &str, to: &str) {
    let text = read(root, path).expect("the file is there");
    assert!(text.contains(from), "{path} has no {from:?}");
    fs::write(root.join(path), text.replacen(from, to, 1)).expect("the file can be written");
}

/// What `gen --check` says without Python; the compiled register map is the committed one.
fn check(root: &Path) -> Result<()> {
    compare(root, &generate(root, None)?)
}

fn complaint(edits: &[(&str, &str, &str)]) -> String {
    let folder = copy();
    for (path, from, to) in edits {
        edit(folder.path(), path, from, to);
    }
    let error = check(folder.path()).expect_err("the drift is seen");
    format!("{error:#}")
}

#[test]
fn committed_files_match_the_contract() {
    check(copy().path()).expect("the committed files are those of the contract");
}

#[test]
fn check_names_each_file_that_was_edited_by_hand() {
    for (path, from, to) in [
        (
            "hw-abi/generated/abi.rs",
            "PO2_MIN: u8 = 13",
            "PO2_MIN: u8 = 12",
        ),
        ("rtl/generated/assay_abi_pkg.sv", "HaltPc", "HaltPC"),
        ("hw-abi/generated/plants.rs", "id: 1,", "id: 99,"),
        ("rtl/generated/assay_plant_pkg.sv", " = 1;", " = 99;"),
        ("rtl/generated/assay_regs.sv", "endmodule", "// endmodule"),
        ("rtl/generated/assay_regs_pkg.sv", "[31:0]", "[30:0]"),
        (
            "hw-abi/generated/registers.json",
            "\"lsb\": 1,",
            "\"lsb\": 9,",
        ),
    ] {
        let said = complaint(&[(path, from, to)]);
        let named = if path.ends_with(".json") {
            "hw-abi/generated/abi.rs"
        } else {
            path
        };
        assert!(said.contains(named), "{path}: {said}");
    }
}

#[test]
fn check_sees_a_contract_that_changed() {
    let contract = "hw-abi/contract/contract.toml";
    for (from, to) in [
        ("journal_cost = 3", "journal_cost = 4"),
        ("name = \"order\", bytes = 8", "name = \"place\", bytes = 8"),
        ("use_a = 0\nuse_b = 1", "use_a = 1\nuse_b = 0"),
        (
            "store_to_text = 9\ninput_exhausted = 10",
            "store_to_text = 10\ninput_exhausted = 9",
        ),
    ] {
        let said = complaint(&[(contract, from, to)]);
        assert!(said.contains("abi.rs: differs"), "{to}: {said}");
        assert!(said.contains("assay_abi_pkg.sv: differs"), "{to}: {said}");
    }
    let said = complaint(&[("hw-abi/contract/registers.rdl", "@ 0x044", "@ 0x048")]);
    assert!(said.contains("registers.json was generated from"), "{said}");
}

#[test]
fn contract_refuses_what_does_not_add_up() {
    for (from, to, expected) in [
        (
            "name = \"order\", bytes = 8",
            "name = \"order\", bytes = 4",
            "fields sum to 60 bytes",
        ),
        ("beat_bytes = 64", "beat_bytes = 48", "no power of two"),
        ("kind_end = 4", "kind_end = 3", "are both 3"),
        ("name = \"pc\"", "name = \"cycle\"", "cycle is there twice"),
        ("name = \"segment\"", "name = \"event\"", "is a keyword"),
        (
            "name = \"flags\", bytes = 1",
            "name = \"flags\", bytes = 2",
            "not aligned",
        ),
        (
            "name = \"flags\", bytes = 1",
            "name = \"flags\", bytes = 5",
            "1, 2, 3, 4, 8 are known",
        ),
        ("time_bits = 24", "time_bits = 23", "do not fit time_bits"),
        ("po2_min = 13", "po2_min = 9", "do not fit 2^po2_min"),
        ("po2_default = 20", "po2_default = 23", "po2_default 23"),
        (
            "slots_per_cycle = 4",
            "slots_per_cycle = 3",
            "no power of two",
        ),
        ("slot_c = 2", "slot_c = 1", "slots must ascend"),
        ("from_text = 7", "from_text = 8", "not below 8"),
        ("breakpoint = 3", "breakpoint = 0", "0 means no fault"),
        ("halt_pc = 1", "halt_pc = 4", "no instruction's address"),
        (
            "two_adicity = 24",
            "two_adicity = 25",
            "not that of the modulus",
        ),
        (
            "page_content_beats = 16",
            "page_content_beats = 15",
            "do not hold one page",
        ),
        (
            "address_bits = 40",
            "adress_bits = 40",
            "unknown field `adress_bits`",
        ),
    ] {
        let said = complaint(&[("hw-abi/contract/contract.toml", from, to)]);
        assert!(said.contains(expected), "{to}: {said}");
    }
}

#[test]
fn plants_refuse_what_cannot_be_caught() {
    for (from, to, expected) in [
        ("id = 2", "id = 1", "id 1 is taken"),
        ("id = 2", "id = 0", "id 0 means none"),
        ("core_bypass_lost_2", "core_bypass_lost_1", "is there twice"),
        ("block = \"core\"", "block = \"cor\"", "block cor is none"),
        ("fields = [\"c_new\"]", "fields = []", "cannot be caught"),
        (
            "fields = [\"c_new\"]",
            "fields = [\"d_new\"]",
            "no layout has a field d_new",
        ),
    ] {
        let said = complaint(&[("hw-abi/plants.toml", from, to)]);
        assert!(said.contains(expected), "{to}: {said}");
    }
}

#[test]
fn hash_follows_values_and_ignores_text() {
    let hash = |edits: &[(&str, &str, &str)]| {
        let folder = copy();
        for (path, from, to) in edits {
            edit(folder.path(), path, from, to);
        }
        let outputs = generate(folder.path(), None).expect("a valid contract");
        let text = outputs[0].text.clone();
        let start = text.find("CONTRACT_HASH").expect("the hash is there");
        text[start..start + 250].to_owned()
    };
    let contract = "hw-abi/contract/contract.toml";
    let map = "hw-abi/generated/registers.json";
    let same = hash(&[]);
    for edit in [
        (
            contract,
            "doc = \"address of the instruction\"",
            "doc = \"where it is\"",
        ),
        (contract, "modulus = 0x7f000001", "modulus = 2_130_706_433"),
        (map, "\"doc\": \"the core runs\"", "\"doc\": \"it runs\""),
    ] {
        assert_eq!(hash(&[edit]), same, "{}", edit.2);
    }
    for edit in [
        (contract, "journal_cost = 3", "journal_cost = 4"),
        (contract, "name = \"exit_code\"", "name = \"code\""),
        (
            contract,
            "\"p3-koala-bear 0.8.0\"",
            "\"p3-koala-bear 0.9.0\"",
        ),
        (map, "\"name\": \"running\"", "\"name\": \"runs\""),
        (map, "\"sw\": \"rw\"", "\"sw\": \"w\""),
    ] {
        assert_ne!(hash(&[edit]), same, "{}", edit.2);
    }
}
