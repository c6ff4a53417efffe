//! Dead ends as data: thresholds, severity, advice.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
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

/// What is known of one kind of dead end.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectorInfo {
    /// A word of the contract, section 5.
    pub kind: String,
    /// How much it matters.
    pub severity: Severity,
    /// Whose move it is: theirs, ours, sender.
    pub whose: String,
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

/// What is known of a kind of dead end.
#[must_use]
pub fn detector(kind: &str) -> Option<&'static DetectorInfo> {
    detectors().iter().find(|d| d.kind == kind)
}

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
        assert_eq!(file.detector.len(), 11);
    }
}
