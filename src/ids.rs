//! Queue ids that hold the time at which the MTA began to receive the message.
//!
//! `4Xh87p0sf8z1RRBh` (Postfix), `1t7WhK-0000000089R-0W7E` (Exim) and `4A39F2KY031337` (Sendmail) are all of
//! 2024-11-03 09:15:02 UTC.  Times are seconds since 1970 UTC.

use chrono::NaiveDate;

/// The digits of a number system.
#[derive(Debug)]
pub struct Base {
    size: i64,
    /// The value of each byte, [`Base::NONE`] for those that are no digits.
    values: [u8; 256],
}

impl Base {
    const NONE: u8 = u8::MAX;

    /// These digits, in the order of their values.
    const fn of(digits: &[u8]) -> Self {
        let mut values = [Self::NONE; 256];
        let mut value = 0;
        while value < digits.len() {
            values[digits[value] as usize] = value as u8;
            value += 1;
        }
        Self { size: digits.len() as i64, values }
    }

    /// The number that these digits are.
    #[must_use]
    pub fn number(&self, digits: &[u8]) -> Option<i64> {
        digits.iter().try_fold(0i64, |number, digit| {
            let value = Some(self.values[usize::from(*digit)]).filter(|value| *value != Self::NONE)?;
            number.checked_mul(self.size)?.checked_add(value.into())
        })
    }
}

/// Those of everybody.
pub static BASE_10: Base = Base::of(b"0123456789");
/// Those of Postfix: letters but for vowels.
static BASE_52: Base = Base::of(b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz");
/// Those of Sendmail.
static BASE_60: Base = Base::of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwx");
/// Those of Exim.
static BASE_62: Base = Base::of(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

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
    let z = id.iter().rposition(|&b| b == b'z')?;
    let inode = id.get(z + 1..)?;
    if !(10..=14).contains(&z) || inode.is_empty() || BASE_52.number(inode).is_none() {
        return None;
    }
    let (seconds, micros) = id.get(..z)?.split_at_checked(z - 4)?;
    if BASE_52.number(micros)? >= 1_000_000 {
        return None;
    }
    plausible(BASE_52.number(seconds)?)
}

/// Exim message id: `1t7WhK-0000000089R-0W7E` (4.97 and later) or `1Ov4tU-0000Nz-Rm`; six characters of seconds in
/// base 62 (Exim specification, chapter 3.4).
#[must_use]
pub fn exim(id: &[u8]) -> Option<i64> {
    if !matches!(id.len(), 16 | 23) {
        return None;
    }
    let mut parts = id.split(|&b| b == b'-');
    let (seconds, process, fraction) = (parts.next()?, parts.next()?, parts.next()?);
    let lengths = (seconds.len(), process.len(), fraction.len());
    if parts.next().is_some() || !matches!(lengths, (6, 6, 2) | (6, 11, 4)) {
        return None;
    }
    BASE_62.number(process)?;
    BASE_62.number(fraction)?;
    plausible(BASE_62.number(seconds)?)
}

/// Sendmail queue id (8.10 and later): year modulo 60, month, day, hour, minute, second in UTC, a character
/// each, two of sequence, the pid in five digits or more.
#[must_use]
pub fn sendmail(id: &[u8]) -> Option<i64> {
    let (stamp, pid) = id.split_at_checked(8)?;
    if pid.len() < 5 || !pid.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let part = |at: usize| BASE_60.number(stamp.get(at..=at)?);
    BASE_60.number(stamp.get(6..)?)?;
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
