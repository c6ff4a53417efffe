//! Many patterns, few of them tried: a pattern is compiled and run only where a string stands that it needs.
//!
//! `mailbox (?:is )?full` needs `mailbox full` or `mailbox is full`, and is nothing but these: it needs no regular
//! expression at all.  What [`needs`] cannot read is tried on every text.  This module knows no rule and
//! no cause.

mod index;
mod matcher;
mod needs;

use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use index::{GRAM, Index};
use matcher::Matcher;
use needs::{needs, plain_length};
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
    source: Cow<'static, str>,
    /// It matches wherever one of its strings stands.
    plain: bool,
    /// How often it was tried.
    tried: AtomicU32,
    matcher: OnceLock<Option<Matcher>>,
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
    pub(super) fn add(&mut self, patterns: &[Cow<'static, str>], check: bool) -> Result<Group, String> {
        let begin = self.all.len() as u32;
        for pattern in patterns {
            if check {
                compile(pattern).map_err(|e| e.to_string())?;
            }
            match pattern {
                Cow::Borrowed(pattern) => alternatives(pattern).into_iter().for_each(|p| self.add_one(p.into())),
                Cow::Owned(pattern) => {
                    alternatives(pattern).into_iter().for_each(|p| self.add_one(p.to_owned().into()));
                }
            }
        }
        Ok(Group { begin, end: self.all.len() as u32 })
    }

    fn add_one(&mut self, source: Cow<'static, str>) {
        let number = self.all.len() as u32;
        let (edges, inner) = edges_of(&source);
        let needs = needs(inner).filter(|n| n.strings.iter().all(|s| s.len() >= GRAM));
        let plain = needs.as_ref().is_some_and(|n| n.plain);
        // Where the pattern is tried anyway, it looks at its ends itself.
        let edges = if plain { edges } else { Edges::default() };
        match needs {
            Some(needs) => self.strings.extend(needs.strings.into_iter().map(|s| (s, edges, number))),
            None => self.always.push(number),
        }
        self.all.push(Pattern {
            source,
            plain,
            tried: AtomicU32::new(0),
            matcher: OnceLock::new(),
            compiled: OnceLock::new(),
        });
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
            Some(pattern) => pattern.plain || pattern.is_match(text),
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

    /// Of the patterns that are worth trying on this text, those of which trying by hand says something else.
    #[cfg(test)]
    pub(super) fn disagreements(&self, text: &[u8]) -> Vec<&str> {
        let hits = self.scan(text);
        let all = hits.of(Group { begin: 0, end: self.all.len() as u32 }).map(|n| &self.all[n as usize]);
        let differs = |p: &&Pattern| {
            let by_hand = Matcher::read(&p.source).expect(&p.source).is_match(text);
            by_hand != Some(p.regex().unwrap().is_match(text))
        };
        all.filter(differs).map(|p| p.source.as_ref()).collect()
    }

    #[cfg(test)]
    pub(super) fn always(&self) -> impl Iterator<Item = &str> {
        self.always.iter().map(|n| self.all[*n as usize].source.as_ref())
    }
}

/// So many tries are cheaper by hand than by an automaton that must be built first.
const TRIES_BY_HAND: u32 = 40;

impl Pattern {
    fn is_match(&self, text: &[u8]) -> bool {
        let by_hand = || {
            if self.compiled.get().is_some() || self.tried.fetch_add(1, Ordering::Relaxed) >= TRIES_BY_HAND {
                return None;
            }
            self.matcher.get_or_init(|| Matcher::read(&self.source)).as_ref()?.is_match(text)
        };
        by_hand().unwrap_or_else(|| self.regex().is_some_and(|r| r.is_match(text)))
    }

    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compile(&self.source).ok()).as_ref()
    }
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).size_limit(16 << 20).build()
}

/// `a|b(?:c|d)` as `a` and `b(?:c|d)`.
fn alternatives(pattern: &str) -> Vec<&str> {
    let bytes = pattern.as_bytes();
    let (mut depth, mut class, mut begin, mut i) = (0usize, false, 0, 0);
    let mut parts = Vec::new();
    while let Some(rest) = bytes.get(i..) {
        i += plain_length(rest);
        match bytes.get(i) {
            // What is escaped stands for itself.
            Some(b'\\') => i += 1,
            Some(b'[') => class = true,
            Some(b']') => class = false,
            Some(b'(') if !class => depth += 1,
            Some(b')') if !class => depth = depth.saturating_sub(1),
            Some(b'|') if !class && depth == 0 => {
                parts.extend(pattern.get(begin..i));
                begin = i + 1;
            }
            Some(_) => {}
            None => break,
        }
        i += 1;
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

#[cfg(test)]
mod tests;
