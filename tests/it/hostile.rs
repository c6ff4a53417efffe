//! What strangers and accidents write: nothing panics, nothing hangs, no memory is eaten, and no control byte
//! of a log reaches a terminal.

use std::collections::HashSet;
use std::fs;
use std::time::{Duration, Instant};

use assert_cmd::Command;
use mailrake::analyze::Analysis;
use mailrake::analyze::build::{Standards, analysis};
use mailrake::event::Mta;
use mailrake::scan::scan;
use proptest::prelude::*;
use serde_json::Value;

use crate::lab::{Log, figures_of_cuts, log, root, samples, scan_options, write_files};

fn log_of(bytes: Vec<u8>) -> Log {
    let end = 1_750_000_000_000_000;
    Log {
        name: "bytes".into(),
        files: vec![("log".into(), bytes)],
        zone: "Europe/Berlin".parse().unwrap(),
        end,
        truth: Value::Null,
    }
}

/// Reads bytes as a log, and holds what must hold of any: every line is counted once.
fn check_reads(bytes: Vec<u8>) {
    let lines =
        memchr::memchr_iter(b'\n', &bytes).count() as u64 + u64::from(bytes.last().is_some_and(|&b| b != b'\n'));
    let log = log_of(bytes);
    let figures = figures_of_cuts(&log, &log.whole(), &[]);
    assert_eq!(figures.count("/input/lines"), lines);
    assert!(figures.count("/input/unparsed_lines") <= figures.count("/input/mail_lines"));
    let tried = ["delivered", "deferred", "bounced"].map(|name| figures.count(&format!("/totals/{name}")));
    assert_eq!(figures.count("/totals/attempts"), tried.iter().sum::<u64>());
}

/// Lines of every sample.
fn lines() -> Vec<Vec<u8>> {
    let of_samples = samples().iter().filter(|log| log.whole().len() < 100_000);
    let mut lines: Vec<Vec<u8>> =
        of_samples.flat_map(|log| log.whole().split(|&b| b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()).collect();
    lines.retain(|line| !line.is_empty());
    assert!(lines.len() > 1000);
    lines
}

/// What is done to a line.
#[derive(Debug, Clone)]
enum Bend {
    Cut(prop::sample::Index),
    Drop(prop::sample::Index),
    Put(prop::sample::Index, Vec<u8>),
    Swap(prop::sample::Index, prop::sample::Index),
    Again(prop::sample::Index),
}

fn bend() -> impl Strategy<Value = Bend> {
    let words: Vec<&'static [u8]> = vec![
        b"\0",
        b"\r",
        b"\n",
        b"\x1b[2J",
        b"\xff\xfe",
        b"<",
        b">",
        b"(",
        b")",
        b"[",
        b"]",
        b", ",
        b"status=sent (",
        b"to=<",
        b"dsn=",
        b"=> ",
        b"** ",
        b"stat=Sent",
        b"from=<",
        b": ",
        b"said: 550 ",
        b"4294967296",
        b"99999999999999999999",
        b"message repeated 4294967295 times: [ ",
        b"last message repeated 4294967295 times",
        b"[1/2] ",
        b"[99999\\99999] ",
        b"\"",
        b"\\",
        b"{\"log\":\"",
        b"Feb 29 ",
        b"9999-12-31T23:59:60.999999999+23:59 ",
        b"-- MARK --",
    ];
    let word =
        prop_oneof![prop::sample::select(words).prop_map(<[u8]>::to_vec), prop::collection::vec(any::<u8>(), 1..6),];
    let at = any::<prop::sample::Index>;
    prop_oneof![
        at().prop_map(Bend::Cut),
        at().prop_map(Bend::Drop),
        (at(), word).prop_map(|(at, word)| Bend::Put(at, word)),
        (at(), at()).prop_map(|(a, b)| Bend::Swap(a, b)),
        at().prop_map(Bend::Again),
    ]
}

fn bent(mut line: Vec<u8>, bends: &[Bend]) -> Vec<u8> {
    for bend in bends {
        if line.is_empty() {
            break;
        }
        let length = line.len();
        match bend {
            Bend::Cut(at) => line.truncate(at.index(length)),
            Bend::Drop(at) => _ = line.remove(at.index(length)),
            Bend::Put(at, word) => {
                let at = at.index(length);
                line.splice(at..at, word.iter().copied());
            }
            Bend::Swap(a, b) => line.swap(a.index(length), b.index(length)),
            Bend::Again(at) => line.extend_from_within(at.index(length)..),
        }
    }
    line
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_log_of_some_sort(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let log = log_of(bytes);
        figures_of_cuts(&log, &log.whole(), &[]);
    }

    #[test]
    fn lines_may_be_bent(
        chosen in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(bend(), 0..4)), 1..40)
    ) {
        let lines = LINES.with(Clone::clone);
        let mut bytes = Vec::new();
        for (index, bends) in &chosen {
            bytes.extend(bent(lines[index.index(lines.len())].clone(), bends));
            bytes.push(b'\n');
        }
        check_reads(bytes);
    }
}

thread_local! {
    static LINES: std::rc::Rc<Vec<Vec<u8>>> = std::rc::Rc::new(lines());
}

/// Every MTA's grammar gets every line, not only its own.
#[test]
fn any_grammar_may_be_forced_on_any_line() {
    use mailrake::envelope::Clock;
    use mailrake::fold::partial::{FoldOptions, Partial, Stretch};
    for log in samples() {
        let bytes = log.whole();
        for mta in Mta::ALL {
            let options = FoldOptions { mta: Some(mta), rows: true, ..FoldOptions::default() };
            let clock = Clock::begin(&log.time(), &bytes[..bytes.len().min(1 << 20)], &[], log.end);
            let mut whole = Partial::new(options, true);
            whole.append(Partial::fold(Stretch { file: 0, block: 0, bytes: &bytes, clock, position: None }, options));
            whole.finish();
        }
    }
}

/// The program alone, held to 300 MB: what a line that never ends would eat is not read.
#[test]
fn an_endless_line_eats_no_memory() {
    let folder = tempfile::tempdir().unwrap();
    let good = fs::read(root().join("samples/postfix/mail.log")).unwrap();
    let head = b"2025-03-04T09:15:02+00:00 mx1 postfix/smtp[21]: 4A1B2C3D01: to=<";
    let log = folder.path().join("endless.log.gz");
    let mut packer = flate2::write::GzEncoder::new(fs::File::create(&log).unwrap(), flate2::Compression::fast());
    use std::io::Write;
    packer.write_all(&good).unwrap();
    packer.write_all(head).unwrap();
    for _ in 0..600 {
        packer.write_all(&[b'a'; 1 << 20]).unwrap();
    }
    packer.write_all(b"\n").unwrap();
    packer.write_all(&good).unwrap();
    packer.finish().unwrap();
    let program = assert_cmd::cargo::cargo_bin("mailrake");
    // `ulimit -v` counts address space, of which threads reserve much: two will do.
    let script = format!("ulimit -v 900000 && exec {} --threads 2 --format json endless.log.gz", program.display());
    let begun = Instant::now();
    let output = Command::new("sh").current_dir(folder.path()).args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = memchr::memchr_iter(b'\n', &good).count() as u64;
    assert_eq!(report["input"]["lines"], 2 * lines + 1, "the lines behind it are read");
    assert_eq!(report["input"]["files"][0]["truncated"], 1, "and it is told");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());
}

/// Twice the length takes about twice the time: no line, and no list of lines, is gone through again and again.
#[test]
fn long_lines_take_no_more_than_their_share() {
    let line = |piece: &str, times: usize| {
        let mut line = b"2025-03-04T09:15:02+00:00 mx1 ".to_vec();
        line.extend(piece.as_bytes().repeat(times));
        line.push(b'\n');
        line
    };
    for piece in [
        "postfix/smtp[21]: 4A1B2C3D01: to=<a>, relay=x, status=deferred (",
        "sendmail[7]: 5526EY36000167: to=<a@x>,<b@x>, ",
        "exim[7]: 1tSd2J-0000000002L-2ypN ** a@x R=r T=t H=h [1.2.3.4]: ",
        "((((",
        "<<<<",
        "[[[[",
        "\"\"\"\"",
        "a@b,",
        "550-5.7.1 ",
        "\\\\",
    ] {
        for head in [
            "postfix/smtp[21]: 4A1B2C3D01: to=<a@x>, relay=x[1.2.3.4]:25, delay=1, dsn=4.0.0, status=deferred (host x said: 450 ",
            "exim[7]: 1tSd2J-0000000002L-2ypN == a@x R=r T=t defer (-44) H=h [1.2.3.4]: ",
            "sendmail[7]: 5526EY36000167: to=",
            "",
        ] {
            let piece = format!("{head}{piece}");
            // A line is read up to 64 KiB: as many such lines as make two megabytes.
            let one = line(&piece, 60_000 / piece.len());
            let log = log_of(one.repeat(2_000_000 / one.len()));
            let begun = Instant::now();
            figures_of_cuts(&log, &log.whole(), &[]);
            assert!(begun.elapsed() < Duration::from_secs(8), "{piece}: {:?}", begun.elapsed());
        }
    }
}

fn text_of(path: &str, args: &[&str]) -> Vec<u8> {
    let output = Command::cargo_bin("mailrake")
        .unwrap()
        .current_dir(root())
        .env("LC_ALL", "C.UTF-8")
        .args(args)
        .arg(path)
        .output()
        .unwrap();
    [output.stdout, output.stderr].concat()
}

/// C0 and C1 controls, and the marks that turn the direction of text.
fn is_harmful(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[test]
fn no_control_byte_of_a_log_reaches_the_terminal() {
    for entry in fs::read_dir(root().join("samples/hostile")).unwrap() {
        let path = entry.unwrap().path();
        let path = path.to_str().unwrap();
        for args in [&["--verbose", "--top", "0"][..], &["--verbose", "--ascii"], &["--verbose", "--mta", "postfix"]] {
            let text = String::from_utf8(text_of(path, args)).expect("UTF-8");
            let found: Vec<char> = text.chars().filter(|&c| is_harmful(c)).collect();
            assert!(found.is_empty(), "{path} {args:?}: {found:?}");
            assert!(
                !args.contains(&"--ascii")
                    || text
                        .lines()
                        .filter(|l| !l.starts_with("mailrake: ") && !l.starts_with("  First line: "))
                        .all(str::is_ascii),
                "{path}"
            );
        }
    }
}

/// A spreadsheet takes a cell that begins with one of these for a formula.
#[test]
fn no_cell_is_a_formula() {
    for command in [
        &["events", "--all"][..],
        &["--format", "csv", "--table", "reasons"],
        &["--format", "csv", "--table", "code_domains"],
    ] {
        let csv = text_of("samples/hostile/formulas.log", command);
        let mut reader = csv::Reader::from_reader(&csv[..]);
        let mut rows = 0;
        for row in reader.records() {
            let row = row.unwrap();
            for cell in row.iter().filter(|cell| cell.parse::<f64>().is_err()) {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{command:?}: {cell}");
            }
            rows += 1;
        }
        assert!(rows >= 2, "{command:?}: {rows} rows");
    }
    let raw = text_of("samples/hostile/formulas.log", &["events", "--csv-raw"]);
    assert!(String::from_utf8(raw).unwrap().contains(",=cmd|/c calc!A1@example.org,"));
}

/// What is said in a reply, an address or a greeting is never taken for what the MTA says.
#[test]
fn lies_are_not_believed() {
    let report: Value = serde_json::from_slice(&text_of("samples/hostile/lies.log", &["--format", "json"])).unwrap();
    let totals = ["messages", "delivered", "deferred", "bounced", "rejected"]
        .map(|name| report["totals"][name].as_u64().unwrap());
    assert_eq!(totals, [4, 0, 1, 3, 1]);
    assert_eq!(report["input"]["unparsed_lines"], 0);
    assert_eq!(report["input"]["other_lines"], 1);
    let senders: Vec<&str> =
        report["code_domains"].as_array().unwrap().iter().filter_map(|row| row["domain"].as_str()).collect();
    assert!(senders.iter().all(|domain| matches!(*domain, "example.org" | "example.net")), "{senders:?}");
}

/// Lines that are shown are read again at the end.  Of a log that was cut off meanwhile (logrotate's `copytruncate`)
/// they are not there any more, and what stands in their place is not taken for them.
#[test]
fn lines_of_a_log_that_was_cut_off_are_missed_and_not_made_up() {
    let log = log("postfix");
    let folder = tempfile::tempdir().unwrap();
    let sources = write_files(folder.path(), log, &[("log".into(), log.whole())]);
    let scanned = scan(sources, &scan_options(log), &|_| (), &mut |_| ());
    let analysed = || analysis(&scanned.partial, &scanned.files, &log.frame(), &Standards::default());
    let texts = |of: &Analysis| -> Vec<String> {
        let items =
            of.dead_ends.iter().filter(|found| found.kind.as_str() != "wrong_code").flat_map(|found| &found.items);
        items.flat_map(|item| &item.evidence).map(|shown| shown.text.text().into_owned()).collect()
    };
    let whole = log.whole();
    let lines: HashSet<&[u8]> = whole.split(|b| *b == b'\n').collect();
    let early = analysed();
    let before = texts(&early);
    assert!(before.len() > 20 && before.iter().all(|text| lines.contains(text.as_bytes())));
    fs::write(folder.path().join("log"), vec![b'x'; whole.len() - 1]).unwrap();
    // Whether the figures were made before or after that.
    for after in [texts(&early), texts(&analysed())] {
        assert_eq!(after.len(), before.len());
        assert!(after.iter().all(|text| text == "(the file was cut off since it was read)"));
    }
}
