//! riscv-tests' rv32ui and rv32um on the executor: on its fast path, and by the book. (On the RTL: cli/tests/cosim.rs.)

use std::sync::Arc;

use assay_abi::{Po2, SegmentStatus};
use assay_executor::{Event, Exit, Image, Input, LiveTrace, NullSink, Session, SessionConfig};
use assay_guests::{riscv_tests, suites};
use assay_tests::tools::or_skip;

/// None of them takes more than some thousand instructions.
const LIMIT: u64 = 1_000_000;

#[test]
fn riscv_tests_pass_on_the_executor() {
    let Some(tests) = or_skip(suites().and_then(|suites| riscv_tests::build(&suites))) else {
        return;
    };
    let mut instructions = 0;
    for (name, elf) in &tests {
        let image =
            Arc::new(Image::from_elf(elf).unwrap_or_else(|error| panic!("{name}: {error}")));
        let config = SessionConfig {
            po2: Po2::MIN,
            cycle_limit: Some(LIMIT),
            roots: false,
        };
        let summary = Session::new(image.clone(), Input::new(), config)
            .run(&mut NullSink)
            .unwrap();
        assert_eq!(
            summary.exit,
            Exit::Halted { exit_code: 0 },
            "{name}: the exit code is the number of the case that fails"
        );
        let last = LiveTrace::new(image, Input::new(), Po2::MIN, Some(LIMIT)).last();
        let Some(Event::End(end, _)) = last else {
            panic!("{name}: a trace ends with an end")
        };
        assert_eq!(
            (end.status, end.exit_code),
            (SegmentStatus::Halted.code(), 0),
            "{name}, by the book"
        );
        assert_eq!(end.order, summary.cycles, "{name}");
        instructions += summary.cycles;
    }
    assert!(tests.len() >= 46, "only {} tests", tests.len());
    println!(
        "matched {} riscv-tests on the executor, {instructions} instructions",
        tests.len()
    );
}
