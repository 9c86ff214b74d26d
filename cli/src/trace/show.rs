//! Events for people.

use assay_abi::stream::KIND_END;
use assay_abi::{FaultCause, Record, SegmentEnd, SegmentStatus, record_flags};
use assay_executor::Event;
use assay_executor::decode::{REGISTER_NAMES, disassemble};

/// One event, in one line; a segment's end in as many as its registers take if `full`, a page with its content.
pub fn event(event: &Event, full: bool) -> String {
    match event {
        Event::Record(fields) => record(fields),
        Event::PageIn(page, words) => {
            let text = if page.is_text == 1 { " (text)" } else { "" };
            let mut line = format!(
                "page {:#07x}{text} enters segment {} at cycle {}",
                page.page, page.segment, page.cycle
            );
            if full {
                words.chunks(8).enumerate().for_each(|(row, words)| {
                    let words: Vec<String> =
                        words.iter().map(|word| format!("{word:08x}")).collect();
                    line += &format!(
                        "\n    {:#010x}: {}",
                        page.page * 1024 + 32 * row as u32,
                        words.join(" ")
                    );
                });
            }
            line
        }
        Event::End(fields, registers) => {
            let mut line = end(fields);
            if full {
                for row in 0..4 {
                    let row: Vec<String> = (8 * row..8 * row + 8)
                        .map(|r| format!("{:>4}={:08x}", REGISTER_NAMES[r], registers[r]))
                        .collect();
                    line += &format!("\n    {}", row.join(" "));
                }
            }
            line
        }
    }
}

fn record(record: &Record) -> String {
    let has = |flag| record.flags & flag != 0;
    let mut line = format!(
        "{:>10} {:>3}:{:<8} {:08x}: {:08x}  {:<28}",
        record.order,
        record.segment,
        record.cycle,
        record.pc,
        record.insn,
        disassemble(record.insn, record.pc),
    );
    if has(record_flags::USE_A) {
        line += &format!(" a={:08x}@{}", record.a_value, record.a_time);
    }
    if has(record_flags::USE_B) {
        line += &format!(" b={:08x}@{}", record.b_value, record.b_time);
    }
    if has(record_flags::USE_C) {
        line += &format!(
            " c={:08x}>{:08x}@{}",
            record.c_old, record.c_new, record.c_time
        );
    }
    if has(record_flags::MEM_READ | record_flags::MEM_WRITE) {
        line += &format!(" [{:08x}]", record.mem_addr);
    }
    for (flag, name) in [
        (record_flags::FIRST_TOUCH, "touch"),
        (record_flags::FIRST_DIRTY, "dirty"),
        (record_flags::FROM_TEXT, "text"),
    ] {
        if has(flag) {
            line += &format!(" {name}");
        }
    }
    line
}

fn end(end: &SegmentEnd) -> String {
    let what = if end.kind == KIND_END {
        "end"
    } else {
        "boundary"
    };
    let status = SegmentStatus::try_from(end.status)
        .map_or_else(|error| error.to_string(), |status| status.name().to_owned());
    let cause = match FaultCause::try_from(end.cause) {
        Ok(cause) => format!(" {cause}"),
        Err(_) => String::new(),
    };
    format!(
        "{what} of segment {}: {status}{cause}, cost {} of 2^{} ({} cycles, {} pages touched, {} dirtied, {} journal words), \
         pc {:#010x}, exit code {}, {} retired, {} read, {} committed so far",
        end.segment,
        end.cost,
        end.po2,
        end.cycles,
        end.touched,
        end.dirtied,
        end.journal_words,
        end.pc,
        end.exit_code,
        end.order,
        end.input_total,
        end.journal_total,
    )
}
