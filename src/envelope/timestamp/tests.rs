use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, Timelike};
use proptest::prelude::*;

use super::*;

/// 1970 to 2100.
fn moments() -> impl Strategy<Value = NaiveDateTime> {
    (0i64..4_133_980_800_000_000).prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap().naive_utc())
}

fn micros_of(stamp: Stamp) -> i64 {
    match stamp {
        Stamp::Moment { micros, .. } => micros,
        Stamp::Local { secs, micros } => secs * MICROS + i64::from(micros),
        Stamp::Yearless { .. } => panic!("no year"),
    }
}

proptest! {
    #[test]
    fn iso_stamps_agree_with_chrono(time in moments(), quarters in -56i32..=56, form in 0..4, digits in 0usize..=9) {
        let offset = FixedOffset::east_opt(quarters * 900).unwrap();
        let fraction = match digits {
            0 => String::new(),
            _ => format!(".{:09}", time.nanosecond())[..=digits].to_owned(),
        };
        let zone = match form {
            0 => offset.to_string(),
            1 => offset.to_string().replace(':', ""),
            2 => "Z".to_owned(),
            _ => String::new(),
        };
        let text = format!("{}{fraction}{zone} mx1 a: t", time.format("%Y-%m-%dT%H:%M:%S"));
        let (stamp, length) = iso(text.as_bytes(), &mut LastDate::default()).unwrap();
        prop_assert_eq!(&text[length..], " mx1 a: t");
        let unit = 10i64.pow(6 - u32::try_from(digits.min(6)).unwrap());
        let east = if form < 2 { i64::from(offset.local_minus_utc()) } else { 0 };
        let expected = time.and_utc().timestamp_micros() / unit * unit - east * MICROS;
        prop_assert_eq!(micros_of(stamp), expected);
        prop_assert_eq!(matches!(stamp, Stamp::Moment { .. }), form < 3);
    }

    #[test]
    fn traditional_stamps_agree_with_chrono(time in moments(), form in 0..4) {
        let text = match form {
            0 => time.format("%b %e %H:%M:%S").to_string(),
            1 => time.format("%b %d %H:%M:%S%.6f").to_string(),
            2 => time.format("%b %e %Y %H:%M:%S").to_string(),
            _ => time.format("%Y %b %e %H:%M:%S").to_string(),
        };
        let read = if form == 3 { year_first } else { rfc3164 };
        let (stamp, length) = read(text.as_bytes()).unwrap();
        prop_assert_eq!(length, text.len());
        let stamp = match stamp {
            Stamp::Yearless { day, secs, micros } => {
                prop_assert!(form < 2);
                Stamp::Local { secs: day_of(time.year(), day) * DAY + i64::from(secs), micros }
            }
            dated => dated,
        };
        let expected = time.and_utc().timestamp_micros();
        prop_assert_eq!(micros_of(stamp), if form == 1 { expected } else { expected.div_euclid(MICROS) * MICROS });
    }

    #[test]
    fn unix_stamps_agree_with_chrono(time in moments()) {
        let expected = time.and_utc().timestamp_micros();
        prop_assume!(expected >= 100_000_000 * MICROS);
        let text = format!("{}.{:06} mx1", expected / MICROS, expected % MICROS);
        prop_assert_eq!(unix(text.as_bytes()).map(|(stamp, _)| micros_of(stamp)), Some(expected));
    }
}

#[test]
fn days_are_counted_as_chrono_does() {
    for year in 1600..2500 {
        let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
        let days = |date: NaiveDate| date.signed_duration_since(NaiveDate::default()).num_days();
        assert_eq!(new_year(year), days(first), "{year}");
        assert_eq!(is_leap(year), first.leap_year(), "{year}");
        assert_eq!(day_of(year, leap_day(2, 1).unwrap()), days(first.with_month(3).unwrap()), "{year}");
    }
}

#[test]
fn dates_that_do_not_exist_are_clamped() {
    assert_eq!(leap_day(3, 31), leap_day(3, 30));
    assert_eq!(leap_day(0, 0), Some(0));
    assert_eq!(leap_day(12, 1), None);
    assert_eq!(day_of(2023, 59), day_of(2023, 58));
    assert_eq!(day_of(2024, 59), day_of(2024, 58) + 1);
}
