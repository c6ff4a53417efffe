//! What may enter a page: our own words as they stand, everything else through the sink.
//!
//! [`Out::tag`] takes nothing but literals of the program, so that no text of a log can pass by it.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::report::escape;

/// Longer words of strangers are cut: a log line may have 64 kB.
const LONGEST: usize = 1000;

/// A page in the making.
#[derive(Debug, Default)]
pub(super) struct Out(String);

impl Out {
    /// Markup of our own.
    pub(super) fn tag(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Anybody's words, harmless in text and in quoted attributes, and on one line.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        let text = cut(text, LONGEST);
        if text.contains('\n') {
            self.0.push_str(&escape::html(&text.replace('\n', "\\n")));
        } else {
            self.0.push_str(&escape::html(&text));
        }
        self
    }

    /// A whole number.
    pub(super) fn count(&mut self, n: u64) -> &mut Self {
        _ = write!(self.0, "{n}");
        self
    }

    /// A coordinate, to a tenth.
    pub(super) fn number(&mut self, n: f64) -> &mut Self {
        let text = format!("{n:.1}");
        self.0.push_str(text.strip_suffix(".0").unwrap_or(&text));
        self
    }

    /// All of it.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

/// The first `most` characters, and a mark where there were more.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}
