//! Measures one program on one core (Linux, CPU time of the thread): plain execution, execution with roots, and full records.
//!
//! `cargo run --release -p assay-executor --example speed -- guest.elf [input file] [po2]`

use std::{env, fs, hint::black_box, sync::Arc};

use assay_abi::{PageIn, Po2, Record, SegmentEnd};
use assay_executor::{
    Image, Input, NullSink, PageWords, Replayer, Segment, Session, SessionConfig, TraceSink,
};

/// Fills a small buffer over and over, as a consumer that reads records in chunks would have it.
struct Chunks {
    buffer: Vec<Record>,
    records: u64,
}

impl TraceSink for Chunks {
    #[inline(always)]
    fn record(&mut self, record: &Record) {
        if self.buffer.len() == self.buffer.capacity() {
            self.records += black_box(&self.buffer).len() as u64;
            self.buffer.clear();
        }
        self.buffer.push(*record);
    }

    fn page_in(&mut self, _: &PageIn, _: &PageWords) {}

    fn end(&mut self, _: &SegmentEnd, _: &[u32; 32]) {
        self.records += black_box(&self.buffer).len() as u64;
        self.buffer.clear();
    }
}

/// Seven instructions, 2^24 times, and a halt.
const LOOP: [u32; 10] = [
    0x0100_02b7, // lui t0, 0x1000
    0x0053_0333, // add t1, t1, t0
    0x0063_c3b3, // xor t2, t2, t1
    0x0053_9e13, // slli t3, t2, 5
    0x01c3_0333, // add t1, t1, t3
    0x0023_5e93, // srli t4, t1, 2
    0xfff2_8293, // addi t0, t0, -1
    0xfe02_94e3, // bne t0, zero, -24
    0x0000_0893, // li a7, 0
    0x0000_0073, // ecall
];

/// Seconds that this thread has had a core, so that a busy machine does not blur the figure.
fn cpu_seconds() -> f64 {
    let on_core = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = on_core.split(' ').next().and_then(|n| n.parse().ok());
    nanoseconds.unwrap_or(f64::NAN) / 1e9
}

/// Seconds that all threads of this process have had, those that have ended too; to a hundredth.
fn process_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The command's name may hold anything, so count from the bracket behind it.
    let fields = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks = ticks.filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / 100.0
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let program = arguments.first().ok_or("which ELF file, or `loop`?")?;
    let image = Arc::new(match program.as_str() {
        "loop" => Image::from_words(0x1000, &LOOP)?,
        file => Image::from_elf(&fs::read(file)?)?,
    });
    let mut input = Input::new();
    if let Some(file) = arguments.get(1).filter(|file| !file.is_empty()) {
        input.push_frame(&fs::read(file)?)?;
    }
    let po2 = match arguments.get(2) {
        Some(po2) => Po2::try_from(po2.parse::<u8>()?)?,
        None => Po2::DEFAULT,
    };
    let run = |roots, sink: &mut dyn assay_executor::SegmentSink| {
        let config = SessionConfig {
            po2,
            cycle_limit: None,
            roots,
        };
        let start = cpu_seconds();
        let summary = Session::new(Arc::clone(&image), input.clone(), config).run(sink)?;
        Ok::<_, Box<dyn std::error::Error>>((summary, cpu_seconds() - start))
    };
    for roots in [false, false, false, true] {
        let start = process_seconds();
        let (summary, seconds) = run(roots, &mut NullSink)?;
        let beside = (process_seconds() - start - seconds).max(0.0);
        let millions = summary.cycles as f64 / 1e6;
        println!(
            "{}: {} cycles, {} segments, {} pages touched, {} dirtied, roots {roots}: {:.1} M/s, {beside:.2} s on the second thread",
            summary.exit,
            summary.cycles,
            summary.segments,
            summary.touched,
            summary.dirtied,
            millions / seconds
        );
    }
    let mut segments: Vec<Segment> = Vec::new();
    run(false, &mut segments)?;
    let mut replayer = Replayer::new(Chunks {
        buffer: Vec::with_capacity(1 << 10),
        records: 0,
    });
    for _ in 0..3 {
        let start = cpu_seconds();
        for segment in &segments {
            replayer.replay(segment)?;
        }
        let records = std::mem::take(&mut replayer.sink_mut().records);
        let seconds = cpu_seconds() - start;
        println!(
            "{records} records: {:.1} M/s",
            records as f64 / 1e6 / seconds
        );
    }
    Ok(())
}
