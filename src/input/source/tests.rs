use super::*;
use crate::ErrorKind;

/// A folder with these files in it; a name that ends in `/` is a folder, `a -> b` a link.
fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        if let Some((link, target)) = name.split_once(" -> ") {
            std::os::unix::fs::symlink(target, folder.path().join(link)).unwrap();
        } else if name.ends_with('/') {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        } else {
            fs::write(folder.path().join(name), *name).unwrap();
        }
    }
    folder
}

/// Resolves arguments below the folder; both lists with the folder's own name taken out.
fn resolved(folder: &tempfile::TempDir, args: &[&str]) -> (Vec<String>, Vec<String>) {
    let args: Vec<OsString> = args
        .iter()
        .map(|arg| if *arg == "-" { "-".into() } else { folder.path().join(arg).into_os_string() })
        .collect();
    let (sources, errors) = resolve(&args);
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Unreadable));
    let prefix = format!("{}/", folder.path().display());
    let short = |text: String| text.replace(&prefix, "");
    (sources.iter().map(|s| short(s.name())).collect(), errors.iter().map(|e| short(e.to_string())).collect())
}

#[track_caller]
fn check(files: &[&str], args: &[&str], sources: &[&str], errors: &[&str]) {
    let (found, complaints) = resolved(&folder(files), args);
    assert_eq!(
        (found, complaints),
        (sources.iter().map(|s| s.to_string()).collect(), errors.iter().map(|s| s.to_string()).collect())
    );
}

#[test]
fn files_come_as_named_and_directories_by_name() {
    check(&["b", "a"], &["b", "-", "a"], &["b", "-", "a"], &[]);
    check(
        &["d/", "d/sub/", "d/sub/x", "d/mail.log.1", "d/mail.log", "d/.hidden", "d/gone -> nowhere", "d/a.json"],
        &["d"],
        &["d/a.json", "d/mail.log", "d/mail.log.1"],
        &[],
    );
}

#[test]
fn quoted_globs_work_as_in_the_shell() {
    let files = ["mail.log", "mail.log.1", "mail.log.2.gz", "mail.err", ".mail.log.swp", "d/", "d/mail.log"];
    check(&files, &["mail.log*"], &["mail.log", "mail.log.1", "mail.log.2.gz"], &[]);
    check(&files, &["*.log"], &["mail.log"], &[]);
    check(&files, &["mail.log.[0-9]"], &["mail.log.1"], &[]);
    check(&files, &["*/mail.log"], &["d/mail.log"], &[]);
    check(&files, &["*.nothing"], &[], &["*.nothing: no file matches"]);
    check(&files, &["mail.log", "x?"], &["mail.log"], &["x?: no file matches"]);
}

#[test]
fn a_path_that_exists_is_that_path() {
    check(&["mail[1].log", "mail1.log", "m*"], &["mail[1].log"], &["mail[1].log"], &[]);
    check(&["mail[1].log", "mail1.log", "m*"], &["m*"], &["m*"], &[]);
    check(&["mail1.log"], &["mail[1].log"], &["mail1.log"], &[]);
    check(&[], &["mail["], &[], &["mail[: no such file"]);
}

#[test]
fn a_file_named_twice_is_read_once() {
    check(&["a", "b -> a", "c"], &["a", "b", "c", "*", "", "-", "-"], &["a", "c", "-"], &[]);
}

#[test]
fn what_is_missing_does_not_stop_the_rest() {
    check(&["mail.log"], &["mail.lgo"], &[], &["mail.lgo: no such file\n  mail.log exists; did you mean that one?"]);
    check(&["mail.log"], &["mail.log", "mail.log.9.gz"], &["mail.log"], &["mail.log.9.gz: no such file"]);
    check(&["a"], &["qwertz", "a", "-"], &["a", "-"], &["qwertz: no such file"]);
    check(&[], &["qwertz", "-"], &["-"], &["qwertz: no such file"]);
}

#[test]
fn a_directory_without_files_is_an_error() {
    let advice = "Hidden files and subdirectories are not read unless they are named.";
    check(&["d/", "d/.x", "d/e/"], &["d"], &[], &[&format!("d: no file in this directory\n  {advice}")]);
}

#[test]
fn what_a_directory_hides_is_told() {
    // A link to itself cannot be looked through, not even by root.
    let (sources, errors) = resolved(&folder(&["d/", "d/loop -> loop", "d/mail.log"]), &["d"]);
    assert_eq!(sources, ["d/mail.log"]);
    assert!(errors.len() == 1 && errors[0].starts_with("d/loop: "), "{errors:?}");
}

#[test]
fn devices_and_sockets_are_errors_and_named_pipes_are_not() {
    let folder = folder(&[]);
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("log")).unwrap();
    assert_eq!(resolved(&folder, &["log"]).1, ["log: a socket, not a file"]);
    let (sources, errors) = resolve(&["/dev/null".into()]);
    assert!(sources.is_empty());
    assert_eq!(errors[0].to_string(), "/dev/null: a device, not a file");
    assert_eq!(errors[0].path(), Some(Path::new("/dev/null")));

    let pipe = folder.path().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(resolved(&folder, &["pipe"]), (vec!["pipe".into()], vec![]));
}

#[test]
fn names_need_not_be_text() {
    let folder = folder(&[]);
    let path = folder.path().join(OsStr::from_bytes(b"mail\xff\x1b[2J.log"));
    fs::write(&path, "x").unwrap();
    let (sources, errors) = resolve(&[path.clone().into_os_string()]);
    assert_eq!((sources, errors.len()), (vec![Source::File(path.clone())], 0));
    assert!(Source::File(path).to_string().ends_with("mail\u{fffd}\\u{1b}[2J.log"));
    let (_, errors) = resolve(&[OsStr::from_bytes(b"/nowhere/*\xff\n").to_os_string(), "".into()]);
    assert_eq!(errors[0].to_string(), "/nowhere/*\u{fffd}\\n: no such file\n  There is no directory /nowhere either.");
    assert_eq!(errors[1].to_string(), "\"\": no such file");
}
