use super::*;

/// A root with these files in it, links as `a -> b`.
fn root(files: &[&str]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for file in files {
        let (path, target) = file.split_once(" -> ").map_or((*file, None), |(path, target)| (path, Some(target)));
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match target {
            Some(target) => std::os::unix::fs::symlink(target, path).unwrap(),
            None => fs::write(path, "x\n").unwrap(),
        }
    }
    root
}

#[track_caller]
fn check(files: &[&str], rotated: bool, expected: &[&str]) {
    let root = root(files);
    let found = host_logs(root.path(), rotated).unwrap();
    let prefix = format!("{}/var/log/", root.path().display());
    let names: Vec<_> = found.iter().map(|source| source.name().replace(&prefix, "")).collect();
    assert_eq!(names, expected);
}

#[test]
fn live_logs_are_found_where_hosts_keep_them() {
    check(&["var/log/mail.log", "var/log/mail.err", "var/log/mail.log.1", "var/log/syslog"], false, &["mail.log"]);
    check(&["var/log/maillog"], false, &["maillog"]);
    check(&["var/log/exim4/mainlog", "var/log/exim4/rejectlog"], false, &["exim4/mainlog"]);
    check(&["var/log/mail.log", "var/log/exim4/mainlog"], false, &["mail.log", "exim4/mainlog"]);
    check(&["var/log/mail"], false, &["mail"]);
    check(&["var/log/mail/mail.info", "var/log/maillog"], false, &["maillog"]);
    check(&["var/log/mail.log", "var/log/maillog -> mail.log"], false, &["mail.log"]);
}

#[test]
fn rotated_ones_come_with_them_when_asked_for() {
    let files = [
        "var/log/mail.log",
        "var/log/mail.log.1",
        "var/log/mail.log.2.gz",
        "var/log/mail.log-20241103.zst",
        "var/log/mail.log.offset",
        "var/log/mail.log.1.offset",
        "var/log/mail.logger",
        "var/log/mail.err.1",
        "var/log/mail.log.3/x",
    ];
    check(&files, true, &["mail.log-20241103.zst", "mail.log.1", "mail.log.2.gz", "mail.log"]);
    check(&["var/log/exim4/mainlog", "var/log/exim4/mainlog.01"], true, &["exim4/mainlog.01", "exim4/mainlog"]);
}

#[test]
fn a_log_that_was_just_rotated_away_is_not_missing() {
    check(&["var/log/mail.log.1"], false, &["mail.log.1"]);
    check(&["var/log/exim/mainlog-20241103"], false, &["exim/mainlog-20241103"]);
    check(&["var/log/mail.log.1", "var/log/exim/mainlog"], false, &["exim/mainlog"]);
}

#[test]
fn suffixes_of_rotation_are_told_from_others() {
    let rotated = ".1 .0 .02.gz -20241103 -20241103.xz -20241103-1730592000.zst .2024-11-03.bz2 .old .old.gz .1.Z";
    let others = " . - .gz .offset .1.offset .err -old .1~ .log .1.bak ger .d";
    for suffix in rotated.split(' ') {
        assert!(is_rotation_suffix(suffix.as_bytes()), "{suffix}");
    }
    for suffix in others.split(' ') {
        assert!(!is_rotation_suffix(suffix.as_bytes()), "{suffix}");
    }
}

#[test]
fn nothing_found_names_every_place() {
    let error = host_logs(root(&["var/log/syslog"]).path(), true).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoInput);
    let text = nothing_found(Path::new("/")).to_string();
    assert_eq!(
        text,
        "no mail log found\n  \
         Looked for /var/log/mail.log, /var/log/maillog, /var/log/exim4/mainlog,\n  \
         /var/log/exim/mainlog, /var/log/exim/main.log, /var/log/exim_mainlog,\n  \
         /var/spool/exim/log/mainlog and /var/log/mail. Name the file: mailrake LOG,\n  \
         or mailrake - to read a pipe."
    );
}

/// A fresh Debian 12 has no file, but a journal.
#[test]
fn the_journal_stands_in_for_missing_files() {
    let root = tempfile::tempdir().unwrap();
    assert!(host_inputs(root.path(), false, Journal::default()).is_err());
    for (folder, enough) in [("var/log/journal/remote", false), ("run/log/journal/0123abcd", true)] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
        fs::write(root.path().join(folder).join("system.journal"), "").unwrap();
        assert_eq!(host_inputs(root.path(), false, Journal::default()).is_ok(), enough, "{folder}");
    }
    let found = host_inputs(root.path(), false, Journal::default()).unwrap();
    assert_eq!(found, [Source::Journal(Journal::default())]);
    fs::create_dir_all(root.path().join("var/log")).unwrap();
    fs::write(root.path().join("var/log/mail.log"), "").unwrap();
    let found = host_inputs(root.path(), false, Journal::default()).unwrap();
    assert_eq!(found, [Source::File(root.path().join("var/log/mail.log"))]);
}
