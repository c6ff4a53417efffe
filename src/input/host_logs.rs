//! The host's own logs, for a run that names none.
//!
//! `/var/log/mail.log` + `/var/log/mail.log.1` + `/var/log/mail.log.2.gz`

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind as Io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::journal::Journal;
use super::source::Source;
use super::unreadable::shown;
use crate::error::{Error, ErrorKind, Result};
use crate::habits::Mta;
use crate::prose::wrapped;

/// Where syslog daemons keep the mail log, below the root.
const OF_SYSLOG: [&str; 2] = [
    "var/log/mail.log", // Debian, Ubuntu, Alpine, macOS
    "var/log/maillog",  // Red Hat, FreeBSD, Postfix's maillog_file
];
/// The same on SUSE: looked at last, since elsewhere it is a directory.
const OF_SYSLOG_ON_SUSE: &str = "var/log/mail";

/// Where hosts keep their mail log, below the root.
fn places() -> impl Iterator<Item = &'static str> {
    let own = Mta::ALL.into_iter().flat_map(|mta| mta.habits().own_logs);
    OF_SYSLOG.iter().chain(own).copied().chain([OF_SYSLOG_ON_SUSE])
}

/// How long a line of advice may be.
const WIDTH: usize = 78;

/// Where the journal is kept, below the root: on disk, or in memory only.
const JOURNALS: [&str; 2] = ["var/log/journal", "run/log/journal"];

/// What a run reads that names nothing: the host's own logs as [`host_logs`] finds them, else its journal, which is
/// all that a fresh Debian 12 keeps.
///
/// # Errors
/// [`ErrorKind::NoInput`] where there is neither.
pub fn host_inputs(root: &Path, rotated: bool, journal: Journal) -> Result<Vec<Source>> {
    host_logs(root, rotated).or_else(|nothing| {
        if JOURNALS.iter().any(|place| has_journal(&root.join(place))) {
            Ok(vec![Source::Journal(journal)])
        } else {
            Err(nothing)
        }
    })
}

/// Is there a journal file of this host?  They lie in a folder named by the machine's id; `remote` holds those of
/// others.
fn has_journal(place: &Path) -> bool {
    let folders = |place: &Path| fs::read_dir(place).into_iter().flatten().flatten();
    folders(place).filter(|entry| entry.file_name() != "remote").any(|machine| {
        folders(&machine.path()).any(|file| file.path().extension().is_some_and(|ending| ending == "journal"))
    })
}

/// The logs of the host under `root` (`/`, but for tests); with `rotated` also the rotated ones beside them.
///
/// Where a log was rotated away and nothing was logged since, the rotated ones are taken all the same.  A
/// log that only its directory's mode hides is named, so that opening it says so.
///
/// # Errors
/// [`ErrorKind::NoInput`] where there is none.
pub fn host_logs(root: &Path, rotated: bool) -> Result<Vec<Source>> {
    let live: Vec<PathBuf> = places().map(|place| root.join(place)).filter(|path| may_be_file(path)).collect();
    let mut paths = Vec::new();
    for path in places().map(|place| root.join(place)) {
        if rotated || live.is_empty() {
            paths.extend(rotated_siblings(&path));
        }
        if live.contains(&path) {
            paths.push(path);
        }
    }
    // `maillog` may be a link to `mail.log`.
    let mut seen = BTreeSet::new();
    paths.retain(|path| fs::metadata(path).map_or(true, |about| seen.insert((about.dev(), about.ino()))));
    if paths.is_empty() {
        return Err(nothing_found(root));
    }
    Ok(paths.into_iter().map(Source::File).collect())
}

/// Is it a file, or something that we are not allowed to look at?
fn may_be_file(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(about) => about.is_file(),
        Err(why) => why.kind() == Io::PermissionDenied,
    }
}

/// The rotated ones of a log: the files beside it whose names are its own with a rotation's ending, by name.
#[must_use]
pub fn rotated_siblings(path: &Path) -> Vec<PathBuf> {
    let (Some(directory), Some(base)) = (path.parent(), path.file_name()) else { return Vec::new() };
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut siblings: Vec<PathBuf> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let suffix = entry.file_name().as_bytes().strip_prefix(base.as_bytes())?.to_vec();
            (is_rotation_suffix(&suffix) && entry.path().is_file()).then(|| path.with_file_name(entry.file_name()))
        })
        .collect();
    siblings.sort();
    siblings
}

/// The log that a rotated one is of, by its name: `mail.log` for `mail.log.2.gz`; another file is its own.
#[must_use]
pub fn log_of(path: &Path) -> PathBuf {
    let name = path.file_name().map(OsStrExt::as_bytes).unwrap_or_default();
    let base = (1..name.len()).find(|&at| name.get(at..).is_some_and(is_rotation_suffix));
    let base = base.and_then(|at| name.get(..at)).unwrap_or(name);
    path.with_file_name(std::ffi::OsStr::from_bytes(base))
}

/// `.1` `.02.gz` (logrotate, newsyslog, exicyclog), `-20241103` `-20241103.xz` `-20241103-1730592000.zst`
/// (logrotate's dateext, Exim's `%D`), `.2024-11-03.bz2`, `.old`; but not `.1.offset`, `.err`.
fn is_rotation_suffix(suffix: &[u8]) -> bool {
    let packed: [&[u8]; 6] = [b".gz", b".xz", b".zst", b".bz2", b".Z", b".lz4"];
    let suffix = packed.iter().find_map(|end| suffix.strip_suffix(*end)).unwrap_or(suffix);
    match suffix {
        b".old" => true,
        [b'.' | b'-', first, rest @ ..] => {
            first.is_ascii_digit()
                && rest.iter().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.' | b':' | b'T'))
        }
        _ => false,
    }
}

/// Names every place that was looked at.
fn nothing_found(root: &Path) -> Error {
    let places: Vec<String> = places().map(|place| shown(&root.join(place))).collect();
    let (last, others) = places.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
    let advice = format!(
        "Looked for {} and {last}. Name the file: mailrake LOG, or mailrake - to read a pipe.",
        others.join(", ")
    );
    Error::new(ErrorKind::NoInput, "no mail log found").advise(wrapped(&advice, WIDTH))
}

#[cfg(test)]
mod tests;
