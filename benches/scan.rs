//! How fast a whole log becomes counts, with one thread up to all, and what joining two halves takes.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use mailrake::envelope::{Clock, TimeRules, Zone};
use mailrake::fold::partial::{FoldOptions, Partial, Stretch};
use mailrake::input::Source;
use mailrake::scan::{ScanOptions, scan};

#[allow(missing_docs, dead_code)]
mod generator;

use generator::{Host, Plan, Shape};

const SIZE: u64 = 40_000_000;

const RULES: TimeRules = TimeRules { zone: Zone::UTC, year: Some(2025) };

fn whole(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("mail.log");
    let plan = Plan { shape: Shape::Postfix, host: Host::BUSY, size: SIZE, seed: 7 };
    let file = std::fs::File::create(&path).expect("a file");
    generator::write(&plan, std::io::BufWriter::new(file)).expect("room for a log");
    let mut group = criterion.benchmark_group("scan");
    group.throughput(Throughput::Bytes(SIZE)).sample_size(10);
    for threads in 1..=std::thread::available_parallelism().map_or(1, usize::from) {
        let options = ScanOptions {
            fold: FoldOptions::default(),
            time: RULES,
            threads,
            block_size: 1 << 19,
            now: generator::BEGIN,
        };
        group.bench_function(format!("{threads} threads"), |b| {
            b.iter(|| scan(vec![Source::File(path.clone())], &options, &|_| (), &mut |_| ()));
        });
    }
    group.finish();
}

fn merge(criterion: &mut Criterion) {
    let mut log = Vec::new();
    let plan = Plan { shape: Shape::Postfix, host: Host::BUSY, size: 4_000_000, seed: 7 };
    generator::write(&plan, &mut log).expect("memory takes everything");
    let middle = memchr::memchr(b'\n', &log[log.len() / 2..]).map_or(log.len(), |at| log.len() / 2 + at + 1);
    let (left, right) = log.split_at(middle);
    let clock = Clock::begin(&RULES, &log, &[], generator::BEGIN);
    let fold = |bytes, block, clock| {
        Partial::fold(Stretch { file: 0, block, bytes, clock, position: None }, FoldOptions::default())
    };
    let mut group = criterion.benchmark_group("merge");
    group.throughput(Throughput::Bytes(right.len() as u64)).sample_size(20);
    group.bench_function("append half of 4 MB", |b| {
        b.iter_batched(
            || {
                let mut whole = Partial::new(FoldOptions::default(), true);
                whole.append(fold(left, 0, clock.clone()));
                (whole, fold(right, 1, clock.after(left)))
            },
            |(mut whole, right)| {
                whole.append(right);
                whole
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, whole, merge);
criterion_main!(benches);
