use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::*;

fn lines(n: u32) -> Vec<u8> {
    (0..n).flat_map(|i| format!("line {i} of a log that is long enough to have samples\n").into_bytes()).collect()
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// A file with this in it, in a folder of its own.
fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn open(path: &Path) -> Input {
    Input::open(&Source::File(path.to_path_buf())).unwrap()
}

fn all(input: Input, from: u64) -> Vec<u8> {
    input
        .blocks(BlockPlan { from, size: 10_000, ..BlockPlan::default() })
        .flat_map(|block| block.unwrap().bytes)
        .collect()
}

#[test]
fn an_opened_file_tells_what_it_is() {
    let bytes = lines(24_000);
    for stored in [bytes.clone(), packed(&bytes)] {
        let (_folder, path) = file(&stored);
        let input = open(&path);
        assert_eq!(input.name(), path.to_string_lossy());
        assert_eq!(input.size(), Some(stored.len() as u64));
        assert_eq!(input.modified(), fs::metadata(&path).unwrap().modified().ok());
        assert!((HEAD..HEAD + STEP).contains(&input.head().len()) && bytes.starts_with(input.head()));
        assert!(!input.complete);
        let mut blocks = input.blocks(BlockPlan::default());
        let mut together = Vec::new();
        for block in blocks.by_ref() {
            together.extend(block.unwrap().bytes);
        }
        assert!(together == bytes);
        assert_eq!(blocks.compressed_position(), stored.len() as u64);
    }
}

#[test]
fn small_and_empty_files_are_all_head() {
    for bytes in [&b""[..], b"x", b"a\nb\n"] {
        for stored in [bytes.to_vec(), packed(bytes)] {
            let (_folder, path) = file(&stored);
            let input = open(&path);
            assert_eq!((input.head(), input.complete), (bytes, true));
            assert!(input.samples().is_empty());
            assert_eq!(all(input, 0), bytes);
        }
    }
}

#[test]
fn a_later_run_may_go_on_where_one_ended() {
    let bytes = lines(24_000);
    for stored in [bytes.clone(), packed(&bytes)] {
        let (_folder, path) = file(&stored);
        for from in [0, 1, 5000, HEAD as u64 + 7000, bytes.len() as u64 - 7, bytes.len() as u64, 1 << 40] {
            assert!(all(open(&path), from) == bytes.get(from as usize..).unwrap_or_default(), "from {from}");
        }
    }
}

#[test]
fn samples_are_whole_lines_from_all_over() {
    let bytes = lines(400_000);
    let (_folder, path) = file(&bytes);
    let samples = open(&path).samples();
    assert_eq!(samples.len(), 1 + bytes.len() / SAMPLE_EVERY as usize);
    for sample in &samples {
        assert!(sample.starts_with(b"line ") && sample.ends_with(b" samples\n"));
    }
    let last = samples.last().unwrap();
    assert!(last.len() > LAST_SAMPLE - 100 && bytes.ends_with(last));
    assert!(samples[0].len() > SAMPLE - 200);

    let (_folder, path) = file(&packed(&lines(24_000)));
    assert!(open(&path).samples().is_empty());
    // Just over the head: one sample, not of the head.
    let (_folder, path) = file(&bytes[..HEAD + STEP + 500]);
    let samples = open(&path).samples();
    assert!(samples.len() == 1 && samples[0].len() < STEP + 500);
}

#[test]
fn an_input_laid_aside_begins_again_even_after_rotation() {
    let bytes = lines(24_000);
    for stored in [bytes.clone(), packed(&bytes), b"short\n".to_vec()] {
        let (folder, path) = file(&stored);
        let expected = all(open(&path), 0);
        let mut input = open(&path);
        input.lay_aside();
        assert!(input.head().is_empty());
        fs::rename(&path, folder.path().join("mail.log.1")).unwrap();
        fs::write(&path, "a new log\n").unwrap();
        assert!(all(input, 0) == expected);
    }
    let mut pipe = Input::from_reader("-", &b"kept\n"[..]).unwrap();
    pipe.lay_aside();
    assert_eq!(all(pipe, 0), b"kept\n");
}

#[test]
fn a_file_that_shrinks_or_grows_while_it_is_read_just_ends() {
    let bytes = lines(24_000);
    let (_folder, path) = file(&bytes);
    let mut blocks = open(&path).blocks(BlockPlan::default());
    OpenOptions::new().append(true).open(&path).unwrap().write_all(b"one more\n").unwrap();
    assert!(blocks.by_ref().flat_map(|block| block.unwrap().bytes).eq([&bytes[..], b"one more\n"].concat()));

    let input = open(&path);
    let known = input.head().len();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
    assert!(all(input, 0) == bytes[..known]);
}

#[test]
fn identity_survives_growth_and_compression() {
    let bytes = lines(100);
    let (_folder, path) = file(&bytes[..500]);
    let before = open(&path).identity();
    assert_eq!((before.hashed, before.inode), (500, Some(fs::metadata(&path).unwrap().ino())));
    fs::write(&path, &bytes).unwrap();
    assert!(before.begins(&open(&path)));
    assert_eq!((open(&path).identity().hashed, open(&path).identity().inode), (IDENTITY, before.inode));
    fs::write(&path, packed(&bytes)).unwrap();
    assert!(before.begins(&open(&path)));
    fs::write(&path, &bytes[7..]).unwrap();
    assert!(!before.begins(&open(&path)));
    fs::write(&path, &bytes[..499]).unwrap();
    assert!(!before.begins(&open(&path)));
    // FNV-1a's published vector: the hash is kept in files.
    assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
}

#[test]
fn a_named_pipe_is_read_compressed_or_not() {
    let bytes = lines(24_000);
    for stored in [bytes.clone(), packed(&bytes)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let writer = std::thread::spawn({
            let path = path.clone();
            move || fs::write(path, stored).unwrap()
        });
        let input = open(&path);
        assert_eq!((input.size(), input.modified(), input.identity().inode), (None, None, None));
        assert!(input.samples().is_empty());
        assert!(all(input, 0) == bytes);
        writer.join().unwrap();
    }
}

#[test]
fn what_cannot_be_opened_says_why() {
    let (folder, path) = file(b"x");
    let text = |path: &Path| {
        let error = Input::open(&Source::File(path.to_path_buf())).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Unreadable, Some(path)));
        error.to_string().replace(&format!("{}/", folder.path().display()), "")
    };
    assert_eq!(
        text(&path.with_file_name("mail.lgo")),
        "mail.lgo: no such file\n  mail.log exists; did you mean that one?"
    );
    assert!(text(folder.path()).ends_with(": a directory, not a file"));
    assert_eq!(text(Path::new("/dev/null")), "/dev/null: a device, not a file");
}

#[test]
fn inputs_and_blocks_may_go_to_another_thread() {
    fn check<T: Send>() {}
    check::<Input>();
    check::<Blocks>();
}
