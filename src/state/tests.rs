use super::*;

fn some() -> State {
    let mut state = State { runs: 3, cursor: Some("s=1".into()), ..State::default() };
    state.counters.insert("mailrake_messages_total".into(), 7);
    state.summarise(Some((1, 2)), Totals { messages: 7, ..Totals::default() });
    state
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (file, state) = StateFile::open(&path).unwrap();
    assert_eq!(state, State::default());
    file.replace(&some()).unwrap();
    drop(file);
    let (_file, state) = StateFile::open(&path).unwrap();
    assert_eq!(state, some());
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_second_run_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let first = StateFile::open(&path).unwrap();
    let said = StateFile::open(&path).unwrap_err().to_string();
    assert!(said.starts_with(&format!("{} is in use by another run\n", path.display())), "{said}");
    drop(first);
    StateFile::open(&path).unwrap();
}

/// Nothing but a whole state of this version is taken for one.
#[test]
fn what_is_no_state_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let whole = encode(&some()).unwrap();
    let check = |bytes: &[u8], expected: &str| {
        fs::write(&path, bytes).unwrap();
        let said = StateFile::open(&path).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
        assert_eq!(fs::read(&path).unwrap(), bytes);
    };
    check(b"From: root\n\nhello", "no state file of mailrake");
    check(b"mailrake state 2 zstd\nxyz", "state version 2, and this mailrake reads 1");
    check(b"mailrake state 1 lzma\nxyz", "packed with lzma");
    // Only zstd keeps a checksum.
    if cfg!(not(feature = "zst")) {
        return;
    }
    for cut in [22, 30, whole.len() / 2, whole.len() - 1] {
        check(&whole[..cut], "damaged");
    }
    for at in 25..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x20;
        assert!(decode(&bytes).is_err(), "byte {at} was changed");
    }
}
