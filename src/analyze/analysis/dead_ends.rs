//! Behaviour that cannot work.

use schemars::JsonSchema;
use serde::Serialize;

use super::words::{severity, whose};
use crate::fold::inputs::LoggedLine;
use crate::knowledge::Move;
use crate::knowledge::detectors::{Kind, Severity};

/// A finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeadEnd {
    /// A kind of the contract, section 5.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// notice, warning or critical.
    #[schemars(schema_with = "severity")]
    pub severity: Severity,
    /// The attempts or messages the finding is about.  A run that goes on from another one counts those of which
    /// something is new to it, so that a message that is tried in several runs is counted in each; the items tell
    /// their whole story.
    pub count: u64,
    /// Attempts of these messages, or the attempts themselves, as far as this run counts them.  What an earlier run
    /// counted is not counted again, though it came to be part of the finding only now: a row of runs may sum up to
    /// fewer than one run over everything.
    pub attempts: u64,
    /// Of those, delivered.
    pub delivered: u64,
    /// Those that could not have worked; counted as `attempts` are.
    pub attempts_wasted: u64,
    /// The worse finding that holds all attempts of this one.
    #[schemars(with = "Option<String>")]
    pub within: Option<Kind>,
    /// How often attempts made this way were delivered, here.
    pub success_rate: Option<f64>,
    /// How often attempts that waited were delivered, here.
    pub expected_success_rate: Option<f64>,
    /// How many attempts that waited there were.
    pub expected_attempts: u64,
    /// Of those, delivered.
    pub expected_delivered: u64,
    /// Whose move it is.
    #[schemars(schema_with = "whose")]
    pub whose: Move,
    /// What to do instead.
    pub advice: String,
    /// Where it happened, worst first.
    pub items: Vec<DeadEndItem>,
}

/// Cases of one kind that the site leaves alone for one reason.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Ignored {
    /// A kind of the contract, section 5.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Cases.
    pub cases: u64,
    /// Attempts in them.
    pub attempts: u64,
    /// Why.
    pub reason: String,
    /// The first day on which it holds no more.
    pub until: Option<String>,
}

/// One case of a finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeadEndItem {
    /// Envelope sender.
    pub sender: Option<String>,
    /// Recipient.
    pub recipient: Option<String>,
    /// Recipient domain.
    pub domain: Option<String>,
    /// Next hop.
    pub relay: Option<String>,
    /// First time.
    pub first: String,
    /// Last time.
    pub last: String,
    /// Attempts.
    pub attempts: u64,
    /// Codes seen, `450 4.7.1`.
    pub codes: Vec<String>,
    /// The lines that show it.
    pub evidence: Vec<Evidence>,
}

/// A log line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Evidence {
    /// File name.
    pub file: String,
    /// Line number in the decompressed text, from 1.
    pub line: u64,
    /// Its time.
    pub time: String,
    /// The queue id it names.
    pub queue_id: Option<String>,
    /// What it says: the reply without the recipient's own address, or the MTA's words after the envelope.
    pub reply: String,
    /// The whole line.
    #[schemars(with = "String")]
    pub text: LoggedLine,
}

/// Sums over findings.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct DeadEndTotals {
    /// Attempts in findings, each once.
    pub attempts: u64,
    /// Attempts wasted, each once.
    pub attempts_wasted: u64,
    /// attempts_wasted / all attempts.
    pub share: Option<f64>,
    /// Findings that are critical.
    pub critical: u64,
    /// Findings that are warnings.
    pub warning: u64,
    /// Findings that are notices.
    pub notice: u64,
}
