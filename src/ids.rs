//! Queue ids that hold the time at which the MTA began to receive the message.
//!
//! `4Xh87p0sf8z1RRBh` (Postfix), `1t7WhK-0000000089R-0W7E` (Exim) and `4A39F2KY031337` (Sendmail) are all of
//! 2024-11-03 09:15:02 UTC.  Times are seconds since 1970 UTC.

use chrono::NaiveDate;

/// The value of digits in the base of this alphabet.
#[must_use]
pub fn number(digits: &[u8], alphabet: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |n, b| {
        let value = alphabet.iter().position(|a| a == b)?;
        n.checked_mul(i64::try_from(alphabet.len()).ok()?)?.checked_add(i64::try_from(value).ok()?)
    })
}

/// What an id can say at all: before 1990 and after 2100 it is no time.
fn plausible(secs: i64) -> Option<i64> {
    (631_152_000..4_102_444_800).contains(&secs).then_some(secs)
}

/// The time of a year, and of a month (from 1), day, hour, minute and second in it, UTC.
#[must_use]
pub fn date(year: i64, of_year: [i64; 5]) -> Option<i64> {
    let [month, day, hour, minute, second] = of_year.map(|part| u32::try_from(part).ok());
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month?, day?)?;
    let time = day.and_hms_opt(hour?, minute?, 0)?.and_utc().timestamp();
    // A leap second is the first one of the next minute.
    plausible(time + i64::from(second.filter(|second| *second <= 60)?))
}

/// Postfix long queue id (2.9 and later, `enable_long_queue_ids`): seconds in base 52, four characters of
/// microseconds, `z`, inode.
#[must_use]
pub fn postfix_long(id: &[u8]) -> Option<i64> {
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

/// Exim message id: `1t7WhK-0000000089R-0W7E` (4.97 and later) or `1Ov4tU-0000Nz-Rm`; six characters of seconds in
/// base 62 (Exim specification, chapter 3.4).
#[must_use]
pub fn exim(id: &[u8]) -> Option<i64> {
    const BASE_62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
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
#[must_use]
pub fn sendmail(id: &[u8]) -> Option<i64> {
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
    date(year, [part(1)? + 1, part(2)?, part(3)?, part(4)?, part(5)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_second_say_so() {
        let time = date(2024, [11, 3, 9, 15, 2]);
        assert_eq!(time, Some(1_730_625_302));
        assert_eq!(postfix_long(b"4Xh87p0sf8z1RRBh"), time);
        assert_eq!(exim(b"1t7WhK-0000000089R-0W7E"), time);
        assert_eq!(sendmail(b"4A39F2KY031337"), time);
    }

    #[test]
    fn other_ids_say_nothing() {
        for id in [&b"4F1"[..], b"7C1D2203F", b"1t7WhK-0000000089R-0W7", b"4Z39F2KY031337", b"4Xh87p0zzzzz1RRBh", b""] {
            assert_eq!((postfix_long(id), exim(id), sendmail(id)), (None, None, None), "{id:?}");
        }
    }
}
