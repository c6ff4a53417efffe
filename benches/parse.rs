//! How fast lines are read, without what comes after: envelope and grammar of each MTA, in bytes a second; and the
//! causes of reply texts.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mailrake::envelope::{Clock, Content, Line, Reader, TimeRules, Zone};
use mailrake::event::{Event, Fact};
use mailrake::knowledge::{self, Failure};
use mailrake::mta::PARSERS;
use mailrake::smtp::template::template;
use std::hint::black_box;

#[allow(missing_docs, dead_code)]
mod generator;

use generator::{Host, Plan, Shape};

const SIZE: u64 = 4_000_000;

fn log(shape: Shape) -> Vec<u8> {
    let mut log = Vec::new();
    let plan = Plan { shape, host: Host::BUSY, size: SIZE, seed: 7 };
    generator::write(&plan, &mut log).expect("memory takes everything");
    log
}

fn lines(criterion: &mut Criterion) {
    let rules = TimeRules { zone: Zone::UTC, year: Some(2025) };
    for (name, shape) in Shape::ALL {
        let log = log(shape);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(log.len() as u64)).sample_size(20);
        group.bench_function("envelope", |b| {
            b.iter(|| {
                let mut reader = Reader::new(Clock::begin(&rules, &log, &[], generator::BEGIN));
                let (mut rest, mut scratch) = (log.as_slice(), Vec::new());
                while let Some(entry) = reader.next(&mut rest, &mut scratch) {
                    black_box(&entry);
                }
            });
        });
        // What the grammars alone take: their share of a whole run is this beside `scan`.
        let mut reader = Reader::new(Clock::begin(&rules, &log, &[], generator::BEGIN));
        let (mut rest, mut scratch, mut lines) = (log.as_slice(), Vec::new(), Vec::new());
        while !rest.is_empty() {
            // Lines of the generator are never put together, so that they borrow from the log.
            let start = log.len() - rest.len();
            let Some(entry) = reader.next(&mut rest, &mut scratch) else { break };
            let Content::Line(line) = entry.content else { continue };
            let tag = line.tag.to_vec();
            let message = line.message.len();
            let end = start + entry.raw.len();
            lines.push((tag, end - message..end));
        }
        group.bench_function("grammar", |b| {
            b.iter(|| {
                for (tag, message) in &lines {
                    let line = Line { time: 0, host: b"mx1", tag, pid: b"1", message: &log[message.clone()], times: 1 };
                    if let Some(parser) = PARSERS.iter().find(|p| (p.claims)(line.tag, line.message)) {
                        black_box((parser.parse)(&line));
                    }
                }
            });
        });
        group.bench_function("envelope and grammar", |b| {
            b.iter(|| {
                let mut reader = Reader::new(Clock::begin(&rules, &log, &[], generator::BEGIN));
                let (mut rest, mut scratch) = (log.as_slice(), Vec::new());
                while let Some(entry) = reader.next(&mut rest, &mut scratch) {
                    let Content::Line(line) = entry.content else { continue };
                    if let Some(parser) = PARSERS.iter().find(|p| (p.claims)(line.tag, line.message)) {
                        black_box((parser.parse)(&line));
                    }
                }
            });
        });
        group.finish();
    }
}

/// Templates of all the failures of a busy host.
fn templates(criterion: &mut Criterion) {
    let rules = TimeRules { zone: Zone::UTC, year: Some(2025) };
    let log = log(Shape::Postfix);
    let mut reader = Reader::new(Clock::begin(&rules, &log, &[], generator::BEGIN));
    let (mut rest, mut scratch, mut texts) = (log.as_slice(), Vec::new(), Vec::new());
    while let Some(entry) = reader.next(&mut rest, &mut scratch) {
        let Content::Line(line) = entry.content else { continue };
        for parser in PARSERS.iter().filter(|p| (p.claims)(line.tag, line.message)) {
            if let Event::Message { fact: Fact::Attempt(attempt), .. } = (parser.parse)(&line) {
                texts.push(attempt.reply.text.to_vec());
            }
        }
    }
    let bytes = texts.iter().map(Vec::len).sum::<usize>() as u64;
    let mut group = criterion.benchmark_group("causes");
    group.throughput(Throughput::Bytes(bytes)).sample_size(20);
    group.bench_function("templates", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            for text in &texts {
                out.clear();
                template(text, &mut out);
                black_box(&out);
            }
        });
    });
    let rules = knowledge::rules();
    // They are judged once for each distinct template, not once a line.
    let texts: Vec<String> = texts.iter().step_by(10).map(|text| String::from_utf8_lossy(text).into_owned()).collect();
    group.throughput(Throughput::Bytes(texts.iter().map(String::len).sum::<usize>() as u64));
    group.bench_function("judge", |b| {
        b.iter(|| {
            for text in &texts {
                black_box(rules.judge(&Failure::of_text(text)));
            }
        });
    });
    group.finish();
}

criterion_group!(benches, lines, templates);
criterion_main!(benches);
