//! Reply codes (RFC 5321 section 4.2) and enhanced status codes (RFC 3463).
//!
//! ```
//! use mailrake::smtp::{EnhancedCode, ReplyClass, ReplyCode};
//! let code = ReplyCode::parse(b"450").unwrap();
//! assert_eq!(code.class(), ReplyClass::Transient);
//! assert_eq!(EnhancedCode::parse(b"4.7.1 Greylisted").unwrap().to_string(), "4.7.1");
//! ```

use std::fmt;

/// What a reply asks of the client: RFC 5321 section 4.2.1, by the first digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyClass {
    /// 2yz and 3yz: done, or go on.
    Positive,
    /// 4yz: not now; keep the message and try again later.
    Transient,
    /// 5yz: no; do not try again.
    Permanent,
}

impl ReplyClass {
    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Transient => "transient",
            Self::Permanent => "permanent",
        }
    }
}

/// Three digits, the first of them 2 to 5: RFC 5321 section 4.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct ReplyCode(u16);

impl ReplyCode {
    /// The code made of these digits, where they are one.
    #[must_use]
    pub fn new(code: u16) -> Option<Self> {
        (200..600).contains(&code).then_some(Self(code))
    }

    /// Reads a code at the very start of `text`; it must not go on with a fourth digit.
    #[must_use]
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let [a @ b'2'..=b'5', b @ b'0'..=b'9', c @ b'0'..=b'9', rest @ ..] = text else { return None };
        if rest.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let digit = |d: u8| u16::from(d - b'0');
        Some(Self(digit(*a) * 100 + digit(*b) * 10 + digit(*c)))
    }

    /// The three digits as a number.
    #[must_use]
    pub fn get(self) -> u16 {
        self.0
    }

    /// What the code asks of the client.
    #[must_use]
    pub fn class(self) -> ReplyClass {
        match self.0 / 100 {
            4 => ReplyClass::Transient,
            5 => ReplyClass::Permanent,
            _ => ReplyClass::Positive,
        }
    }
}

impl fmt::Display for ReplyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// `class "." subject "." detail`: RFC 3463 section 2.  Class is 2, 4 or 5; subject and detail have
/// one to three digits without leading zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct EnhancedCode {
    class: u8,
    subject: u16,
    detail: u16,
}

impl EnhancedCode {
    /// Reads a code at the very start of `text`; it must end at a byte that is neither a digit, a
    /// dot before a digit (that would be an IP address or a version), nor a letter.
    #[must_use]
    #[inline]
    pub fn parse(text: &[u8]) -> Option<Self> {
        // Nearly all have three digits: `2.0.0 `.
        match text {
            [class @ (b'2' | b'4' | b'5'), b'.', subject @ b'0'..=b'9', b'.', detail @ b'0'..=b'9']
            | [class @ (b'2' | b'4' | b'5'), b'.', subject @ b'0'..=b'9', b'.', detail @ b'0'..=b'9', b' ', ..] => {
                let digit = |d: &u8| u16::from(d - b'0');
                Some(Self { class: class - b'0', subject: digit(subject), detail: digit(detail) })
            }
            _ => Self::of_any_length(text),
        }
    }

    fn of_any_length(text: &[u8]) -> Option<Self> {
        let class = match text.first()? {
            d @ (b'2' | b'4' | b'5') => d - b'0',
            _ => return None,
        };
        let rest = text[1..].strip_prefix(b".")?;
        let (subject, rest) = number(rest)?;
        let rest = rest.strip_prefix(b".")?;
        let (detail, rest) = number(rest)?;
        let ends = match rest {
            [b'.', d, ..] => !d.is_ascii_digit(),
            [c, ..] => !c.is_ascii_alphanumeric(),
            [] => true,
        };
        ends.then_some(Self { class, subject, detail })
    }

    /// First number: 2, 4 or 5.
    #[must_use]
    pub fn class(self) -> u8 {
        self.class
    }

    /// Second number: what the status is about (RFC 3463 section 3).
    #[must_use]
    pub fn subject(self) -> u16 {
        self.subject
    }

    /// Third number.
    #[must_use]
    pub fn detail(self) -> u16 {
        self.detail
    }

    /// What the code asks of the client.
    #[must_use]
    pub fn reply_class(self) -> ReplyClass {
        match self.class {
            4 => ReplyClass::Transient,
            5 => ReplyClass::Permanent,
            _ => ReplyClass::Positive,
        }
    }
}

/// One to three digits without a leading zero.
fn number(text: &[u8]) -> Option<(u16, &[u8])> {
    let n = text.iter().take_while(|b| b.is_ascii_digit()).count();
    if n == 0 || n > 3 || (n > 1 && text[0] == b'0') {
        return None;
    }
    let value = text[..n].iter().fold(0, |v, d| v * 10 + u16::from(d - b'0'));
    Some((value, &text[n..]))
}

impl fmt::Display for EnhancedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reply_codes_are_three_digits_and_no_more() {
        assert_eq!(ReplyCode::parse(b"450 4.7.1").map(ReplyCode::get), Some(450));
        assert_eq!(ReplyCode::parse(b"550-5.1.1").map(ReplyCode::get), Some(550));
        assert_eq!(ReplyCode::parse(b"4501"), None);
        assert_eq!(ReplyCode::parse(b"850 RUBBISH"), None);
        assert_eq!(ReplyCode::parse(b"45"), None);
    }

    #[test]
    fn enhanced_codes_end_where_the_registry_says() {
        let show = |t: &[u8]| EnhancedCode::parse(t).map(|c| c.to_string());
        assert_eq!(show(b"4.7.500 Server busy").as_deref(), Some("4.7.500"));
        assert_eq!(show(b"5.1.10").as_deref(), Some("5.1.10"));
        assert_eq!(show(b"5.7.1."), Some("5.7.1".into()));
        assert_eq!(show(b"5.62.31.4"), None);
        assert_eq!(show(b"5.01.1"), None);
        assert_eq!(show(b"3.1.1"), None);
    }
}
