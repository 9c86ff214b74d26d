//! Makes a failing run small: fewer instructions, less data, simpler surroundings, the same failure.

use std::collections::BTreeMap;
use std::sync::Arc;

use assay_abi::Po2;
use assay_abi::machine::PAGE_BYTES;
use assay_abi::record_flags::{FROM_TEXT, MEM_READ};
use assay_executor::{Image, Input};
use assay_progen::shrink::{Oracle, Start, Step, Subject, linear, placed, reduce};

use crate::bundle::Bundle;
use crate::error::SimError;
use crate::options::CosimOptions;
use crate::past::{for_each_record, last_steps};
use crate::report::{CosimReport, Failure};
use crate::timing::Timing;

/// How many of the last instructions are tried as a program of their own.
const WINDOWS: [usize; 5] = [12, 48, 192, 1024, 4096];

/// Segments that a program which never ends may take.
const SEGMENTS: u64 = 4;

/// Instructions that a smaller program may take beyond twice those of the last that failed.
const SLACK: u64 = 200;

/// Runs after which the smallest failing program so far is the result.
pub const MOST_RUNS: u32 = 3000;

/// A failing run that nothing can be taken from.
#[derive(Debug)]
pub struct Shrunk {
    /// The program and its options.
    pub bundle: Bundle,
    /// The run of it.
    pub report: CosimReport,
    /// Programs that were run to find it.
    pub runs: u32,
}

/// Is told how the search goes: programs run so far, words of text in the smallest that fails.
pub type Watch<'a> = &'a mut dyn FnMut(u32, usize);

/// Reduces a run that failed. `None` if the failure does not come back: something other than program, input and options decides it.
///
/// # Errors
/// [`SimError`] if a run cannot be made.
pub fn shrink(
    image: &Arc<Image>,
    input: &Input,
    options: &CosimOptions,
    failure: &Failure,
    watch: Watch,
) -> Result<Option<Shrunk>, SimError> {
    let mut options = CosimOptions {
        waves: None,
        line_coverage: None,
        ..options.clone()
    };
    let found_by = options.replay_command();
    let mut search = Search {
        class: failure.class,
        options: options.clone(),
        runs: 0,
        smallest: usize::MAX,
        limit: SEGMENTS * u64::from(options.po2.limit()),
        error: None,
        watch,
    };
    let Some(subject) = search.first(image, input, failure) else {
        return search.error.map_or(Ok(None), Err);
    };
    search.simpler_surroundings(&subject);
    let subject = reduce(subject, &mut search);
    search.simpler_surroundings(&subject);
    let subject = reduce(subject, &mut search);
    let report = search.run(&subject);
    if let Some(error) = search.error {
        return Err(error);
    }
    options = search.options.clone();
    let (runs, limit) = (search.runs, search.limit);
    let (Some(report), Some(elf)) = (report, subject.elf()) else {
        return Ok(None);
    };
    let Some(failure) = &report.failure else {
        return Ok(None);
    };
    options.instruction_limit = Some(limit);
    let input = subject.input.clone();
    let bundle = Bundle::new(elf, input, &options, failure, &found_by, subject.len());
    Ok(Some(Shrunk {
        bundle,
        report,
        runs,
    }))
}

struct Search<'a, 'b> {
    class: &'static str,
    options: CosimOptions,
    runs: u32,
    smallest: usize,
    /// Instructions after which a program that does not fail is stopped.
    limit: u64,
    /// A run that could not be made; it ends the search.
    error: Option<SimError>,
    watch: &'a mut (dyn FnMut(u32, usize) + 'b),
}

impl Search<'_, '_> {
    fn run(&mut self, subject: &Subject) -> Option<CosimReport> {
        let image = Image::from_elf(&subject.elf()?).ok()?;
        let input = Input::from_words(subject.input.clone()).ok()?;
        let options = CosimOptions {
            instruction_limit: Some(self.limit),
            ..self.options.clone()
        };
        self.runs += 1;
        match crate::cosim(&Arc::new(image), &input, &options, &mut ()) {
            Ok(report) => Some(report),
            Err(error) => {
                self.error = Some(error);
                None
            }
        }
    }

    /// The failing program with which to begin: the last instructions in a row, once or again and again, or where they lay, else all words
    /// that were executed, else the whole text.
    fn first(&mut self, image: &Arc<Image>, input: &Input, failure: &Failure) -> Option<Subject> {
        let (mut last_count, po2) = (0, self.options.po2);
        for count in WINDOWS {
            let (past, steps) = last_steps(image, input, po2, failure.order, count);
            if steps.len() == last_count {
                break;
            }
            last_count = steps.len();
            let data = past
                .pages(image)
                .into_iter()
                .filter(|(page, _)| !image.text.contains(page))
                .map(|(page, words)| (page, words.to_vec()))
                .collect();
            let start = Start {
                registers: past.registers,
                data,
                input: past.input_left(input),
            };
            let base = image.text.start * PAGE_BYTES;
            let in_a_row = [false, true].map(|again| linear(base, &start, &steps, again));
            for subject in in_a_row.into_iter().chain(placed(&start, &steps)) {
                if self.fails(&subject) {
                    return Some(subject);
                }
            }
        }
        let executed = executed(image, input, po2, failure.order);
        let whole = image.text.clone().flat_map(|page| {
            let words = image
                .page(page)
                .copied()
                .unwrap_or(assay_executor::ZERO_PAGE);
            (page * PAGE_BYTES..).step_by(4).zip(words)
        });
        for text in [executed, whole.collect()] {
            let mut subject = Subject::new(&text, image.entry);
            subject.input = input.words().to_vec();
            subject.data = image
                .pages()
                .filter(|(page, _)| !image.text.contains(page))
                .map(|(page, words)| (page, words.to_vec()))
                .collect();
            if self.fails(&subject) {
                return Some(subject);
            }
        }
        None
    }

    /// Tries the smallest segments, then a memory that answers steadily, with another seed, the same, or streams that keep pausing: what
    /// waits for a rare pause would not fail in a shorter program.
    fn simpler_surroundings(&mut self, subject: &Subject) {
        self.attempt(subject, &|options| options.po2 = Po2::MIN);
        let timings: [(Timing, Option<u64>); 3] = [
            (Timing::STEADY, Some(1)),
            (Timing::STEADY, None),
            (Timing::PRESSED, Some(1)),
        ];
        for (timing, seed) in timings {
            let change = |options: &mut CosimOptions| {
                options.timing = timing;
                options.seed = seed.unwrap_or(options.seed);
            };
            if self.attempt(subject, &change) {
                return;
            }
        }
    }

    /// Changes the options if the program still fails under them.
    fn attempt(&mut self, subject: &Subject, change: &dyn Fn(&mut CosimOptions)) -> bool {
        let before = self.options.clone();
        change(&mut self.options);
        let fails = self.fails(subject);
        if !fails {
            self.options = before;
        }
        fails
    }
}

impl Oracle for Search<'_, '_> {
    fn fails(&mut self, subject: &Subject) -> bool {
        if self.error.is_some() {
            return false;
        }
        let report = self.run(subject);
        let failure = report
            .and_then(|report| report.failure)
            .filter(|failure| failure.class == self.class);
        if let Some(failure) = &failure {
            self.smallest = subject.len();
            // Those that run on for ever are many: they need not run much longer than this one.
            self.limit = self.limit.min(2 * failure.order + SLACK);
        }
        (self.watch)(self.runs, self.smallest);
        failure.is_some()
    }

    fn values(&mut self, subject: &Subject) -> BTreeMap<u32, u32> {
        let mut values: BTreeMap<u32, Option<u32>> = BTreeMap::new();
        let image = subject.elf().and_then(|elf| Image::from_elf(&elf).ok());
        let input = Input::from_words(subject.input.clone()).ok();
        if let (Some(image), Some(input)) = (image, input) {
            let limit = self.limit;
            for_each_record(
                &Arc::new(image),
                &input,
                self.options.po2,
                limit,
                |record| {
                    let Step { pc, written, .. } = crate::past::step_of(record);
                    if let Some(value) = written {
                        values
                            .entry(pc)
                            .and_modify(|before| *before = before.filter(|&it| it == value))
                            .or_insert(Some(value));
                    }
                },
            );
        }
        values
            .into_iter()
            .filter_map(|(pc, value)| Some((pc, value?)))
            .collect()
    }

    fn is_over(&self) -> bool {
        self.runs >= MOST_RUNS || self.error.is_some()
    }
}

/// The words of text that are executed or loaded up to an instruction, by address.
fn executed(image: &Arc<Image>, input: &Input, po2: Po2, last: u64) -> BTreeMap<u32, u32> {
    let mut words = BTreeMap::from([(image.entry, 0)]);
    for_each_record(image, input, po2, last + 1, |record| {
        words.insert(record.pc, record.insn);
        if record.flags & (FROM_TEXT | MEM_READ) == FROM_TEXT | MEM_READ {
            words.insert(record.mem_addr & !3, record.b_value);
        }
    });
    words
}
