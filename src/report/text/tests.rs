use super::super::fixture;
use super::line::columns;
use super::*;
use crate::analyze::analysis::{DeadEndTotals, Fates, SeriesPoint};
use crate::report::escape::is_dangerous;

fn render(analysis: &Analysis, style: TextStyle) -> String {
    let mut out = Vec::new();
    write(analysis, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn at(width: usize) -> TextStyle {
    TextStyle { width, ..TextStyle::default() }
}

/// Every style that changes the layout.
fn styles() -> impl Iterator<Item = TextStyle> {
    [60, 61, 69, 70, 79, 80, 99, 100, 119, 120].into_iter().flat_map(|width| {
        [(false, 20, false), (true, 20, false), (false, 0, true), (true, 1, true)]
            .map(|(ascii, top, verbose)| TextStyle { width, ascii, color: false, top, verbose })
    })
}

/// The part of a report from a title up to the next one.
fn section(text: &str, title: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let is_rule = |l: &&str| l.starts_with("───") || l.starts_with("---");
    let from = lines.iter().position(|l| l.starts_with(title)).expect("no such section");
    let next = lines.iter().skip(from + 2).position(is_rule).map_or(lines.len(), |n| from + 2 + n - 2);
    lines[from..next].join("\n").trim_end().to_owned()
}

#[test]
fn the_report_at_80_columns() {
    insta::assert_snapshot!("busy-80", render(&fixture::busy(), at(80)));
}

#[test]
fn the_report_at_60_columns() {
    insta::assert_snapshot!("busy-60", render(&fixture::busy(), at(60)));
}

#[test]
fn the_report_at_120_columns_with_all_it_has() {
    insta::assert_snapshot!("busy-120-verbose", render(&fixture::busy(), TextStyle { verbose: true, ..at(120) }));
}

#[test]
fn the_report_in_ascii() {
    insta::assert_snapshot!("busy-80-ascii", render(&fixture::busy(), TextStyle { ascii: true, ..at(80) }));
}

#[test]
fn the_report_in_colour() {
    let text = render(&fixture::busy(), TextStyle { color: true, ..at(120) });
    insta::assert_snapshot!("busy-120-colour", text.replace('\x1b', "^"));
}

#[test]
fn a_calm_day() {
    insta::assert_snapshot!("clean-80", render(&fixture::clean(), at(80)));
}

#[test]
fn no_line_is_wider_than_asked() {
    for (name, analysis) in [("busy", fixture::busy()), ("clean", fixture::clean()), ("hostile", fixture::hostile())] {
        for style in styles() {
            for line in render(&analysis, style).lines() {
                assert!(columns(line) <= style.width, "{name} {style:?}: {line}");
                assert!(!line.ends_with(' '), "{name} {style:?}: {line:?}");
            }
        }
    }
}

#[test]
fn a_width_beyond_the_limits_is_the_nearest_that_is_allowed() {
    let busy = fixture::busy();
    assert_eq!(render(&busy, at(0)), render(&busy, at(60)));
    assert_eq!(render(&busy, at(usize::MAX)), render(&busy, at(120)));
}

#[test]
fn strangers_send_nothing_to_the_terminal() {
    for style in styles() {
        let text = render(&fixture::hostile(), style);
        let sent = text.chars().find(|c| *c != '\n' && (is_dangerous(*c) || (style.ascii && !c.is_ascii())));
        assert_eq!(sent, None, "{style:?}");
        // What they wrote stands there as an escape, and no line of theirs passes for one of ours.
        assert!(text.contains(r"\x1b[2J") && text.contains(r"\u{202e}"), "{style:?}");
        assert!(!text.lines().any(|l| l.starts_with("ACT: 9")), "{style:?}");
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for analysis in [fixture::busy(), fixture::clean(), fixture::hostile()] {
        let style = at(80);
        let coloured = render(&analysis, TextStyle { color: true, ..style });
        let mut plain = String::new();
        for (i, part) in coloured.split("\x1b[").enumerate() {
            let text = if i == 0 { part } else { part.split_once('m').unwrap().1 };
            plain.push_str(text);
        }
        assert_eq!(plain, render(&analysis, style));
    }
}

#[test]
fn the_first_line_is_the_verdict() {
    let first = |a: &Analysis| render(a, at(80)).lines().next().unwrap_or_default().to_owned();
    let fates = |reached, bounced| Fates { delivered_first_try: reached, bounced, ..Fates::default() };
    let ends = |critical, warning, notice| DeadEndTotals { critical, warning, notice, ..DeadEndTotals::default() };

    let mut a = fixture::empty();
    assert_eq!(first(&a), "OK: no mail in 0 lines.");
    (a.input.mail_lines, a.input.lines) = (9, 9);
    assert_eq!(first(&a), "OK: nothing to do. No mail to other hosts.");
    a.fates = Fates { delivered_local: 1200, ..Fates::default() };
    assert_eq!(first(&a), "OK: nothing to do. No mail to other hosts; 1,200 recipients delivered here.");
    a.fates = fates(9, 1);
    assert_eq!(first(&a), "OK: nothing to do. 9 of 10 recipients reached (90.0 %).");
    a.fates = fates(8, 2);
    assert_eq!(first(&a), "LOOK: 2 of 10 recipients bounced (20.0 %). 8 of 10 recipients reached (80.0 %).");
    a.dead_end_totals = ends(0, 1, 2);
    assert_eq!(first(&a), "LOOK: 1 warning, 2 notices. 8 of 10 recipients reached (80.0 %).");
    a.dead_end_totals = ends(1, 0, 0);
    assert_eq!(first(&a), "ACT: 1 critical. 8 of 10 recipients reached (80.0 %).");
    a.fates = fates(1, 0);
    a.dead_end_totals = ends(0, 0, 1);
    assert_eq!(first(&a), "OK: 1 notice. 1 of 1 recipient reached (100.0 %).");
}

#[test]
fn an_input_that_broke_off_comes_second() {
    let mut a = fixture::clean();
    a.input.files[0].error = Some("clean.log: compressed data ends early, at byte 61,440".to_owned());
    insta::assert_snapshot!(render(&a, at(80)).lines().take(3).collect::<Vec<_>>().join("\n"), @r"
    LOOK: not all of the log could be read. 70 of 76 recipients reached (92.1 %).
          INCOMPLETE: clean.log: compressed data ends early, at byte 61,440;
            506 lines were read.
    ");
}

/// A series of so many hours or days, each with as many deferrals as its number.
fn series(first: &str, steps: i64, step: chrono::TimeDelta) -> Vec<SeriesPoint> {
    let first = words::time(first).unwrap();
    (0..steps)
        .map(|i| SeriesPoint {
            start: (first + step * i as i32).to_rfc3339(),
            delivered: 0,
            delivered_local: 0,
            deferred: i as u64 + 1,
            bounced: 0,
            expired: 0,
            rejected: 0,
        })
        .collect()
}

#[test]
fn many_hours_are_summed_to_fit() {
    let mut a = fixture::busy();
    a.series = series("2025-03-04T22:00:00+01:00", 72, chrono::TimeDelta::hours(1));
    insta::assert_snapshot!(section(&render(&a, at(80)), "THE DAY"), @r"
    THE DAYS                         UTC, 2 hours a column, each row to its own peak
    ────────────────────────────────────────────────────────────────────────────────
                  03-05       03-06       03-07          total   peak
      deferred   ▁▁▁▁▂▂▂▂▂▃▃▃▃▄▄▄▄▄▅▅▅▅▆▆▆▆▆▇▇▇▇█████    2,628    72 at 03-07 21
    ");
    a.series = series("2025-03-04T22:00:00+01:00", 24 * 14, chrono::TimeDelta::hours(1));
    insta::assert_snapshot!(section(&render(&a, at(80)), "THE DAY"), @r"
    THE DAYS                        UTC, 12 hours a column, each row to its own peak
    ────────────────────────────────────────────────────────────────────────────────
                  03-05 03-08 03-11 03-14          total   peak
      deferred   ▁▁▁▁▂▂▂▃▃▃▃▄▄▄▅▅▅▆▆▆▆▇▇▇████▇    56,616   336 at 03-18 21
    ");
}

#[test]
fn past_two_weeks_a_column_is_a_day_or_more() {
    let mut a = fixture::busy();
    a.series = series("2025-03-04T00:00:00+01:00", 30, chrono::TimeDelta::days(1));
    insta::assert_snapshot!(section(&render(&a, at(80)), "THE DAY"), @r"
    THE DAYS                         UTC, one day a column, each row to its own peak
    ────────────────────────────────────────────────────────────────────────────────
                 03-04 03-10 03-16 03-22 03-28     total   peak
      deferred   ▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▆▆▆▆▇▇▇▇████      465    30 on 04-02
    ");
    a.series = series("2024-03-04T00:00:00+01:00", 400, chrono::TimeDelta::days(1));
    insta::assert_snapshot!(section(&render(&a, at(60)), "THE DAY"), @r"
    THE DAYS     UTC, 18 days a column, each row to its own peak
    ────────────────────────────────────────────────────────────
                 03-04 06-20 10-06 01-22    total   peak
      deferred   ▁▁▁▂▂▃▃▃▄▄▄▅▅▆▆▆▇▇▇███▂   80,200   400 on 04-07
    ");
}

#[test]
fn one_stamp_from_another_century_costs_no_memory() {
    let mut a = fixture::busy();
    a.series = series("1970-01-01T00:00:00+00:00", 1, chrono::TimeDelta::days(1));
    a.series.extend(series("9999-12-31T22:30:00+00:00", 1, chrono::TimeDelta::days(1)));
    assert!(!render(&a, at(80)).contains("THE DAY"));
}

#[test]
fn top_cuts_tables_and_says_so() {
    let render = |top| render(&fixture::busy(), TextStyle { top, ..at(80) });
    assert!(section(&render(3), "DOMAINS").ends_with("top 3 of 9"));
    assert!(section(&render(3), "REFUSED").contains("\n  top 1 of 6 clients\n"));
    assert!(!render(0).contains("\n  top "));
}
