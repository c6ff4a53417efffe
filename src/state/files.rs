//! Which files to read, and from where: logs are followed by what is in them, whatever they are called by now.
//!
//! A file is known by the hash of its first bytes, decompressed; device and inode decide between two that have the
//! same.  So `mail.log` is followed to `mail.log.1`, `mail.log-20261125` and `mail.log.2.gz`, and a new `mail.log`
//! in the same inode (copytruncate) is known for a new one.  Of a log and its copy (while it is being compressed) one
//! is read.
//!
//! Only the named files and their rotated siblings are looked at.  What stood beside them before the first run is
//! left alone.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::State;
use crate::error::Error;
use crate::input::{Identity, Input, Source, rotated_siblings};
use crate::scan::{Reached, Resume, Task};

/// A file that was not written to for so long is done: half a line at its end is all there will be of it.
const DONE_AFTER: i64 = 3_600_000_000;

/// A file is remembered for so long after it was last there, in microseconds: 60 days.
const REMEMBERED: i64 = 60 * 86_400_000_000;

/// Files that are remembered at most.
const MOST_FILES: usize = 4000;

/// How far a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileMark {
    /// Which file.
    pub identity: Identity,
    /// Bytes on disk when it was opened.
    pub size: u64,
    /// When it was last written to then, in nanoseconds since 1970 UTC.
    pub modified: i64,
    /// Where to go on; None for a file that is left alone.
    pub resume: Option<Resume>,
    /// Nothing was left of it.
    pub done: bool,
    /// When it was last there, in microseconds since 1970 UTC.
    pub seen: i64,
}

/// A file on disk.
struct Candidate {
    path: PathBuf,
    /// Named, and not only beside a named one.
    named: bool,
    device: u64,
    inode: u64,
    size: u64,
    modified: i64,
}

/// A candidate that was opened.
struct Opened {
    of: Candidate,
    input: Input,
    identity: Identity,
    /// Index of its mark.
    mark: Option<usize>,
}

impl Opened {
    /// Of several with the same beginning the best: the very file that was read before, one that is not compressed,
    /// the longest.
    fn rank(&self, marks: &[FileMark]) -> (bool, bool, u64) {
        let known = self.mark.and_then(|mark| marks.get(mark));
        let same = known.is_some_and(|mark| {
            mark.identity.device == self.identity.device && mark.identity.inode == self.identity.inode
        });
        (same, self.input.is_plain(), self.of.size)
    }
}

/// The files of a run, and what is to be remembered of them.
#[derive(Debug)]
pub struct Logs {
    /// What to read.
    pub tasks: Vec<Task>,
    /// What could not be opened.
    pub errors: Vec<Error>,
    /// For each task the mark it gets once it was read; None for pipes.
    pending: Vec<Option<FileMark>>,
    /// The marks of all other files.
    rest: Vec<FileMark>,
    now: i64,
    /// When the run before began.
    last_run: Option<i64>,
}

impl Logs {
    /// Finds what is new in `sources` and beside them.  `now` is the present, in microseconds since 1970 UTC.
    #[must_use]
    pub fn find(sources: Vec<Source>, state: &State, now: i64) -> Self {
        let last_run = (state.runs > 0).then_some(state.last_run);
        let mut logs =
            Self { tasks: Vec::new(), errors: Vec::new(), pending: Vec::new(), rest: Vec::new(), now, last_run };
        let mut marks = state.files.clone();
        let mut opened = Vec::new();
        let mut seen = BTreeSet::new();
        for source in sources {
            match source {
                Source::File(path) => {
                    let siblings = rotated_siblings(&path);
                    let paths = siblings.into_iter().map(|path| (path, false)).chain([(path, true)]);
                    for (path, named) in paths {
                        logs.look_at(path, named, &mut marks, &mut seen, &mut opened);
                    }
                }
                other => {
                    logs.tasks.push(other.into());
                    logs.pending.push(None);
                }
            }
        }
        // A file that is named after all, as another one's sibling was looked at before it.
        for one in keep_best(opened, &marks) {
            logs.take(one, &mut marks);
        }
        let since = now.saturating_sub(REMEMBERED);
        logs.rest.extend(marks.into_iter().filter(|mark| mark.seen >= since));
        logs
    }

    /// Looks at one file; opens it where it may hold anything new.
    fn look_at(
        &mut self,
        path: PathBuf,
        named: bool,
        marks: &mut [FileMark],
        seen: &mut BTreeSet<(u64, u64)>,
        opened: &mut Vec<Opened>,
    ) {
        let candidate = match candidate(&path, named) {
            Some(candidate) => candidate,
            // Rotated away a moment ago, see its siblings.
            None if !path.exists() && !rotated_siblings(&path).is_empty() => return,
            // A pipe has no beginning to know it by; what is missing says so when it is opened.
            None => {
                self.tasks.push(Source::File(path).into());
                self.pending.push(None);
                return;
            }
        };
        if !seen.insert((candidate.device, candidate.inode)) {
            if let Some(known) = opened.iter_mut().find(|o| o.of.inode == candidate.inode) {
                known.of.named |= named;
            }
            return;
        }
        let unchanged = marks.iter_mut().find(|mark| {
            mark.identity.inode == Some(candidate.inode)
                && mark.identity.device == Some(candidate.device)
                && (mark.size, mark.modified) == (candidate.size, candidate.modified)
        });
        if let Some(mark) = unchanged
            && (mark.done || mark.resume.is_none() || !is_done(&candidate, self.now))
        {
            mark.seen = self.now;
            return;
        }
        let modified = candidate.modified;
        match Input::open(&Source::File(path)) {
            Ok(input) => {
                let identity = input.identity();
                let begins = |mark: &FileMark| mark.identity.hashed > 0 && mark.identity.begins(&input);
                // The longest beginning that fits tells best; of equal ones the same inode.
                let mark = (0..marks.len()).filter(|&i| marks.get(i).is_some_and(begins)).max_by_key(|&i| {
                    let known = marks.get(i).map(|mark| mark.identity);
                    known.map(|known| (known.hashed, known.inode == identity.inode))
                });
                opened.push(Opened { of: candidate, input, identity, mark });
            }
            Err(error) if named || !self.was_there_before(modified) => self.errors.push(error),
            // Somebody else's, beside the log.
            Err(_) => {}
        }
    }

    /// Was a file that was last written to at `modified` (nanoseconds) there before the runs began, so that it is
    /// none of theirs?
    fn was_there_before(&self, modified: i64) -> bool {
        self.last_run.is_none_or(|last| modified / 1000 < last.saturating_sub(DONE_AFTER))
    }

    /// Makes a task of a file, or leaves it alone.
    fn take(&mut self, one: Opened, marks: &mut [FileMark]) {
        let Opened { of, input, identity, mark } = one;
        let done = !input.is_plain() || is_done(&of, self.now);
        let known = mark.and_then(|mark| marks.get_mut(mark)).map(|mark| {
            mark.seen = i64::MIN;
            mark.resume
        });
        let pending =
            FileMark { identity, size: of.size, modified: of.modified, resume: known.flatten(), done, seen: self.now };
        let leave_alone = match known {
            Some(resume) => resume.is_none(),
            None => !of.named && self.was_there_before(of.modified),
        };
        if leave_alone {
            self.rest.push(FileMark { resume: None, ..pending });
            return;
        }
        self.tasks.push(Task {
            source: Source::File(of.path),
            input: Some(input),
            from: known.flatten(),
            grows: !done,
        });
        self.pending.push(Some(pending));
    }

    /// The marks after the run: `reached` tells how far each task was read.
    #[must_use]
    pub fn marks(self, reached: &[Option<Reached>]) -> Vec<FileMark> {
        let mut marks = self.rest;
        for (pending, reached) in self.pending.into_iter().zip(reached) {
            let Some(mark) = pending else { continue };
            marks.push(match reached {
                Some(reached) => FileMark { resume: Some(reached.resume), ..mark },
                None => mark,
            });
        }
        marks.retain(|mark| mark.identity.hashed > 0);
        marks.sort_by_key(|mark| std::cmp::Reverse(mark.seen));
        marks.truncate(MOST_FILES);
        marks
    }
}

/// What is known of a file without opening it; None for what is no file.
fn candidate(path: &Path, named: bool) -> Option<Candidate> {
    let about = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some(Candidate {
        path: path.to_path_buf(),
        named,
        device: about.dev(),
        inode: about.ino(),
        size: about.len(),
        modified: about.mtime().saturating_mul(1_000_000_000).saturating_add(about.mtime_nsec()),
    })
}

fn is_done(of: &Candidate, now: i64) -> bool {
    of.modified / 1000 < now.saturating_sub(DONE_AFTER)
}

/// Of files with the same beginning one.
fn keep_best(opened: Vec<Opened>, marks: &[FileMark]) -> Vec<Opened> {
    let mut best: Vec<Opened> = Vec::new();
    for one in opened {
        let same = |other: &Opened| match (one.mark, other.mark) {
            (Some(a), Some(b)) => a == b,
            (None, None) => {
                let (a, b) = (one.identity, other.identity);
                a.hashed > 0 && b.hashed > 0 && (a.begins(&other.input) || b.begins(&one.input))
            }
            _ => false,
        };
        match best.iter().position(same) {
            Some(at) => {
                if let Some(known) = best.get_mut(at) {
                    let named = one.of.named || known.of.named;
                    if one.rank(marks) > known.rank(marks) {
                        *known = one;
                    }
                    known.of.named = named;
                }
            }
            None => best.push(one),
        }
    }
    best
}
