//! Exim writes what it refuses, and what goes badly wrong, into its main log and once more into logs of their own.
//!
//! `/var/log/exim4/rejectlog.1` beside `/var/log/exim4/mainlog.1`

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The names of one Exim's logs: the main log, and those that repeat its lines.
const NAMES: [(&str, [&str; 2]); 3] = [
    ("mainlog", ["rejectlog", "paniclog"]),
    ("exim_mainlog", ["exim_rejectlog", "exim_paniclog"]), // cPanel
    ("main.log", ["reject.log", "panic.log"]),             // Red Hat
];

/// Does this log repeat the lines of a main log beside it, which is one of `all`?  Nobody wants a refusal counted twice.
pub(super) fn is_copy(log: &Path, all: &[PathBuf]) -> bool {
    let main = NAMES.iter().find(|(_, copies)| copies.iter().any(|name| begins(log, name)));
    main.is_some_and(|(main, _)| all.iter().any(|path| path.parent() == log.parent() && begins(path, main)))
}

/// Has the file this name, or that of a log that was rotated away, `mainlog.2.gz` or `mainlog-20241103`?
fn begins(path: &Path, name: &str) -> bool {
    let rest = path.file_name().map(OsStr::as_bytes).and_then(|file| file.strip_prefix(name.as_bytes()));
    rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_repeats_a_main_log_beside_it_is_left_out() {
        let check = |names: &[&str], expected: &[&str]| {
            let all: Vec<PathBuf> = names.iter().map(PathBuf::from).collect();
            let left: Vec<&PathBuf> = all.iter().filter(|log| !is_copy(log, &all)).collect();
            assert_eq!(left, expected.iter().map(Path::new).collect::<Vec<_>>(), "{names:?}");
        };
        check(&["e/mainlog", "e/paniclog", "e/rejectlog", "e/rejectlog.2.gz"], &["e/mainlog"]);
        check(&["e/mainlog-20241103", "e/rejectlog-20241103"], &["e/mainlog-20241103"]);
        check(&["exim_mainlog", "exim_rejectlog", "exim_paniclog.1"], &["exim_mainlog"]);
        check(&["e/main.log", "e/reject.log"], &["e/main.log"]);
        // Alone, of another Exim, or under another name they are all there is.
        check(&["e/rejectlog"], &["e/rejectlog"]);
        check(&["e/mainlog", "f/rejectlog"], &["e/mainlog", "f/rejectlog"]);
        check(&["mainlog", "rejectlogs", "my-rejectlog"], &["mainlog", "rejectlogs", "my-rejectlog"]);
        check(&["mainlogger", "rejectlog"], &["mainlogger", "rejectlog"]);
    }
}
