use proptest::prelude::*;

use super::*;
use crate::envelope::{Content, Entry, Line, Reader};

fn rules(zone: &str) -> TimeRules {
    TimeRules { zone: zone.parse().unwrap(), year: None }
}

fn micros(text: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros()
}

/// The times of all lines.
fn times(log: &[u8], clock: &Clock) -> Vec<i64> {
    let mut reader = Reader::new(clock.clone());
    let (mut rest, mut scratch) = (log, Vec::new());
    let mut all = Vec::new();
    while let Some(Entry { content, .. }) = reader.next(&mut rest, &mut scratch) {
        if let Content::Line(Line { time, .. }) = content {
            all.push(time);
        }
    }
    all
}

fn shown(log: &str, rules: &TimeRules, modified: &str) -> Vec<String> {
    let clock = Clock::begin(rules, log.as_bytes(), &[], micros(modified));
    let text = |time| chrono::DateTime::from_timestamp_micros(time).unwrap().format("%F %T").to_string();
    times(log.as_bytes(), &clock).into_iter().map(text).collect()
}

fn lines(stamps: &[&str]) -> String {
    stamps.iter().map(|stamp| format!("{stamp} mx1 postfix/qmgr[9]: 7C1D2203F: removed\n")).collect()
}

/// Stamps, read by a zone and a modification time, are these moments (UTC).
fn check(zone: &str, modified: &str, stamps: &[&str], expected: &[&str]) {
    assert_eq!(shown(&lines(stamps), &rules(zone), modified), expected);
}

#[test]
fn the_modification_time_bounds_the_last_line() {
    check("UTC", "2024-11-03T09:16:00Z", &["Nov  3 09:15:02"], &["2024-11-03 09:15:02"]);
    check("UTC", "2024-11-02T09:15:00Z", &["Nov  3 09:15:02"], &["2024-11-03 09:15:02"]);
    check("UTC", "2024-11-01T09:15:00Z", &["Nov  3 09:15:02"], &["2023-11-03 09:15:02"]);
    check("UTC", "2025-01-01T00:00:10Z", &["Dec 31 23:59:59"], &["2024-12-31 23:59:59"]);
    check("Asia/Tokyo", "2024-12-31T15:00:00Z", &["Jan  1 00:00:00"], &["2024-12-31 15:00:00"]);
    check(
        "UTC",
        "2025-01-01T00:00:10Z",
        &["Dec 31 23:59:59", "Jan  1 00:00:00"],
        &["2024-12-31 23:59:59", "2025-01-01 00:00:00"],
    );
}

#[test]
fn late_lines_and_clock_steps_are_no_new_year() {
    check(
        "UTC",
        "2025-01-02T00:00:00Z",
        &["Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:58", "Jan  1 00:00:01", "Jan  1 00:00:00"],
        &[
            "2024-12-31 23:59:59",
            "2025-01-01 00:00:00",
            "2024-12-31 23:59:58",
            "2025-01-01 00:00:01",
            "2025-01-01 00:00:00",
        ],
    );
    check(
        "UTC",
        "2025-06-02T00:00:00Z",
        &["Jun  1 12:00:00", "Jun  1 03:00:00", "May 30 03:00:00", "Jun  1 12:00:01"],
        &["2025-06-01 12:00:00", "2025-06-01 03:00:00", "2025-05-30 03:00:00", "2025-06-01 12:00:01"],
    );
    // A host without a battery clock starts in January.
    check(
        "UTC",
        "2025-11-20T12:00:00Z",
        &["Nov 20 09:00:00", "Jan  1 00:00:07", "Nov 20 09:02:00"],
        &["2025-11-20 09:00:00", "2026-01-01 00:00:07", "2025-11-20 09:02:00"],
    );
}

#[test]
fn leap_days_are_in_leap_years() {
    check(
        "UTC",
        "2026-03-01T00:00:00Z",
        &["Feb 28 10:00:00", "Feb 29 10:00:00"],
        &["2024-02-28 10:00:00", "2024-02-29 10:00:00"],
    );
    check(
        "UTC",
        "2026-03-01T00:00:00Z",
        &["Dec 31 10:00:00", "Feb 29 10:00:00"],
        &["2023-12-31 10:00:00", "2024-02-29 10:00:00"],
    );
    let given = TimeRules { year: Some(2023), ..rules("UTC") };
    assert_eq!(shown(&lines(&["Feb 29 10:00:00"]), &given, "2026-03-01T00:00:00Z"), ["2023-02-28 10:00:00"]);
}

#[test]
fn a_year_that_is_given_wins() {
    let given = TimeRules { year: Some(2019), ..rules("UTC") };
    let log = lines(&["Dec 31 23:59:59", "Jan  1 00:00:00"])
        + "Jan  1 00:00:01 mx1 postfix/qmgr[9]: 4Xh87p0sf8z1RRBh: removed\n";
    assert_eq!(
        shown(&log, &given, "2026-03-01T00:00:00Z"),
        ["2019-12-31 23:59:59", "2020-01-01 00:00:00", "2020-01-01 00:00:01"]
    );
}

#[test]
fn ids_beat_a_wrong_modification_time() {
    for (tag, message) in [
        ("postfix/smtp[9]", "4Xh87p0sf8z1RRBh: to=<a@example.org>, status=deferred"),
        ("postfix/cleanup[9]", "7C1D2203F: message-id=<20241103091502.7C1D2203F@mx1.example.org>"),
        ("exim[9]", "1t7WhK-0000000089R-0W7E Completed"),
        ("sm-mta[9]", "4A39F2KY031337: to=<a@example.org>, stat=Deferred"),
        ("exim[9]", "2024-11-06 10:00:00 Start queue run: pid=9"),
    ] {
        let log = format!("Nov  6 10:00:00 mx1 {tag}: {message}\n");
        assert_eq!(shown(&log, &rules("UTC"), "2026-11-20T00:00:00Z"), ["2024-11-06 10:00:00"], "{message}");
        assert_eq!(shown(&log, &rules("UTC"), "2020-01-01T00:00:00Z"), ["2024-11-06 10:00:00"], "{message}");
        // Further on than a message waits in a queue: the id says nothing.
        let log = format!("Dec  6 10:00:00 mx1 {}: {message}\n", tag.replace("exim", "x"));
        assert_eq!(shown(&log, &rules("UTC"), "2026-12-20T00:00:00Z"), ["2026-12-06 10:00:00"], "{message}");
    }
    // The id was made after the New Year within.
    let log = lines(&["Dec 30 10:00:00", "Jan  2 10:00:00", "Jun  2 10:00:00", "Nov  3 10:00:00"])
        + "Nov  3 10:00:00 mx1 postfix/smtp[9]: 4Xh87p0sf8z1RRBh: to=<a@example.org>\n";
    assert_eq!(shown(&log, &rules("UTC"), "2026-11-20T00:00:00Z")[0], "2023-12-30 10:00:00");
}

#[test]
fn a_sure_neighbour_tells_the_year() {
    let log = lines(&["Dec 30 10:00:00", "Jan  2 10:00:00"]);
    let guess = Clock::begin(&rules("UTC"), log.as_bytes(), &[], micros("2026-11-20T00:00:00Z"));
    assert!(!guess.sure);
    for (time, year) in [("2024-12-29T00:00:00Z", 2024), ("2025-01-05T00:00:00Z", 2024), ("2028-01-01T00:00:00Z", 2027)]
    {
        let clock = guess.beside(log.as_bytes(), micros(time));
        assert_eq!(times(log.as_bytes(), &clock)[0], micros(&format!("{year}-12-30T10:00:00Z")), "{time}");
    }
    let log = "Nov  6 10:00:00 mx1 postfix/smtp[9]: 4Xh87p0sf8z1RRBh: text\n";
    assert!(Clock::begin(&rules("UTC"), log.as_bytes(), &[], 0).sure);
    assert!(Clock::begin(&rules("UTC"), b"2024-11-03T09:15:02Z mx1 a: t\n", &[], 0).sure);
}

#[test]
fn samples_count_new_years() {
    let head = lines(&["Mar  1 10:00:00", "Mar  2 10:00:00"]);
    let samples =
        [lines(&["Nov  1 10:00:00"]), lines(&["Feb  1 10:00:00"]), lines(&["Jan  9 10:00:00", "Jan 10 10:00:00"])];
    let samples: Vec<&[u8]> = samples.iter().map(String::as_bytes).collect();
    let clock = Clock::begin(&rules("UTC"), head.as_bytes(), &samples, micros("2026-01-11T00:00:00Z"));
    // March, November, February; then January of the year after, or a disorder of three weeks.
    assert_eq!(times(head.as_bytes(), &clock)[0], micros("2024-03-01T10:00:00Z"));
}

#[test]
fn the_hour_that_comes_twice() {
    check(
        "Europe/Berlin",
        "2024-10-28T00:00:00Z",
        &[
            "Oct 27 01:59:59",
            "Oct 27 02:00:00",
            "Oct 27 02:59:59",
            "Oct 27 02:00:00",
            "Oct 27 02:59:58",
            "Oct 27 02:00:01",
            "Oct 27 02:30:00",
            "Oct 27 03:00:00",
        ],
        &[
            "2024-10-26 23:59:59",
            "2024-10-27 00:00:00",
            "2024-10-27 00:59:59",
            "2024-10-27 01:00:00",
            "2024-10-27 00:59:58",
            "2024-10-27 01:00:01",
            "2024-10-27 01:30:00",
            "2024-10-27 02:00:00",
        ],
    );
    // Small disorder in the first round is no jump.
    check(
        "Europe/Berlin",
        "2024-10-28T00:00:00Z",
        &["Oct 27 01:50:00", "Oct 27 02:20:10", "Oct 27 02:20:05", "Oct 27 02:20:11", "Oct 27 02:10:00"],
        &[
            "2024-10-26 23:50:00",
            "2024-10-27 00:20:10",
            "2024-10-27 00:20:05",
            "2024-10-27 00:20:11",
            "2024-10-27 01:10:00",
        ],
    );
    // Exim's stamps have a year and no zone.
    let log = ["2024-10-27 02:50:00", "2024-10-27 02:10:00"]
        .map(|stamp| format!("{stamp} Start queue run: pid=9\n"))
        .concat();
    assert_eq!(
        shown(&log, &rules("Europe/Berlin"), "2024-10-28T00:00:00Z"),
        ["2024-10-27 00:50:00", "2024-10-27 01:10:00"]
    );
}

#[test]
fn a_file_that_begins_in_the_second_round() {
    // It runs out of the hour without a jump.
    check(
        "Europe/Berlin",
        "2024-10-28T00:00:00Z",
        &["Oct 27 02:30:00", "Oct 27 02:59:00", "Oct 27 03:00:00"],
        &["2024-10-27 01:30:00", "2024-10-27 01:59:00", "2024-10-27 02:00:00"],
    );
    // The jump is still to come.
    check(
        "Europe/Berlin",
        "2024-10-28T00:00:00Z",
        &["Oct 27 02:30:00", "Oct 27 02:00:00", "Oct 27 03:00:00"],
        &["2024-10-27 00:30:00", "2024-10-27 01:00:00", "2024-10-27 02:00:00"],
    );
    // It ends there: written when it was modified.
    check(
        "Europe/Berlin",
        "2024-10-27T01:40:00Z",
        &["Oct 27 02:30:00", "Oct 27 02:39:00"],
        &["2024-10-27 01:30:00", "2024-10-27 01:39:00"],
    );
    check(
        "Europe/Berlin",
        "2024-10-27T00:40:00Z",
        &["Oct 27 02:30:00", "Oct 27 02:39:00"],
        &["2024-10-27 00:30:00", "2024-10-27 00:39:00"],
    );
}

#[test]
fn an_hour_that_the_spring_leaps_over() {
    check(
        "Europe/Berlin",
        "2025-03-31T00:00:00Z",
        &["Mar 30 01:59:59", "Mar 30 03:00:00", "Mar 30 02:30:00"],
        &["2025-03-30 00:59:59", "2025-03-30 01:00:00", "2025-03-30 01:30:00"],
    );
}

/// Lines of a host in Berlin from `start` on, `step` seconds apart, each a little late or early.
fn synthetic(start: &str, step: i64, count: i64) -> Vec<u8> {
    let berlin: chrono_tz::Tz = "Europe/Berlin".parse().unwrap();
    let start = micros(start) / MICROS;
    let mut log = String::new();
    for n in 0..count {
        let late = if n % 7 == 3 { 2 } else { 0 };
        let time = chrono::DateTime::from_timestamp(start + n * step - late, 0).unwrap().with_timezone(&berlin);
        log += &format!("{} mx1 postfix/qmgr[9]: {n:X}AB4D259B1: removed\n", time.format("%b %e %H:%M:%S"));
        if n % 11 == 0 {
            log += "  a line that goes on\n\nno envelope\n";
        }
    }
    log.into_bytes()
}

/// The cut law, at every line end.
fn check_cuts(log: &[u8], clock: &Clock) {
    let whole = clock.after(log);
    let all = times(log, clock);
    for cut in memchr::memchr_iter(b'\n', log).map(|lf| lf + 1) {
        let (a, b) = log.split_at(cut);
        let between = clock.after(a);
        assert_eq!(between.after(b), whole, "cut at {cut}");
        let parts = [times(a, clock), times(b, &between)].concat();
        assert!(parts == all, "cut at {cut}");
    }
}

#[test]
fn what_is_known_does_not_depend_on_cuts() {
    for (start, step) in [
        ("2024-12-31T22:00:00Z", 17),
        ("2024-10-26T23:30:00Z", 13),
        ("2024-10-26T22:00:00Z", 41),
        ("2025-03-30T00:30:00Z", 7),
        ("2022-01-01T00:00:00Z", 200_000),
    ] {
        let log = synthetic(start, step, 600);
        let end = micros(start) + 600 * step * MICROS;
        let clock = Clock::begin(&rules("Europe/Berlin"), &log, &[], end);
        let expected: Vec<i64> =
            (0..600).map(|n| micros(start) + (n * step - if n % 7 == 3 { 2 } else { 0 }) * MICROS).collect();
        assert!(times(&log, &clock) == expected, "{start}");
        check_cuts(&log, &clock);
    }
}

#[test]
fn looking_here_and_there_tells_what_walking_tells() {
    for (start, step, count) in [
        ("2024-12-20T00:00:00Z", 60, 30_000),
        ("2024-10-20T00:00:00Z", 30, 20_000),
        ("2010-06-01T00:00:00Z", 86_400, 5_000),
        ("2024-03-01T00:00:00Z", 1, 9_000),
    ] {
        let log = synthetic(start, step, count);
        let clock = Clock::begin(&rules("Europe/Berlin"), &log, &[], micros(start) + count * step * MICROS);
        let mut at = clock.clone();
        for block in log.chunk_by(|&a, _| a != b'\n').collect::<Vec<_>>().chunks(1500) {
            let block = block.concat();
            let walked = at.walk(&block).clock().clone();
            assert_eq!(at.after(&block), walked);
            at = walked;
        }
        assert_eq!(clock.after(&log), at);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_run_of_stamps_obeys_the_cut_law(
        steps in prop::collection::vec(prop_oneof![4 => -400i64..4000, 1 => -90_000i64..400_000], 1..60),
        start in 0i64..40_000_000,
        iso in prop::collection::vec(0..4u8, 60),
    ) {
        let mut time = 1_700_000_000 + start;
        let mut log = String::new();
        for (step, form) in steps.iter().zip(iso) {
            time += step;
            let local = chrono::DateTime::from_timestamp(time, 0).unwrap().with_timezone(&chrono_tz::Europe::Berlin);
            let stamp = match form {
                0 => local.format("%FT%T%:z"),
                1 => local.format("%FT%T"),
                _ => local.format("%b %e %T"),
            };
            log += &format!("{stamp} mx1 postfix/qmgr[9]: 7C1D2203F: removed\n");
        }
        let clock = Clock::begin(&rules("Europe/Berlin"), log.as_bytes(), &[], time * MICROS);
        check_cuts(log.as_bytes(), &clock);
    }
}
