//! The committed logs (`tests/data`, `samples`), and what the library makes of them.

use std::fmt;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, SystemTime};

use chrono::DateTime;
use mailrake::analyze::build::{Standards, analysis};
use mailrake::analyze::frame::Frame;
use mailrake::analyze::{EventRow, Events};
use mailrake::envelope::{self, Clock, TimeRules, Zone};
use mailrake::fold::inputs::InputFate;
use mailrake::fold::partial::{FoldOptions, Partial, Stretch};
use mailrake::input::{Input, Source};
use mailrake::scan::{ScanOptions, Scanned, scan};
use serde_json::Value;

/// A log as it lies on a host: its files in the order of time, and what a host knows besides.
#[derive(Clone)]
pub struct Log {
    pub name: String,
    /// File name and decompressed bytes, oldest first.
    pub files: Vec<(String, Vec<u8>)>,
    pub zone: Zone,
    /// Modification time of its files, in microseconds.
    pub end: i64,
    /// `truth.json` where there is one.
    pub truth: Value,
}

/// As text, so that a failing one can be read and tried.
impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.name, String::from_utf8_lossy(&self.whole()))
    }
}

impl Log {
    /// All of it as one file.
    pub fn whole(&self) -> Vec<u8> {
        self.files.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect()
    }

    pub fn frame(&self) -> Frame {
        Frame { zone: self.zone, zone_name: self.zone.to_string(), since: None, until: None }
    }

    pub fn time(&self) -> TimeRules {
        TimeRules { zone: self.zone, year: None }
    }
}

/// The root of the package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The logs of real servers under `tests/data`, a megabyte each.
pub fn logs() -> &'static [Log] {
    static LOGS: LazyLock<Vec<Log>> = LazyLock::new(|| {
        let mut folders: Vec<PathBuf> = entries(&root().join("tests/data"));
        folders.retain(|path| path.is_dir());
        folders.iter().map(|folder| read_log(folder)).collect()
    });
    &LOGS
}

/// One of [`logs`].
pub fn log(name: &str) -> &'static Log {
    logs().iter().find(|log| log.name == name).unwrap_or_else(|| panic!("tests/data/{name} is missing"))
}

/// Every file under `samples`, each a log of its own.
pub fn samples() -> &'static [Log] {
    static SAMPLES: LazyLock<Vec<Log>> = LazyLock::new(|| {
        // What is no log is set up with: `samples/systemd`, `samples/grafana`.
        let set_up = ["cron", "systemd", "logrotate", "prometheus", "grafana", "sql", "spark"];
        let is_log = |path: &PathBuf| path.is_dir() && !set_up.iter().any(|name| path.ends_with(name));
        let folders = entries(&root().join("samples")).into_iter().filter(is_log);
        let logs: Vec<Log> =
            folders.flat_map(|folder| entries(&folder)).filter_map(|path| read_sample(&path)).collect();
        assert!(logs.len() > 40, "samples are missing");
        logs
    });
    &SAMPLES
}

fn read_log(folder: &Path) -> Log {
    let truth: Value = serde_json::from_slice(&fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let mut files: Vec<PathBuf> = entries(folder);
    files.retain(|path| !path.ends_with("truth.json"));
    // `mail.log.2` is older than `mail.log.1`, which is older than `mail.log`.
    files.sort_by_key(|path| std::cmp::Reverse(path.file_stem().map(|stem| stem.to_os_string())));
    Log {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        files: files.iter().map(|path| (plain_name(path), decompressed(path).unwrap())).collect(),
        zone: truth["timezone"].as_str().unwrap().parse().unwrap(),
        end: DateTime::parse_from_rfc3339(truth["end"].as_str().unwrap()).unwrap().timestamp_micros(),
        truth,
    }
}

fn read_sample(path: &Path) -> Option<Log> {
    let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
    // What breaks off is the business of `cli`.
    let bytes = decompressed(path)?;
    let end = DateTime::parse_from_rfc3339("2026-01-01T00:00:00Z").unwrap().timestamp_micros();
    Some(Log { files: vec![(name.clone(), bytes)], name, zone: Zone::UTC, end, truth: Value::Null })
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn plain_name(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    name.trim_end_matches(".zst").trim_end_matches(".gz").to_owned()
}

/// What the program's own decoder makes of a file; none where its data break off.
fn decompressed(path: &Path) -> Option<Vec<u8>> {
    let input = Input::open(&Source::File(path.to_path_buf())).ok()?;
    let mut all = Vec::new();
    for block in input.blocks(mailrake::input::BlockPlan::default()) {
        all.extend_from_slice(&block.ok()?.bytes);
    }
    Some(all)
}

/// What comes out: the report and the rows of `events`.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    pub report: Value,
    pub rows: Vec<EventRow<'static>>,
}

impl Figures {
    pub fn of(partial: &mut Partial, files: &[InputFate], frame: &Frame) -> Self {
        let report = serde_json::to_value(analysis(partial, files, frame, &Standards::default())).unwrap();
        let events = Events::new(partial, files, Standards::default().rules, None);
        let rows = events.rows(0..events.len(), true).map(EventRow::into_owned).collect();
        Self { report, rows }
    }

    /// Without what is allowed to depend on how the input was cut up: names, sizes and places.
    pub fn without_places(mut self) -> Self {
        if let Some(input) = self.report["input"].as_object_mut() {
            input.retain(|key, _| key != "files" && key != "bytes");
        }
        for finding in self.report["dead_ends"].as_array_mut().into_iter().flatten() {
            for item in finding["items"].as_array_mut().into_iter().flatten() {
                for line in item["evidence"].as_array_mut().into_iter().flatten() {
                    line["file"].take();
                    line["line"].take();
                }
            }
        }
        for row in &mut self.rows {
            row.file = "".into();
            row.line = 0;
            row.first_line = None;
        }
        self
    }

    /// The value at a JSON pointer as a count.
    #[track_caller]
    pub fn count(&self, pointer: &str) -> u64 {
        count(&self.report, pointer)
    }

    /// A list of the report.
    #[track_caller]
    pub fn list(&self, pointer: &str) -> &[Value] {
        self.report.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("no list {pointer}"))
    }
}

/// The value at a JSON pointer as a count.
#[track_caller]
pub fn count(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_else(|| panic!("no count {pointer}"))
}

/// Fails with the places that differ, not with two reports of a thousand lines.
#[track_caller]
pub fn assert_same(got: &Figures, want: &Figures, what: &str) {
    if got == want {
        return;
    }
    let mut differences = Vec::new();
    compare(&got.report, &want.report, String::new(), &mut differences);
    if got.rows.len() != want.rows.len() {
        differences.push(format!("{} rows instead of {}", got.rows.len(), want.rows.len()));
    }
    if let Some((got, want)) = got.rows.iter().zip(&want.rows).find(|(got, want)| got != want) {
        differences.push(format!("row\n  {got:?}\ninstead of\n  {want:?}"));
    }
    differences.truncate(12);
    panic!("{what}:\n{}", differences.join("\n"));
}

fn compare(got: &Value, want: &Value, at: String, differences: &mut Vec<String>) {
    match (got, want) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                compare(&got[key], &want[key], format!("{at}/{key}"), differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(a, b, format!("{at}/{i}"), differences);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            differences.push(format!("{at}: {} rows instead of {}", a.len(), b.len()));
            let only = |some: &[Value], others: &[Value]| some.iter().find(|v| !others.contains(v)).cloned();
            differences.push(format!("  only here {:?}, only there {:?}", only(a, b), only(b, a)));
        }
        _ if got != want => differences.push(format!("{at}: {got} instead of {want}")),
        _ => {}
    }
}

/// Where a block of this log may end: after every entry.
pub fn cut_points(bytes: &[u8]) -> Vec<usize> {
    let (mut points, mut start) = (Vec::new(), 0);
    for line_end in memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).filter(|&end| end < bytes.len()) {
        if envelope::cut(&bytes[start..line_end]) == line_end - start {
            points.push(line_end);
            start = line_end;
        }
    }
    points
}

pub const ROWS: FoldOptions = FoldOptions {
    since: None,
    until: None,
    mta: None,
    rows: true,
    unparsed: false,
    carry: false,
    no_passages: false,
    no_tally: false,
};

/// The stretches of a log cut at these places, folded each on its own.
pub fn fold_pieces(log: &Log, bytes: &[u8], cuts: &[usize], options: FoldOptions) -> Vec<Partial> {
    let mut clock = Clock::begin(&log.time(), &bytes[..bytes.len().min(1 << 20)], &[], log.end);
    let ends = cuts.iter().copied().chain([bytes.len()]);
    let (mut start, mut pieces) = (0, Vec::new());
    for (block, end) in ends.enumerate() {
        let piece = &bytes[start..end];
        let after = clock.after(piece);
        let stretch = Stretch {
            file: 0,
            block: block as u32,
            bytes: piece,
            clock: std::mem::replace(&mut clock, after),
            position: None,
        };
        pieces.push(Partial::fold(stretch, options));
        start = end;
    }
    pieces
}

/// What a log amounts to when its stretches are appended one by one.
pub fn figures_of_pieces(log: &Log, pieces: Vec<Partial>, options: FoldOptions) -> Figures {
    let mut whole = Partial::new(options, true);
    for piece in pieces {
        whole.append(piece);
    }
    whole.finish();
    Figures::of(&mut whole, &[InputFate { name: "log".into(), ..InputFate::default() }], &log.frame())
}

/// What a log amounts to when it is cut at these places.
pub fn figures_of_cuts(log: &Log, bytes: &[u8], cuts: &[usize]) -> Figures {
    figures_of_pieces(log, fold_pieces(log, bytes, cuts, ROWS), ROWS)
}

/// Puts files into a folder as they would lie on the log's host.
pub fn write_files(folder: &Path, log: &Log, files: &[(String, Vec<u8>)]) -> Vec<Source> {
    let modified = SystemTime::UNIX_EPOCH + Duration::from_micros(log.end as u64);
    let write = |(name, bytes): &(String, Vec<u8>)| {
        let path = folder.join(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(bytes).unwrap();
        file.set_modified(modified).unwrap();
        Source::File(path)
    };
    files.iter().map(write).collect()
}

pub fn scan_options(log: &Log) -> ScanOptions {
    ScanOptions { fold: ROWS, time: log.time(), threads: 1, block_size: 1 << 20, now: log.end }
}

/// What the library's front door makes of some files.
pub fn figures_of_scan(log: &Log, sources: Vec<Source>, options: &ScanOptions) -> (Figures, Scanned) {
    let mut scanned = scan(sources, options, &|_| {}, &mut |_| {});
    let figures = Figures::of(&mut scanned.partial, &scanned.files, &log.frame());
    (figures, scanned)
}
