//! How long a segment's witness takes, and the cells that it commits for an instruction.
//!
//! `cargo run --release -p assay-circuit --example witness -- [guest] [po2]`

use std::{env, fs, sync::Arc, time::Instant};

use assay_abi::Po2;
use assay_circuit::{Table, airs, program, table::cells, witness};
use assay_executor::{Image, Input, Session, SessionConfig, preflight};
use assay_guests::{folder, sample};

fn main() {
    let mut arguments = env::args().skip(1);
    let guest = arguments.next().unwrap_or("sha256".into());
    let po2: u8 = arguments
        .next()
        .map_or(20, |po2| po2.parse().expect("a po2"));
    let elf = folder().join("elf").join(format!("{guest}.elf"));
    let image = Image::from_elf(&fs::read(elf).expect("a committed ELF")).expect("an image");
    let input = Input::from_words(sample(&guest).expect("a sample").words()).expect("an input");
    let config = SessionConfig {
        po2: Po2::try_from(po2).expect("a segment limit"),
        cycle_limit: Some(2 << po2),
        roots: true,
    };
    let mut segments = Vec::new();
    Session::new(Arc::new(image), input, config)
        .run(&mut segments)
        .expect("a Vec takes every segment");
    // One in the middle of the work, neither the first nor the last.
    let segment = &segments[segments.len() / 2];
    let rows = preflight(segment).expect("it replays");
    let program = program::decode(&segment.text);
    for _ in 0..3 {
        let start = Instant::now();
        let witness = witness(segment, &rows, &program).expect("it has no fault");
        let seconds = start.elapsed().as_secs_f64();
        let instructions = rows.records.len();
        println!(
            "{instructions} instructions in {seconds:.3} s, {:.2} M/s",
            instructions as f64 / seconds / 1e6
        );
        let mut total = [0.0; 2];
        for (air, trace) in airs(None).iter().zip(&witness.traces) {
            let height = trace.values.len() / trace.width;
            let [main, permutation] =
                cells(air).map(|cells| (cells * height) as f64 / instructions as f64);
            println!(
                "{:8} 2^{:<2} {main:6.2} + {permutation:5.2}",
                air.table().name(),
                height.ilog2()
            );
            total = [total[0] + main, total[1] + permutation];
        }
        println!(
            "{} tables: {:.2} + {:.2} = {:.2} cells an instruction",
            Table::ALL.len(),
            total[0],
            total[1],
            total[0] + total[1]
        );
    }
}
