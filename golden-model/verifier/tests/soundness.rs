//! The parameter sets are worth what their names say.

use assay_circuit::Felt;
use assay_verifier::{
    Parameters,
    soundness::{Regime, Tables},
};
use p3_field::PrimeField32;

#[test]
fn the_sets_have_the_bits_that_their_names_say() {
    let tables = Tables::largest();
    for (set, regime) in [
        (Parameters::Proven100, Regime::Proven),
        (Parameters::Conjectured100, Regime::Conjectured),
    ] {
        let report = tables.report(set, regime);
        println!("{set}: {:.2} bits", report.bits);
        for term in &report.terms {
            println!("  {:7.2}  {}", term.bits, term.name);
        }
        assert!(report.bits >= 100.0, "{set}: {}", report.bits);
        let worst = report.terms.iter().map(|term| term.bits);
        assert!(
            worst.fold(f64::INFINITY, f64::min) > report.bits,
            "a sum is worse than its worst"
        );
    }
    let test = tables.report(Parameters::Test, Regime::Conjectured);
    assert!(test.bits < 10.0, "the test set is worth nothing");
}

#[test]
fn multiplicities_cannot_wrap() {
    let tables = Tables::largest();
    let most = tables.multiplicity();
    println!("{most} of {}", Felt::ORDER_U32);
    assert!(most < u64::from(Felt::ORDER_U32));
}
