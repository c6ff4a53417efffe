//! Other people's lines, where they are at hand: read without a panic, and nearly all understood.
//!
//! They may not be published, so elsewhere this module has nothing to do.

use std::fs;

use mailrake::envelope::Zone;
use serde_json::Value;

use crate::lab::{Log, figures_of_cuts, root};

/// How many lines may be left over: of a real server one in a thousand, of all others one in a hundred.
///
/// In a few small logs each line that is left is known: seven `logwrite` texts without any shape of their own in the 187
/// lines of Exim's test reject logs (`rcpt accepted`, `mail accepted`), and five of ten lines quoted in Postfix's manuals,
/// which break off behind their id or verb.
fn most_unparsed(name: &str, mail: u64) -> u64 {
    match name {
        "exim-tests-reject.exim.log" => 7,
        "postfix-docs.postfix.log" => 5,
        _ if name.starts_with("hideen-") => mail / 1000,
        _ => mail / 100,
    }
}

/// Name, unparsed lines and lines of mail of each log; none where there is no such folder.
fn outside() -> Vec<(String, u64, u64)> {
    let Ok(entries) = fs::read_dir(root().join("../shared/corpus/outside")) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "log"));
    paths
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let files = vec![(name.clone(), fs::read(&path).unwrap())];
            let log = Log { name, files, zone: Zone::UTC, end: 1_790_000_000_000_000, truth: Value::Null };
            let figures = figures_of_cuts(&log, &log.whole(), &[]);
            (log.name, figures.count("/input/unparsed_lines"), figures.count("/input/mail_lines"))
        })
        .collect()
}

fn check(logs: &[(String, u64, u64)]) {
    for (name, unparsed, mail) in logs {
        assert!(*mail > 0, "{name}: no line of mail");
        assert!(*unparsed <= most_unparsed(name, *mail), "{name}: {unparsed} of {mail} lines were not understood");
    }
}

#[test]
fn other_people_s_logs_are_understood() {
    let logs = outside();
    assert!(logs.is_empty() || logs.len() > 10, "{} logs", logs.len());
    check(&logs);
}
