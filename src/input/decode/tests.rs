use std::io::Write;

use super::*;
use crate::input::{BlockPlan, Input};

/// How a format is written, for the tests of how it is read.
type Pack = fn(&[u8]) -> Vec<u8>;

fn gz(bytes: &[u8]) -> Vec<u8> {
    gz_at(bytes, flate2::Compression::default())
}

fn gz_at(bytes: &[u8], level: flate2::Compression) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), level);
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    let mut packer = zstd::Encoder::new(Vec::new(), 3).unwrap();
    packer.include_checksum(true).unwrap();
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut packer = liblzma::write::XzEncoder::new(Vec::new(), 1);
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn bz2(bytes: &[u8]) -> Vec<u8> {
    let mut packer = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

const PACKS: [(&str, Pack); 4] = [("gz", gz), ("zst", zst), ("xz", xz), ("bz2", bz2)];

/// Lines that compress, but not to nothing.
fn lines(n: u32) -> Vec<u8> {
    let line = |i: u32| format!("Nov  3 09:15:02 mx1 test[{}]: {:08x}\n", i % 977, i.wrapping_mul(2_654_435_761));
    (0..n).flat_map(|i| line(i).into_bytes()).collect()
}

/// What the blocks hold together, and what stopped them.
fn read(stored: &[u8]) -> (Vec<u8>, Option<String>) {
    let input = Input::from_reader("mail.log.2", io::Cursor::new(stored.to_vec())).unwrap();
    let (mut all, mut error) = (Vec::new(), None);
    for block in input.blocks(BlockPlan { size: 100_000, ..BlockPlan::default() }) {
        assert!(error.is_none(), "something came after the error");
        match block {
            Ok(block) => all.extend(block.bytes),
            Err(e) => error = Some(e.to_string()),
        }
    }
    (all, error)
}

#[track_caller]
fn check(name: &str, stored: &[u8], expected: &[u8]) {
    let (all, error) = read(stored);
    assert_eq!(error, None, "{name}");
    assert!(all == expected, "{name}: {} bytes for {}", all.len(), expected.len());
}

#[test]
fn every_format_gives_back_what_went_in() {
    // Smaller than the head, larger than it (a thread decodes the rest), CRLF, no last line feed.
    let large = lines(34_000);
    assert!(large.len() > crate::input::HEAD + CHUNK);
    for (name, pack) in PACKS {
        for bytes in [&b""[..], b"x", b"\n", b"a\r\nb\r\n", b"a\nb", &lines(1000), &large] {
            check(name, &pack(bytes), bytes);
        }
    }
}

#[test]
fn members_follow_one_another() {
    let (a, b) = (lines(4000), lines(500));
    for (name, pack) in PACKS {
        let stored = [pack(&a), pack(b""), pack(&b), pack(b"half a li"), pack(b"ne\n")].concat();
        check(name, &stored, &[&a[..], &b, b"half a line\n"].concat());
        let small = b"one line a member\n";
        check(name, &pack(small).repeat(50), &small.repeat(50));
    }
}

#[test]
fn zeros_between_and_behind_members_are_padding() {
    for (name, pack) in PACKS {
        let stored = [&pack(b"a\n")[..], &[0; 4], &pack(b"b\n"), &[0; 100_000]].concat();
        check(name, &stored, b"a\nb\n");
    }
}

#[test]
fn skippable_frames_are_skipped() {
    let skippable = b"\x5a\x2a\x4d\x18\x05\0\0\0abcde";
    check("first", &[&skippable[..], &zst(b"a\n"), &skippable[..], &zst(b"b\n")].concat(), b"a\nb\n");
    check("alone", skippable, b"");
}

#[test]
fn what_is_no_compressed_data_behind_members_is_told() {
    for (name, pack) in PACKS {
        let stored = pack(b"a\n");
        let (all, error) = read(&[&stored[..], b"\0\0Nov  3 a plain line\n"].concat());
        assert_eq!(all, b"a\n", "{name}");
        let at = stored.len() + 2;
        let text = format!("mail.log.2: compressed data ends at byte {at}, and something else follows");
        assert_eq!(error, Some(text), "{name}");
    }
}

#[test]
fn cut_anywhere_it_gives_whole_lines_and_says_where_it_ends() {
    let bytes = lines(800);
    for (name, pack) in PACKS {
        let stored = [pack(&bytes), pack(&bytes)].concat();
        let expected = bytes.repeat(2);
        let (first, mut most) = (stored.len() / 2, 0);
        for len in (3..stored.len()).filter(|len| len % 211 < 2 || stored.len() - len < 12 || first.abs_diff(*len) < 12)
        {
            let (all, error) = read(&stored[..len]);
            assert!(expected.starts_with(&all), "{name} cut at {len}");
            assert!(all.is_empty() || all.ends_with(b"\n"), "{name} cut at {len}");
            assert!(all.len() >= most, "{name} cut at {len}: {} after {most}", all.len());
            most = all.len();
            let end = format!("mail.log.2: compressed data ends early, at byte {}", thousands(len as u64));
            match len.checked_sub(first) {
                Some(0) => assert_eq!(error, None),
                // One byte of a second magic could be anything.
                Some(1..=2) => assert!(error.is_some()),
                _ => assert_eq!(error, Some(end), "{name} cut at {len}"),
            }
        }
        assert!(most >= bytes.len(), "{name}");
    }
}

#[test]
fn no_whole_line_before_the_cut_is_lost() {
    // Uncompressed deflate blocks: what is there to be read can be told by their length.
    let bytes = lines(5000);
    let stored = gz_at(&bytes, flate2::Compression::none());
    let overhead = stored.len() - bytes.len();
    for len in (1000..stored.len() - 8).step_by(1733) {
        let (all, error) = read(&stored[..len]);
        let readable = len - overhead.min(len);
        let whole = memchr::memrchr(b'\n', &bytes[..readable]).map_or(0, |at| at + 1);
        assert!(error.is_some() && all.len() >= whole, "cut at {len}: {} bytes, {whole} expected", all.len());
    }
}

#[test]
fn damage_ends_it_and_harms_nothing_before_it() {
    let bytes = lines(12_000);
    for (name, pack) in PACKS {
        let mut stored = pack(&bytes);
        let middle = stored.len() / 2;
        stored[middle..middle + 40].fill(0xff);
        let (all, error) = read(&stored);
        let error = error.unwrap_or_default();
        assert!(error.starts_with("mail.log.2: compressed data "), "{name}: {error}");
        assert!(all.is_empty() || all.ends_with(b"\n"), "{name}");
        // Most formats notice it late, by a checksum: what comes between is wrong, and nobody can know.
        let good = all.iter().zip(&bytes).take_while(|(a, b)| a == b).count();
        assert!(good > bytes.len() / 4, "{name}: {good} good bytes of {}", bytes.len());
    }
}

#[test]
fn a_wrong_checksum_is_told_after_all_lines() {
    let bytes = lines(100);
    let mut stored = gz(&bytes);
    let checksum = stored.len() - 6;
    stored[checksum] ^= 1;
    let (all, error) = read(&stored);
    assert_eq!(all, bytes);
    assert!(error.unwrap_or_default().contains("cannot be read beyond byte"));
}

#[test]
fn noise_behind_a_magic_is_an_error_and_nothing_else() {
    let mut state = 7_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let magics: [&[u8]; 5] =
        [b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ\0", b"BZh91AY&SY", b"\x50\x2a\x4d\x18"];
    for magic in magics {
        for len in [1, 10, 1000, 100_000] {
            let stored: Vec<u8> = magic.iter().copied().chain(std::iter::repeat_with(&mut noise).take(len)).collect();
            let (_, error) = read(&stored);
            assert!(error.is_some(), "{magic:?} and {len} bytes");
        }
    }
}

#[test]
fn an_xz_header_cannot_ask_for_all_the_memory() {
    // A dictionary of 4 GiB - 1: property byte 40.
    let filters = {
        let mut options = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
        options.dict_size(1 << 29);
        let mut filters = liblzma::stream::Filters::new();
        filters.lzma2(&options);
        filters
    };
    let stream = liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::Crc32).unwrap();
    let mut packer = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
    packer.write_all(b"a\n").unwrap();
    let (all, error) = read(&packer.finish().unwrap());
    assert!(all.is_empty());
    assert!(error.unwrap_or_default().contains("cannot be read beyond byte"));
}

#[test]
fn text_is_not_taken_for_compressed_data() {
    for text in ["BZ", "BZhello world", "BZh9 is a name", "7zXZ", "(", "P*M", "PK", "\x1f", "\x1fa\n", "Nov  3\n"] {
        check(text, text.as_bytes(), text.as_bytes());
    }
}

#[test]
fn a_bomb_of_one_line_stays_small() {
    let packed = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        let piece = vec![b'x'; 1 << 20];
        (0..5).for_each(|_| packer.write_all(&piece).unwrap());
        packer.write_all(b"\nend\n").unwrap();
        packer.finish().unwrap()
    };
    let mut blocks = Input::from_reader("bomb", io::Cursor::new(packed)).unwrap().blocks(BlockPlan::default());
    let block = blocks.next().unwrap().unwrap();
    assert!(block.bytes.ends_with(b"x\nend\n") && block.bytes.capacity() < 8 << 20);
    assert_eq!(blocks.long_lines(), 1);
    assert!(blocks.next().is_none());
}

#[test]
fn a_reader_who_leaves_early_ends_the_decoder() {
    let stored = gz(&lines(70_000));
    let plan = BlockPlan { size: 50_000, ..BlockPlan::default() };
    for taken in [0, 1, 30] {
        let mut blocks = Input::from_reader("x", io::Cursor::new(stored.clone())).unwrap().blocks(plan);
        assert_eq!(blocks.by_ref().take(taken).count(), taken);
        let position = blocks.progress();
        drop(blocks);
        let ended = (0..1000).any(|_| {
            thread::sleep(std::time::Duration::from_millis(10));
            Arc::strong_count(&position) == 1
        });
        assert!(ended, "the decoder's thread still holds its source");
    }
}

#[test]
fn formats_that_are_not_read_are_named_with_the_program_that_does() {
    let open = |head: &[u8]| Input::from_reader("mail.log.1", io::Cursor::new(head.to_vec())).unwrap_err();
    let error = open(b"\x04\x22\x4d\x18\x64\x40\xa7");
    assert_eq!(error.kind(), ErrorKind::Unreadable);
    assert_eq!(
        error.to_string(),
        "mail.log.1: lz4 data, which this mailrake was built without\n  Use: lz4 -dc mail.log.1 | mailrake -"
    );
    assert!(open(b"PK\x03\x04\x14\0").to_string().contains("unzip -p"));
    assert!(open(b"\x1f\x9d\x90").to_string().contains("gzip -dc"));
}
