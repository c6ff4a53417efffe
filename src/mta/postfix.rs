//! The grammar of Postfix's lines.

use super::Parser;
use crate::envelope::Line;
use crate::event::{Event, Mta};

/// How Postfix's lines are recognised and read.
pub const PARSER: Parser = Parser { mta: Mta::Postfix, claims, parse, part: |_| None };

fn claims(_tag: &[u8], _message: &[u8]) -> bool {
    false
}

fn parse<'a>(_line: &Line<'a>) -> Event<'a> {
    Event::Unparsed
}
