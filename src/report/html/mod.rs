//! The report as one page: no request, no script needed, light, dark and on paper.
//!
//! Written by hand and not by a template: the page is a walk over the [`Document`], whose sections it
//! knows as little as the text does, and [`writer::Out`] lets nothing but literals pass unescaped.  The one
//! style and the one script are allowed by their hashes, so that nothing a stranger may smuggle in can run.
//!
//! `<p class="verdict act"><b>Act:</b> 3 critical, 7 warnings, 1 notice. 302 of 586 recipients reached.</p>`

mod day;
mod figures;
mod svg;
mod tables;
mod writer;

use std::io::{self, Write};

use self::writer::Out;
use super::document::{self, Block, Document, EvidenceLine, Extent, Finding, Level, Rich, Role, Section, Severity};
use super::text::{self, TextStyle};
use super::words;
use crate::analyze::Analysis;

/// The page's style, and what allows it.
const STYLE: &str = include_str!("page.css");
const STYLE_HASH: &str = "sha256-ID6UoCUkZT73UOFyCkCssc7a/ladHLn4ncgD0UDWsh0=";

/// The page's script, which sorts tables, and what allows it.
const SCRIPT: &str = include_str!("page.js");
const SCRIPT_HASH: &str = "sha256-1etPc5cBrRbm71mksWsO+RH8WxMQl2jV09mM9f89+fM=";

/// The style of a mail: readers of mail know no variables and follow no media query.
const MAIL_STYLE: &str = include_str!("mail.css");

/// Rows of a table at most: with 0 for all of them a page of a large log would be no page any more.
const MOST_ROWS: usize = 250;

/// Names of a finding that are listed in full.
const MOST_NAMES: usize = 20;

/// What shows the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Medium {
    /// A browser.
    Browser,
    /// A reader of mail: no drawings, nothing folded.
    Mail,
}

/// Writes the page.
pub fn write(analysis: &Analysis, style: TextStyle, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&page(analysis, style, Medium::Browser))
}

/// The report for readers of mail.
#[must_use]
pub fn mail(analysis: &Analysis, style: TextStyle) -> Vec<u8> {
    page(analysis, style, Medium::Mail)
}

fn page(analysis: &Analysis, style: TextStyle, medium: Medium) -> Vec<u8> {
    let top = if style.top == 0 { MOST_ROWS } else { style.top.min(MOST_ROWS) };
    let document = Document::new(analysis, Extent { top, verbose: style.verbose });
    let mut page = Page { out: Out::default(), medium, drawings: 0 };
    page.head(&document);
    page.out.tag("<body>\n<div class=\"wrap\">");
    if medium == Medium::Browser {
        page.out.tag("<a class=\"skip\" href=\"#main\">Skip to the report</a>");
    }
    page.header(&document);
    page.out.tag("<main id=\"main\">\n");
    page.sections(&document.sections);
    page.out.tag("</main>\n<footer>");
    if let Some(footer) = &document.footer {
        page.out.tag("<p>").text(footer).tag("</p>");
    }
    page.out.tag("<p>Written by mailrake\u{a0}").text(analysis.generator.version).tag(".");
    if medium == Medium::Browser {
        page.out.tag(" This page loads nothing and sends nothing.");
    }
    page.out.tag("</p></footer></div>\n");
    if medium == Medium::Browser {
        page.out.tag("<script>").tag(SCRIPT).tag("</script>");
    }
    page.out.tag("</body></html>\n");
    page.out.into_bytes()
}

/// The class of what a colour stands for; none for plain text.
fn class(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Plain | Role::Strong => return None,
        Role::Muted => "mute",
        Role::Delivered => "t-del",
        Role::Deferred => "t-def",
        Role::Bounced => "t-bou",
        Role::Expired => "t-exp",
        Role::Refused => "mute",
        Role::Critical => "t-crit",
        Role::Warning => "t-warn",
        Role::Notice => "t-note",
        Role::Good => "t-ok",
    })
}

/// The page in the making.
struct Page {
    out: Out,
    medium: Medium,
    /// How many drawings have their names.
    drawings: u64,
}

impl Page {
    fn draws(&self) -> bool {
        self.medium == Medium::Browser
    }

    fn head(&mut self, document: &Document) {
        let out = &mut self.out;
        out.tag("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
        out.tag("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n");
        if self.medium == Medium::Browser {
            out.tag("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '");
            out.tag(STYLE_HASH).tag("'; script-src '").tag(SCRIPT_HASH);
            out.tag("'; base-uri 'none'; form-action 'none'\">\n");
            out.tag("<meta name=\"robots\" content=\"noindex\"><meta name=\"referrer\" content=\"no-referrer\">");
        }
        out.tag("<meta name=\"format-detection\" content=\"telephone=no,email=no,address=no,date=no,url=no\">\n");
        out.tag("<title>").tag(document.verdict.level.as_str()).tag(": ");
        if !document.about.is_empty() {
            out.text(&document.about).tag(", ");
        }
        out.tag("mailrake report</title>\n<style>");
        out.tag(if self.medium == Medium::Browser { STYLE } else { MAIL_STYLE });
        out.tag("</style></head>\n");
    }

    fn header(&mut self, document: &Document) {
        let (out, verdict) = (&mut self.out, &document.verdict);
        out.tag("<header><h1>Mail report");
        if !document.about.is_empty() {
            out.tag(" for ").text(&document.about);
        }
        out.tag("</h1>\n").tag(match verdict.level {
            Level::Act => "<p class=\"verdict act\"><b>Act:</b> ",
            Level::Look => "<p class=\"verdict look\"><b>Look:</b> ",
            Level::Ok => "<p class=\"verdict ok\"><b>OK:</b> ",
        });
        out.text(&verdict.why).tag(" ").text(&verdict.reached).tag("</p>\n");
        for line in &verdict.incomplete {
            out.tag("<p class=\"incomplete\">").text(line).tag("</p>\n");
        }
        for line in &verdict.notes {
            out.tag("<p>").text(line).tag("</p>\n");
        }
        for line in &document.source {
            out.tag("<p class=\"mute\">").text(line).tag(".</p>\n");
        }
        if !document.facts.is_empty() {
            out.tag("<dl class=\"facts\">");
            for fact in &document.facts {
                out.tag("<div><dt>").tag(fact.name).tag("</dt><dd>").text(&words::percent(fact.part, fact.whole));
                out.tag(" <span>").text(&words::part_of(fact.part, fact.whole)).tag("</span></dd></div>");
            }
            out.tag("</dl>\n");
        }
        let named = document.sections.iter().filter(|s| !s.title.is_empty());
        if self.medium == Medium::Browser && named.clone().count() > 1 {
            out.tag("<nav aria-label=\"Sections\"><ul>");
            for section in named {
                out.tag("<li><a href=\"#").tag(section.id).tag("\">").text(section.link()).tag("</a></li>");
            }
            out.tag("</ul></nav>");
        }
        out.tag("</header>\n");
    }

    /// Narrow sections that follow each other stand side by side where there is room.
    fn sections(&mut self, sections: &[Section]) {
        let mut rest = sections;
        while let Some((section, after)) = rest.split_first() {
            if let [next, after @ ..] = after
                && section.is_narrow()
                && next.is_narrow()
            {
                self.out.tag("<div class=\"two pair\">");
                self.section(section);
                self.section(next);
                self.out.tag("</div>\n");
                rest = after;
            } else {
                self.section(section);
                rest = after;
            }
        }
    }

    fn section(&mut self, section: &Section) {
        self.out.tag("<section id=\"").tag(section.id);
        self.out.tag(if section.is_narrow() { "\" class=\"narrow\">" } else { "\">" });
        if !section.title.is_empty() {
            self.out.tag("<h2>").text(&section.title).tag("</h2>");
        }
        // What the only table is about is its caption.
        let tables = section.blocks.iter().filter(|b| matches!(b, Block::Table(_))).count();
        let figures = section.blocks.iter().any(|b| match b {
            Block::Table(table) => self.draws() && figures::is_drawn(table),
            Block::Chart(_) => true,
            _ => false,
        });
        let captioned = tables == 1 && !figures;
        // A drawing over time names the zone itself.
        let zone = self.draws() && section.blocks.iter().any(|b| matches!(b, Block::Chart(_)));
        if !captioned && !zone && !section.aside.is_empty() {
            self.out.tag("<p class=\"mute\">").text(&sentence(&section.aside)).tag("</p>");
        }
        self.out.tag("\n");
        if tables > 1 {
            self.out.tag("<div class=\"two tables\">");
        }
        let mut rest = section.blocks.as_slice();
        while let Some((block, after)) = rest.split_first() {
            rest = after;
            match block {
                Block::Findings(findings) => self.findings(findings),
                Block::Table(table) => {
                    let about = match (captioned && !section.aside.is_empty(), table.rows_are) {
                        (true, _) => sentence(&section.aside),
                        (false, "") => section.title.clone(),
                        (false, rows) => sentence(rows),
                    };
                    self.table(table, about.trim_end_matches('.'));
                }
                Block::Chart(chart) if self.draws() => self.chart(chart, &section.aside),
                Block::Chart(chart) => {
                    let style = TextStyle { width: 78, ..TextStyle::default() };
                    self.out.tag("<pre class=\"curves\">");
                    for line in text::chart_lines(chart, style) {
                        self.out.text(&line).tag("\n");
                    }
                    self.out.tag("</pre>\n");
                }
                Block::Text(text) => self.rich(text),
                Block::Shares(shares) => {
                    self.rich(&shares.sentence());
                    if self.draws() {
                        self.shares(shares);
                    }
                }
                Block::Note(text) => _ = self.out.tag("<p class=\"small mute\">").text(text).tag("</p>\n"),
                Block::About(code, text) => {
                    self.out.tag("<ul class=\"amb\">");
                    self.about(code, text);
                    while let [Block::About(code, text), after @ ..] = rest {
                        self.about(code, text);
                        rest = after;
                    }
                    self.out.tag("</ul>\n");
                }
                Block::List(items) => {
                    self.out.tag("<ul class=\"count\">");
                    for (n, text) in items {
                        self.out.tag("<li><b>").text(&words::count(*n)).tag("</b> ").text(text).tag("</li>");
                    }
                    self.out.tag("</ul>\n");
                }
                Block::Lines(lines) => {
                    self.out.tag("<pre>");
                    for line in lines {
                        self.out.text(line).tag("\n");
                    }
                    self.out.tag("</pre>\n");
                }
            }
        }
        if tables > 1 {
            self.out.tag("</div>");
        }
        self.out.tag("</section>\n");
    }

    fn about(&mut self, code: &str, text: &str) {
        self.out.tag("<li><b>").text(code).tag("</b> ").text(text).tag("</li>");
    }

    fn rich(&mut self, rich: &Rich) {
        self.out.tag("<p>");
        for (role, text) in &rich.0 {
            match (role, class(*role)) {
                (Role::Strong, _) => _ = self.out.tag("<b>").text(text).tag("</b>"),
                (_, Some(class)) => _ = self.out.tag("<b class=\"").tag(class).tag("\">").text(text).tag("</b>"),
                (_, None) => _ = self.out.text(text),
            }
        }
        self.out.tag("</p>\n");
    }

    fn findings(&mut self, findings: &[Finding]) {
        self.out.tag("<ol class=\"f\">\n");
        for finding in findings {
            self.finding(finding);
        }
        self.out.tag("</ol>\n");
    }

    fn finding(&mut self, finding: &Finding) {
        let (class, name) = match finding.severity {
            Severity::Critical => ("critical", "Critical"),
            Severity::Warning => ("warning", "Warning"),
            Severity::Notice => ("notice", "Notice"),
        };
        let out = &mut self.out;
        out.tag("<li class=\"").tag(class).tag("\"><div class=\"hd\"><span class=\"sev\">").tag(name);
        out.tag("</span> <h3><code>").text(finding.kind.as_str()).tag("</code></h3> <span class=\"who\">");
        out.text(&finding.first_names()).tag("</span></div> <div class=\"cost\"><b>");
        out.text(&words::count(finding.tries)).tag(if finding.tries == 1 {
            "</b> try, <b>"
        } else {
            "</b> tries, <b>"
        });
        out.text(&words::count(finding.delivered)).tag("</b> delivered</div>\n<div class=\"rest\"><p>");
        out.text(&finding.summary).tag("</p>");
        if !finding.advice.is_empty() {
            out.tag("<p><b>Do:</b> ").text(&finding.advice).tag("</p>");
        }
        for (kind, summary) in &finding.also {
            out.tag("<p>Also <code>").text(kind.as_str()).tag("</code>: ").text(summary).tag("</p>");
        }
        self.folded(finding);
        self.out.tag("</div></li>\n");
    }

    /// What shows it, and figures for who wants to know more.
    fn folded(&mut self, finding: &Finding) {
        let folds = self.medium == Medium::Browser;
        // The first ones stand with their tries in the detail.
        let names = finding.who.len() > document::NAMED || finding.more_who;
        let numbers = folds && (!finding.detail.is_empty() || names);
        if finding.evidence.is_empty() && !numbers {
            return;
        }
        let out = &mut self.out;
        if folds {
            out.tag(match (finding.evidence.is_empty(), numbers) {
                (true, _) => "<details><summary>Numbers",
                (false, true) => "<details><summary>Evidence and numbers",
                (false, false) => "<details><summary>Evidence",
            });
            if !finding.evidence.is_empty() {
                let lines = words::counted(finding.evidence.len() as u64, "line");
                out.tag(" <span class=\"mute\">(").text(&lines).tag(")</span>");
            }
            out.tag("</summary>");
        }
        if numbers && names {
            out.tag("<p class=\"small\">");
            for (i, who) in finding.who.iter().take(MOST_NAMES).enumerate() {
                out.tag(if i > 0 { ", " } else { "" }).text(&words::name(who));
            }
            if finding.more_who || finding.who.len() > MOST_NAMES {
                out.tag("; all of them: --format\u{a0}json");
            }
            out.tag(".</p>");
        }
        if numbers && !finding.detail.is_empty() {
            out.tag("<p class=\"small\">").text(&finding.detail.join(" ")).tag("</p>");
        }
        if !finding.evidence.is_empty() {
            out.tag("<pre>");
            for evidence in &finding.evidence {
                self.evidence(evidence);
            }
            self.out.tag("</pre>");
        }
        if folds {
            self.out.tag("</details>");
        }
    }

    fn evidence(&mut self, line: &EvidenceLine) {
        let out = &mut self.out;
        out.text(&line.place).tag("  ").text(&line.time).tag("  ");
        if let Some(id) = &line.queue_id {
            out.text(id).tag("  ");
        }
        out.text(&line.says).tag("\n");
    }
}

/// The same words as a sentence.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
