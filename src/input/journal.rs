//! The systemd journal, as its own reader gives it away: `journalctl -o export`, started without a shell.
//!
//! The export format is binary safe and says the cursor of each entry first; what is in it is told by
//! [`crate::envelope`].  This file must not know entries: it starts the program, passes its output on and says what
//! it had to complain about.
//!
//! `journalctl -o export --since=@1763596800.000000 SYSLOG_FACILITY=2 + _SYSTEMD_UNIT=postfix.service ...`

use std::ffi::OsString;
use std::io::{self, Read};
use std::iter;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use crate::error::{Error, ErrorKind, Result};
use crate::habits::Mta;

/// The name of the journal among the inputs.
pub const NAME: &str = "journal";

/// Entries of syslog's mail facility, and those of an MTA's units and names, under which it may log without it.
fn matches() -> impl Iterator<Item = String> {
    let habits = || Mta::ALL.into_iter().map(Mta::habits);
    let units = habits().flat_map(|mta| mta.journal_units).map(|unit| format!("_SYSTEMD_UNIT={unit}"));
    let names = habits().flat_map(|mta| mta.journal_names).map(|name| format!("SYSLOG_IDENTIFIER={name}"));
    iter::once("SYSLOG_FACILITY=2".to_owned()).chain(units).chain(names)
}

/// The fields that tell a line; `__CURSOR` and `__REALTIME_TIMESTAMP` come unasked.
const FIELDS: &str = "MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,_COMM";

/// What is held back of the output until it ends, since its last line may be the cursor.
const TAIL: usize = 4 << 10;

/// What `--show-cursor` puts before the cursor.
const CURSOR: &[u8] = b"-- cursor: ";

/// Longest complaint of the program that is passed on, in bytes.
const COMPLAINT: usize = 2 << 10;

/// Which entries to ask the journal for.
#[derive(Debug, Clone, Default)]
pub struct Journal {
    /// From this time on, in microseconds since 1970 UTC.
    pub since: Option<i64>,
    /// Up to and including this time.
    pub until: Option<i64>,
    /// Behind the entry with this cursor.
    pub after: Option<String>,
    /// Read the journal files in this directory, not those of the host.
    pub directory: Option<PathBuf>,
    cursor: Arc<OnceLock<String>>,
}

/// Two are the same if they ask for the same.
impl PartialEq for Journal {
    fn eq(&self, other: &Self) -> bool {
        self.arguments() == other.arguments()
    }
}

impl Eq for Journal {}

impl Journal {
    /// The cursor of the last entry that was read; None until the reading ended, or where there was no entry.
    #[must_use]
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.get().map(String::as_str)
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> =
            ["--no-pager", "--output=export", "--show-cursor"].map(OsString::from).into();
        arguments.push(format!("--output-fields={FIELDS}").into());
        if let Some(directory) = &self.directory {
            arguments.push("--directory".into());
            arguments.push(directory.into());
        }
        match (&self.after, self.since) {
            // It cannot seek to both; what lies before the time is left out by who counts.
            (Some(cursor), _) => arguments.push(format!("--after-cursor={cursor}").into()),
            (None, Some(since)) => arguments.push(format!("--since={}", moment(since)).into()),
            (None, None) => {}
        }
        if let Some(until) = self.until {
            arguments.push(format!("--until={}", moment(until)).into());
        }
        for (i, one) in matches().enumerate() {
            if i > 0 {
                arguments.push("+".into());
            }
            arguments.push(one.into());
        }
        arguments
    }

    /// Starts the program.
    ///
    /// # Errors
    /// [`ErrorKind::Unreadable`] where it cannot be started.
    pub(super) fn open(&self) -> Result<Output> {
        let started = Command::new("journalctl")
            .args(self.arguments())
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let mut child = started.map_err(|why| {
            let what = match why.kind() {
                io::ErrorKind::NotFound => "journalctl is not installed, or not in PATH".to_owned(),
                _ => format!("journalctl cannot be started: {why}"),
            };
            Error::new(ErrorKind::Unreadable, format_args!("{NAME}: {what}"))
                .advise("Name a log file: mailrake LOG, or mailrake - to read a pipe.")
                .at(NAME)
                .because(why)
        })?;
        let stdout = child.stdout.take();
        let complaints = child.stderr.take().map(|stderr| thread::spawn(move || complaint(stderr)));
        Ok(Output {
            child,
            stdout,
            complaints,
            held: Vec::new(),
            given: 0,
            failed: None,
            cursor: Arc::clone(&self.cursor),
        })
    }
}

/// `@1763596800.000000`: what systemd reads in every version.
fn moment(micros: i64) -> String {
    let micros = micros.max(0);
    format!("@{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}

/// The first lines of what the program complains about; the rest is read and dropped, lest it wait for us.
fn complaint(mut stderr: ChildStderr) -> String {
    let mut kept = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(n @ 1..) = stderr.read(&mut piece) {
        let room = COMPLAINT.saturating_sub(kept.len());
        kept.extend_from_slice(piece.get(..n.min(room)).unwrap_or_default());
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// The running program's output.  At its end comes an error where the program failed or complained: nobody is to
/// believe that half of a journal was all of it.
pub(super) struct Output {
    child: Child,
    stdout: Option<ChildStdout>,
    complaints: Option<JoinHandle<String>>,
    /// Read and not given away yet.
    held: Vec<u8>,
    given: usize,
    failed: Option<String>,
    cursor: Arc<OnceLock<String>>,
}

impl Output {
    /// The program is done: takes the cursor out of what is held, and asks how it went.
    fn end(&mut self) {
        let begin = memchr::memrchr(b'\n', self.held.strip_suffix(b"\n").unwrap_or(&self.held)).map_or(0, |at| at + 1);
        let begin = begin.max(self.given);
        let last = self.held.get(begin..).unwrap_or_default();
        if let Some(cursor) = last.strip_prefix(CURSOR)
            && let Ok(cursor) = std::str::from_utf8(cursor)
        {
            let _ = self.cursor.set(cursor.trim_end().to_owned());
            self.held.truncate(begin);
        }
        let said = self.complaints.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        let status = self.child.wait();
        if said.is_empty() {
            // Without an entry it ends with 1 and says nothing.
            if let Ok(status) = status
                && !matches!(status.code(), Some(0 | 1))
            {
                self.failed = Some(format!("journalctl failed: {status}"));
            }
            return;
        }
        let said: String = said.lines().map(str::trim).collect::<Vec<_>>().join("; ");
        let text = said.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
        self.failed = Some(format!("journalctl says: {text}"));
    }
}

impl Read for Output {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let hold = if self.stdout.is_some() { TAIL } else { 0 };
            let free = (self.held.len() - self.given).saturating_sub(hold);
            if free > 0 || into.is_empty() {
                let n = free.min(into.len());
                if let (Some(to), Some(from)) = (into.get_mut(..n), self.held.get(self.given..self.given + n)) {
                    to.copy_from_slice(from);
                }
                self.given += n;
                return Ok(n);
            }
            let Some(stdout) = &mut self.stdout else {
                // Again and again: whoever tells the compression asks first, and believes nothing.
                return self.failed.as_ref().map_or(Ok(0), |why| Err(io::Error::other(why.clone())));
            };
            self.held.drain(..self.given);
            self.given = 0;
            let filled = self.held.len();
            self.held.resize(filled + (64 << 10), 0);
            let n = loop {
                match stdout.read(self.held.get_mut(filled..).unwrap_or_default()) {
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    other => break other,
                }
            };
            self.held.truncate(filled + *n.as_ref().unwrap_or(&0));
            if n? == 0 {
                self.stdout = None;
                self.end();
            }
        }
    }
}

/// Who stops reading leaves no program behind.
impl Drop for Output {
    fn drop(&mut self) {
        if self.stdout.take().is_some() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_and_cursor_are_passed_on() {
        let journal = Journal { since: Some(1_500_000), until: Some(2_000_001), ..Journal::default() };
        let arguments: Vec<String> = journal.arguments().iter().map(|a| a.to_string_lossy().into_owned()).collect();
        assert!(arguments.contains(&"--since=@1.500000".to_owned()), "{arguments:?}");
        assert!(arguments.contains(&"--until=@2.000001".to_owned()), "{arguments:?}");
        assert_eq!(arguments.iter().filter(|a| *a == "+").count(), matches().count() - 1);
        let arguments = Journal { after: Some("s=1;i=2".into()), ..journal }.arguments();
        assert!(arguments.contains(&"--after-cursor=s=1;i=2".into()), "{arguments:?}");
        assert!(!arguments.iter().any(|a| a.to_string_lossy().starts_with("--since")), "{arguments:?}");
    }
}
