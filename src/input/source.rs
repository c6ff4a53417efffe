//! From the words of a command line to the things to read.
//!
//! This file must not know what is in a log: which of them come first is told by their lines, not by
//! their names.
//!
//! `'/var/log/mail.log*'` → `/var/log/mail.log`, `/var/log/mail.log.1`, `/var/log/mail.log.2.gz`

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use glob::MatchOptions;

use super::copies::is_copy;
use super::journal::{self, Journal};
use super::not_a_log;
use super::unreadable::{shown, unreadable, wrong, wrong_kind};
use crate::error::Error;

/// One thing to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A file, or a named pipe.
    File(PathBuf),
    /// Standard input.
    Stdin,
    /// The systemd journal.
    Journal(Journal),
}

impl Source {
    /// The file, where it is one.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Stdin | Self::Journal(_) => None,
        }
    }

    /// The name as it was given; `-` for standard input.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.to_string_lossy().into_owned(),
            Self::Stdin => "-".into(),
            Self::Journal(_) => journal::NAME.into(),
        }
    }
}

/// The name for people: standard input is called that, and control bytes are shown as escapes.
impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.write_str(&shown(path)),
            Self::Stdin => f.write_str("standard input"),
            Self::Journal(_) => f.write_str(journal::NAME),
        }
    }
}

/// Like the shell: `*` crosses no slash and meets no hidden file.
const AS_THE_SHELL: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// What the arguments name: files, directories (their files by name, but for hidden ones and
/// subdirectories), quoted globs, and `-`.
///
/// A path that exists is that path, whatever characters it has.  A file that is named twice, by whatever
/// names, is read once: nobody wants its lines counted twice; so are those that Exim writes into two logs.  What is missing or cannot be read gives an
/// error each ([`crate::ErrorKind::Unreadable`]) and does not stop the rest.
#[must_use]
pub fn resolve(args: &[OsString]) -> (Vec<Source>, Vec<Error>) {
    let mut found = Found::default();
    for arg in args {
        if arg == "-" {
            found.add(Source::Stdin);
        } else {
            found.add_argument(Path::new(arg));
        }
    }
    let files: Vec<PathBuf> = found.sources.iter().filter_map(Source::path).map(Path::to_path_buf).collect();
    found.sources.retain(|source| !source.path().is_some_and(|log| is_copy(log, &files)));
    (found.sources, found.errors)
}

#[derive(Default)]
struct Found {
    sources: Vec<Source>,
    /// Device and inode of the files among them.
    seen: BTreeSet<(u64, u64)>,
    errors: Vec<Error>,
}

impl Found {
    fn add(&mut self, source: Source) {
        if !self.sources.contains(&source) {
            self.sources.push(source);
        }
    }

    fn add_argument(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => self.add_directory(path),
            Ok(about) => self.add_file(path, &about),
            Err(why) => match pattern(path) {
                Some(paths) => self.add_matches(path, paths),
                None => self.errors.push(unreadable(path, why)),
            },
        }
    }

    fn add_file(&mut self, path: &Path, about: &Metadata) {
        if let Some(kind) = not_a_log(about) {
            return self.errors.push(wrong_kind(path, kind));
        }
        if about.is_file() {
            // Only files: a named pipe can be opened once.
            if let Err(why) = File::open(path) {
                return self.errors.push(unreadable(path, why));
            }
            if !self.seen.insert((about.dev(), about.ino())) {
                return;
            }
        }
        self.add(Source::File(path.to_path_buf()));
    }

    fn add_directory(&mut self, path: &Path) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(why) => return self.errors.push(unreadable(path, why)),
        };
        let mut names: Vec<OsString> = entries.filter_map(|entry| Some(entry.ok()?.file_name())).collect();
        names.retain(|name| !is_hidden(name));
        names.sort();
        let mut any = false;
        for file in names.iter().map(|name| path.join(name)) {
            match fs::metadata(&file) {
                Ok(about) if about.is_file() => self.add_file(&file, &about),
                // A link to nowhere is no file.
                Err(why) if why.kind() != io::ErrorKind::NotFound => self.errors.push(unreadable(&file, why)),
                _ => continue,
            }
            any = true;
        }
        if !any {
            let advice = "Hidden files and subdirectories are not read unless they are named.";
            self.errors.push(wrong(path, "no file in this directory").advise(advice));
        }
    }

    fn add_matches(&mut self, path: &Path, paths: glob::Paths) {
        let mut any = false;
        for found in paths {
            any = true;
            match found {
                Ok(found) => self.add_argument(&found),
                Err(why) => {
                    let directory = why.path().to_path_buf();
                    self.errors.push(unreadable(&directory, why.into()));
                }
            }
        }
        if !any {
            self.errors.push(wrong(path, "no file matches"));
        }
    }
}

/// What the path matches, where it is a pattern.
fn pattern(path: &Path) -> Option<glob::Paths> {
    let text = path.to_str().filter(|text| text.contains(['*', '?', '[']))?;
    glob::glob_with(text, AS_THE_SHELL).ok()
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b".")
}

#[cfg(test)]
mod tests;
