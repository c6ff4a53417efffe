//! The lists of the analysis as CSV: one table, or all of them into a folder.
//!
//! RFC 4180, UTF-8, `\n`; columns are named as the JSON keys.  Cells hold text of strangers: one that a
//! spreadsheet would run as a formula is made harmless ([`super::escape::csv_cell`]), unless asked not to.
//!
//! `direction,reply_code,enhanced_code,class,outcome,attempts,...`

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use super::escape;
use super::output::replace_file;
use crate::analyze::Analysis;
use crate::analyze::analysis::{DeadEnd, DeadEndItem, Direction};
use crate::knowledge::detectors::Kind;

/// A table: its name, its columns and how its rows are made.
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    rows: fn(&Analysis, &mut Sheet<'_>) -> csv::Result<()>,
}

/// The names of all tables, in the order of the contract.
pub const TABLES: [&str; 12] = [
    "codes",
    "domains",
    "code_domains",
    "reasons",
    "providers",
    "causes",
    "dead_ends",
    "retries",
    "greylisting",
    "inbound_clients",
    "inbound_reasons",
    "series",
];

/// Writes one table with its header.  `raw` leaves cells as they are.
///
/// A name that is not in [`TABLES`] is an error of kind [`io::ErrorKind::InvalidInput`].
pub fn write_table(name: &str, analysis: &Analysis, raw: bool, out: &mut dyn Write) -> io::Result<()> {
    let Some(table) = ALL.iter().find(|t| t.name == name) else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("no table is named {name}")));
    };
    let mut sheet = Sheet { out: csv::Writer::from_writer(out), raw };
    sheet.out.write_record(table.columns).map_err(io::Error::from)?;
    (table.rows)(analysis, &mut sheet).map_err(io::Error::from)?;
    sheet.out.flush()
}

/// Writes every table as `folder/NAME.csv`, each as a whole; the folder is made if it is not there.
pub fn write_dir(folder: &Path, analysis: &Analysis, raw: bool) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for name in TABLES {
        let file = folder.join(name).with_extension("csv");
        replace_file(&file, |out| write_table(name, analysis, raw, out))
            .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", file.display())))?;
    }
    Ok(())
}

/// A CSV writer with the cells this program has.
struct Sheet<'a> {
    out: csv::Writer<&'a mut dyn Write>,
    raw: bool,
}

impl Sheet<'_> {
    /// The fields of a row; end it with [`Sheet::end`].
    fn text(&mut self, text: &str) -> csv::Result<&mut Self> {
        if self.raw {
            self.out.write_field(text)?;
        } else {
            self.out.write_field(escape::csv_cell(text).as_bytes())?;
        }
        Ok(self)
    }

    fn maybe(&mut self, text: &Option<String>) -> csv::Result<&mut Self> {
        self.text(text.as_deref().unwrap_or_default())
    }

    fn list<'s>(&mut self, items: impl Iterator<Item = &'s str>) -> csv::Result<&mut Self> {
        let mut all = String::new();
        for item in items {
            if !all.is_empty() {
                all.push_str("; ");
            }
            all.push_str(item);
        }
        self.text(&all)
    }

    fn count(&mut self, n: u64) -> csv::Result<&mut Self> {
        self.out.write_field(n.to_string())?;
        Ok(self)
    }

    fn counts<const N: usize>(&mut self, n: [u64; N]) -> csv::Result<&mut Self> {
        for n in n {
            self.count(n)?;
        }
        Ok(self)
    }

    fn maybe_count(&mut self, n: Option<u64>) -> csv::Result<&mut Self> {
        self.out.write_field(n.map(|n| n.to_string()).unwrap_or_default())?;
        Ok(self)
    }

    fn number(&mut self, n: Option<f64>) -> csv::Result<&mut Self> {
        self.out.write_field(n.map(|n| n.to_string()).unwrap_or_default())?;
        Ok(self)
    }

    fn direction(&mut self, direction: Direction) -> csv::Result<&mut Self> {
        self.text(direction.as_str())
    }

    fn code(&mut self, reply: Option<u16>, enhanced: &Option<String>) -> csv::Result<&mut Self> {
        self.maybe_count(reply.map(u64::from))?.maybe(enhanced)
    }

    fn end(&mut self) -> csv::Result<()> {
        self.out.write_record(None::<&[u8]>)
    }
}

/// Every table of [`TABLES`].
static ALL: [Table; 12] = [
    Table {
        name: "codes",
        columns: &[
            "direction",
            "reply_code",
            "enhanced_code",
            "class",
            "outcome",
            "attempts",
            "messages",
            "recipients",
            "domains",
            "cause",
            "meaning",
            "first",
            "last",
        ],
        rows: |analysis, sheet| {
            for c in &analysis.codes {
                sheet
                    .direction(c.direction)?
                    .code(c.reply_code, &c.enhanced_code)?
                    .text(c.class.as_str())?
                    .text(c.outcome.as_str())?;
                sheet.counts([c.attempts, c.messages, c.recipients, c.domains])?;
                sheet.text(&c.cause)?.text(&c.meaning)?.text(&c.first)?.text(&c.last)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "domains",
        columns: &[
            "domain",
            "attempts",
            "delivered",
            "delivered_local",
            "deferred",
            "bounced",
            "expired",
            "recovered",
            "delay_p50",
            "delay_p95",
            "delay_max",
            "top_code",
            "top_cause",
        ],
        rows: |analysis, sheet| {
            for d in &analysis.domains {
                sheet.maybe(&d.domain)?.counts([d.attempts, d.delivered, d.delivered_local])?;
                sheet.counts([d.deferred, d.bounced, d.expired, d.recovered])?;
                sheet.number(d.delay_p50)?.number(d.delay_p95)?.number(d.delay_max)?;
                sheet.maybe(&d.top_code)?.maybe(&d.top_cause)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "code_domains",
        columns: &[
            "direction",
            "reply_code",
            "enhanced_code",
            "domain",
            "outcome",
            "attempts",
            "messages",
            "recipients",
            "cause",
            "first",
            "last",
            "sample",
        ],
        rows: |analysis, sheet| {
            for c in &analysis.code_domains {
                sheet
                    .direction(c.direction)?
                    .code(c.reply_code, &c.enhanced_code)?
                    .maybe(&c.domain)?
                    .text(c.outcome.as_str())?;
                sheet.counts([c.attempts, c.messages, c.recipients])?.text(&c.cause)?;
                sheet.text(&c.first)?.text(&c.last)?.text(&c.sample)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "reasons",
        columns: &[
            "direction",
            "reply_code",
            "enhanced_code",
            "template",
            "cause",
            "attempts",
            "recipients",
            "domains",
            "sample",
        ],
        rows: |analysis, sheet| {
            for r in &analysis.reasons {
                sheet
                    .direction(r.direction)?
                    .code(r.reply_code, &r.enhanced_code)?
                    .text(&r.template)?
                    .text(&r.cause)?;
                sheet.counts([r.attempts, r.recipients, r.domains])?.text(&r.sample)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "providers",
        columns: &["provider", "domains", "attempts", "delivered", "deferred", "bounced", "top_cause"],
        rows: |analysis, sheet| {
            for p in &analysis.providers {
                sheet.text(&p.provider)?.counts([p.domains, p.attempts, p.delivered, p.deferred, p.bounced])?;
                sheet.maybe(&p.top_cause)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "causes",
        columns: &[
            "cause",
            "direction",
            "class",
            "attempts",
            "recipients",
            "domains",
            "domains_any_class",
            "whose",
            "advice",
            "advice_short",
            "dead_ends",
            "providers",
        ],
        rows: |analysis, sheet| {
            for c in &analysis.causes {
                sheet.text(&c.cause)?.direction(c.direction)?.text(c.class.as_str())?;
                sheet.counts([c.attempts, c.recipients, c.domains, c.domains_any_class])?;
                sheet.text(c.whose.as_str())?.text(&c.advice)?.text(&c.advice_short)?;
                sheet.list(c.dead_ends.iter().map(String::as_str))?;
                let providers: Vec<_> = c.providers.iter().map(|p| format!("{} {}", p.provider, p.attempts)).collect();
                sheet.list(providers.iter().map(String::as_str))?.end()?;
            }
            Ok(())
        },
    },
    // One row an item: the finding's own figures are repeated, so that each row stands alone.
    Table {
        name: "dead_ends",
        columns: &[
            "kind",
            "severity",
            "count",
            "attempts_wasted",
            "within",
            "summary",
            "success_rate",
            "expected_success_rate",
            "whose",
            "advice",
            "sender",
            "recipient",
            "domain",
            "relay",
            "first",
            "last",
            "attempts",
            "codes",
            "evidence",
            "text",
        ],
        rows: |analysis, sheet| {
            for finding in &analysis.dead_ends {
                for item in &finding.items {
                    dead_end(finding, Some(item), sheet)?;
                }
                if finding.items.is_empty() {
                    dead_end(finding, None, sheet)?;
                }
            }
            Ok(())
        },
    },
    Table {
        name: "retries",
        columns: &["from_s", "to_s", "attempts", "delivered", "deferred", "bounced", "success_rate"],
        rows: |analysis, sheet| {
            for g in &analysis.retries.gaps {
                sheet.count(g.from_s)?.maybe_count(g.to_s)?;
                sheet.counts([g.attempts, g.delivered, g.deferred, g.bounced])?.number(g.success_rate)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "greylisting",
        columns: &[
            "domain",
            "chains",
            "passed",
            "wait_low_s",
            "wait_high_s",
            "passed_max_s",
            "early_retries",
            "restarts",
        ],
        rows: |analysis, sheet| {
            for g in &analysis.retries.greylisting {
                sheet.text(&g.domain)?.counts([g.chains, g.passed])?.maybe_count(g.wait_low_s)?;
                sheet.maybe_count(g.wait_high_s)?.maybe_count(g.passed_max_s)?.count(g.early_retries)?;
                sheet.text(if g.restarts { "true" } else { "false" })?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "inbound_clients",
        columns: &["client_ip", "client_name", "rejected", "transient", "permanent", "first", "last"],
        rows: |analysis, sheet| {
            for c in &analysis.inbound.by_client {
                sheet.maybe(&c.client_ip)?.maybe(&c.client_name)?.counts([c.rejected, c.transient, c.permanent])?;
                sheet.text(&c.first)?.text(&c.last)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "inbound_reasons",
        columns: &["reply_code", "enhanced_code", "class", "template", "cause", "rejected", "sample"],
        rows: |analysis, sheet| {
            for r in &analysis.inbound.by_reason {
                sheet
                    .code(r.reply_code, &r.enhanced_code)?
                    .text(r.class.as_str())?
                    .text(&r.template)?
                    .text(&r.cause)?;
                sheet.count(r.rejected)?.text(&r.sample)?.end()?;
            }
            Ok(())
        },
    },
    Table {
        name: "series",
        columns: &["start", "delivered", "delivered_local", "deferred", "bounced", "expired", "rejected"],
        rows: |analysis, sheet| {
            for p in &analysis.series {
                sheet.text(&p.start)?.counts([p.delivered, p.delivered_local, p.deferred, p.bounced, p.expired])?;
                sheet.count(p.rejected)?.end()?;
            }
            Ok(())
        },
    },
];

/// A row of `dead_ends`; `attempts` is the item's where there is one.
fn dead_end(finding: &DeadEnd, item: Option<&DeadEndItem>, sheet: &mut Sheet<'_>) -> csv::Result<()> {
    sheet
        .text(finding.kind.as_str())?
        .text(finding.severity.as_str())?
        .counts([finding.count, finding.attempts_wasted])?;
    sheet.text(finding.within.map_or("", Kind::as_str))?.text(&finding.summary)?;
    sheet.number(finding.success_rate)?.number(finding.expected_success_rate)?;
    sheet.text(finding.whose.as_str())?.text(&finding.advice)?;
    let Some(item) = item else {
        for _ in 0..6 {
            sheet.text("")?;
        }
        return sheet.count(finding.attempts)?.text("")?.text("")?.text("")?.end();
    };
    sheet.maybe(&item.sender)?.maybe(&item.recipient)?.maybe(&item.domain)?.maybe(&item.relay)?;
    sheet.text(&item.first)?.text(&item.last)?.count(item.attempts)?;
    sheet.list(item.codes.iter().map(String::as_str))?;
    let places: Vec<String> = item.evidence.iter().map(|e| format!("{}:{}", e.file, e.line)).collect();
    sheet.list(places.iter().map(String::as_str))?;
    sheet.text(&item.evidence.first().map_or(Cow::Borrowed(""), |e| e.text.text()))?.end()
}
