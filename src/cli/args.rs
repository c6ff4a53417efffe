//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand, ValueEnum};
use mailrake::analyze::detect::DETECTORS;
use mailrake::envelope::Zone;
use mailrake::event::Mta;
use mailrake::report::FORMATS;
use mailrake::report::csv::TABLES;

use super::usage::Usage;

/// Reads the logs of Postfix, Exim and Sendmail and says what was deferred and bounced, why, and what to
/// do about it.
///
/// Files are put in the order of time, compressed ones (gz, zst, xz, bz2) are told by their content, and so
/// is the MTA of every line.  Without LOG the host's own mail log is read; - is standard input.
///
/// Exit status: 0 done, 1 done and --fail-on was met, 2 bad usage, 3 some input could not be read to its end (whether
/// --fail-on was met or not), 4 nothing could be read or written.
#[derive(Debug, Parser)]
#[command(name = "mailrake", version, args_conflicts_with_subcommands = true, max_term_width = 100)]
pub struct Args {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub report: ReportArgs,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Analyse logs and write a report (the default)
    Report(ReportArgs),
    /// Write one row for each delivery attempt and refusal, alike for all three MTAs
    Events(EventsArgs),
    /// Say what a reply code, a reply or a log line means, why it comes, and what to do
    Explain(ExplainArgs),
    /// Write the JSON Schema of an output
    Schema(super::schema::SchemaArgs),
    /// Write a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Look at the config files
    Config {
        #[command(subcommand)]
        what: ConfigCommand,
        /// The config file [default: /etc/mailrake.toml, then $XDG_CONFIG_HOME/mailrake.toml]
        #[arg(long, value_name = "FILE", global = true)]
        config: Option<PathBuf>,
    },
    /// Write the manual page
    Man,
}

/// What to do with the config files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum ConfigCommand {
    /// Say what is wrong in them
    Check,
    /// Write everything with its value, as a config file
    Dump,
}

/// What to read, and how.
#[derive(Debug, clap::Args)]
pub struct InputArgs {
    /// Log files, directories, quoted globs, or - for standard input
    #[arg(value_name = "LOG")]
    pub logs: Vec<OsString>,
    /// Read the systemd journal, through journalctl [default: where the host has no mail log file]
    #[arg(long, conflicts_with = "logs")]
    pub journal: bool,
    /// Read the journal files in DIR, not those of this host
    #[arg(long, value_name = "DIR", requires = "journal")]
    pub journal_dir: Option<PathBuf>,
    /// Read only what came since the last run with FILE, and keep there what the next one needs
    #[arg(long, value_name = "FILE", conflicts_with_all = ["since", "until", "day", "last"])]
    pub state: Option<PathBuf>,
    /// Count from this time on: RFC 3339, 2026-11-20, yesterday, today, 2h (ago), 7d
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Count up to this time, not included
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Count one day: yesterday, today, or a date such as 2026-11-20
    #[arg(long, value_name = "DAY", conflicts_with_all = ["since", "until", "last"])]
    pub day: Option<String>,
    /// Count the time up to now: 24h, 7d
    #[arg(long, value_name = "SPAN", conflicts_with_all = ["since", "until"])]
    pub last: Option<String>,
    /// Zone of stamps that name none, and of the report: Europe/Berlin, +02:00 [default: this host's]
    #[arg(long, value_name = "ZONE", value_parser = zone, allow_hyphen_values = true)]
    pub timezone: Option<Zone>,
    /// Year of each file's first line, for stamps without a year [default: inferred]
    #[arg(long, value_name = "YEAR", value_parser = clap::value_parser!(i32).range(1970..=2200))]
    pub year: Option<i32>,
    /// Take the lines for those of one MTA [default: told line by line]
    #[arg(long, value_name = "MTA", value_parser = mtas())]
    pub mta: Option<Mta>,
    /// Take options from FILE [default: /etc/mailrake.toml, then $XDG_CONFIG_HOME/mailrake.toml]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What the config file says of the site
    #[arg(skip)]
    pub site: mailrake::analyze::site::Site,
    /// Ask the rules in FILE (TOML, see the README) for causes before those of mailrake
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Threads that parse [default: one a core]
    #[arg(long, value_name = "N", value_parser = threads, allow_negative_numbers = true)]
    #[arg(default_value_t = 0, hide_default_value = true)]
    pub threads: usize,
    /// Keep the lines of an MTA that were not understood in FILE
    #[arg(long, value_name = "FILE")]
    pub unparsed: Option<PathBuf>,
    #[command(flatten)]
    pub redact: super::redact::RedactArgs,
    /// Bytes in a block of lines that one thread takes at a time
    #[arg(long, value_name = "BYTES", default_value_t = 1 << 19, hide = true)]
    pub block_size: usize,
}

/// Where the output goes.
#[derive(Debug, clap::Args)]
pub struct OutputArgs {
    /// Write to FILE, which is replaced only when all is written, in the format that its ending tells (.html, .json,
    /// .md, .prom, ...) or --format; DIR/ or X.d takes every table as CSV.  It can be given several times
    /// [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// Leave CSV cells that a spreadsheet would run as a formula, and control characters, as they are
    #[arg(long)]
    pub csv_raw: bool,
}

#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// How the report is written [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = formats())]
    pub format: Option<String>,
    /// The table of --format csv
    #[arg(long, value_name = "TABLE", value_parser = TABLES)]
    pub table: Option<String>,
    /// Write every table as DIR/TABLE.csv too
    #[arg(long, value_name = "DIR")]
    pub csv_dir: Option<PathBuf>,
    #[command(flatten)]
    pub mail: super::mail::MailArgs,
    /// Rows of a table in the text report, 0 for all
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = top, allow_negative_numbers = true)]
    pub top: usize,
    /// No character beyond ASCII [default: as the locale says]
    #[arg(long)]
    pub ascii: bool,
    /// Colours [default: on a terminal, without NO_COLOR]
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto, hide_default_value = true)]
    pub color: Color,
    /// Print nothing at all when there is nothing to tell
    #[arg(long)]
    pub quiet_if_clean: bool,
    /// Exit with 1 for findings of this severity or worse, or of this kind: notice, warning, critical, or a kind such as
    /// immediate_resend
    #[arg(long, value_name = "WHAT", value_parser = failures())]
    pub fail_on: Vec<String>,
    /// Set a number that makes a dead end; --threshold list shows them all
    #[arg(long, value_name = "NAME=N")]
    pub threshold: Vec<String>,
    /// Show more: lines that were not understood, kinds of lines without an event
    #[arg(short, long)]
    pub verbose: bool,
}

#[derive(Debug, clap::Args)]
pub struct EventsArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Write to FILE, which is replaced only when all is written, in the format that its ending tells (.csv, .ndjson,
    /// .jsonl, .parquet) or --format [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Leave CSV cells that a spreadsheet would run as a formula, and control characters, as they are
    #[arg(long)]
    pub csv_raw: bool,
    /// How the rows are written [default: as the ending of --output tells, else csv]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Option<EventsFormat>,
    /// Rows for what is no attempt too: skipped, internal_hop, unattempted
    #[arg(long)]
    pub all: bool,
    /// Host of lines that name none, such as those of Exim's main log
    #[arg(long, value_name = "NAME")]
    pub host: Option<String>,
    /// Write nothing at all where an input could not be read to its end
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// Codes (450, 4.7.1, "550 5.1.1"), causes (greylisted), replies or log lines in quotes; two or more are set
    /// side by side; - reads one text a line from standard input
    #[arg(value_name = "CODE", required = true, allow_hyphen_values = false)]
    pub codes: Vec<String>,
    /// How the answer is written
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = ExplainAs::Text)]
    pub format: ExplainAs,
    /// Ask the rules in FILE (TOML, see the README) before those of mailrake
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// No character beyond ASCII [default: as the locale says]
    #[arg(long)]
    pub ascii: bool,
}

/// Formats of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainAs {
    Text,
    /// One JSON object a line
    Json,
    Markdown,
}

/// The library's MTAs.
fn mtas() -> impl TypedValueParser<Value = Mta> {
    let named = |name: String| Mta::ALL.into_iter().find(|mta| mta.as_str() == name).ok_or("no MTA has this name");
    PossibleValuesParser::new(Mta::ALL.map(Mta::as_str)).try_map(named)
}

/// A zone by its name or its offset.
fn zone(text: &str) -> Result<Zone, Usage> {
    let advice = "is not known\n  Use a name such as Europe/Berlin, or an offset such as +02:00.";
    text.parse().map_err(|_| Usage(advice.into()))
}

/// How many rows.
fn top(text: &str) -> Result<usize, Usage> {
    text.parse().map_err(|_| Usage("cannot be used\n  Use a positive number, or 0 for all rows.".into()))
}

/// How many threads.
fn threads(text: &str) -> Result<usize, Usage> {
    text.parse().map_err(|_| Usage("cannot be used\n  Use a positive number, or 0 for one a core.".into()))
}

/// The library's formats, with their help.
fn formats() -> PossibleValuesParser {
    FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.help)).collect::<Vec<_>>().into()
}

/// Severities and kinds of findings.
fn failures() -> PossibleValuesParser {
    let severities = ["notice", "warning", "critical"].into_iter();
    severities.chain(DETECTORS.iter().map(|d| d.kind.as_str())).map(PossibleValue::new).collect::<Vec<_>>().into()
}

/// Formats of the event rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EventsFormat {
    Csv,
    /// One JSON object a line
    Ndjson,
    /// One Parquet file; needs --output, and a mailrake built with it
    Parquet,
}

impl EventsFormat {
    /// The endings of files, and what they tell.
    const ENDINGS: [(&str, Self); 4] =
        [("csv", Self::Csv), ("ndjson", Self::Ndjson), ("jsonl", Self::Ndjson), ("parquet", Self::Parquet)];

    /// The format that a file's ending tells; CSV where it has none.
    pub fn of_file(path: &Path) -> Result<Self, Usage> {
        let Some(ending) = path.extension() else { return Ok(Self::Csv) };
        let known = Self::ENDINGS.into_iter().find(|(name, _)| ending.eq_ignore_ascii_case(name));
        known.map(|(_, format)| format).ok_or_else(|| {
            let built = Self::ENDINGS.into_iter().filter(|(_, f)| *f != Self::Parquet || cfg!(feature = "parquet"));
            let names: Vec<String> = built.map(|(name, _)| format!(".{name}")).collect();
            Usage(format!(
                "--output {}: rows have no format with the ending .{}\n  Use one of {}, or name the format with --format.",
                path.display(),
                ending.display(),
                names.join(", ")
            ))
        })
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}
