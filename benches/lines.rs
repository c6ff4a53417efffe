//! Reads a log's lines and nothing more, for `callgrind` and `perf`: where do the instructions of one stage go?
//!
//! ```text
//! cargo run --release --example lines -- envelope|grammar LOG [TIMES]
//! ```

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use mailrake::envelope::{Clock, Content, Reader, TimeRules, Zone};
use mailrake::mta::PARSERS;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (grammar, path, times) = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [stage @ ("envelope" | "grammar"), path] => (stage == "grammar", path, Some(1)),
        [stage @ ("envelope" | "grammar"), path, times] => (stage == "grammar", path, times.parse().ok()),
        _ => (false, "", None),
    };
    let Some(times) = times else {
        eprintln!("lines envelope|grammar LOG [TIMES]");
        return ExitCode::from(2);
    };
    let log = match std::fs::read(path) {
        Ok(log) => log,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let head = log.get(..log.len().min(1 << 20)).unwrap_or_default();
    let rules = TimeRules { zone: Zone::UTC, year: Some(2025) };
    let clock = Clock::begin(&rules, head, &[], 0);
    let mut lines = 0_u64;
    let start = Instant::now();
    for _ in 0..times {
        lines = read(&log, clock.clone(), grammar);
    }
    let nanos = start.elapsed().as_nanos() as f64 / f64::from(times);
    println!("{lines} lines, {:.1} ns a line, {:.2} GB/s", nanos / lines as f64, log.len() as f64 / nanos);
    ExitCode::SUCCESS
}

/// All lines of a log, with or without what they say.
#[inline(never)]
fn read(log: &[u8], clock: Clock, grammar: bool) -> u64 {
    let mut reader = Reader::new(clock);
    let (mut rest, mut scratch, mut lines) = (log, Vec::new(), 0);
    while let Some(entry) = reader.next(&mut rest, &mut scratch) {
        lines += u64::from(entry.lines);
        let Content::Line(line) = entry.content else { continue };
        if !grammar {
            black_box(&line);
        } else if let Some(parser) = PARSERS.iter().find(|p| (p.claims)(line.tag, line.message)) {
            black_box((parser.parse)(&line));
        }
    }
    lines
}
