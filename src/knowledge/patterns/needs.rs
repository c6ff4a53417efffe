//! Reads off a pattern the strings of which one must stand in every text that it matches.
//!
//! `mailbox (?:is )?full` needs `mailbox full` or `mailbox is full`; `too many [^.;]*hops` needs `too many `.

use super::index::GRAM;

/// Strings of which one must stand in each text that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Needs {
    pub strings: Vec<Vec<u8>>,
    /// The pattern asks for nothing else.
    pub plain: bool,
}

/// More strings than this are worse than trying the pattern.
const MOST_STRINGS: usize = 32;

/// A string of at least so many bytes tells a pattern well enough, without a closer look.
const GOOD_STRING: usize = 6;

/// The strings that a pattern needs; None where none can be read off it.
pub(super) fn needs(pattern: &str) -> Option<Needs> {
    match plain_run(pattern.as_bytes()) {
        Some((run, whole)) if whole || run.len() >= GOOD_STRING => {
            Some(Needs { strings: vec![run.to_vec()], plain: whole })
        }
        _ => closer_look(pattern),
    }
}

/// Bytes that do not stand for themselves in a pattern.
static SPECIAL: [bool; 256] = {
    let (mut table, special, mut i) = ([false; 256], b"\\.[](){}?*+|^$", 0);
    while i < special.len() {
        table[special[i] as usize] = true;
        i += 1;
    }
    table
};

fn is_special(byte: &u8) -> bool {
    SPECIAL[usize::from(*byte)]
}

/// How many bytes stand for themselves here.
pub(super) fn plain_length(text: &[u8]) -> usize {
    text.iter().position(is_special).unwrap_or(text.len())
}

/// The longest run of bytes outside all groups that stand for themselves, and whether it is the whole pattern.
fn plain_run(pattern: &[u8]) -> Option<(&[u8], bool)> {
    let (mut depth, mut i, mut best) = (0usize, 0, &pattern[..0]);
    while let Some(&b) = pattern.get(i) {
        match b {
            b'\\' => i += 2,
            b'[' => {
                let close = pattern.get(i + 2..)?.iter().position(|b| *b == b']')?;
                // A bracket behind a backslash needs the closer look.
                if pattern.get(i..i + 2 + close)?.contains(&b'\\') {
                    return None;
                }
                i += close + 3;
            }
            b'(' => {
                depth += 1;
                i += 1;
            }
            b')' => {
                depth = depth.checked_sub(1)?;
                i += 1;
            }
            b'|' if depth == 0 => return None,
            _ if is_special(&b) => i += 1,
            _ if depth > 0 => i += plain_length(pattern.get(i..)?),
            _ => {
                let rest = pattern.get(i..)?;
                let length = plain_length(rest);
                let mut run = rest.get(..length)?;
                i += length;
                // The last character may be repeated or left out.
                if matches!(rest.get(length), Some(b'?' | b'*' | b'+' | b'{')) {
                    let end = run.iter().rposition(|b| *b & 0xc0 != 0x80)?;
                    run = run.get(..end)?;
                }
                if run.len() > best.len() {
                    best = run;
                }
            }
        }
    }
    (depth == 0 && best.len() >= GRAM).then_some((best, best.len() == pattern.len()))
}

pub(super) fn closer_look(pattern: &str) -> Option<Needs> {
    let mut reader = PatternReader { rest: pattern.as_bytes(), depth: 0 };
    let all = reader.alternation()?;
    if !reader.rest.is_empty() {
        return None;
    }
    match all.whole {
        Some(strings) if worth(&strings) >= worth(all.best.as_deref().unwrap_or_default()) => {
            Some(Needs { strings, plain: all.plain })
        }
        _ => all.best.map(|strings| Needs { strings, plain: false }),
    }
}

/// How well a set of strings tells texts apart: the shortest string decides, many are worse than few.
fn worth(strings: &[Vec<u8>]) -> usize {
    let shortest = strings.iter().map(Vec::len).min().unwrap_or_default();
    if shortest < GRAM { shortest } else { 1000 + shortest.min(12) * 20 - strings.len() }
}

/// What is known of a piece of a pattern.
#[derive(Debug, Clone)]
struct Known {
    /// It matches one of these and nothing else (assertions aside).
    whole: Option<Vec<Vec<u8>>>,
    /// There are no assertions in it.
    plain: bool,
    /// One of these must stand in what it matches.
    best: Option<Vec<Vec<u8>>>,
}

impl Known {
    fn strings(strings: Vec<Vec<u8>>) -> Self {
        Self { whole: Some(strings), plain: true, best: None }
    }

    fn anything() -> Self {
        Self { whole: None, plain: false, best: None }
    }

    fn assertion() -> Self {
        Self { whole: Some(vec![Vec::new()]), plain: false, best: None }
    }
}

/// Reads the part of the language of regular expressions that the rules are written in.
struct PatternReader<'p> {
    rest: &'p [u8],
    depth: usize,
}

impl<'p> PatternReader<'p> {
    fn take(&mut self, byte: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn alternation(&mut self) -> Option<Known> {
        self.depth += 1;
        if self.depth > 20 {
            return None;
        }
        let mut all = self.concatenation()?;
        while self.take(b'|') {
            let next = self.concatenation()?;
            all = either(all, next);
        }
        self.depth -= 1;
        Some(all)
    }

    fn concatenation(&mut self) -> Option<Known> {
        let mut run = vec![Vec::new()];
        let (mut whole, mut plain) = (true, true);
        let mut best: Option<Vec<Vec<u8>>> = None;
        let mut better = |candidate: Vec<Vec<u8>>| {
            if candidate.len() <= MOST_STRINGS && worth(&candidate) > best.as_deref().map_or(0, worth) {
                best = Some(candidate);
            }
        };
        while !matches!(self.rest.first(), None | Some(b'|' | b')')) {
            let literal = self.literal();
            if !literal.is_empty() {
                run.iter_mut().for_each(|r| r.extend_from_slice(literal));
                continue;
            }
            let piece = self.piece()?;
            plain &= piece.plain;
            match piece.whole {
                Some(strings) if strings.len() == 1 => {
                    let only = strings.first().map(Vec::as_slice).unwrap_or_default();
                    run.iter_mut().for_each(|r| r.extend_from_slice(only));
                }
                Some(strings) if run.len() * strings.len() <= MOST_STRINGS => {
                    run = run.iter().flat_map(|r| strings.iter().map(move |s| [&**r, &**s].concat())).collect();
                }
                Some(strings) => {
                    whole = false;
                    better(std::mem::replace(&mut run, strings));
                }
                None => {
                    whole = false;
                    better(std::mem::replace(&mut run, vec![Vec::new()]));
                }
            }
            if let Some(strings) = piece.best {
                better(strings);
            }
        }
        if whole {
            return Some(Known { whole: Some(run), plain, best });
        }
        better(run);
        Some(Known { whole: None, plain: false, best })
    }

    /// Bytes that stand for themselves, without the last one where it may be repeated or left out.
    fn literal(&mut self) -> &'p [u8] {
        let mut length = plain_length(self.rest);
        if matches!(self.rest.get(length), Some(b'?' | b'*' | b'+' | b'{')) {
            length -= 1;
            // Not within a character.
            while length > 0 && matches!(self.rest.get(length), Some(0x80..=0xbf)) {
                length -= 1;
            }
        }
        let (literal, rest) = self.rest.split_at(length);
        self.rest = rest;
        literal
    }

    /// One thing and how often it stands there.
    fn piece(&mut self) -> Option<Known> {
        let one = self.atom()?;
        let (least, most) = match self.rest {
            [b'?', ..] => (0, Some(1)),
            [b'*', ..] => (0, None),
            [b'+', ..] => (1, None),
            [b'{', ..] => {
                let close = memchr::memchr(b'}', self.rest)?;
                let inner = std::str::from_utf8(self.rest.get(1..close)?).ok()?;
                let least = inner.split(',').next()?.parse().ok()?;
                self.rest = self.rest.get(close..)?;
                (least, None)
            }
            _ => return Some(one),
        };
        self.rest = self.rest.get(1..)?;
        let _lazy = self.take(b'?');
        match (least, most) {
            (0, Some(_)) => Some(either(one, Known::strings(vec![Vec::new()]))),
            (0, None) => Some(Known::anything()),
            _ => Some(Known { whole: None, plain: false, best: one.best.or(one.whole) }),
        }
    }

    fn atom(&mut self) -> Option<Known> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        match first {
            b'(' => {
                if self.take(b'?') && !self.take(b':') {
                    return None;
                }
                let inner = self.alternation()?;
                self.take(b')').then_some(inner)
            }
            b'[' => self.class(),
            b'.' => Some(Known::anything()),
            b'^' | b'$' => Some(Known::assertion()),
            b'\\' => {
                let (escaped, rest) = self.rest.split_first()?;
                self.rest = rest;
                match escaped {
                    b'b' => Some(Known::assertion()),
                    b'd' | b'w' | b's' | b'S' | b'D' | b'W' => Some(Known::anything()),
                    b if b.is_ascii_punctuation() => Some(Known::strings(vec![vec![*b]])),
                    _ => None,
                }
            }
            b'?' | b'*' | b'+' | b'{' | b')' => None,
            b => {
                // A character of several bytes is one thing.
                let mut character = vec![*b];
                while let [next @ 0x80..=0xbf, rest @ ..] = self.rest
                    && *b >= 0xc0
                {
                    character.push(*next);
                    self.rest = rest;
                }
                Some(Known::strings(vec![character]))
            }
        }
    }

    /// A few characters as strings; a negated or large class is anything.
    fn class(&mut self) -> Option<Known> {
        // A bracket at the very start, or behind a backslash, does not end it.
        let mut close = 1;
        while self.rest.get(close).is_some_and(|b| *b != b']') || self.rest.get(close - 1) == Some(&b'\\') {
            close += 1;
        }
        let inner = self.rest.get(..close)?;
        self.rest = self.rest.get(close + 1..)?;
        let range = inner.len() > 2 && inner.get(1..inner.len() - 1)?.contains(&b'-');
        if inner.starts_with(b"^") || inner.contains(&b'\\') || range || inner.len() > 6 || !inner.is_ascii() {
            return Some(Known::anything());
        }
        Some(Known::strings(inner.iter().map(|b| vec![*b]).collect()))
    }
}

fn either(one: Known, other: Known) -> Known {
    let apart = one.best.is_some() || other.best.is_some() || one.whole.is_none() || other.whole.is_none();
    let plain = one.plain && other.plain;
    let join = |a: Option<Vec<Vec<u8>>>, b: Option<Vec<Vec<u8>>>| match (a, b) {
        (Some(mut a), Some(b)) if a.len() + b.len() <= MOST_STRINGS => {
            a.extend(b);
            Some(a)
        }
        _ => None,
    };
    // Where the whole strings are the best there is, they need not be kept twice.
    let best = if apart {
        join(one.best.or_else(|| one.whole.clone()), other.best.or_else(|| other.whole.clone()))
    } else {
        None
    };
    let whole = join(one.whole, other.whole);
    Known { best: best.filter(|b| worth(b) > GRAM), plain: plain && whole.is_some(), whole }
}
