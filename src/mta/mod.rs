//! The three grammars: from a line without its envelope to an [`Event`].
//!
//! Each grammar is a pure function of one line: no state, no clock, no file.  A new MTA is a module here and
//! in [`PARSERS`]; what else it does in its own way is a row of [`crate::habits`].

pub mod exim;
pub mod postfix;
pub mod sendmail;

use crate::envelope::Line;
use crate::event::{Event, Mta};

/// How one MTA's lines are recognised and read.
pub struct Parser {
    /// The MTA.
    pub mta: Mta,
    /// Does a line with this tag and message come from this MTA?
    pub claims: fn(tag: &[u8], message: &[u8]) -> bool,
    /// Reads a line that it claims.
    pub parse: for<'a> fn(line: &Line<'a>) -> Event<'a>,
    /// Is the line one piece of a longer one that the MTA split itself?
    pub part: for<'a> fn(line: &Line<'a>) -> Option<Part<'a>>,
}

/// One piece of a line that the MTA split because syslog takes no longer ones.
///
/// Pieces of one line share host, tag, pid and `key`; they are numbered from 1 and come in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<'a> {
    /// Sendmail: the queue id, which stands before the number in every piece.  Exim: empty.
    pub key: &'a [u8],
    /// 1 for the first piece.
    pub number: u32,
    /// No piece follows.
    pub last: bool,
    /// What stood between this piece and the next in the whole line.
    pub joint: &'static [u8],
    /// The piece itself.
    pub text: &'a [u8],
}

/// Every MTA that mailrake reads, asked in this order.
pub static PARSERS: [Parser; Mta::ALL.len()] = [postfix::PARSER, exim::PARSER, sendmail::PARSER];

/// How the lines of this MTA are read.
#[must_use]
pub fn parser_of(mta: Mta) -> &'static Parser {
    match mta {
        Mta::Postfix => &postfix::PARSER,
        Mta::Exim => &exim::PARSER,
        Mta::Sendmail => &sendmail::PARSER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mta_has_its_own_parser() {
        assert_eq!(PARSERS.each_ref().map(|parser| parser.mta), Mta::ALL);
        assert_eq!(Mta::ALL.map(|mta| parser_of(mta).mta), Mta::ALL);
    }
}
