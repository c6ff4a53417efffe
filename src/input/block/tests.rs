use std::io::{self, Read};

use proptest::prelude::*;

use super::*;
use crate::input::Input;

/// A source that gives its bytes in pieces of odd sizes, and may fail behind them.
struct Pieces {
    bytes: Vec<u8>,
    used: usize,
    fails: bool,
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = (self.bytes.len() - self.used).min(into.len()).min(1 + self.used % 70_001);
        if n == 0 && self.fails {
            return Err(io::Error::other("the disk is gone"));
        }
        into[..n].copy_from_slice(&self.bytes[self.used..][..n]);
        self.used += n;
        Ok(n)
    }
}

fn input(bytes: &[u8], fails: bool) -> Input {
    Input::from_reader("mail.log", Pieces { bytes: bytes.to_vec(), used: 0, fails }).unwrap()
}

fn plan(size: usize) -> BlockPlan {
    BlockPlan { size, ..BlockPlan::default() }
}

/// All blocks, after checking that they follow one another; their buffers are reused.
fn gather(bytes: &[u8], plan: BlockPlan) -> (Vec<Vec<u8>>, u64) {
    let mut blocks = input(bytes, false).blocks(plan);
    let (mut all, mut at) = (Vec::new(), plan.from);
    while let Some(block) = blocks.next() {
        let block = block.unwrap();
        assert!(!block.bytes.is_empty());
        assert_eq!(block.offset, at);
        at = block.end;
        all.push(block.bytes.clone());
        blocks.recycle(block.bytes);
    }
    // A hole that no line follows yet stays to be read again.
    let hole = bytes.iter().rev().take_while(|&&b| b == 0).count();
    let end = bytes.len() - if hole > LINE_LIMIT { hole } else { 0 };
    assert_eq!(at, plan.from.max(end as u64));
    assert!(blocks.next().is_none());
    (all, blocks.long_lines())
}

/// Cuts into blocks of `size`, and compares what they hold together.
#[track_caller]
fn check(bytes: &[u8], size: usize, expected: &[u8], long_lines: u64) {
    let (blocks, long) = gather(bytes, plan(size));
    for block in &blocks[..blocks.len().saturating_sub(1)] {
        assert_eq!(block.last(), Some(&b'\n'));
    }
    assert!(blocks.concat() == expected, "size {size}: {} bytes for {}", blocks.concat().len(), expected.len());
    assert_eq!(long, long_lines, "size {size}");
}

#[track_caller]
fn check_sizes(bytes: &[u8], expected: &[u8], long_lines: u64) {
    for size in [1, 1000, 300_000, 5 << 20] {
        check(bytes, size, expected, long_lines);
    }
}

fn line(fill: u8, len: usize) -> Vec<u8> {
    let mut line = vec![fill; len];
    line.push(b'\n');
    line
}

#[test]
fn small_inputs_stay_as_they_are() {
    for bytes in ["", "\n", "x", "x\n", "\n\n", "a\r\nb\r\n", "a\nb", "\0\0a\n", "a\n\0"] {
        check_sizes(bytes.as_bytes(), bytes.as_bytes(), 0);
    }
}

#[test]
fn no_block_is_much_larger_than_asked() {
    let bytes = line(b'x', 99).repeat(100_000);
    let (blocks, _) = gather(&bytes, plan(1 << 20));
    assert_eq!(blocks.len(), 10);
    assert!(blocks.iter().all(|block| block.len() <= 1 << 20));
}

#[test]
fn lines_of_70_kb_go_over_block_ends_whole() {
    let bytes = [line(b'a', 70_000), line(b'b', 10), line(b'c', 70_000)].concat().repeat(20);
    check_sizes(&bytes, &bytes, 0);
}

#[test]
fn a_line_at_the_limit_is_whole_and_one_over_it_is_shortened() {
    let kept = line(b'x', LINE_KEPT);
    for (len, count) in [(LINE_LIMIT, 0), (LINE_LIMIT + 1, 1), (2 << 20, 1)] {
        for ahead in [0, 77, PIECE - 1, PIECE] {
            let (before, after) = (line(b'a', ahead), line(b'b', 20));
            let long = line(b'x', len);
            let bytes = [&before[..], &long, &after].concat();
            let middle = if count == 0 { &long } else { &kept };
            check_sizes(&bytes, &[&before[..], middle, &after].concat(), count);
        }
    }
}

#[test]
fn a_long_line_may_be_the_last_one_and_lack_its_end() {
    let bytes = [&b"first\n"[..], &vec![b'x'; 3 << 20]].concat();
    check_sizes(&bytes, &[&b"first\n"[..], &vec![b'x'; LINE_KEPT]].concat(), 1);
}

#[test]
fn a_hole_loses_no_line() {
    for hole in [(1 << 20) + 1, (2 << 20) + 12_345] {
        let bytes = [b"before\n", &vec![0; hole][..], b"after\nlast\n"].concat();
        check_sizes(&bytes, b"before\nafter\nlast\n", 0);
        let at_the_end = [b"before\n", &vec![0; hole][..]].concat();
        check_sizes(&at_the_end, b"before\n", 0);
        let long = [&vec![0; hole][..], &line(b'x', 2 << 20)].concat();
        check_sizes(&long, &line(b'x', LINE_KEPT), 1);
    }
}

#[test]
fn an_endless_line_does_not_fill_the_memory() {
    let endless = io::repeat(b'x').take(1 << 28).chain(&b"\nend\n"[..]);
    let mut blocks = Input::from_reader("-", endless).unwrap().blocks(BlockPlan::default());
    let block = blocks.next().unwrap().unwrap();
    assert_eq!(block.bytes.len(), LINE_KEPT + 5);
    assert_eq!(block.end, (1 << 28) + 5);
    assert!(block.bytes.capacity() < 8 << 20);
    assert_eq!(blocks.long_lines(), 1);
    assert_eq!(blocks.compressed_position(), (1 << 28) + 5);
    assert!(blocks.next().is_none());
}

/// Entries begin at lines that do not begin with a space.
fn before_last_entry(lines: &[u8]) -> usize {
    (0..lines.len()).rev().find(|&i| lines[i] != b' ' && (i == 0 || lines[i - 1] == b'\n')).unwrap_or(0)
}

#[test]
fn entries_of_several_lines_are_kept_together() {
    let entry = |lines: usize| ["head\n", &" more\n".repeat(lines)].concat();
    let bytes = (0..400).map(|i| entry(i % 60)).collect::<String>();
    for size in [1, 7, 100, 1000, 10_000] {
        let (blocks, _) = gather(bytes.as_bytes(), BlockPlan { cut: before_last_entry, ..plan(size) });
        assert!(blocks.len() > 5);
        assert!(blocks.iter().all(|block| block.starts_with(b"head\n")));
        assert_eq!(blocks.concat(), bytes.as_bytes());
    }
}

#[test]
fn an_entry_without_end_is_cut_at_a_line_end() {
    let bytes = [&b"head\n"[..], &b" more\n".repeat(5_000_000)].concat();
    let (blocks, _) = gather(&bytes, BlockPlan { cut: before_last_entry, ..plan(1 << 20) });
    assert!(blocks.len() > 1);
    assert!(blocks.iter().all(|block| block.ends_with(b"\n") && block.len() <= 4 * ENTRY_LIMIT));
    assert_eq!(blocks.concat(), bytes);
}

#[test]
fn a_cut_that_makes_no_sense_harms_nobody() {
    let bytes = line(b'x', 30).repeat(1000);
    for cut in [|_: &[u8]| usize::MAX, |lines: &[u8]| lines.len() - 1, |_: &[u8]| 5, |_: &[u8]| 0] {
        assert_eq!(gather(&bytes, BlockPlan { cut, ..plan(100) }).0.concat(), bytes);
    }
}

#[test]
fn a_failing_source_gives_its_whole_lines_first() {
    for (bytes, whole) in [("", ""), ("a", ""), ("a\nb\nc", "a\nb\n"), ("a\nb\n", "a\nb\n")] {
        let mut blocks = input(bytes.as_bytes(), true).blocks(plan(3));
        let mut got = Vec::new();
        let error = loop {
            match blocks.next().unwrap() {
                Ok(block) => got.extend(block.bytes),
                Err(error) => break error,
            }
        };
        assert_eq!(got, whole.as_bytes());
        assert_eq!(error.kind(), crate::ErrorKind::EndsEarly);
        assert_eq!(error.to_string(), format!("mail.log: reading failed at byte {}: the disk is gone", bytes.len()));
        assert!(blocks.next().is_none());
    }
}

#[test]
fn a_failing_source_takes_its_long_half_line_with_it() {
    let bytes = [&b"a\n"[..], &vec![b'x'; 3 << 20]].concat();
    let mut blocks = input(&bytes, true).blocks(plan(1000));
    assert_eq!(blocks.next().unwrap().unwrap().bytes, b"a\n");
    assert!(blocks.next().unwrap().is_err());
    assert!(blocks.next().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn blocks_together_are_the_input(
        lines in prop::collection::vec((any::<u8>(), 0..3000usize), 0..60),
        size in 1..20_000usize,
        unfinished in 0..500usize,
    ) {
        let mut bytes: Vec<u8> = lines.iter().flat_map(|&(fill, len)| line(fill, len)).collect();
        bytes.extend(vec![b'u'; unfinished]);
        check(&bytes, size, &bytes, 0);
    }

    #[test]
    fn a_reader_may_begin_anywhere(len in 0..5000usize, from in 0..6000u64, size in 1..3000usize) {
        let bytes: Vec<u8> = (0..len).map(|i| if i % 37 == 0 { b'\n' } else { b'a' + (i % 23) as u8 }).collect();
        let (blocks, _) = gather(&bytes, BlockPlan { from, ..plan(size) });
        prop_assert_eq!(blocks.concat(), bytes.get(from as usize..).unwrap_or_default());
    }
}
