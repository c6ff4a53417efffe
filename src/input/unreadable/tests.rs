use super::*;

#[test]
fn distances_count_slips() {
    for (a, b, expected) in [
        ("mail.log", "mail.log", 0),
        ("mail.lgo", "mail.log", 1),
        ("mail.lo", "mail.log", 1),
        ("maillog", "mail.log", 1),
        ("mial.lgo", "mail.log", 2),
        ("", "abc", 3),
        ("abc", "", 3),
        ("größe", "grösse", 2),
    ] {
        assert_eq!(distance(a, b), expected, "{a} {b}");
    }
}

#[test]
fn suggestions_are_near_and_no_other_rotation() {
    let check = |wanted: &str, names: &[&str], expected: Option<&str>| {
        assert_eq!(nearest(wanted, names.iter().map(|n| n.to_string())).as_deref(), expected, "{wanted}");
    };
    check("mail.lgo", &["mail.log", "mail.err", "mail.log.1"], Some("mail.log"));
    check("maillog", &["mail.log", "maillog.1"], Some("mail.log"));
    check("mail.log.9.gz", &["mail.log", "mail.log.2.gz", "mail.log.1"], None);
    check("mail.log.2", &["mail.log.2.gz", "mail.log.3"], None);
    check("mail.log.12", &["mail.log.12.gz", "mail.log.3.gz"], None);
    check("mail.log.2.g", &["mail.log.2.gz"], Some("mail.log.2.gz"));
    check("x", &["y", "mail.log"], Some("y"));
    check("qwertz", &["mail.log"], None);
    check("mail.log", &[], None);
}

#[test]
fn closed_files_say_whose_they_are_and_who_may_read() {
    let check = |user: &str, group: &str, mode, expected: &str| {
        let owners = Owners { user: user.into(), group: group.into(), mode };
        assert_eq!(owners.advice("It"), expected);
    };
    check("root", "adm", 0o640, "It belongs to root:adm, mode 640: run as root or as a member of adm.");
    check("root", "root", 0o600, "It belongs to root:root, mode 600: run as root.");
    check("root", "adm", 0o600, "It belongs to root:adm, mode 600: run as root.");
    check("syslog", "adm", 0o640, "It belongs to syslog:adm, mode 640: run as root, as syslog or as a member of adm.");
    check("exim", "exim", 0o400, "It belongs to exim:exim, mode 400: run as root or as exim.");
    check("root", "adm", 0o2040, "It belongs to root:adm, mode 2040: run as root or as a member of adm.");
    check("root", "root", 0, "It belongs to root:root, mode 000: run as root.");
}

#[test]
fn ids_have_names_where_the_host_knows_them() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), "root:x:0:\nbroken\n\nadm:x:4:syslog,ada\nadm2:x:40:\n").unwrap();
    let path = file.path().to_str().unwrap();
    for (id, name) in [(0, "root"), (4, "adm"), (40, "adm2"), (1000, "1000")] {
        assert_eq!(name_of(path, id), name);
    }
    assert_eq!(name_of("/nowhere", 7), "7");
}

#[test]
fn a_denied_file_gets_advice_also_behind_a_closed_directory() {
    let folder = tempfile::tempdir().unwrap();
    let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
    let file = folder.path().join("mail.log");
    fs::write(&file, "").unwrap();
    let text = unreadable(&file, denied()).to_string();
    assert!(text.starts_with(&format!("{}: permission denied\n  It belongs to ", file.display())), "{text}");

    // Cannot be looked at, as if the directory were closed.
    let hidden = folder.path().join("gone").join("mail.log");
    let text = unreadable(&hidden, denied()).to_string();
    assert!(text.contains(&format!("\n  The directory {} belongs to ", folder.path().display())), "{text}");
}

#[test]
fn a_link_to_nowhere_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("mail.log");
    std::os::unix::fs::symlink("/nowhere/else", &link).unwrap();
    let error = unreadable(&link, fs::metadata(&link).unwrap_err());
    assert_eq!(
        error.to_string(),
        format!("{}: no such file\n  It is a link to /nowhere/else, which does not exist.", link.display())
    );
}
