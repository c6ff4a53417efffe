//! Lines that begin with an id which holds a time: what the year is, said by the MTA itself.
//!
//! It must not know events.  Only ids that this host made are taken, never a text that a stranger could
//! have written.  Example: `4Xh87p0sf8z1RRBh` is 2024-11-03 09:15:02 UTC.

use super::Line;
use crate::bytes;
use crate::ids;

/// Seconds since 1970 UTC when the message of this line came, if its id tells.
pub(super) fn arrival(line: &Line<'_>) -> Option<i64> {
    let message = line.message.strip_prefix(b"warning: ").unwrap_or(line.message);
    if line.tag.starts_with(b"exim") {
        let id = after_piece_mark(message).split(|&b| b == b' ').next()?;
        return ids::exim(id);
    }
    let end = bytes::find(message.get(..40).unwrap_or(message), b':')?;
    let (id, rest) = message.split_at_checked(end)?;
    if line.tag.contains(&b'/') || line.tag.starts_with(b"postfix") {
        return ids::postfix_long(id).or_else(|| postfix_message_id(id, rest));
    }
    ids::sendmail(id)
}

fn after_piece_mark(message: &[u8]) -> &[u8] {
    super::mainlog::piece_mark(message).and_then(|mark| message.get(mark..)).unwrap_or(message)
}

/// `QID: message-id=<20241103091502.QID@mx1.example.org>`: cleanup made it, since a stranger cannot know the
/// queue id beforehand.
fn postfix_message_id(id: &[u8], rest: &[u8]) -> Option<i64> {
    let made = rest.strip_prefix(b": message-id=<")?;
    let (digits, rest) = made.split_at_checked(14)?;
    rest.strip_prefix(b".")?.strip_prefix(id)?.strip_prefix(b"@")?;
    let part = |from: usize, to: usize| ids::BASE_10.number(digits.get(from..to)?);
    ids::date(part(0, 4)?, [part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tag: &str, message: &str, expected: Option<&str>) {
        let line = Line { time: 0, host: b"", tag: tag.as_bytes(), pid: b"", message: message.as_bytes(), times: 1 };
        let time = arrival(&line).and_then(|secs| chrono::DateTime::from_timestamp(secs, 0));
        assert_eq!(time.map(|t| t.format("%F %T").to_string()).as_deref(), expected, "{message}");
    }

    #[test]
    fn ids_tell_when_their_message_came() {
        check("postfix/smtp", "4Xh87p0sf8z1RRBh: to=<a@example.org>", Some("2024-11-03 09:15:02"));
        check("postfix/qmgr", "warning: 4Xh87p0sf8z1RRBh: removed", Some("2024-11-03 09:15:02"));
        check(
            "postfix/cleanup",
            "7C1D2203F: message-id=<20241103091502.7C1D2203F@mx1.example.org>",
            Some("2024-11-03 09:15:02"),
        );
        check("exim", "1t7WhK-0000000089R-0W7E Completed", Some("2024-11-03 09:15:02"));
        check("exim", "[1/2] 1t7WhK-0000000089R-0W7E ** x", Some("2024-11-03 09:15:02"));
        check("exim", "1Ov4tU-0000Nz-Rm Completed", Some("2010-09-13 09:00:08"));
        check("sm-mta", "4A39F2KY031337: from=<a@example.org>", Some("2024-11-03 09:15:02"));
        check("sendmail", "gA39F2x31337: to=root", None);
        check("sendmail", "gA39F2xx31337: to=root", Some("2002-11-03 09:15:02"));
    }

    #[test]
    fn what_a_stranger_wrote_is_no_anchor() {
        check("postfix/cleanup", "7C1D2203F: message-id=<20100101000000.8AAAA203F@mx1.example.org>", None);
        check("postfix/smtpd", "NOQUEUE: reject: 4Xh87p0sf8z1RRBh", None);
        check("postfix/smtp", "7C1D2203F: to=<4Xh87p0sf8z1RRBh@example.org>", None);
        check("sm-mta", "4Z39F2KY031337: month 35", None);
        check("sm-mta", "NOQUEUE: connect from 4A39F2KY031337", None);
        check("exim", "1t7WhK-0000000089R-0W7 Completed", None);
        check("exim", "H=1t7WhK-0000000089R-0W7E [192.0.2.1]", None);
    }
}
