//! The three grammars: from a line without its envelope to an [`Event`].
//!
//! Each grammar is a pure function of one line: no state, no clock, no file.  A new MTA is a module here and
//! in [`PARSERS`]; what else it does in its own way is a row of [`crate::habits`].

pub mod exim;
pub mod postfix;
pub mod sendmail;

use crate::envelope::Line;
use crate::event::{Event, Fact, Mta};

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
    /// Under what tags may a message that begins so have been written, if its id is one of this MTA?
    pub tags: fn(message: &[u8]) -> &'static [&'static [u8]],
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

/// A try or a refusal without its envelope, as `journalctl -o cat` shows it, as a line of the MTA that wrote it.
#[must_use]
pub fn without_envelope(message: &[u8]) -> Option<(&'static Parser, Line<'_>)> {
    let tells = |event: &Event<'_>| match event {
        Event::Refusal(_) => true,
        Event::Message { fact, .. } => matches!(fact, Fact::Attempt(_) | Fact::GivenUp(_)),
        _ => false,
    };
    PARSERS.iter().find_map(|parser| {
        let tags = (parser.tags)(message).iter();
        let mut lines = tags.map(|tag| Line { time: 0, host: b"", tag, pid: b"", message, times: 1 });
        lines.find(|line| tells(&(parser.parse)(line))).map(|line| (parser, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_alone_tells_its_mta() {
        let mta = |message: &str| without_envelope(message.as_bytes()).map(|(parser, _)| parser.mta);
        for (message, expected) in [
            (
                "2B95BA201D6: to=<a@b.example>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (no)",
                Mta::Postfix,
            ),
            (
                "NOQUEUE: reject: RCPT from unknown[192.0.2.7]: 450 4.2.0 <a@b.example>: Greylisted; from=<> to=<a@b.example>",
                Mta::Postfix,
            ),
            ("1t7WhK-0000000089R-0W7E == a@b.example R=dns T=smtp defer (-44): 451 4.7.1 Greylisted", Mta::Exim),
            (
                "4A39F2KY031337: to=<a@b.example>, delay=00:00:01, mailer=esmtp, dsn=4.0.0, stat=Deferred: Greylisted",
                Mta::Sendmail,
            ),
        ] {
            assert_eq!(mta(message), Some(expected), "{message}");
        }
        // Replies, and lines that tell of no try.
        for message in [
            "450 4.2.0 <a@b.example>: Greylisted",
            "550 5.1.1 <a@b.example>... User unknown",
            "<a@b.example>... User unknown",
            "error: to=<a@b.example>, relay=none, delay=1, dsn=4.4.1, status=deferred (no)",
            "2B95BA201D6: removed",
            "1t7WhK-0000000089R-0W7E Completed",
        ] {
            assert_eq!(mta(message), None, "{message}");
        }
    }

    #[test]
    fn each_mta_has_its_own_parser() {
        assert_eq!(PARSERS.each_ref().map(|parser| parser.mta), Mta::ALL);
        assert_eq!(Mta::ALL.map(|mta| parser_of(mta).mta), Mta::ALL);
    }
}
