//! An envelope changes nothing: the same events in every form that a log can have give the same figures.

use serde_json::Value;

use crate::lab::{Figures, Log, figures_of_cuts, samples};

fn of_envelopes(takes: impl Fn(&str) -> bool) -> Vec<(&'static Log, Figures)> {
    let logs = samples().iter().filter(|log| log.name.strip_prefix("samples/envelopes/").is_some_and(&takes));
    logs.map(|log| (log, figures_of_cuts(log, &log.whole(), &[]).without_places())).collect()
}

/// The report without what an envelope may change: how many lines it takes, and whether it names a host.
fn without_lines(mut report: Value) -> Value {
    report["input"] = report["input"]["unparsed_lines"].clone();
    for schedule in report["retries"]["schedules"].as_array_mut().into_iter().flatten() {
        schedule["host"] = Value::Null;
    }
    report
}

fn check_all_alike(forms: &[(&Log, Figures)], reference: &str) {
    let (_, want) = forms.iter().find(|(log, _)| log.name.ends_with(reference)).unwrap();
    for (log, got) in forms {
        let (got_report, want_report) = (without_lines(got.report.clone()), without_lines(want.report.clone()));
        assert_eq!(got_report, want_report, "{}", log.name);
        let rows = |figures: &Figures| {
            let mut rows = figures.rows.clone();
            rows.iter_mut().for_each(|row| row.host = None);
            rows
        };
        assert_eq!(rows(got), rows(want), "{}", log.name);
    }
}

#[test]
fn postfix_is_the_same_in_every_envelope() {
    let forms = of_envelopes(|name| !name.starts_with("exim-"));
    assert!(forms.len() >= 21, "{} forms", forms.len());
    let (_, figures) = &forms[0];
    let counts = ["messages", "delivered", "deferred", "bounced", "rejected"]
        .map(|name| figures.count(&format!("/totals/{name}")));
    assert_eq!(counts, [3, 2, 1, 1, 1]);
    check_all_alike(&forms, "rfc3164.log");
}

#[test]
fn exim_is_the_same_in_every_envelope() {
    let forms = of_envelopes(|name| name.starts_with("exim-"));
    assert!(forms.len() >= 5, "{} forms", forms.len());
    let (_, figures) = &forms[0];
    let counts = ["messages", "delivered", "deferred", "bounced", "rejected"]
        .map(|name| figures.count(&format!("/totals/{name}")));
    assert_eq!(counts, [4, 2, 1, 1, 1]);
    check_all_alike(&forms, "exim-mainlog.log");
}
