//! Many patterns, few of them tried: a pattern is compiled and run only where a string stands that it needs.
//!
//! `mailbox (?:is )?full` needs `mailbox full` or `mailbox is full`, and is nothing but these: it needs no regular
//! expression at all.  What [`needs`] cannot read is tried on every text.  This module knows no rule and
//! no cause.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

/// Patterns in groups, numbered in the order they were added.
#[derive(Debug)]
pub(super) struct Patterns {
    all: Vec<Pattern>,
    index: Index,
    /// Patterns of which no needed string is known.
    always: Vec<u32>,
}

#[derive(Debug)]
struct Pattern {
    source: String,
    /// It matches wherever one of its strings stands.
    plain: bool,
    compiled: OnceLock<Option<Regex>>,
}

/// One group of patterns: any of them may match.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Group {
    begin: u32,
    end: u32,
}

impl Group {
    /// Is there no pattern at all?
    pub(super) fn is_empty(self) -> bool {
        self.begin == self.end
    }
}

/// The patterns whose strings stand in a text.
#[derive(Debug)]
pub(super) struct Hits(Vec<u64>);

impl Hits {
    fn set(&mut self, pattern: u32) {
        if let Some(word) = self.0.get_mut(pattern as usize / 64) {
            *word |= 1 << (pattern % 64);
        }
    }

    /// The patterns of a group that may match, in their order.
    fn of(&self, group: Group) -> impl Iterator<Item = u32> + '_ {
        let (begin, end) = (group.begin, group.end);
        (begin / 64..end.div_ceil(64)).flat_map(move |at| {
            let mut word = self.0.get(at as usize).copied().unwrap_or_default();
            if at == begin / 64 {
                word &= u64::MAX << (begin % 64);
            }
            if at == end / 64 {
                word &= !(u64::MAX << (end % 64));
            }
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros();
                word &= word.wrapping_sub(1);
                (bit < 64).then_some(at * 64 + bit)
            })
        })
    }
}

/// Patterns while they are collected.
#[derive(Debug, Default)]
pub(super) struct Collector {
    all: Vec<Pattern>,
    strings: Vec<(Vec<u8>, Edges, u32)>,
    always: Vec<u32>,
}

impl Collector {
    /// Adds a group of patterns.  With `check` each is compiled now.
    ///
    /// # Errors
    /// A pattern that cannot be read, where it is checked.
    pub(super) fn add(&mut self, patterns: &[String], check: bool) -> Result<Group, String> {
        let begin = self.all.len() as u32;
        for pattern in patterns {
            if check {
                compile(pattern).map_err(|e| e.to_string())?;
            }
            for part in alternatives(pattern) {
                self.add_one(part);
            }
        }
        Ok(Group { begin, end: self.all.len() as u32 })
    }

    fn add_one(&mut self, source: &str) {
        let number = self.all.len() as u32;
        let (edges, inner) = edges_of(source);
        let needs = needs(inner).filter(|n| n.strings.iter().all(|s| s.len() >= GRAM));
        let plain = needs.as_ref().is_some_and(|n| n.plain);
        // Where the pattern is tried anyway, it looks at its ends itself.
        let edges = if plain { edges } else { Edges::default() };
        match needs {
            Some(needs) => self.strings.extend(needs.strings.into_iter().map(|s| (s, edges, number))),
            None => self.always.push(number),
        }
        self.all.push(Pattern { source: source.to_owned(), plain, compiled: OnceLock::new() });
    }

    pub(super) fn finish(self) -> Patterns {
        Patterns { index: Index::new(self.strings), all: self.all, always: self.always }
    }
}

impl Patterns {
    /// Which patterns are worth trying on this text.
    pub(super) fn scan(&self, text: &[u8]) -> Hits {
        let mut hits = Hits(vec![0; self.all.len().div_ceil(64)]);
        self.always.iter().for_each(|p| hits.set(*p));
        self.index.scan(text, |pattern| hits.set(pattern));
        hits
    }

    /// Does any pattern of the group match?
    pub(super) fn any(&self, group: Group, hits: &Hits, text: &[u8]) -> bool {
        hits.of(group).any(|number| match self.all.get(number as usize) {
            Some(pattern) => pattern.plain || pattern.regex().is_some_and(|r| r.is_match(text)),
            None => false,
        })
    }

    /// Where the first pattern of the group that matches does so.
    pub(super) fn find(&self, group: Group, hits: &Hits, text: &[u8]) -> Option<(usize, usize)> {
        let mut all = hits.of(group).filter_map(|number| self.all.get(number as usize)?.regex()?.find(text));
        all.next().map(|found| (found.start(), found.end()))
    }

    /// Compiles every pattern: for the test that they can be read.
    #[cfg(test)]
    pub(super) fn check(&self) -> Result<usize, String> {
        for pattern in &self.all {
            compile(&pattern.source).map_err(|e| e.to_string())?;
        }
        Ok(self.always.len())
    }

    #[cfg(test)]
    pub(super) fn always(&self) -> impl Iterator<Item = &str> {
        self.always.iter().map(|n| self.all[*n as usize].source.as_str())
    }
}

impl Pattern {
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.source).ok()).as_ref()
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).size_limit(16 << 20).build()
}

/// `a|b(?:c|d)` as `a` and `b(?:c|d)`.
fn alternatives(pattern: &str) -> Vec<&str> {
    let (mut depth, mut class, mut escaped, mut begin) = (0usize, false, false, 0);
    let mut parts = Vec::new();
    for (i, b) in pattern.bytes().enumerate() {
        if escaped {
            escaped = false;
            continue;
        }
        match b {
            b'\\' => escaped = true,
            b'[' => class = true,
            b']' => class = false,
            b'(' if !class => depth += 1,
            b')' if !class => depth = depth.saturating_sub(1),
            b'|' if !class && depth == 0 => {
                parts.extend(pattern.get(begin..i));
                begin = i + 1;
            }
            _ => {}
        }
    }
    parts.extend(pattern.get(begin..));
    parts
}

/// What must hold where a string begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Edges {
    left: Edge,
    right: Edge,
}

/// What a pattern may ask for at its end besides bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Edge {
    #[default]
    Any,
    /// `\b`
    Word,
    /// `^` or `$`
    Text,
}

impl Edge {
    /// Does it hold between the last byte of a string, or its first, and what stands outside?
    fn holds(self, inside: Option<&u8>, outside: Option<&u8>) -> bool {
        let word = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        match self {
            Self::Any => true,
            Self::Word => word(inside) != word(outside),
            Self::Text => outside.is_none(),
        }
    }
}

/// The assertions at both ends of a pattern, and what stands between.
fn edges_of(pattern: &str) -> (Edges, &str) {
    let mut edges = Edges::default();
    let mut inner = pattern;
    for (mark, edge) in [("^", Edge::Text), (r"\b", Edge::Word)] {
        if let (Edge::Any, Some(rest)) = (edges.left, inner.strip_prefix(mark)) {
            (edges.left, inner) = (edge, rest);
        }
        let end = if edge == Edge::Text { "$" } else { mark };
        // The backslash before it may be a character itself.
        if let (Edge::Any, Some(rest)) = (edges.right, inner.strip_suffix(end))
            && !rest.ends_with('\\')
        {
            (edges.right, inner) = (edge, rest);
        }
    }
    (edges, inner)
}

/// Strings of which one must stand in each text that a pattern matches.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Needs {
    strings: Vec<Vec<u8>>,
    /// The pattern asks for nothing else.
    plain: bool,
}

/// More strings than this are worse than trying the pattern.
const MOST_STRINGS: usize = 32;

fn needs(pattern: &str) -> Option<Needs> {
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
        let special = |b: &u8| b"\\.[](){}?*+|^$".contains(b);
        let mut length = self.rest.iter().position(special).unwrap_or(self.rest.len());
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
    let needed = |known: &Known| known.best.clone().or_else(|| known.whole.clone());
    let best = match (needed(&one), needed(&other)) {
        (Some(mut a), Some(b)) if a.len() + b.len() <= MOST_STRINGS => {
            a.extend(b);
            Some(a)
        }
        _ => None,
    };
    let whole = match (one.whole, other.whole) {
        (Some(mut a), Some(b)) if a.len() + b.len() <= MOST_STRINGS => {
            a.extend(b);
            Some(a)
        }
        _ => None,
    };
    let plain = one.plain && other.plain && whole.is_some();
    Known { best: best.filter(|b| worth(b) > GRAM), whole, plain }
}

/// Bytes that are looked up at a time.
const GRAM: usize = 3;

/// Slots of the table, a power of two.
const SLOTS: usize = 1 << 13;

/// Strings by three bytes of theirs that few others have.
#[derive(Debug)]
struct Index {
    /// By hash: one more than the first entry.
    heads: Box<[u16; SLOTS]>,
    entries: Vec<IndexEntry>,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct IndexEntry {
    /// Where the string stands in `bytes`.
    begin: u32,
    length: u16,
    /// Where the three bytes stand in it.
    offset: u16,
    pattern: u32,
    edges: Edges,
    /// One more than the next entry of the slot.
    next: u16,
}

fn slot(gram: &[u8]) -> usize {
    let [a, b, c] = gram else { return 0 };
    let key = u32::from(*a) | u32::from(*b) << 8 | u32::from(*c) << 16;
    (key.wrapping_mul(0x9e37_79b1) >> (32 - SLOTS.trailing_zeros())) as usize
}

impl Index {
    fn new(strings: Vec<(Vec<u8>, Edges, u32)>) -> Self {
        // The strings themselves say which bytes are common in replies.
        let mut common = vec![0u16; SLOTS];
        for gram in strings.iter().flat_map(|(s, ..)| s.windows(GRAM)) {
            common[slot(gram)] = common[slot(gram)].saturating_add(1);
        }
        let mut index =
            Self { heads: Box::new([0; SLOTS]), entries: Vec::with_capacity(strings.len()), bytes: Vec::new() };
        for (string, edges, pattern) in strings {
            let offset = (0..=string.len() - GRAM).min_by_key(|i| common[slot(&string[*i..*i + GRAM])]).unwrap_or(0);
            let head = &mut index.heads[slot(&string[offset..offset + GRAM])];
            let entry = IndexEntry {
                begin: index.bytes.len() as u32,
                length: string.len() as u16,
                offset: offset as u16,
                pattern,
                edges,
                next: *head,
            };
            // Far more patterns than anybody writes by hand; those beyond are never tried.
            if let Ok(number) = u16::try_from(index.entries.len() + 1) {
                *head = number;
                index.entries.push(entry);
                index.bytes.extend_from_slice(&string);
            }
        }
        index
    }

    fn scan(&self, text: &[u8], mut found: impl FnMut(u32)) {
        for (at, gram) in text.windows(GRAM).enumerate() {
            let mut next = self.heads[slot(gram)];
            while let Some(entry) = usize::from(next).checked_sub(1).and_then(|i| self.entries.get(i)) {
                next = entry.next;
                let string = self.bytes.get(entry.begin as usize..entry.begin as usize + usize::from(entry.length));
                let begin = at.checked_sub(usize::from(entry.offset));
                let here = begin.and_then(|b| text.get(b..b + usize::from(entry.length)));
                if let (Some(begin), Some(here)) = (begin, here)
                    && Some(here) == string
                    && entry.edges.left.holds(here.first(), begin.checked_sub(1).and_then(|i| text.get(i)))
                    && entry.edges.right.holds(here.last(), text.get(begin + here.len()))
                {
                    found(entry.pattern);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pattern: &str, strings: &[&str], plain: bool) {
        let found = needs(pattern).map(|n| {
            let mut strings: Vec<_> = n.strings.iter().map(|s| String::from_utf8_lossy(s).into_owned()).collect();
            strings.sort();
            (strings, n.plain)
        });
        let mut strings: Vec<_> = strings.iter().map(|s| (*s).to_owned()).collect();
        strings.sort();
        assert_eq!(found, Some((strings, plain)), "{pattern}");
    }

    #[test]
    fn needed_strings_are_read_off_a_pattern() {
        check("mailbox full", &["mailbox full"], true);
        check("mailbox (?:is )?full", &["mailbox full", "mailbox is full"], true);
        check(r"\bspf\b", &["spf"], false);
        let edges = |left, right| Edges { left, right };
        assert_eq!(edges_of(r"\bspf\b"), (edges(Edge::Word, Edge::Word), "spf"));
        assert_eq!(edges_of(r"^later$"), (edges(Edge::Text, Edge::Text), "later"));
        assert_eq!(edges_of(r"cost\$"), (edges(Edge::Any, Edge::Any), r"cost\$"));
        check(
            "gr[ae]y-? ?list",
            &["gray list", "gray- list", "gray-list", "graylist", "grey list", "grey- list", "grey-list", "greylist"],
            true,
        );
        check("too many [^.;]*connections", &["connections"], false);
        check(r"sender\w+ refused", &[" refused"], false);
        check(r"aup#|\[bl2\d\]", &["aup#", "[bl2"], false);
        check("(?:reject)+ed", &["reject"], false);
        assert!(needs(r"\S+ \d+").is_none_or(|n| n.strings == [b" "]));
        check(r"<[ih]>[\\])]? is", &[" is"], false);
        assert!(needs("(?i)a").is_none() && needs("(?P<x>abc)").is_none() && needs("a(b").is_none());
    }

    #[test]
    fn alternatives_are_split_at_the_top_only() {
        assert_eq!(alternatives(r"a|b(?:c|d)|[|]|\||e"), ["a", "b(?:c|d)", "[|]", r"\|", "e"]);
    }

    const SAMPLES: [&str; 18] = [
        "mailbox (?:is )?full",
        "gr[ae]y-? ?list",
        r"\bspf\b",
        "too many [^.;]*(?:connections|hops)",
        "(?:a|ab)(?:c|bcd)+e?",
        "x{2,3}yz",
        "[^a]bc",
        "abc.*def",
        "^abc|def$",
        "a(?:b|c)?d(?:e|f)*gh",
        "сп(?:ам|ил)",
        r"\(rp-00\d\)",
        r"\bmailbox",
        r"^abc$",
        r"hops\b",
        r"\b(?:abc|too many )\b",
        "(?:not )?(?:ab|cd) (?:ef|gh)",
        "ab?c?d?",
    ];

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn nothing_is_missed(words in prop::collection::vec(prop::sample::select(vec![
            "mailbox", " ", "full", "is ", "grey", "gray", "-", "list", "spf", "too many ", "connections", "hops", "a",
            "ab", "bcd", "c", "e", "xx", "yz", "bc", "abc", "def", "d", "gh", "спам", "(rp-001)", "not ", "cd", "ef", ".",
        ]), 0..12)) {
            let text = words.concat();
            for pattern in SAMPLES {
                let mut collector = Collector::default();
                let group = collector.add(&[pattern.to_owned()], true).unwrap();
                let patterns = collector.finish();
                let hits = patterns.scan(text.as_bytes());
                let expected = compile(pattern).unwrap().is_match(text.as_bytes());
                prop_assert_eq!(patterns.any(group, &hits, text.as_bytes()), expected, "{} in {:?}", pattern, text);
                prop_assert_eq!(patterns.find(group, &hits, text.as_bytes()).is_some(), expected);
            }
        }
    }
}
