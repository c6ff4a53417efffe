//! Dead ends as data: thresholds, severity, advice.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Move;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// A kind of dead end.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Kind {
            /// All kinds, in the order of the table.
            pub const ALL: [Kind; [$($word),*].len()] = [$(Kind::$name),*];

            /// The word of the contract, section 5.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Kind::$name => $word,)* }
            }
        }
    };
}

kinds! {
    /// The same answer again and again.
    EndlessDeferral = "endless_deferral",
    /// Further tries after the answer that our address is blocklisted.
    BlocklistedSending = "blocklisted_sending",
    /// Refusals for want of a login or of TLS, again and again.
    AuthMissing = "auth_missing",
    /// A reply whose text contradicts its class.
    WrongCode = "wrong_code",
    /// Tries in a row at gaps that do not grow.
    NoBackoff = "no_backoff",
    /// The same message again right after a transient reply.
    ImmediateRetry = "immediate_retry",
    /// A new message while the first was still queued.
    ImmediateResend = "immediate_resend",
    /// A new message to a recipient that had been refused for good.
    RetryAfterPermanent = "retry_after_permanent",
    /// 503 again and again.
    BadSequence = "bad_sequence",
    /// A recipient taken out of the queue after transient failures only.
    RecipientDropped = "recipient_dropped",
    /// The same recipient again from another sender domain.
    SenderHop = "sender_hop",
}

impl Kind {
    /// The kind of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What is known of it.
    #[must_use]
    pub fn info(self) -> &'static DetectorInfo {
        detectors().get(self as usize).unwrap_or(&NOTHING)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Harmless but wrong.
    Notice,
    /// Effort is wasted, or one sender's mail is lost.
    Warning,
    /// Mail is lost or will be, and no waiting can help.
    Critical,
}

impl Severity {
    /// All of them, the least first.
    pub const ALL: [Self; 3] = [Self::Notice, Self::Warning, Self::Critical];

    /// The severity of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word)
    }

    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Whom a finding is about: by whom its cases are drawn together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum About {
    /// Those who sent.
    Senders,
    /// The hosts or addresses that were met.
    Hosts,
}

/// Which lines show a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shows {
    /// One of each that it is about, the one with most tries first.
    Each,
    /// Those of the worst case.
    Worst,
    /// The same, addresses that are dead before others: the plainest case of going on after a 5xx (RFC 3463
    /// section 3.2).
    DeadAddress,
    /// The first sender that was refused, then the others, each with the answer it got.
    InTurn,
}

/// What is known of one kind of dead end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorInfo {
    /// Which one.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// Whose move it is.
    pub whose: Move,
    /// Whom it is about.
    pub about: About,
    /// Which lines show it.
    pub evidence: Shows,
    /// Can one item hold bursts of several days?  Its whole span would say that the tries were slow.
    pub bursts: bool,
    /// What to do instead.
    pub advice: String,
    /// What is known of such attempts in general.
    pub known: String,
    /// A log that must give this finding.
    pub fires: String,
    /// A log that looks like it and must not.
    pub quiet: String,
}

/// The numbers that make a dead end.  Times are in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// A new message so soon after a transient failure is a resend.
    pub resend_within_s: u64,
    /// A try so soon after a transient reply is an immediate retry.
    pub retry_within_s: u64,
    /// So many tries in a row without growing gaps.
    pub backoff_tries: usize,
    /// Gaps of this length are no hammering.
    pub backoff_gap_s: u64,
    /// A new message so soon from another sender domain is a hop.
    pub hop_within_s: u64,
    /// So many equal answers are endless.
    pub endless_tries: usize,
    /// So many refusals for want of a login or of TLS.
    pub auth_tries: usize,
    /// So many 503.
    pub sequence_tries: usize,
    /// So many further tries after a blocklist answer.
    pub blocklist_tries: usize,
    /// Silence of so many longest gaps means gone.
    pub vanished_gaps: i64,
    /// Fewer cases give no percentage.
    pub few_cases: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    thresholds: Thresholds,
    detector: Vec<DetectorInfo>,
}

static FILE: LazyLock<Option<File>> = LazyLock::new(|| toml::from_str(include_str!("detectors.toml")).ok());

impl Default for Thresholds {
    fn default() -> Self {
        // The embedded file is read by a test, so the fall-back is never used.
        FILE.as_ref().map_or(
            Self {
                resend_within_s: 300,
                retry_within_s: 300,
                backoff_tries: 4,
                backoff_gap_s: 600,
                hop_within_s: 600,
                endless_tries: 6,
                auth_tries: 2,
                sequence_tries: 3,
                blocklist_tries: 2,
                vanished_gaps: 2,
                few_cases: 5,
            },
            |file| file.thresholds,
        )
    }
}

impl Thresholds {
    /// Sets the threshold of this name; None where there is no such name or the number does not fit.
    #[must_use]
    pub fn with(self, name: &str, value: u32) -> Option<Self> {
        let mut table = toml::Table::try_from(self).ok()?;
        *table.get_mut(name)? = toml::Value::Integer(value.into());
        table.try_into().ok()
    }

    /// The names and numbers.
    #[must_use]
    pub fn list(self) -> Vec<(String, u32)> {
        let table = toml::Table::try_from(self).unwrap_or_default();
        let number = |value: toml::Value| value.as_integer().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
        table.into_iter().map(|(name, value)| (name, number(value))).collect()
    }
}

/// What is known of each kind.
#[must_use]
pub fn detectors() -> &'static [DetectorInfo] {
    FILE.as_ref().map_or(&[], |file| &file.detector)
}

static NOTHING: DetectorInfo = DetectorInfo {
    kind: Kind::EndlessDeferral,
    severity: Severity::Notice,
    whose: Move::Theirs,
    about: About::Hosts,
    evidence: Shows::Worst,
    bursts: false,
    advice: String::new(),
    known: String::new(),
    fires: String::new(),
    quiet: String::new(),
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_threshold_can_be_set_by_its_name() {
        let thresholds = Thresholds::default();
        assert_eq!(thresholds.with("resend_within_s", 60).map(|t| t.resend_within_s), Some(60));
        assert_eq!(thresholds.with("resend", 60), None);
        assert_eq!(thresholds.list().len(), 11);
    }

    #[test]
    fn the_embedded_file_can_be_read() {
        let file: File = toml::from_str(include_str!("detectors.toml")).unwrap();
        assert_eq!(file.detector.iter().map(|d| d.kind).collect::<Vec<_>>(), Kind::ALL);
        for info in &file.detector {
            assert_eq!(Kind::parse(info.kind.as_str()), Some(info.kind));
            assert!(!info.advice.is_empty() && !info.known.is_empty(), "{}", info.kind);
        }
    }
}
