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
use crate::analyze::tally::Outcome;

/// Series of codes at most.
const CODES: usize = 100;

/// Domains at most, three series each.
const DOMAINS: usize = 20;

/// A label is no longer than this.
const LABEL: usize = 128;

/// What a metric is.
#[derive(Debug, Clone, Copy)]
enum Type {
    Counter,
    Gauge,
}

/// Labels and their values.
type Labels<'a> = &'a [(&'static str, &'a str)];

/// Writes the metrics.  Where a row of runs goes on from each other, counters are those of all runs together.
pub fn write(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let Some(sums) = &analysis.counters else { return of_this_run(analysis, out) };
    let mut text = Vec::new();
    of_this_run(analysis, &mut text)?;
    let mut is_counter = false;
    for line in String::from_utf8_lossy(&text).lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            writeln!(out, "{line}")?;
            let counter = head.strip_suffix(" counter");
            is_counter = counter.is_some();
            let Some(name) = counter else { continue };
            let of_it = |series: &str| series.split('{').next() == Some(name);
            for (series, sum) in sums.range(name.to_owned()..).filter(|(series, _)| of_it(series)) {
                writeln!(out, "{series} {sum}")?;
            }
        } else if line.starts_with('#') || !is_counter {
            writeln!(out, "{line}")?;
        }
    }
    Ok(())
}

/// The counters of this run by name and labels, as they stand in the file.
#[must_use]
pub fn counters(analysis: &Analysis) -> BTreeMap<String, u64> {
    let mut text = Vec::new();
    let mut counters = BTreeMap::new();
    if of_this_run(analysis, &mut text).is_err() {
        return counters;
    }
    let mut is_counter = false;
    for line in String::from_utf8_lossy(&text).lines() {
        if let Some(head) = line.strip_prefix("# TYPE ") {
            is_counter = head.ends_with(" counter");
        } else if is_counter
            && !line.starts_with('#')
            && let Some((series, value)) = line.rsplit_once(' ')
            && let Ok(value) = value.parse()
        {
            counters.insert(series.to_owned(), value);
        }
    }
    counters
}

fn of_this_run(analysis: &Analysis, out: &mut dyn Write) -> io::Result<()> {
    let mut metrics = Metrics { out };
    metrics.about_the_run(analysis)?;
    metrics.sums(analysis)?;
    metrics.replies(analysis)?;
    metrics.domains(analysis)?;
    metrics.dead_ends(analysis)
}

struct Metrics<'a> {
    out: &'a mut dyn Write,
}

impl Metrics<'_> {
    fn head(&mut self, name: &str, kind: Type, help: &str) -> io::Result<()> {
        let kind = match kind {
            Type::Counter => "counter",
            Type::Gauge => "gauge",
        };
        write!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}\n")
    }

    fn value(&mut self, name: &str, labels: Labels<'_>, value: u64) -> io::Result<()> {
        self.out.write_all(name.as_bytes())?;
        for (i, (label, text)) in labels.iter().enumerate() {
            let open = if i == 0 { "{" } else { "," };
            let text: String = text.chars().take(LABEL).collect();
            write!(self.out, "{open}{label}=\"{}\"", escape::metric_label(&text))?;
        }
        writeln!(self.out, "{} {value}", if labels.is_empty() { "" } else { "}" })
    }

    /// A metric with one label, a series for each of its values.
    fn by(&mut self, name: &str, kind: Type, help: &str, label: &'static str, rows: &[(&str, u64)]) -> io::Result<()> {
        self.head(name, kind, help)?;
        rows.iter().try_for_each(|(text, n)| self.value(name, &[(label, text)], *n))
    }

    fn about_the_run(&mut self, analysis: &Analysis) -> io::Result<()> {
        let input = &analysis.input;
        self.head("mailrake_build_info", Type::Gauge, "Version of mailrake; always 1.")?;
        self.value("mailrake_build_info", &[("version", analysis.generator.version)], 1)?;
        let lines = [
            ("mail", input.mail_lines.saturating_sub(input.unparsed_lines)),
            ("not_understood", input.unparsed_lines),
            ("other", input.other_lines),
        ];
        self.by("mailrake_lines_total", Type::Counter, "Lines read, by what they are.", "kind", &lines)?;
        let broken = input.files.iter().filter(|f| f.error.is_some()).count() as u64;
        self.head("mailrake_inputs_incomplete", Type::Gauge, "Inputs that could not be read to their end.")?;
        self.value("mailrake_inputs_incomplete", &[], broken)?;
        for (name, help, time) in [
            ("mailrake_first_line_timestamp_seconds", "Time of the first line of an MTA.", &analysis.window.first),
            ("mailrake_last_line_timestamp_seconds", "Time of the last line of an MTA.", &analysis.window.last),
        ] {
            if let Some(time) = time.as_deref().and_then(words::time) {
                self.head(name, Type::Gauge, help)?;
                self.value(name, &[], u64::try_from(time.timestamp()).unwrap_or_default())?;
            }
        }
        Ok(())
    }

    fn sums(&mut self, analysis: &Analysis) -> io::Result<()> {
        let (totals, fates) = (&analysis.totals, &analysis.fates);
        self.head("mailrake_messages_total", Type::Counter, "Messages seen.")?;
        self.value("mailrake_messages_total", &[], totals.messages)?;
        let attempts = [
            ("delivered", totals.delivered.saturating_sub(totals.delivered_local)),
            ("delivered_local", totals.delivered_local),
            ("deferred", totals.deferred),
            ("bounced", totals.bounced),
        ];
        let help = "Delivery attempts, one recipient of one message tried once, by outcome.";
        self.by("mailrake_attempts_total", Type::Counter, help, "outcome", &attempts)?;
        let rejected = [
            ("transient", totals.rejected_transient),
            ("permanent", totals.rejected.saturating_sub(totals.rejected_transient)),
        ];
        self.by("mailrake_rejected_total", Type::Counter, "Refusals by this host as a server.", "class", &rejected)?;
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
        // What is still queued becomes something else: no counter.
        self.by("mailrake_recipients", Type::Gauge, "Recipients of messages, by what became of them.", "fate", &fates)
    }

    /// A metric with several labels.  Rows that differ in nothing shown are one series: two of one name are an error.
    fn table<'a, const N: usize>(
        &mut self,
        name: &str,
        labels: [&'static str; N],
        rows: impl Iterator<Item = ([Cow<'a, str>; N], u64)>,
    ) -> io::Result<()> {
        let mut sums: BTreeMap<[String; N], u64> = BTreeMap::new();
        for (texts, n) in rows {
            let texts =
                texts.map(|text| escape::metric_label(&text.chars().take(LABEL).collect::<String>()).into_owned());
            *sums.entry(texts).or_default() += n;
        }
        for (texts, n) in sums {
            let pairs: Vec<String> = labels.iter().zip(texts).map(|(l, t)| format!("{l}=\"{t}\"")).collect();
            writeln!(self.out, "{name}{{{}}} {n}", pairs.join(","))?;
        }
        Ok(())
    }

    fn replies(&mut self, analysis: &Analysis) -> io::Result<()> {
        let name = "mailrake_replies_total";
        self.head(name, Type::Counter, "Failed attempts and refusals by reply; the most frequent ones.")?;
        let rows = analysis.codes.iter().filter(|c| c.outcome != Outcome::Expired).take(CODES).map(|row| {
            let code = row.reply_code.map(|c| c.to_string()).unwrap_or_default();
            let enhanced = row.enhanced_code.as_deref().unwrap_or_default();
            ([row.direction.as_str().into(), code.into(), enhanced.into(), row.outcome.as_str().into()], row.attempts)
        });
        self.table(name, ["direction", "code", "enhanced", "outcome"], rows)?;
        let name = "mailrake_causes_total";
        self.head(name, Type::Counter, "Failed attempts and refusals by cause.")?;
        let rows = analysis.causes.iter().take(CODES).map(|row| {
            let words = [row.direction.as_str(), row.class.as_str(), row.cause.as_str(), row.whose.as_str()];
            (words.map(Into::into), row.attempts)
        });
        self.table(name, ["direction", "class", "cause", "move"], rows)
    }

    fn domains(&mut self, analysis: &Analysis) -> io::Result<()> {
        let mut domains: Vec<_> = analysis.domains.iter().filter(|d| d.attempts > d.delivered_local).collect();
        domains.sort_by(|a, b| {
            (b.deferred + b.bounced).cmp(&(a.deferred + a.bounced)).then_with(|| a.domain.cmp(&b.domain))
        });
        let name = "mailrake_domain_attempts_total";
        let help = "Delivery attempts by recipient domain and outcome; the domains with most failures.";
        self.head(name, Type::Counter, help)?;
        let rows = domains.into_iter().take(DOMAINS).flat_map(|row| {
            let domain = row.domain.as_deref().unwrap_or_default();
            let delivered = row.delivered.saturating_sub(row.delivered_local);
            [("delivered", delivered), ("deferred", row.deferred), ("bounced", row.bounced)]
                .map(|(outcome, n)| ([domain.into(), outcome.into()], n))
        });
        self.table(name, ["domain", "outcome"], rows)
    }

    fn dead_ends(&mut self, analysis: &Analysis) -> io::Result<()> {
        let ends = &analysis.dead_end_totals;
        let severities = [("critical", ends.critical), ("warning", ends.warning), ("notice", ends.notice)];
        self.by("mailrake_findings", Type::Gauge, "Kinds of dead ends found, by severity.", "severity", &severities)?;
        let wasted = "Attempts that could not have worked, each once.";
        self.head("mailrake_wasted_attempts", Type::Gauge, wasted)?;
        self.value("mailrake_wasted_attempts", &[], ends.attempts_wasted)?;
        let name = "mailrake_dead_end_attempts";
        self.head(name, Type::Gauge, "Attempts in dead ends, by kind; kinds overlap.")?;
        analysis.dead_ends.iter().try_for_each(|end| {
            self.value(name, &[("kind", end.kind.as_str()), ("severity", end.severity.as_str())], end.attempts)
        })
    }
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
