//! Ids that hold a time: what the year is, said by the MTA itself.
//!
//! It must not know events.  Only ids that this host made are taken, never a text that a stranger could
//! have written.  Example: `4Xh87p0sf8z1RRBh` is 2024-11-03 09:15:02 UTC.

use super::Line;
use super::timestamp::{DAY, day_of, leap_day};
use crate::bytes;

/// Seconds since 1970 UTC when the message of this line came, if its id tells.
pub(super) fn arrival(line: &Line<'_>) -> Option<i64> {
    let message = line.message.strip_prefix(b"warning: ").unwrap_or(line.message);
    if line.tag.starts_with(b"exim") {
        return exim(after_piece_mark(message));
    }
    let end = bytes::find(message.get(..40).unwrap_or(message), b':')?;
    let (id, rest) = message.split_at_checked(end)?;
    if line.tag.contains(&b'/') || line.tag.starts_with(b"postfix") {
        return postfix_long(id).or_else(|| postfix_message_id(id, rest));
    }
    sendmail(id)
}

/// What an id can say at all: before 1990 and after 2100 it is no time.
fn plausible(secs: i64) -> Option<i64> {
    (631_152_000..4_102_444_800).contains(&secs).then_some(secs)
}

fn after_piece_mark(message: &[u8]) -> &[u8] {
    super::mainlog::piece_mark(message).and_then(|mark| message.get(mark..)).unwrap_or(message)
}

fn number(text: &[u8], alphabet: &[u8]) -> Option<i64> {
    text.iter().try_fold(0i64, |n, b| {
        let value = alphabet.iter().position(|a| a == b)?;
        n.checked_mul(i64::try_from(alphabet.len()).ok()?)?.checked_add(i64::try_from(value).ok()?)
    })
}

/// Postfix long queue id (2.9 and later, `enable_long_queue_ids`): seconds in base 52, four characters of
/// microseconds, `z`, inode.
fn postfix_long(id: &[u8]) -> Option<i64> {
    const BASE_52: &[u8] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    let z = id.iter().rposition(|&b| b == b'z')?;
    let inode = id.get(z + 1..)?;
    if !(10..=14).contains(&z) || inode.is_empty() || number(inode, BASE_52).is_none() {
        return None;
    }
    let (seconds, micros) = id.get(..z)?.split_at_checked(z - 4)?;
    if number(micros, BASE_52)? >= 1_000_000 {
        return None;
    }
    plausible(number(seconds, BASE_52)?)
}

/// `QID: message-id=<20241103091502.QID@mx1.example.org>`: cleanup made it, since a stranger cannot know the
/// queue id beforehand.
fn postfix_message_id(id: &[u8], rest: &[u8]) -> Option<i64> {
    let made = rest.strip_prefix(b": message-id=<")?;
    let (digits, rest) = made.split_at_checked(14)?;
    rest.strip_prefix(b".")?.strip_prefix(id)?.strip_prefix(b"@")?;
    let part = |from: usize, to: usize| number(digits.get(from..to)?, b"0123456789");
    date(part(0, 4)?, part(4, 6)? - 1, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?)
}

/// Exim message id: `1t7WhK-0000000089R-0W7E` (4.97 and later) or `1Ov4tU-0000Nz-Rm`; six characters of
/// seconds in base 62.
fn exim(message: &[u8]) -> Option<i64> {
    const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let id = message.split(|&b| b == b' ').next()?;
    if !matches!(id.len(), 16 | 23) {
        return None;
    }
    let mut parts = id.split(|&b| b == b'-');
    let (seconds, process, fraction) = (parts.next()?, parts.next()?, parts.next()?);
    let lengths = (seconds.len(), process.len(), fraction.len());
    if parts.next().is_some() || !matches!(lengths, (6, 6, 2) | (6, 11, 4)) {
        return None;
    }
    number(process, BASE_62)?;
    number(fraction, BASE_62)?;
    plausible(number(seconds, BASE_62)?)
}

/// Sendmail queue id (8.10 and later): year modulo 60, month, day, hour, minute, second in UTC, a character
/// each, two of sequence, the pid in five digits or more.
fn sendmail(id: &[u8]) -> Option<i64> {
    const BASE_60: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx";
    let (stamp, pid) = id.split_at_checked(8)?;
    if pid.len() < 5 || !pid.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |at: usize| number(stamp.get(at..=at)?, BASE_60);
    number(stamp.get(6..)?, BASE_60)?;
    // 2020 to 2079 for 0 to 59 of the third sixty years since 1900; 1990 to 2019 end the second.
    let year = part(0)?;
    let year = if year >= 30 { 1960 + year } else { 2020 + year };
    date(year, part(1)?, part(2)?, part(3)?, part(4)?, part(5)?)
}

fn date(year: i64, month: i64, day: i64, hour: i64, minute: i64, second: i64) -> Option<i64> {
    if !(1..=31).contains(&day) || !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..61).contains(&second)
    {
        return None;
    }
    let day = leap_day(usize::try_from(month).ok()?, u8::try_from(day).ok()?)?;
    plausible(day_of(i32::try_from(year).ok()?, day) * DAY + hour * 3600 + minute * 60 + second)
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
