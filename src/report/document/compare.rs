//! Against the runs before: what is more, what is less.
//!
//! `Deferred 1,204, +38 % on the day before; bounced 12, -3 %.`

use crate::analyze::Analysis;
use crate::report::words;

/// The line, where there are runs to compare with and anything to compare.
pub(super) fn line(analysis: &Analysis) -> Option<String> {
    let previous = analysis.previous.as_ref()?;
    let (now, before) = (&analysis.totals, &previous.totals);
    let sums = [
        ("deferred", now.deferred, before.deferred),
        ("bounced", now.bounced, before.bounced),
        ("rejected", now.rejected, before.rejected),
    ];
    let mut parts: Vec<String> = sums
        .into_iter()
        .filter(|(_, now, before)| *now > 0 || *before > 0)
        .map(|(word, now, before)| format!("{word} {}, {}", words::count(now), change(now, before)))
        .collect();
    let first = parts.first_mut()?;
    *first = format!("{first} on {}", name(&previous.first, &previous.last));
    Some(words::capital(&parts.join("; ")) + ".")
}

/// `+38 %`, `-3 %`, `as many as`; of few or none the figure itself, since a share of them says nothing.
fn change(now: u64, before: u64) -> String {
    const FEW: u64 = 5;
    match (now, before) {
        _ if now == before => "±0".into(),
        (_, ..FEW) => format!("{}{}", if now > before { "+" } else { "-" }, words::count(now.abs_diff(before))),
        _ => {
            let percent = (now.abs_diff(before) as f64 / before as f64 * 100.0).round();
            format!("{}{percent}\u{a0}%", if now > before { "+" } else { "-" })
        }
    }
}

/// What the time between two moments is called when it has just gone by.
fn name(first: &str, last: &str) -> String {
    let length = words::time(first).zip(words::time(last)).map(|(first, last)| (last - first).num_minutes());
    match length {
        Some(50..=70) => "the hour before".into(),
        Some(1200..=1680) => "the day before".into(),
        Some(9000..=11_000) => "the week before".into(),
        _ => format!("{} to {}", words::minute(first), words::minute(last)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyze::analysis::{Previous, Totals};
    use crate::report::fixture;

    fn check(last: &str, deferred: (u64, u64), expected: Option<&str>) {
        let mut analysis = fixture::empty();
        analysis.totals.deferred = deferred.0;
        let totals = Totals { deferred: deferred.1, ..Totals::default() };
        let first = "2026-11-24T00:00:03+00:00".to_owned();
        analysis.previous = Some(Previous { first, last: last.to_owned(), totals });
        assert_eq!(line(&analysis).map(|l| l.replace('\u{a0}', " ")).as_deref(), expected);
    }

    #[test]
    fn the_runs_before_are_named_by_their_length() {
        let day = "2026-11-24T23:59:58+00:00";
        check(day, (1204, 872), Some("Deferred 1,204, +38 % on the day before."));
        check(day, (0, 872), Some("Deferred 0, -100 % on the day before."));
        check(day, (4, 2), Some("Deferred 4, +2 on the day before."));
        check(day, (7, 7), Some("Deferred 7, ±0 on the day before."));
        check(day, (0, 0), None);
        check("2026-11-24T01:00:00+00:00", (10, 5), Some("Deferred 10, +100 % on the hour before."));
        check(
            "2026-11-24T09:00:00+00:00",
            (10, 5),
            Some("Deferred 10, +100 % on 2026-11-24 00:00 to 2026-11-24 09:00."),
        );
    }
}
