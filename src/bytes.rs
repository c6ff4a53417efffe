//! Looks for bytes in the short texts that lines are made of: sixteen at a time, without a call.
//!
//! It knows no mail and no log.  [`memchr`] is faster over kilobytes, but most fields end within forty bytes, where
//! the way to its code and back costs more than the search.

use std::borrow::Cow;

use wide::u8x16;

/// How many bytes are looked at together.
const WIDTH: usize = 16;

/// Where `byte` first stands.
#[inline(always)]
#[must_use]
pub fn find(text: &[u8], byte: u8) -> Option<usize> {
    first(text, |chunk| is(chunk, byte), |b| b == byte)
}

/// Where one of two bytes first stands.
#[inline(always)]
#[must_use]
pub fn find2(text: &[u8], one: u8, two: u8) -> Option<usize> {
    first(text, |chunk| is(chunk, one) | is(chunk, two), |b| b == one || b == two)
}

/// Where one of three bytes first stands.
#[inline(always)]
#[must_use]
pub fn find3(text: &[u8], one: u8, two: u8, three: u8) -> Option<usize> {
    first(text, |chunk| is(chunk, one) | is(chunk, two) | is(chunk, three), |b| b == one || b == two || b == three)
}

/// Does one of these stand in it?
#[inline(always)]
#[must_use]
pub fn holds_one_of(text: &[u8], bytes: [u8; 4]) -> bool {
    first(text, |chunk| is_one_of(chunk, bytes), |b| bytes.contains(&b)).is_some()
}

/// Does a control byte below the space, or one of two others, stand in it?
#[inline(always)]
#[must_use]
pub fn holds_control_or(text: &[u8], one: u8, two: u8) -> bool {
    let hits = |chunk| at_most(chunk, b' ' - 1) | is(chunk, one) | is(chunk, two);
    first(text, hits, |b| b < b' ' || b == one || b == two).is_some()
}

/// Are they the same?  Names are short: to compare them here takes less time than the way to the C library and back.
#[inline(always)]
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut from = 0;
    while let (Some(one), Some(other)) = (chunk_at::<WIDTH>(a, from), chunk_at::<WIDTH>(b, from)) {
        if one != other {
            return false;
        }
        from += WIDTH;
    }
    // What is left is compared together with what lies before it.
    if let (Some(one), Some(other)) = (a.last_chunk::<WIDTH>(), b.last_chunk::<WIDTH>()) {
        return one == other;
    }
    if let (Some(one), Some(other)) = (a.first_chunk::<8>(), b.first_chunk::<8>()) {
        return one == other && a.last_chunk::<8>() == b.last_chunk::<8>();
    }
    if let (Some(one), Some(other)) = (a.first_chunk::<4>(), b.first_chunk::<4>()) {
        return one == other && a.last_chunk::<4>() == b.last_chunk::<4>();
    }
    a.iter().zip(b).all(|(one, other)| one == other)
}

/// So many bytes from there on, if there are so many.
#[inline(always)]
fn chunk_at<const N: usize>(text: &[u8], from: usize) -> Option<&[u8; N]> {
    text.get(from..).and_then(<[u8]>::first_chunk)
}

/// Does an ASCII letter in upper case stand in it?
#[inline(always)]
#[must_use]
pub fn holds_upper_case(text: &[u8]) -> bool {
    let hits = |chunk: u8x16| at_most(chunk - u8x16::splat(b'A'), 25);
    first(text, hits, |b| b.is_ascii_uppercase()).is_some()
}

/// Where `words` first stand: by their first byte, which is best one that is rare.
#[inline(always)]
#[must_use]
pub fn find_words(text: &[u8], words: &[u8]) -> Option<usize> {
    let first = *words.first()?;
    let mut from = 0;
    while let Some(at) = find(text.get(from..)?, first) {
        if text.get(from + at..)?.starts_with(words) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

/// How many ASCII letters and digits `text` begins with.
#[inline(always)]
#[must_use]
pub fn word_length(text: &[u8]) -> usize {
    first(text, |chunk| !is_alphanumeric(chunk), |b| !b.is_ascii_alphanumeric()).unwrap_or(text.len())
}

/// Which of sixteen bytes are ASCII letters and digits; the lowest bit stands for the first one.
#[inline(always)]
#[must_use]
pub fn alphanumerics(chunk: &[u8; WIDTH]) -> u32 {
    is_alphanumeric(u8x16::from(*chunk)).to_bitmask()
}

/// How many letters, digits and `.:%_-` `text` begins with: what an address is written with.
#[inline(always)]
#[must_use]
pub fn ip_length(text: &[u8]) -> usize {
    // From `-` to `.`, and one byte each.
    let fits = |chunk: u8x16| {
        is_alphanumeric(chunk)
            | at_most(chunk - u8x16::splat(b'-'), 1)
            | is(chunk, b':')
            | is(chunk, b'%')
            | is(chunk, b'_')
    };
    let fits_one = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'%' | b'_' | b'-');
    first(text, |chunk| !fits(chunk), |b| !fits_one(b)).unwrap_or(text.len())
}

/// Where `byte` last stands.
#[inline(always)]
#[must_use]
pub fn rfind(text: &[u8], byte: u8) -> Option<usize> {
    let mut to = text.len();
    while let Some(chunk) = text.get(..to).and_then(<[u8]>::last_chunk::<WIDTH>) {
        let mask = is(u8x16::from(*chunk), byte).to_bitmask();
        if mask != 0 {
            return Some(to - WIDTH + (u32::BITS - 1 - mask.leading_zeros()) as usize);
        }
        to -= WIDTH;
    }
    text.get(..to)?.iter().rposition(|&b| b == byte)
}

/// How many of `0123456789ABCDEF` the first sixteen bytes begin with; None of a shorter text.
#[inline(always)]
#[must_use]
pub fn hex_length(text: &[u8]) -> Option<usize> {
    let chunk = u8x16::from(*text.first_chunk::<WIDTH>()?);
    let digit = chunk - u8x16::splat(b'0');
    let letter = chunk - u8x16::splat(b'A');
    Some((at_most(digit, 9) | at_most(letter, 5)).to_bitmask().trailing_ones() as usize)
}

/// Of the first thirty-two bytes, where the first and the second of `ends` stand and where the first `close` stands; 32
/// for none.  None of a shorter text.
#[inline(always)]
#[must_use]
pub fn tag_ends(text: &[u8], ends: [u8; 4], close: u8) -> Option<(usize, usize, usize)> {
    let (left, right) = text.first_chunk::<{ 2 * WIDTH }>()?.split_first_chunk::<WIDTH>()?;
    let (left, right) = (u8x16::from(*left), u8x16::from(*right.first_chunk::<WIDTH>()?));
    let ends = is_one_of(left, ends).to_bitmask() | is_one_of(right, ends).to_bitmask() << WIDTH;
    let closes = is(left, close).to_bitmask() | is(right, close).to_bitmask() << WIDTH;
    let place = |mask: u32| mask.trailing_zeros() as usize;
    Some((place(ends), place(ends & ends.wrapping_sub(1)), place(closes)))
}

/// Where the first line feed stands.
#[inline(always)]
#[must_use]
pub fn line_end(text: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(four) = text.get(from..).and_then(<[u8]>::first_chunk::<{ 4 * WIDTH }>) {
        let (chunks, _) = four.as_chunks::<WIDTH>();
        let [a, b, c, d] = chunks else { break };
        let [a, b, c, d] = [*a, *b, *c, *d].map(|chunk| is(u8x16::from(chunk), b'\n'));
        if (a | b | c | d).to_bitmask() != 0 {
            let mask = u64::from(a.to_bitmask())
                | u64::from(b.to_bitmask()) << WIDTH
                | u64::from(c.to_bitmask()) << (2 * WIDTH)
                | u64::from(d.to_bitmask()) << (3 * WIDTH);
            return Some(from + mask.trailing_zeros() as usize);
        }
        from += 4 * WIDTH;
    }
    Some(from + memchr::memchr(b'\n', text.get(from..)?)?)
}

/// All bits of the bytes that are `byte`.
#[inline(always)]
fn is(chunk: u8x16, byte: u8) -> u8x16 {
    chunk.simd_eq(u8x16::splat(byte))
}

/// All bits of the bytes that are one of `bytes`.
#[inline(always)]
fn is_one_of(chunk: u8x16, bytes: [u8; 4]) -> u8x16 {
    is(chunk, bytes[0]) | is(chunk, bytes[1]) | is(chunk, bytes[2]) | is(chunk, bytes[3])
}

/// All bits of the letters and digits.
#[inline(always)]
fn is_alphanumeric(chunk: u8x16) -> u8x16 {
    let digit = chunk - u8x16::splat(b'0');
    let letter = (chunk | u8x16::splat(0x20)) - u8x16::splat(b'a');
    at_most(digit, 9) | at_most(letter, 25)
}

/// All bits of the bytes that are no more than `most`.
#[inline(always)]
fn at_most(chunk: u8x16, most: u8) -> u8x16 {
    chunk.min(u8x16::splat(most)).simd_eq(chunk)
}

/// Where the first byte stands that `hits` marks; `hit` tells the same of one byte.
#[inline(always)]
fn first(text: &[u8], hits: impl Fn(u8x16) -> u8x16, hit: impl Fn(u8) -> bool) -> Option<usize> {
    let place = |from: usize, chunk: &[u8; WIDTH]| {
        let mask = hits(u8x16::from(*chunk)).to_bitmask();
        (mask != 0).then(|| from + mask.trailing_zeros() as usize)
    };
    let mut from = 0;
    while let Some(chunk) = text.get(from..).and_then(<[u8]>::first_chunk) {
        if let Some(at) = place(from, chunk) {
            return Some(at);
        }
        from += WIDTH;
    }
    match text.last_chunk() {
        // It overlaps with what was looked at, which holds none.
        Some(chunk) => place(text.len() - WIDTH, chunk),
        None => text.iter().position(|&b| hit(b)),
    }
}

/// Where `words` last stand: by their first byte, which is best one that is rare.
#[inline]
#[must_use]
pub fn rfind_words(text: &[u8], words: &[u8]) -> Option<usize> {
    let first = *words.first()?;
    let mut to = text.len();
    while let Some(at) = rfind(text.get(..to)?, first) {
        if text.get(at..)?.starts_with(words) {
            return Some(at);
        }
        to = at;
    }
    None
}

/// As text; what is no UTF-8 becomes U+FFFD.  Nearly all is UTF-8, and to find that out takes a fifth of the time that
/// [`String::from_utf8_lossy`] takes.
#[must_use]
pub fn text(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text in which every byte is another one, of each length.
    fn texts() -> impl Iterator<Item = Vec<u8>> {
        (0..70_u8).map(|length| (0..length).map(|b| b.wrapping_mul(3)).collect())
    }

    #[test]
    fn the_first_is_found_wherever_it_stands() {
        for text in texts() {
            for byte in 0..=u8::MAX {
                let at = |b| text.iter().position(|&t| t == b);
                assert_eq!(find(&text, byte), at(byte));
                assert_eq!(rfind(&text, byte), text.iter().rposition(|&t| t == byte));
                let other = byte.wrapping_add(51);
                assert_eq!(find2(&text, byte, other), at(byte).into_iter().chain(at(other)).min());
                let third = byte.wrapping_sub(9);
                assert_eq!(
                    find3(&text, byte, other, third),
                    at(byte).into_iter().chain(at(other)).chain(at(third)).min()
                );
            }
        }
        for length in 0..300 {
            let mut text = vec![b'x'; length];
            assert_eq!(line_end(&text), None);
            text.push(b'\n');
            text.extend_from_slice(b"more\n");
            assert_eq!(line_end(&text), Some(length));
        }
        for length in 0..40 {
            assert_eq!(find(&vec![b'x'; length], b'x'), (length > 0).then_some(0));
        }
    }

    #[test]
    fn words_are_found_first_and_last() {
        let text = b"aab aab aa";
        assert_eq!((find_words(text, b"aab"), rfind_words(text, b"aab")), (Some(0), Some(4)));
        assert_eq!((find_words(text, b"aa"), rfind_words(text, b"aa")), (Some(0), Some(8)));
        assert_eq!((find_words(text, b"ab"), rfind_words(text, b"ab")), (Some(1), Some(5)));
        for words in [&b"aac"[..], b"aab aab aab", b""] {
            assert_eq!((find_words(text, words), rfind_words(text, words)), (None, None));
        }
    }

    #[test]
    fn texts_are_the_same_when_no_byte_differs() {
        for text in texts() {
            assert!(same(&text, &text.clone()));
            assert!(!same(&text, &[&text[..], b"x"].concat()));
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 1;
                assert!(!same(&text, &other), "{at} of {}", text.len());
            }
        }
    }

    #[test]
    fn tag_and_pid_are_found_at_once() {
        let ends = |text: &[u8]| tag_ends(text, *b"[: \t", b']');
        assert_eq!(ends(b"postfix/smtp[2113]: 4Xh87p0sf8z1"), Some((12, 18, 17)));
        assert_eq!(ends(b"postfix/submission/smtpd[12]: 4X"), Some((24, 28, 27)));
        assert_eq!(ends(b"postfix-internal-and-more/smtpd[1"), Some((31, 32, 32)));
        assert_eq!(ends(b"exim: a text with no pid at all..."), Some((4, 5, 32)));
        assert_eq!(ends(b"a_tag_longer_than_thirty_two_bytes"), Some((32, 32, 32)));
        assert_eq!(ends(b"too short[1]: "), None);
    }

    #[test]
    fn words_are_found_as_a_whole() {
        let text = b"qu, queue, queued, queued a, queued as X, queued as Y";
        assert_eq!(find_words(text, b"queued as "), Some(29));
        assert_eq!(find_words(text, b"queued at "), None);
        assert_eq!(find_words(b"", b"queued as "), None);
    }

    #[test]
    fn classes_are_those_of_the_library() {
        for byte in 0..=u8::MAX {
            let hex = byte.is_ascii_digit() || matches!(byte, b'A'..=b'F');
            for length in [0, 3, 15, 16, 20, 33] {
                let mut text = vec![b'7'; length];
                text.push(byte);
                assert_eq!(word_length(&text), length + usize::from(byte.is_ascii_alphanumeric()), "{byte}");
                let of_ip = byte.is_ascii_alphanumeric() || b".:%_-".contains(&byte);
                assert_eq!(holds_upper_case(&text), byte.is_ascii_uppercase(), "{byte}");
                assert_eq!(ip_length(&text), length + usize::from(of_ip), "{byte}");
                assert_eq!(holds_one_of(&text, *b",\"\n\r"), b",\"\n\r".contains(&byte), "{byte}");
                assert_eq!(holds_control_or(&text, b'"', b'\\'), byte < b' ' || b"\"\\".contains(&byte), "{byte}");
                if let Some(chunk) = text.last_chunk() {
                    let last = u32::from(byte.is_ascii_alphanumeric());
                    assert_eq!(alphanumerics(chunk), 0x7fff | last << 15, "{byte}");
                }
                if length + 1 >= WIDTH {
                    assert_eq!(hex_length(&text), Some((length + usize::from(hex)).min(WIDTH)), "{byte}");
                }
            }
        }
    }
}
