//! What a code, a reply or a line of a log means, and what to do: the answers of `mailrake explain`.
//!
//! [`asked`] makes of what somebody typed or pasted a [`Subject`]; [`pages`] and [`beside`] say *what* is
//! answered, [`page`] how it looks as text or Markdown, [`answer`] how it looks as JSON.  This room knows
//! [`crate::knowledge`] and, for whole log lines, the envelopes and grammars; no file, no environment.
//!
//! `450 4.2.0 <ann@host.example>: Greylisted` → "Greylisting. Nothing to do: the next try should pass."

pub mod answer;
mod asked;
mod beside;
mod page;
mod pages;
mod told;

use std::io::{self, Write};

use super::text::TextStyle;
use crate::knowledge::Rules;

pub use asked::{Subject, subjects};
pub use told::{LogLine, Told};

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainFormat {
    /// For a terminal.
    Text(TextStyle),
    /// One object a line.
    Json,
    /// For a wiki or a ticket.
    Markdown,
}

/// Answers: one subject at length, several side by side; JSON has an object for each, the same one twice too.
pub fn write(subjects: &[Subject], rules: &Rules, format: ExplainFormat, out: &mut dyn Write) -> io::Result<()> {
    if format == ExplainFormat::Json {
        return subjects.iter().try_for_each(|one| answer::write_subject(one, rules, out));
    }
    let page = match asked::each_once(subjects).as_slice() {
        [one] => pages::page(one, rules),
        several => beside::page(several, rules),
    };
    match format {
        ExplainFormat::Markdown => page.write_markdown(out),
        ExplainFormat::Text(style) => page.write_text(style, out),
        ExplainFormat::Json => Ok(()),
    }
}

#[cfg(test)]
mod tests;
