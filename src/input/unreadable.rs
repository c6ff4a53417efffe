//! What to say of a path that cannot be read: why, and what the user probably wants to do about it.
//!
//! `/var/log/mail.lgo: no such file` + `/var/log/mail.log exists; did you mean that one?`

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Error, ErrorKind};

/// Something is wrong with a path that is to be read.
pub(super) fn wrong(path: &Path, what: &str) -> Error {
    Error::new(ErrorKind::Unreadable, format_args!("{}: {what}", shown(path))).at(path)
}

/// A path as text on a terminal: file names can be written by strangers, too.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.is_empty() {
        return "\"\"".into();
    }
    if text.chars().any(char::is_control) { text.escape_debug().to_string() } else { text.into_owned() }
}

/// A path that is something else than a file or a pipe.
pub(super) fn wrong_kind(path: &Path, kind: &str) -> Error {
    wrong(path, &format!("{kind}, not a file"))
}

/// Why a path could not be opened, or looked into.
pub(super) fn unreadable(path: &Path, why: io::Error) -> Error {
    let (what, advice) = match why.kind() {
        io::ErrorKind::NotFound => ("no such file".to_owned(), missing_advice(path)),
        io::ErrorKind::PermissionDenied => ("permission denied".to_owned(), permission_advice(path)),
        _ => (why.to_string(), None),
    };
    let error = wrong(path, &what).because(why);
    match advice {
        Some(advice) => error.advise(advice),
        None => error,
    }
}

fn missing_advice(path: &Path) -> Option<String> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if fs::symlink_metadata(path).is_ok() {
        let target = fs::read_link(path).ok()?;
        return Some(format!("It is a link to {}, which does not exist.", shown(&target)));
    }
    let Ok(entries) = fs::read_dir(directory) else {
        return directory.metadata().is_err().then(|| format!("There is no directory {} either.", shown(directory)));
    };
    let wanted = path.file_name()?.to_string_lossy();
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let near = nearest(&wanted, names)?;
    Some(format!("{} exists; did you mean that one?", shown(&path.with_file_name(near))))
}

/// The name that a slip of the fingers most likely meant.  A name that differs in its digits only is
/// another file, not a slip: `mail.log.9.gz` does not mean `mail.log.2.gz`.
fn nearest(wanted: &str, names: impl Iterator<Item = String>) -> Option<String> {
    let letters = |name: &str| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let at_most = (wanted.chars().count() / 4).clamp(1, 3);
    names
        // In UTF-8 a letter is four bytes at most.  It spares the long way through names of any length.
        .filter(|name| name.len().abs_diff(wanted.len()) <= 4 * at_most && letters(name) != letters(wanted))
        .map(|name| (distance(wanted, &name), name.len().abs_diff(wanted.len()), name))
        .filter(|(far, _, _)| *far <= at_most)
        .min()
        .map(|(_, _, name)| name)
}

/// Letters to insert, drop, change or swap with their neighbour to get from one name to the other
/// (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (last[j] + usize::from(x != y)).min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// Whose the path is; or, where a directory above it is the one that is closed, whose that is.
fn permission_advice(path: &Path) -> Option<String> {
    if let Ok(about) = fs::metadata(path) {
        return Some(Owners::of(&about).advice("It"));
    }
    let (directory, about) = path.ancestors().skip(1).find_map(|above| {
        let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
        Some((above, fs::metadata(above).ok()?))
    })?;
    Some(Owners::of(&about).advice(&format!("The directory {}", shown(directory))))
}

/// Who may read something.
struct Owners {
    user: String,
    group: String,
    mode: u32,
}

impl Owners {
    fn of(about: &Metadata) -> Self {
        Self {
            user: name_of("/etc/passwd", about.uid()),
            group: name_of("/etc/group", about.gid()),
            mode: about.mode() & 0o7777,
        }
    }

    /// `It belongs to root:adm, mode 640: run as root or as a member of adm.`
    fn advice(&self, it: &str) -> String {
        let Self { user, group, mode } = self;
        let mut who = vec!["as root".to_string()];
        if mode & 0o400 != 0 && user != "root" {
            who.push(format!("as {user}"));
        }
        if mode & 0o040 != 0 && group != "root" {
            who.push(format!("as a member of {group}"));
        }
        let last = who.pop().unwrap_or_default();
        let who = if who.is_empty() { last } else { format!("{} or {last}", who.join(", ")) };
        format!("{it} belongs to {user}:{group}, mode {mode:03o}: run {who}.")
    }
}

/// `root:x:0:0:root:/root:/bin/sh` → `root` for 0.  An id that the file does not name (LDAP, a
/// container's) is its own name.
fn name_of(file: &str, id: u32) -> String {
    let wanted = id.to_string();
    let named = fs::read_to_string(file).unwrap_or_default().lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == wanted).then(|| name.to_string())
    });
    named.unwrap_or(wanted)
}

#[cfg(test)]
mod tests;
