//! A reply, as a server gave it: code, enhanced code, text.

use super::{EnhancedCode, ReplyCode};

/// Where in the SMTP dialogue a reply came: RFC 5321 section 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// The server's greeting, or the connection itself.
    Connect,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// The DATA (or BDAT) command itself.
    Data,
    /// After the message's end: the final dot.
    EndOfData,
    /// Another command: VRFY, ETRN, QUIT ...
    Other,
}

impl Stage {
    /// The word used in `events`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Hello => "hello",
            Self::StartTls => "starttls",
            Self::Auth => "auth",
            Self::Mail => "mail",
            Self::Rcpt => "rcpt",
            Self::Data => "data",
            Self::EndOfData => "end-of-data",
            Self::Other => "other",
        }
    }
}

/// What a server answered.  `text` is the whole reply as logged, codes included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reply<'a> {
    /// The three digits, where the text begins with them.
    pub code: Option<ReplyCode>,
    /// The enhanced status code after them, of whatever class.
    pub enhanced: Option<EnhancedCode>,
    /// The whole text, codes included.
    pub text: &'a [u8],
}

impl<'a> Reply<'a> {
    /// Words that are no server's reply: digits in them are no code.
    #[must_use]
    #[inline]
    pub fn own(text: &'a [u8]) -> Self {
        Self { code: None, enhanced: None, text }
    }

    /// Reads `450 4.7.1 text`, `550-5.7.26 text`, `421 text`: a reply at the very start of `text`.
    ///
    /// An enhanced code must have the class of the reply code (RFC 2034 section 4).  Servers that break this still
    /// say in it what is the matter, as `450 5.1.1 Mailbox is currently disabled` does.
    #[must_use]
    #[inline]
    pub fn parse(text: &'a [u8]) -> Self {
        let Some(code) = ReplyCode::parse(text) else { return Self::own(text) };
        let enhanced = match text.get(3) {
            Some(b' ' | b'-') => EnhancedCode::parse(&text[4..]),
            _ => None,
        };
        Self { code: Some(code), enhanced, text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, code: Option<u16>, enhanced: Option<&str>) {
        let reply = Reply::parse(text.as_bytes());
        assert_eq!(reply.code.map(ReplyCode::get), code, "{text}");
        assert_eq!(reply.enhanced.map(|e| e.to_string()).as_deref(), enhanced, "{text}");
    }

    #[test]
    fn codes_stand_at_the_start() {
        check("450 4.7.1 Greylisted", Some(450), Some("4.7.1"));
        check("550-5.7.26 unauthenticated", Some(550), Some("5.7.26"));
        check("421 Service not available", Some(421), None);
        check("450 5.1.1 Mailbox is currently disabled", Some(450), Some("5.1.1"));
        check("552 4.2.2 User has full mailbox", Some(552), Some("4.2.2"));
        check("550 4.2.1.9 is an address", Some(550), None);
        check("Greylisted 450", None, None);
    }
}
