//! Files that are whole or not there: written beside the target and renamed over it.
//!
//! Cron jobs and web servers read reports while the next one is being made; a full disk or a kill must
//! leave the old one as it was.  The state of a row of runs is written in the same way.

use std::fs::{File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// Writes `target` as a whole: see [`prepare`] and [`Prepared::put_in_place`].
pub fn replace_file(target: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<()> {
    prepare(target, write)?.put_in_place()
}

/// A file that is written, but not in its place yet.  It leaves nothing behind when it is dropped.
#[derive(Debug)]
pub struct Prepared {
    target: PathBuf,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// In the target's folder, on the disk.
    Beside(NamedTempFile),
    /// For a target that cannot be replaced: `/dev/null`, a named pipe.
    InPlace(Vec<u8>),
}

/// Writes what is to take the place of `target`: `write` gets a buffered file in the same folder.  A link is followed,
/// so that it stays a link.  So several files can be written before the first takes its place: a full disk leaves all
/// of the old ones.
pub fn prepare(target: &Path, write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<()>) -> io::Result<Prepared> {
    let target = follow_links(target);
    let old = std::fs::metadata(&target).ok();
    if old.as_ref().is_some_and(std::fs::Metadata::is_dir) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if old.as_ref().is_some_and(|m| !m.is_file()) {
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        return Ok(Prepared { target, content: Content::InPlace(bytes) });
    }
    let mut beside = in_folder(folder_of(&target))?;
    let mut out = BufWriter::new(&mut beside);
    write(&mut out)?;
    out.flush()?;
    drop(out);
    if let Some(old) = old {
        beside.as_file().set_permissions(old.permissions())?;
    }
    beside.as_file().sync_all()?;
    Ok(Prepared { target, content: Content::Beside(beside) })
}

impl Prepared {
    /// Lets it take the target's place.
    pub fn put_in_place(self) -> io::Result<()> {
        match self.content {
            Content::Beside(beside) => {
                beside.persist(&self.target).map_err(|e| e.error)?;
                sync_folder(folder_of(&self.target));
                Ok(())
            }
            Content::InPlace(bytes) => {
                let mut out = File::options().write(true).open(&self.target)?;
                out.write_all(&bytes)?;
                out.flush()
            }
        }
    }
}

fn folder_of(target: &Path) -> &Path {
    match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The file that a chain of links ends at, there or not.  A circle of links is left to the system to refuse.
fn follow_links(target: &Path) -> PathBuf {
    let mut target = target.to_path_buf();
    for _ in 0..40 {
        let Ok(next) = std::fs::read_link(&target) else { break };
        target = target.parent().unwrap_or(Path::new("")).join(next);
    }
    target
}

/// A temporary file with the permissions that any new file gets (`tempfile` alone gives 0600, which a
/// web server could not read).
fn in_folder(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".mailrake-");
    builder.permissions(Permissions::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// The rename itself must survive a crash: the folder holds it.
fn sync_folder(folder: &Path) {
    // Some file systems cannot sync a folder; the file is whole all the same.
    if let Ok(folder) = File::open(folder) {
        _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("report.txt");
        replace_file(&target, |out| out.write_all(b"first")).unwrap();
        let failed = replace_file(&target, |out| {
            out.write_all(b"half of the sec")?;
            Err(io::Error::other("disk full"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&target).unwrap(), b"first");
        assert_eq!(names(folder.path()), ["report.txt"]);
    }

    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&target, b"old").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("a", &link).unwrap();
        replace_file(&link, |out| out.write_all(b"new")).unwrap();
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
