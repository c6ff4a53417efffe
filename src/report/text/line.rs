//! One line of text: pieces with their roles, measured in columns as terminals count them.
//!
//! Text enters through [`Line::put`] and its kin, which make it harmless first; `raw` is for what this
//! program says itself.

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_width::UnicodeWidthChar;

use super::super::document::{Rich, Role};
use super::super::escape;
use super::TextStyle;

/// A line in the making.
#[derive(Debug, Default)]
pub(in crate::report) struct Line {
    parts: Vec<(Role, String)>,
    width: usize,
}

impl Line {
    /// A line that begins so many columns in.
    pub(in crate::report) fn new(indent: usize) -> Self {
        let mut line = Self::default();
        line.pad_to(indent);
        line
    }

    /// How many columns it has.
    pub(in crate::report) fn width(&self) -> usize {
        self.width
    }

    /// How many columns `text` takes when shown.
    pub(in crate::report) fn measure(text: &str, style: TextStyle) -> usize {
        columns(&clean(text, style))
    }

    /// Spaces up to column `to`.
    pub(in crate::report) fn pad_to(&mut self, to: usize) {
        if to > self.width {
            self.parts.push((Role::Plain, " ".repeat(to - self.width)));
            self.width = to;
        }
    }

    /// Our own words: ASCII, or drawing characters that `style` allows.
    pub(in crate::report) fn raw(&mut self, role: Role, text: String) {
        self.width += columns(&text);
        self.parts.push((role, text));
    }

    /// Anybody's words.
    pub(in crate::report) fn put(&mut self, role: Role, text: &str, style: TextStyle) {
        self.raw(role, clean(text, style).into_owned());
    }

    /// Anybody's words in at most `room` columns; what is too long loses its end.
    pub(in crate::report) fn cut_end(&mut self, role: Role, text: &str, room: usize, style: TextStyle) {
        // Far more than a line is not worth cleaning: log text may be 64 kB long.
        let text = clean(head(text, room), style);
        if columns(&text) <= room {
            return self.raw(role, text.into_owned());
        }
        let mut kept = String::new();
        let mut width = 1;
        for c in text.chars() {
            width += char_columns(c);
            if width > room {
                break;
            }
            kept.push(c);
        }
        if room > 0 {
            kept.truncate(kept.trim_end_matches(' ').len());
            kept.push(ellipsis(style));
        }
        self.raw(role, kept);
    }

    /// Anybody's words in at most `room` columns; what is too long loses its beginning.
    pub(in crate::report) fn cut_start(&mut self, role: Role, text: &str, room: usize, style: TextStyle) {
        let text = clean(tail(text, room), style);
        if columns(&text) <= room {
            return self.raw(role, text.into_owned());
        }
        let mut width = 1;
        let mut from = text.len();
        for (i, c) in text.char_indices().rev() {
            width += char_columns(c);
            if width > room {
                break;
            }
            from = i;
        }
        let kept = text.get(from..).unwrap_or_default();
        let cut = if room > 0 { ellipsis(style).to_string() } else { String::new() };
        self.raw(role, cut + kept);
    }

    /// Its text, without roles.
    pub(in crate::report) fn into_text(self) -> String {
        self.parts.into_iter().map(|(_, text)| text).collect()
    }

    /// The same without the spaces it begins with.
    pub(in crate::report) fn without_indent(mut self) -> Self {
        if let Some((_, text)) = self.parts.first()
            && text.bytes().all(|b| b == b' ')
        {
            self.width -= text.len();
            self.parts.remove(0);
        }
        self
    }

    /// Another line's pieces.
    pub(in crate::report) fn append(&mut self, other: Self) {
        self.width += other.width;
        self.parts.extend(other.parts);
    }

    /// Sends it, without spaces at its end.
    pub(in crate::report) fn write(mut self, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
        while let Some((_, text)) = self.parts.last_mut() {
            text.truncate(text.trim_end_matches(' ').len());
            if !text.is_empty() {
                break;
            }
            self.parts.pop();
        }
        for (role, text) in joined(self.parts) {
            match sgr(role).filter(|_| style.color && !text.trim().is_empty()) {
                Some(code) => write!(out, "\x1b[{code}m{text}\x1b[0m")?,
                None => out.write_all(text.as_bytes())?,
            }
        }
        out.write_all(b"\n")
    }
}

/// Pieces of one role that follow each other are one; a space has the role of what stands before it, so
/// that a sentence is coloured once and not word by word.
fn joined(parts: Vec<(Role, String)>) -> Vec<(Role, String)> {
    let mut joined: Vec<(Role, String)> = Vec::new();
    let mut parts = parts.into_iter().peekable();
    while let Some((role, text)) = parts.next() {
        match joined.last_mut() {
            Some((last, before)) if *last == role || (text == " " && parts.peek().is_some_and(|p| p.0 == *last)) => {
                before.push_str(&text);
            }
            _ => joined.push((role, text)),
        }
    }
    joined
}

/// The colours of the 16 that every theme has: DESIGN, "Type and colour".
fn sgr(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Plain => return None,
        Role::Strong => "1",
        Role::Muted => "2",
        Role::Delivered => "32",
        Role::Deferred => "33",
        Role::Bounced => "31",
        Role::Expired => "35",
        Role::Refused | Role::Notice => "34",
        Role::Critical => "1;31",
        Role::Warning => "1;33",
        Role::Good => "1;32",
    })
}

/// The mark of a cut.
fn ellipsis(style: TextStyle) -> char {
    if style.ascii { '~' } else { '…' }
}

/// Harmless, and in ASCII where asked: the few signs of our own have their ASCII forms.
fn clean(text: &str, style: TextStyle) -> Cow<'_, str> {
    if style.ascii && text.contains(['…', '—']) {
        let text = text.replace('…', "~").replace('—', "-");
        return Cow::Owned(escape::terminal(&text, true).into_owned());
    }
    escape::terminal(text, style.ascii)
}

/// Enough of the beginning to fill `room` columns, marks without width included.
fn head(text: &str, room: usize) -> &str {
    let end = text.char_indices().nth(room * 4 + 16).map_or(text.len(), |(i, _)| i);
    text.get(..end).unwrap_or(text)
}

/// Enough of the end to fill `room` columns.
fn tail(text: &str, room: usize) -> &str {
    let from = text.char_indices().rev().nth(room * 4 + 16).map_or(0, |(i, _)| i);
    text.get(from..).unwrap_or(text)
}

fn char_columns(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Columns of harmless text, character by character: terminals do not agree on how characters join, and
/// the sum is the most that any of them needs.
pub(in crate::report) fn columns(text: &str) -> usize {
    text.chars().map(char_columns).sum()
}

/// A word of a stranger that is longer than any address is no help to the reader.
const LONGEST_WORD: usize = 400;

/// Lines of at most `style.width` columns, broken at spaces.  A word that is longer than a line is broken
/// where the line ends: nothing sticks out.
pub(in crate::report) fn wrap(text: &Rich, first: usize, further: usize, style: TextStyle) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line::new(first);
    let mut empty = true;
    for word in words(text, style) {
        let width: usize = word.iter().map(|(_, t)| columns(t)).sum();
        if !empty && line.width() + 1 + width > style.width {
            lines.push(std::mem::replace(&mut line, Line::new(further)));
            empty = true;
        }
        if !empty {
            line.raw(Role::Plain, " ".to_owned());
        }
        empty = false;
        for (role, piece) in word {
            let mut rest = String::new();
            for c in piece.chars() {
                if line.width() + columns(&rest) + char_columns(c) > style.width {
                    line.raw(role, std::mem::take(&mut rest));
                    lines.push(std::mem::replace(&mut line, Line::new(further)));
                }
                rest.push(c);
            }
            line.raw(role, rest);
        }
    }
    if !empty {
        lines.push(line);
    }
    lines
}

/// Words: what stands between spaces, which may be in pieces of several roles.
fn words(text: &Rich, style: TextStyle) -> Vec<Vec<(Role, String)>> {
    let mut words: Vec<Vec<(Role, String)>> = Vec::new();
    let mut open = false;
    for (role, text) in &text.0 {
        for (i, piece) in text.split(' ').enumerate() {
            if i > 0 {
                open = false;
            }
            if piece.is_empty() {
                continue;
            }
            let mut short = Line::default();
            short.cut_end(*role, piece, LONGEST_WORD, style);
            let piece = (*role, short.into_text());
            match words.last_mut().filter(|_| open) {
                Some(word) => word.push(piece),
                None => words.push(vec![piece]),
            }
            open = true;
        }
    }
    words
}
