//! What was read.

use schemars::JsonSchema;
use serde::Serialize;

/// What was read.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Input {
    /// Each file, in the order of time.
    pub files: Vec<InputFile>,
    /// Bytes after decompression.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines of an MTA: all of an entry of the journal (export, json-pretty) that one wrote.
    pub mail_lines: u64,
    /// Lines of other programs, and lines without an envelope.
    pub other_lines: u64,
    /// Lines of an MTA that no rule knows.
    pub unparsed_lines: u64,
    /// Logging hosts, sorted.
    pub hosts: Vec<String>,
    /// Up to three unparsed lines.
    pub unparsed_examples: Vec<String>,
    /// Lines that carry no event, by kind.
    pub quiet: Vec<QuietKind>,
}

/// How many lines of one kind carried no event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QuietKind {
    /// The rule's name.
    pub kind: String,
    /// Lines.
    pub lines: u64,
}

/// One file.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct InputFile {
    /// As named on the command line or found.
    pub name: String,
    /// Bytes after decompression.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines by MTA.
    pub mta: MtaLines,
    /// Lines of an MTA that no rule knows.
    pub unparsed: u64,
    /// Lines over the length limit, of which only the beginning was read.
    pub truncated: u64,
    /// Why it could not be read to its end.
    pub error: Option<String>,
}

/// Lines by MTA.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct MtaLines {
    /// Postfix.
    pub postfix: u64,
    /// Exim.
    pub exim: u64,
    /// Sendmail.
    pub sendmail: u64,
    /// Everything else.
    pub other: u64,
}
