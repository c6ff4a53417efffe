//! What waiting did.

use schemars::JsonSchema;
use serde::Serialize;

use crate::event::Mta;

/// What waiting did.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Retries {
    /// Attempts by the time since the last transient failure of the same sender and recipient.
    pub gaps: Vec<Gap>,
    /// How many chains took how many attempts, and how often the n-th succeeded.
    pub attempts_per_chain: Vec<ChainLength>,
    /// Greylisting by recipient domain.
    pub greylisting: Vec<Greylist>,
    /// When the hosts themselves try again.
    pub schedules: Vec<Schedule>,
}

/// A row of `retries.schedules`: when a host tries again, as its log shows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Schedule {
    /// The host; null for logs without one.
    pub host: Option<String>,
    /// Who wrote the log.
    pub mta: Mta,
    /// Recipients of messages that were tried at least twice.
    pub chains: u64,
    /// Half of the first retries came within so many seconds.
    pub first_retry_s: u64,
    /// Half of the gaps are at most so many times the gap before.
    pub growth: Option<f64>,
    /// Half of the longest gaps (of recipients tried four times and more) are at most so long, in seconds.
    pub longest_gap_s: Option<u64>,
    /// Nine in ten of the recipients given up after several tries were given up at most so many seconds after they came.
    pub lifetime_s: Option<u64>,
    /// Does it try again too soon: first in less than 5 minutes, or at short gaps that do not grow?
    pub hasty: bool,
    /// Does it do what is advised: no hasty retries, and no giving up in less than 2 days (4 to 5 are advised)?
    pub as_advised: bool,
}

/// A row of `retries.gaps`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Gap {
    /// Shortest gap, in seconds.
    pub from_s: u64,
    /// End of the bucket (not in it), null for the last.
    pub to_s: Option<u64>,
    /// Attempts.
    pub attempts: u64,
    /// Of those delivered.
    pub delivered: u64,
    /// Of those deferred again.
    pub deferred: u64,
    /// Of those bounced.
    pub bounced: u64,
    /// delivered / attempts; null for none.
    pub success_rate: Option<f64>,
}

/// A row of `retries.attempts_per_chain`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChainLength {
    /// The n-th attempt of a recipient of a message.
    pub attempt: u64,
    /// How many recipients had one.
    pub recipients: u64,
    /// How many of these were delivered by it.
    pub delivered: u64,
}

/// A row of `retries.greylisting`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Greylist {
    /// Recipient domain.
    pub domain: String,
    /// Sender-recipient pairs that were greylisted.
    pub chains: u64,
    /// Of those delivered later.
    pub passed: u64,
    /// Longest wait that was still refused, in seconds.
    pub wait_low_s: Option<u64>,
    /// Shortest wait that was let in, in seconds.
    pub wait_high_s: Option<u64>,
    /// Longest wait that was let in, in seconds.
    pub passed_max_s: Option<u64>,
    /// Attempts that came too early.
    pub early_retries: u64,
    /// An early retry starts its wait again.
    pub restarts: bool,
}
