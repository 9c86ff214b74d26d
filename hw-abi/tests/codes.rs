//! Code tables and limits refuse what the contract does not hold.

use std::collections::BTreeSet;

use assay_abi::{
    CommandStatus, Ecall, Engine, FaultCause, Opcode, Po2, SegmentStatus, Transform, card_regs,
    machine, plants, regs,
};

#[test]
fn codes_roundtrip_and_reject_the_unknown() {
    for &cause in FaultCause::ALL {
        assert_eq!(FaultCause::try_from(cause.code()), Ok(cause));
    }
    for &call in Ecall::ALL {
        assert_eq!(Ecall::try_from(call.code()), Ok(call));
    }
    for &status in SegmentStatus::ALL {
        assert_eq!(SegmentStatus::try_from(status.code()), Ok(status));
    }
    for &opcode in Opcode::ALL {
        assert_eq!(Opcode::try_from(opcode.code()), Ok(opcode));
    }
    for &transform in Transform::ALL {
        assert_eq!(Transform::try_from(transform.code()), Ok(transform));
    }
    for &status in CommandStatus::ALL {
        assert_eq!(CommandStatus::try_from(status.code()), Ok(status));
    }
    for &engine in Engine::ALL {
        assert_eq!(Engine::try_from(engine.code()), Ok(engine));
    }
    assert!(
        Opcode::try_from(0).is_err(),
        "memory that nobody wrote is no command"
    );
    let error = FaultCause::try_from(0).expect_err("0 is no fault");
    assert_eq!(error.to_string(), "0 is no fault cause of the contract");
    assert!(Ecall::try_from(Ecall::ALL.len() as u32).is_err());
    assert!(SegmentStatus::try_from(u8::MAX).is_err());
}

#[test]
fn po2_rejects_what_lies_outside() {
    assert_eq!(Po2::default().limit(), 1 << machine::PO2_DEFAULT);
    let accepted: Vec<u8> = (0..=u8::MAX)
        .filter(|&po2| Po2::try_from(po2).is_ok())
        .collect();
    let expected: Vec<u8> = (machine::PO2_MIN..=machine::PO2_MAX).collect();
    assert_eq!(accepted, expected);
    let error = Po2::try_from(12).expect_err("12 is below the smallest");
    assert_eq!(
        error.to_string(),
        "segment limit 2^12 is not one of 2^13 to 2^22"
    );
}

#[test]
fn plants_are_found_by_name_and_number() {
    for plant in plants::PLANTS {
        assert_eq!(plants::by_name(plant.name), Some(plant));
        assert_eq!(plants::by_id(plant.id), Some(plant));
        assert!(!plant.fields.is_empty(), "{}", plant.name);
    }
    assert_eq!(plants::by_id(0), None, "0 is no bug");
    assert_eq!(plants::by_name("no_such_bug"), None);
}

#[test]
fn registers_lie_apart_and_counters_have_both_halves() {
    for (all, counters) in [
        (regs::ALL, regs::COUNTERS),
        (card_regs::ALL, card_regs::COUNTERS),
    ] {
        let offsets: BTreeSet<u32> = all.iter().map(|register| register.offset).collect();
        assert_eq!(offsets.len(), all.len(), "no two share an offset");
        assert!(offsets.iter().all(|offset| offset % 4 == 0));
        for counter in counters {
            assert_eq!(counter.hi, counter.lo + 4, "{}", counter.name);
            assert!(offsets.contains(&counter.lo) && offsets.contains(&counter.hi));
        }
    }
    let offsets: BTreeSet<u32> = regs::ALL.iter().map(|register| register.offset).collect();
    for index in 0..8 {
        assert!(offsets.contains(&(regs::CONTRACT_HASH + 4 * index)));
    }
}
