//! Receipts that are right are accepted, and what is changed about them is noticed.

mod common;

use std::sync::Arc;

use assay_abi::machine::HALT_PC;
use assay_circuit::Felt;
use assay_executor::{
    Digest as MachineDigest, Exit, Image, Input, Segment, Session, SessionConfig,
};
use assay_prover::{Budget, Prover};
use assay_verifier::{
    Claim, Parameters, Proof, Receipt, Seal, Table, VerifyError, VerifyingKey, decode_proof, hash,
    public_values, verify, verify_seal,
};
use common::{Case, proved};
use p3_batch_stark::verify_batch;
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_lookup::LookupTerminal;

#[test]
fn a_receipt_says_what_the_session_did() {
    let proved = proved();
    let receipt = Receipt::from_bytes(&proved.receipt.to_bytes()).unwrap();
    assert_eq!(receipt, proved.receipt);
    let verified = proved.check(&receipt).unwrap();
    assert_eq!(verified.journal, proved.summary.journal.words());
    assert_eq!(verified.exit_code, 0);
    assert_eq!(verified.input_len, proved.summary.input_len);
    assert_eq!(verified.segments, proved.summary.segments as usize);
    assert!(verified.segments >= 3, "borders are to be tested");
}

#[test]
fn the_stock_verifier_accepts_every_seal() {
    let proved = proved();
    let program = &proved.receipt.program;
    let key =
        VerifyingKey::new(program.text.clone(), program.commitment, Parameters::Test).unwrap();
    for (index, seal) in proved.receipt.seals.iter().enumerate() {
        let proof = decode_proof(&seal.proof).unwrap();
        let public = public_values(&seal.claim);
        verify_batch(&key.config, &key.airs, &proof, &public, &key.common)
            .unwrap_or_else(|error| panic!("segment {index}: {error:?}"));
        println!("segment {index}: heights {:?}", proof.degree_bits);
    }
}

#[test]
fn the_verifier_hashes_as_the_machine_does() {
    let proved = proved();
    let program = &proved.receipt.program;
    let same = |ours: &hash::Digest, theirs: MachineDigest| {
        assert_eq!(hash::to_bytes(ours), theirs.to_bytes());
        assert_eq!(hash::to_hex(ours), theirs.to_string());
        assert_eq!(hash::from_hex(&theirs.to_string()), Some(*ours));
    };
    same(&program.image_digest(), proved.case.image.digest());
    let permutation = hash::permutation();
    let (mut ours, mut theirs) = (hash::ZERO, MachineDigest::ZERO);
    for word in [0, 1, 0xffff_ffff, 0x1234_5678] {
        ours = hash::journal_step(&permutation, ours, word);
        theirs = assay_executor::hash::journal_step(theirs, word);
        same(&ours, theirs);
    }
}

type Forgery = (&'static str, fn(&mut Receipt));

/// Changes to a receipt outside its proofs.
const FORGERIES: &[Forgery] = &[
    ("a segment dropped at the start", |r| {
        r.seals.remove(0);
    }),
    ("a segment dropped inside", |r| {
        r.seals.remove(1);
    }),
    ("a segment dropped at the end", |r| {
        r.seals.pop();
    }),
    ("no segment", |r| r.seals.clear()),
    ("two segments swapped", |r| r.seals.swap(0, 1)),
    ("a segment repeated", |r| {
        r.seals.insert(1, r.seals[1].clone())
    }),
    ("the last segment repeated", |r| {
        r.seals.push(r.seals[r.seals.len() - 1].clone())
    }),
    ("the proofs of two segments swapped", |r| {
        let (a, b) = r.seals.split_at_mut(1);
        std::mem::swap(&mut a[0].proof, &mut b[0].proof);
    }),
    ("a journal word added", |r| r.journal.push(0)),
    ("a journal word removed", |r| {
        r.journal.pop();
    }),
    ("a journal word changed", |r| r.journal[0] ^= 1),
    ("a journal word added and claimed", |r| {
        r.journal.push(7);
        let claim = &mut last(r).claim;
        claim.journal_words += 1;
        let permutation = hash::permutation();
        claim.journal_post = hash::journal_step(&permutation, claim.journal_post, 7);
    }),
    ("the exit code changed", |r| last(r).claim.exit = Some(1)),
    ("the exit removed", |r| last(r).claim.exit = None),
    ("the exit and its pc removed", |r| {
        let claim = &mut last(r).claim;
        claim.exit = None;
        claim.post.pc = claim.pre.pc;
    }),
    ("an earlier end claimed", |r| {
        r.seals.truncate(2);
        let claim = &mut last(r).claim;
        claim.exit = Some(0);
        claim.post.pc = HALT_PC;
        r.journal.clear();
    }),
    ("an exit inside", |r| r.seals[0].claim.exit = Some(0)),
    ("the first pc changed", |r| r.seals[0].claim.pre.pc += 4),
    ("the entry and the first pc changed", |r| {
        r.program.entry += 4;
        r.seals[0].claim.pre.pc += 4;
    }),
    ("the initial root changed", |r| {
        r.program.root[0] += Felt::ONE
    }),
    ("the first root changed", |r| {
        r.seals[0].claim.pre.root[7] += Felt::ONE
    }),
    ("the program commitment changed", |r| {
        r.program.commitment[3] += Felt::ONE
    }),
    ("the text longer", |r| each(r, |c| c.text.end += 1, true)),
    ("the text shifted", |r| {
        each(r, |c| c.text = c.text.start + 1..c.text.end + 1, true)
    }),
    ("a claim's text changed", |r| {
        each(r, |c| c.text.end += 1, false)
    }),
    ("the last pc changed", |r| last(r).claim.post.pc = 0x1000),
    ("the last root changed", |r| {
        last(r).claim.post.root[0] += Felt::ONE
    }),
    ("the last journal state changed", |r| {
        last(r).claim.journal_post[0] += Felt::ONE
    }),
    ("a journal that starts otherwise", |r| {
        r.seals[0].claim.journal_pre[0] += Felt::ONE
    }),
    ("the input longer", |r| each(r, |c| c.input_len += 1, false)),
    ("the input longer in one segment", |r| {
        r.seals[1].claim.input_len += 1
    }),
    ("an input cursor that starts otherwise", |r| {
        r.seals[0].claim.input_pre = 1
    }),
    ("the last input cursor changed", |r| {
        last(r).claim.input_post -= 1
    }),
    ("an input cursor beyond the input", |r| {
        last(r).claim.input_post += 100
    }),
    ("journal words without end", |r| {
        last(r).claim.journal_words = u32::MAX
    }),
    ("a border's pc changed on both sides", |r| {
        border(r, |s| s.pc += 4)
    }),
    ("a border's root changed on both sides", |r| {
        border(r, |s| s.root[2] += Felt::ONE)
    }),
    ("a border's cursor changed on both sides", |r| {
        r.seals[0].claim.input_post += 1;
        r.seals[1].claim.input_pre += 1;
    }),
    ("a border's journal changed on both sides", |r| {
        r.seals[0].claim.journal_post[0] += Felt::ONE;
        r.seals[1].claim.journal_pre[0] += Felt::ONE;
    }),
    ("relabelled as proven100", |r| {
        r.parameters = Parameters::Proven100
    }),
    ("relabelled as conjectured100", |r| {
        r.parameters = Parameters::Conjectured100
    }),
    ("an empty proof", |r| r.seals[0].proof.clear()),
    ("a proof cut short", |r| {
        r.seals[0].proof.pop();
    }),
    ("a byte after a proof", |r| r.seals[0].proof.push(0)),
];

fn last(receipt: &mut Receipt) -> &mut Seal {
    receipt.seals.last_mut().unwrap()
}

fn each(receipt: &mut Receipt, change: fn(&mut Claim), program: bool) {
    for seal in &mut receipt.seals {
        change(&mut seal.claim);
    }
    if program {
        receipt.program.text = receipt.seals[0].claim.text.clone();
    }
}

fn border(receipt: &mut Receipt, change: fn(&mut assay_verifier::State)) {
    change(&mut receipt.seals[0].claim.post);
    change(&mut receipt.seals[1].claim.pre);
}

/// Says of a cheat whether it was rejected, in the words that the figures are counted from; gives the error.
fn rejected<T, E>(name: &str, outcome: Result<T, E>) -> E {
    let Err(error) = outcome else {
        println!("cheat ACCEPTED: {name}");
        panic!("{name} is accepted");
    };
    println!("cheat rejected: {name}");
    error
}

#[test]
fn forged_receipts_are_rejected() {
    let proved = proved();
    for (name, forge) in FORGERIES {
        let mut receipt = proved.receipt.clone();
        forge(&mut receipt);
        assert_ne!(receipt, proved.receipt, "{name}");
        let error = rejected(name, proved.check(&receipt));
        println!("{name}: {error}");
        // Nor for whoever trusts whatever id the receipt has.
        let own = receipt.program.image_id();
        verify(&receipt, &own, &Parameters::ALL).expect_err(name);
    }
    println!("{} forged receipts rejected", FORGERIES.len());
}

/// Each seal is right, for a run of the same program on another input of the same length.
#[test]
fn segments_of_another_session_are_rejected() {
    let proved = proved();
    let mut words = proved.case.input.words().to_vec();
    let middle = words.len() / 2;
    words[middle] ^= 1;
    let other = Case {
        image: proved.case.image.clone(),
        input: Input::from_words(words).unwrap(),
    };
    let segments = other.segments();
    assert_eq!(segments.len(), proved.receipt.seals.len());
    let last = segments.len() - 1;
    for at in [1, last] {
        let sealed = proved.prover.prove(&segments[at], &Budget::available());
        let mut receipt = proved.receipt.clone();
        receipt.seals[at] = sealed.unwrap().seal;
        let key = proved.prover.key();
        verify_seal(key, at, &receipt.seals[at]).expect("right for itself");
        assert_ne!(receipt, proved.receipt);
        let name = format!("segment {at} of another session");
        println!("{}", rejected(&name, proved.check(&receipt)));
    }
}

type ProofForgery = (&'static str, fn(&mut Proof));

/// Changes to a proof, which is then encoded as it should be.
const PROOF_FORGERIES: &[ProofForgery] = &[
    ("a table higher than allowed", |p| p.degree_bits[0] = 23),
    ("a table lower than allowed", |p| p.degree_bits[0] = 4),
    ("a table of absurd height", |p| {
        p.degree_bits[0] = usize::MAX
    }),
    ("a table of twice the height", |p| p.degree_bits[0] += 1),
    ("the program table of twice the height", |p| {
        p.degree_bits[Table::Program as usize] += 1
    }),
    ("the lookup table of half the height", |p| {
        p.degree_bits[Table::Lut as usize] -= 1
    }),
    ("a height too many", |p| p.degree_bits.push(5)),
    ("a height missing", |p| {
        p.degree_bits.pop();
    }),
    ("two heights swapped", |p| {
        p.degree_bits.swap(0, Table::Lut as usize)
    }),
    ("a table missing", |p| {
        p.opened_values.instances.pop();
    }),
    ("a terminal removed", |p| p.lookup_terminals[0] = None),
    ("a terminal too few", |p| {
        p.lookup_terminals.pop();
    }),
    ("a terminal changed", |p| shift_terminal(p, 0, 1)),
    ("two terminals changed, their sum not", |p| {
        shift_terminal(p, 0, 1);
        shift_terminal(p, 1, -1);
    }),
    ("no lookup grinding", |p| p.lookup_pow_witness = None),
    ("another lookup grinding", |p| {
        p.lookup_pow_witness = p.lookup_pow_witness.map(|witness| witness + Felt::ONE);
    }),
    ("another grinding of the out-of-domain point", |p| {
        p.ood_pow_witness += Felt::ONE
    }),
    ("another grinding of the queries", |p| {
        p.opening_proof.query_pow_witness += Felt::ONE
    }),
    ("another grinding of the batching", |p| {
        p.opening_proof.batch_pow_witness += Felt::ONE
    }),
    ("no permutation commitment", |p| {
        p.commitments.permutation = None
    }),
    ("the commitments of two phases swapped", |p| {
        std::mem::swap(&mut p.commitments.main, &mut p.commitments.quotient_chunks);
    }),
    ("a commitment of two roots", |p| {
        let root = p.commitments.main.roots()[0];
        p.commitments.main = vec![root, root].into();
    }),
    ("a folding commitment missing", |p| {
        p.opening_proof.commit_phase_commits.pop();
    }),
    ("folding openings missing", |p| {
        p.opening_proof.commit_phase_openings.pop();
    }),
    ("a query missing", |p| {
        p.opening_proof.input_openings[0].opened_values.pop();
    }),
    ("no query", |p| {
        for opening in &mut p.opening_proof.input_openings {
            opening.opened_values.clear();
        }
        for step in &mut p.opening_proof.commit_phase_openings {
            step.sibling_values.clear();
        }
    }),
    ("a longer final polynomial", |p| {
        p.opening_proof
            .final_poly
            .push(PrimeCharacteristicRing::ZERO);
    }),
    ("an opened value changed", |p| {
        let values = &mut p.opened_values.instances[0].base_opened_values.trace_local;
        values[0] = values[0] + values[1] + Felt::ONE;
    }),
    ("an opened row shorter", |p| {
        p.opened_values.instances[0]
            .base_opened_values
            .trace_local
            .pop();
    }),
    ("an opened lookup row shorter", |p| {
        p.opened_values.instances[0].permutation_next.pop();
    }),
    ("a next row left out", |p| {
        p.opened_values.instances[0].base_opened_values.trace_next = None;
    }),
    ("fixed columns left out", |p| {
        let lut = &mut p.opened_values.instances[Table::Lut as usize];
        lut.base_opened_values.preprocessed = None;
    }),
];

fn shift_terminal(proof: &mut Proof, at: usize, by: i32) {
    if let Some(LookupTerminal(value)) = &mut proof.lookup_terminals[at] {
        *value += Felt::from_i32(by);
    }
}

#[test]
fn forged_proofs_are_rejected() {
    let proved = proved();
    for (name, forge) in PROOF_FORGERIES {
        let mut receipt = proved.receipt.clone();
        let mut proof = decode_proof(&receipt.seals[0].proof).unwrap();
        forge(&mut proof);
        receipt.seals[0].proof = postcard::to_allocvec(&proof).unwrap();
        assert_ne!(receipt, proved.receipt, "{name}");
        let error = rejected(name, proved.check(&receipt));
        println!("{name}: {error}");
    }
    println!("{} forged proofs rejected", PROOF_FORGERIES.len());
}

type Lie = (&'static str, fn(&mut Claim));

/// Reads its text, asks how much input is left, reads a word, commits and stores it, and halts with it.
const USES_EVERYTHING: [u32; 12] = [
    0x0000_13b7, // lui x7, 0x1
    0x0003_a303, // lw x6, 0(x7)
    0x0020_0893, // li x17, left
    0x0000_0073,
    0x0010_0893, // li x17, read
    0x0000_0073,
    0x0030_0893, // li x17, commit
    0x0000_0073,
    0x0000_22b7, // lui x5, 0x2
    0x00a2_a023, // sw x10, 0(x5)
    0x0000_0893, // li x17, halt
    0x0000_0073,
];

/// One for each field of a claim, each of which passes the check of the claim's form. What a segment does not use, it says nothing
/// of: a text without pages that it touches, or the length of an input that it does not ask for.
const LIES: &[Lie] = &[
    ("a text over a page that is written", |c| c.text.end = 9),
    ("a text without a page that is read", |c| c.text = 5..6),
    ("pc before", |c| c.pre.pc += 4),
    ("root before", |c| c.pre.root[7] += Felt::ONE),
    ("root after", |c| c.post.root[0] += Felt::ONE),
    ("journal before", |c| c.journal_pre[1] += Felt::ONE),
    ("journal after", |c| c.journal_post[6] += Felt::ONE),
    ("journal words", |c| c.journal_words += 1),
    ("input length", |c| c.input_len += 1),
    ("input length, high limb", |c| c.input_len += 1 << 16),
    ("cursor before", |c| c.input_pre += 1),
    ("cursor after", |c| c.input_post -= 1),
    ("exit code", |c| c.exit = Some(1)),
    ("exit code, high limb", |c| c.exit = Some(1 << 16)),
    ("no exit", |c| {
        c.exit = None;
        c.post.pc = c.pre.pc;
    }),
];

/// A prover that lies from the start: its transcript has the false claim throughout, so only constraints and buses can object.
#[test]
fn no_field_of_a_claim_can_be_proved_to_be_another() {
    let image = Arc::new(Image::from_words(0x1000, &USES_EVERYTHING).unwrap());
    let prover = Prover::new(image.text_content(), Parameters::Test).unwrap();
    let input = Input::from_words(vec![0, 0]).unwrap();
    let mut segments: Vec<Segment> = Vec::new();
    let session = Session::new(image, input, SessionConfig::default());
    let summary = session.run(&mut segments).unwrap();
    assert_eq!(summary.exit, Exit::Halted { exit_code: 0 });
    let segment = &segments[0];
    let rows = assay_executor::preflight(segment).unwrap();
    let witness = assay_circuit::witness(segment, &rows, prover.table()).unwrap();
    let check = |claim: &Claim| {
        let public = public_values(claim);
        let proof = prover.engine().prove(&witness.traces, &public);
        let proof = decode_proof(&proof.unwrap()).unwrap();
        let key = prover.key();
        verify_batch(&key.config, &key.airs, &proof, &public, &key.common)
    };
    check(&witness.claim).unwrap();
    for (name, lie) in LIES {
        let mut claim = witness.claim.clone();
        lie(&mut claim);
        let error = rejected(name, check(&claim));
        println!("{name}: {error:?}");
    }
    println!("{} false claims rejected", LIES.len());
}

#[test]
fn the_test_set_is_refused_unless_asked_for() {
    let proved = proved();
    let real = [Parameters::Proven100, Parameters::Conjectured100];
    let error = verify(&proved.receipt, &proved.image_id, &real).unwrap_err();
    let found = Parameters::Test;
    assert_eq!(error, VerifyError::Parameters { found });
}

#[test]
fn another_program_is_refused() {
    let proved = proved();
    let mut other = proved.image_id;
    other[0] += Felt::ONE;
    let error = verify(&proved.receipt, &other, &Parameters::ALL).unwrap_err();
    assert!(matches!(error, VerifyError::ImageId { .. }), "{error}");
}

#[test]
fn damaged_bytes_are_refused() {
    let proved = proved();
    let good = proved.receipt.to_bytes();
    let check = |bytes: &[u8]| {
        Receipt::from_bytes(bytes)
            .map_err(VerifyError::Decode)
            .and_then(|receipt| proved.check(&receipt))
    };
    check(&good).unwrap();
    let longer = [&good[..], &[0]].concat();
    check(&longer).unwrap_err();
    // One byte of each.
    for (at, what) in [
        (0, "kind of file"),
        (8, "version of the format"),
        (12, "parameter set"),
        (13, "contract version"),
    ] {
        let mut bytes = good.clone();
        bytes[at] ^= 4;
        let error = rejected(&format!("another {what}"), check(&bytes));
        println!("byte {at}: {error}");
        assert!(matches!(error, VerifyError::Decode(_)), "{at} {error}");
    }
    for len in (0..good.len()).step_by(good.len() / 50) {
        let error = check(&good[..len]).unwrap_err();
        assert!(matches!(error, VerifyError::Decode(_)), "{len} {error}");
    }
    // An element written as itself plus the modulus: the initial root, which starts behind 45 bytes of head, entry and text.
    let at = 8 + 4 + 1 + 32 + 4 + 8;
    let word = u32::from_le_bytes(good[at..at + 4].try_into().unwrap());
    if let Some(alias) = word.checked_add(Felt::ORDER_U32) {
        let mut bytes = good.clone();
        bytes[at..at + 4].copy_from_slice(&alias.to_le_bytes());
        let error = check(&bytes).unwrap_err();
        assert!(error.to_string().contains("canonical"), "{error}");
    }
    let mut bytes = good;
    bytes[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = check(&bytes).unwrap_err();
    assert!(error.to_string().contains("canonical"), "{error}");
}

#[test]
fn elements_of_proofs_are_canonical() {
    let proved = proved();
    let mut receipt = proved.receipt.clone();
    // The first root: a length of 1, then eight elements of four bytes.
    receipt.seals[0].proof[1..5].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = proved.check(&receipt).unwrap_err();
    assert!(matches!(error, VerifyError::Seal { .. }), "{error}");
}
