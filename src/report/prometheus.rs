//! Metrics for Prometheus, in the text format that the textfile collector of its node exporter reads.
//!
//! Labels are bounded: codes, causes and domains are the most frequent ones, the sums are whole.  What is cut has
//! no series of its own: a series for "the rest" would fall when a domain comes to the top, and a counter must
//! not fall.
//!
//! `mailrake_attempts_total{outcome="deferred"} 1011`

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use super::{escape, words};
use crate::analyze::Analysis;
use crate::fold::outcome::Outcome;

/// Series of codes at most.
const CODES: usize = 100;

/// Domains at most, three series each.
const DOMAINS: usize = 20;

/// A label is no longer than this.
const LABEL: usize = 128;

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It only grows, and goes on over a row of runs.
    Counter,
    /// Of this run alone.
    Gauge,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
        }
    }
}

/// A metric with its series.
#[derive(Debug)]
struct Metric {
    name: &'static str,
    kind: Kind,
    help: &'static str,
    /// The name and labels of each as they stand in the file, which is what a state remembers them by, and its value.
    series: Vec<(String, u64)>,
}

impl Metric {
    fn new(kind: Kind, name: &'static str, help: &'static str) -> Self {
        Self { name, kind, help, series: Vec::new() }
    }

    fn counter(name: &'static str, help: &'static str) -> Self {
        Self::new(Kind::Counter, name, help)
    }

    fn gauge(name: &'static str, help: &'static str) -> Self {
        Self::new(Kind::Gauge, name, help)
    }

    /// The same with one more series.
    fn with(mut self, labels: &[(&str, &str)], value: u64) -> Self {
        self.series.push((series_name(self.name, labels), value));
        self
    }

    /// The same with a series for each value of one label.
    fn by(self, label: &str, rows: &[(&str, u64)]) -> Self {
        rows.iter().fold(self, |metric, &(text, value)| metric.with(&[(label, text)], value))
    }

    /// The same with a series for each row of a table.  Rows that differ in nothing shown are one series: two of one
    /// name are an error.
    fn table<'a, const N: usize>(
        mut self,
        labels: [&str; N],
        rows: impl Iterator<Item = ([Cow<'a, str>; N], u64)>,
    ) -> Self {
        let mut sums: BTreeMap<[String; N], u64> = BTreeMap::new();
        for (texts, n) in rows {
            *sums.entry(texts.map(|text| label_value(&text))).or_default() += n;
        }
        let name = |texts: [String; N]| joined(self.name, labels.into_iter().zip(texts));
        self.series.extend(sums.into_iter().map(|(texts, n)| (name(texts), n)));
        self
    }

    /// A counter with the sums of all runs in the place of its own values; among them may be series that this run has
    /// not.
    fn over_all_runs(self, sums: &BTreeMap<String, u64>) -> Self {
        if self.kind != Kind::Counter {
            return self;
        }
        let of_it = |series: &str| series.split('{').next() == Some(self.name);
        let all = sums.range(self.name.to_owned()..).filter(|(series, _)| of_it(series));
        Self { series: all.map(|(series, sum)| (series.clone(), *sum)).collect(), ..self }
    }

    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Self { name, help, .. } = self;
        write!(out, "# HELP {name} {help}\n# TYPE {name} {}\n", self.kind.as_str())?;
        self.series.iter().try_for_each(|(series, value)| writeln!(out, "{series} {value}"))
    }
}

/// `mailrake_attempts_total{outcome="deferred"}`; without labels the bare name.
fn series_name(name: &str, labels: &[(&str, &str)]) -> String {
    joined(name, labels.iter().map(|&(label, text)| (label, label_value(text))))
}

/// The same from values that are ready to be written.
fn joined<'a>(name: &str, labels: impl Iterator<Item = (&'a str, String)>) -> String {
    let pairs: Vec<String> = labels.map(|(label, text)| format!("{label}=\"{text}\"")).collect();
    if pairs.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", pairs.join(",")) }
}

/// A label's value as it stands between the quotes: not too long, and escaped.
fn label_value(text: &str) -> String {
    escape::metric_label(&text.chars().take(LABEL).collect::<String>()).into_owned()
}

/// Writes the metrics.  Where a row of runs goes on from each other, counters are those of all runs together.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    metrics(analysis).into_iter().try_for_each(|metric| match &analysis.counters {
        Some(sums) => metric.over_all_runs(sums).write(out),
        None => metric.write(out),
    })
}

/// The counters of this run by name and labels, as they stand in the file.
#[must_use]
pub fn counters(analysis: &Analysis) -> BTreeMap<String, u64> {
    let counters = metrics(analysis).into_iter().filter(|metric| metric.kind == Kind::Counter);
    counters.flat_map(|metric| metric.series).collect()
}

/// The metrics of this run, in the order in which they are written.
fn metrics(analysis: &Analysis) -> Vec<Metric> {
    let mut metrics = about_the_run(analysis);
    metrics.extend(sums(analysis));
    metrics.extend(replies(analysis));
    metrics.push(domains(analysis));
    metrics.extend(dead_ends(analysis));
    metrics
}

fn about_the_run(analysis: &Analysis) -> Vec<Metric> {
    let input = &analysis.input;
    let lines = [
        ("mail", input.mail_lines.saturating_sub(input.unparsed_lines)),
        ("not_understood", input.unparsed_lines),
        ("other", input.other_lines),
    ];
    let broken = input.files.iter().filter(|f| f.error.is_some()).count() as u64;
    let mut metrics = vec![
        Metric::gauge("mailrake_build_info", "Version of mailrake; always 1.")
            .with(&[("version", analysis.generator.version)], 1),
        Metric::counter("mailrake_lines_total", "Lines read, by what they are.").by("kind", &lines),
        Metric::gauge("mailrake_inputs_incomplete", "Inputs that could not be read to their end.").with(&[], broken),
    ];
    for (name, help, time) in [
        ("mailrake_first_line_timestamp_seconds", "Time of the first line of an MTA.", &analysis.window.first),
        ("mailrake_last_line_timestamp_seconds", "Time of the last line of an MTA.", &analysis.window.last),
    ] {
        if let Some(time) = time.as_deref().and_then(words::time) {
            let seconds = u64::try_from(time.timestamp()).unwrap_or_default();
            metrics.push(Metric::gauge(name, help).with(&[], seconds));
        }
    }
    metrics
}

fn sums(analysis: &Analysis) -> [Metric; 4] {
    let (totals, fates) = (&analysis.totals, &analysis.fates);
    let attempts = [
        ("delivered", totals.delivered.saturating_sub(totals.delivered_local)),
        ("delivered_local", totals.delivered_local),
        ("deferred", totals.deferred),
        ("bounced", totals.bounced),
    ];
    let help = "Delivery attempts, one recipient of one message tried once, by outcome.";
    let rejected = [
        ("transient", totals.rejected_transient),
        ("permanent", totals.rejected.saturating_sub(totals.rejected_transient)),
    ];
    let fates = [
        ("delivered_first_try", fates.delivered_first_try),
        ("delivered_after_deferral", fates.delivered_after_deferral),
        ("delivered_local", fates.delivered_local),
        ("bounced", fates.bounced),
        ("expired", fates.expired),
        ("removed_by_hand", fates.removed_by_hand),
        ("discarded", fates.discarded),
        ("handed_on", fates.handed_on),
        ("still_queued", fates.still_queued),
    ];
    [
        Metric::counter("mailrake_messages_total", "Messages seen.").with(&[], totals.messages),
        Metric::counter("mailrake_attempts_total", help).by("outcome", &attempts),
        Metric::counter("mailrake_rejected_total", "Refusals by this host as a server.").by("class", &rejected),
        // What is still queued becomes something else: no counter.
        Metric::gauge("mailrake_recipients", "Recipients of messages, by what became of them.").by("fate", &fates),
    ]
}

fn replies(analysis: &Analysis) -> [Metric; 2] {
    let codes = analysis.codes.iter().filter(|c| c.outcome != Outcome::Expired).take(CODES).map(|row| {
        let code = row.reply_code.map(|c| c.to_string()).unwrap_or_default();
        let enhanced = row.enhanced_code.as_deref().unwrap_or_default();
        ([row.direction.as_str().into(), code.into(), enhanced.into(), row.outcome.as_str().into()], row.attempts)
    });
    let causes = analysis.causes.iter().take(CODES).map(|row| {
        let words = [row.direction.as_str(), row.class.as_str(), row.cause.as_str(), row.whose.as_str()];
        (words.map(Into::into), row.attempts)
    });
    let help = "Failed attempts and refusals by reply; the most frequent ones.";
    [
        Metric::counter("mailrake_replies_total", help).table(["direction", "code", "enhanced", "outcome"], codes),
        Metric::counter("mailrake_causes_total", "Failed attempts and refusals by cause.")
            .table(["direction", "class", "cause", "move"], causes),
    ]
}

fn domains(analysis: &Analysis) -> Metric {
    let mut domains: Vec<_> = analysis.domains.iter().filter(|d| d.attempts > d.delivered_local).collect();
    domains
        .sort_by(|a, b| (b.deferred + b.bounced).cmp(&(a.deferred + a.bounced)).then_with(|| a.domain.cmp(&b.domain)));
    let rows = domains.into_iter().take(DOMAINS).flat_map(|row| {
        let domain = row.domain.as_deref().unwrap_or_default();
        let delivered = row.delivered.saturating_sub(row.delivered_local);
        [("delivered", delivered), ("deferred", row.deferred), ("bounced", row.bounced)]
            .map(|(outcome, n)| ([domain.into(), outcome.into()], n))
    });
    let help = "Delivery attempts by recipient domain and outcome; the domains with most failures.";
    Metric::counter("mailrake_domain_attempts_total", help).table(["domain", "outcome"], rows)
}

fn dead_ends(analysis: &Analysis) -> [Metric; 3] {
    let ends = &analysis.dead_end_totals;
    let severities = [("critical", ends.critical), ("warning", ends.warning), ("notice", ends.notice)];
    let by_kind = Metric::gauge("mailrake_dead_end_attempts", "Attempts in dead ends, by kind; kinds overlap.");
    [
        Metric::gauge("mailrake_findings", "Kinds of dead ends found, by severity.").by("severity", &severities),
        Metric::gauge("mailrake_wasted_attempts", "Attempts that could not have worked, each once.")
            .with(&[], ends.attempts_wasted),
        analysis.dead_ends.iter().fold(by_kind, |metric, end| {
            metric.with(&[("kind", end.kind.as_str()), ("severity", end.severity.as_str())], end.attempts)
        }),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::process::{Command, Stdio};

    use super::super::fixture;
    use super::*;

    fn render(analysis: &Analysis) -> String {
        let mut out = Vec::new();
        write(analysis, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn no_series_comes_twice_and_each_has_its_head() {
        for analysis in [fixture::empty(), fixture::busy(), fixture::clean(), fixture::hostile()] {
            let (mut heads, mut seen) = (HashSet::new(), HashSet::new());
            for line in render(&analysis).lines() {
                if let Some(head) = line.strip_prefix("# TYPE ") {
                    assert!(heads.insert(head.split(' ').next().unwrap().to_owned()), "{line}");
                } else if !line.starts_with("# HELP ") {
                    let (series, value) = line.rsplit_once(' ').unwrap();
                    assert!(value.parse::<u64>().is_ok() && seen.insert(series.to_owned()), "{line}");
                    assert!(heads.contains(series.split('{').next().unwrap()), "{line}");
                }
            }
        }
    }

    #[test]
    fn the_checker_of_prometheus_is_content() {
        for analysis in [fixture::empty(), fixture::busy(), fixture::clean(), fixture::hostile()] {
            let mut command = Command::new("promtool");
            command.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
            // Only where it is installed (Debian: package prometheus).
            let Ok(mut child) = command.spawn() else { return };
            child.stdin.take().unwrap().write_all(render(&analysis).as_bytes()).unwrap();
            let output = child.wait_with_output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
            assert!(output.status.success() && said.trim().is_empty(), "{said}");
        }
    }

    /// What a state of before holds must be found again, or every counter would begin anew: so its names stand here.
    #[test]
    fn sums_of_all_runs_stand_in_the_place_of_counters() {
        let mut analysis = fixture::busy();
        let of_this_run = render(&analysis);
        let mut sums = counters(&analysis);
        assert_eq!(sums.get("mailrake_messages_total"), Some(&analysis.totals.messages));
        assert_eq!(sums.get("mailrake_attempts_total{outcome=\"deferred\"}"), Some(&analysis.totals.deferred));
        let all_are_known = sums.iter().all(|(series, n)| of_this_run.contains(&format!("\n{series} {n}\n")));
        assert!(all_are_known && !sums.keys().any(|series| series.contains("mailrake_findings")));

        // A domain that an earlier run met, and this one did not.
        let gone = "mailrake_domain_attempts_total{domain=\"a\\\\b\\\"c.example\",outcome=\"deferred\"}";
        sums.insert(gone.into(), 3);
        sums.entry("mailrake_messages_total".into()).and_modify(|sum| *sum += 1000);
        analysis.counters = Some(sums);
        let of_all = render(&analysis);
        assert!(of_all.contains(&format!("\nmailrake_messages_total {}\n", analysis.totals.messages + 1000)));
        assert!(of_all.contains(&format!("\n{gone} 3\n")));
        let gauges = |text: &str| text.lines().filter(|l| l.starts_with("mailrake_findings")).count();
        assert_eq!((of_all.lines().count(), gauges(&of_all)), (of_this_run.lines().count() + 1, 3));
    }

    #[test]
    fn labels_are_bounded() {
        let mut a = fixture::busy();
        let domain = a.domains[0].clone();
        a.domains.extend((0..5000).map(|i| {
            let name = format!("{}{i}.example", "x".repeat(i % 300));
            crate::analyze::analysis::Domain { domain: Some(name), ..domain.clone() }
        }));
        let code = a.codes[0].clone();
        a.codes.extend(
            (0..5000)
                .map(|i| crate::analyze::analysis::Code { enhanced_code: Some(format!("4.7.{i}")), ..code.clone() }),
        );
        assert!(render(&a).lines().count() < CODES + 3 * DOMAINS + 100);
    }
}
