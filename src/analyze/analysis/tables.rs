//! The tables: failures, and the domains they are of, by what they have in common.

use schemars::JsonSchema;
use serde::Serialize;

use super::words::{failure_class, failure_outcome, whose};
use crate::fold::outcome::{Direction, Outcome};
use crate::knowledge::Move;
use crate::smtp::ReplyClass;

/// A row of `codes`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Code {
    /// Outbound or inbound.
    pub direction: Direction,
    /// Three digits; null when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// transient or permanent.
    #[schemars(schema_with = "failure_class")]
    pub class: ReplyClass,
    /// deferred, bounced, expired, rejected.
    #[schemars(schema_with = "failure_outcome")]
    pub outcome: Outcome,
    /// Attempts, recipients given up, or refusals.
    pub attempts: u64,
    /// Distinct messages.
    pub messages: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// Distinct domains.
    pub domains: u64,
    /// The cause that most of them have.
    pub cause: String,
    /// What the code means.
    pub meaning: String,
    /// First time seen.
    pub first: String,
    /// Last time seen.
    pub last: String,
}

/// A row of `domains`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Domain {
    /// Lower case; null for recipients without a domain.
    pub domain: Option<String>,
    /// delivered + deferred + bounced.
    pub attempts: u64,
    /// Deliveries.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// Recipients given up.
    pub expired: u64,
    /// Recipients delivered after a deferral.
    pub recovered: u64,
    /// Half of the deliveries took at most so long, in seconds since arrival.
    pub delay_p50: Option<f64>,
    /// 95 % of the deliveries took at most so long.
    pub delay_p95: Option<f64>,
    /// The longest.
    pub delay_max: Option<f64>,
    /// The code seen most, `450 4.7.1`.
    pub top_code: Option<String>,
    /// The cause seen most.
    pub top_cause: Option<String>,
}

/// A row of `code_domains`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CodeDomain {
    /// Outbound or inbound.
    pub direction: Direction,
    /// Three digits; null when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// The recipient's domain; inbound the sender's, `<>` for the null sender.
    pub domain: Option<String>,
    /// deferred, bounced, expired, rejected.
    #[schemars(schema_with = "failure_outcome")]
    pub outcome: Outcome,
    /// Attempts, recipients given up, or refusals.
    pub attempts: u64,
    /// Distinct messages.
    pub messages: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// The cause that most of them have.
    pub cause: String,
    /// First time seen.
    pub first: String,
    /// Last time seen.
    pub last: String,
    /// One reply text, at most 200 characters.
    pub sample: String,
}

/// A row of `reasons`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Reason {
    /// Outbound or inbound.
    pub direction: Direction,
    /// Three digits; null when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// The reply with addresses, hosts, ids and times replaced.
    pub template: String,
    /// Why.
    pub cause: String,
    /// Attempts or refusals.
    pub attempts: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// Distinct domains.
    pub domains: u64,
    /// One reply text, at most 200 characters.
    pub sample: String,
}

/// A row of `providers`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Provider {
    /// Who runs the next hop.
    pub provider: String,
    /// Distinct recipient domains.
    pub domains: u64,
    /// delivered + deferred + bounced.
    pub attempts: u64,
    /// Deliveries.
    pub delivered: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// The cause seen most.
    pub top_cause: Option<String>,
}

/// A row of `causes`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CauseRow {
    /// A word of the taxonomy.
    pub cause: String,
    /// Outbound or inbound.
    pub direction: Direction,
    /// transient or permanent, by the MTA's verdict.
    #[schemars(schema_with = "failure_class")]
    pub class: ReplyClass,
    /// Attempts or refusals.
    pub attempts: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// Distinct domains.
    pub domains: u64,
    /// Distinct domains of this cause and direction over both classes.
    pub domains_any_class: u64,
    /// Who runs the hosts it comes from, most attempts first; outbound only, and only those that are known.
    pub providers: Vec<CauseProvider>,
    /// Whose move it is: theirs (inbound: the client's), ours, sender, wait.
    #[schemars(schema_with = "whose")]
    pub whose: Move,
    /// What to do; inbound: what we, who refused, can do.
    pub advice: String,
    /// What to do in at most 28 characters, for tables.
    pub advice_short: String,
    /// What not to do.
    pub dead_ends: Vec<String>,
}

/// What of a cause comes from one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CauseProvider {
    /// Who runs the hosts.
    pub provider: String,
    /// Attempts that failed for this cause.
    pub attempts: u64,
}

/// One hour (one day, past 14 days).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SeriesPoint {
    /// Its beginning.
    pub start: String,
    /// Deliveries.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// Recipients given up.
    pub expired: u64,
    /// Refusals.
    pub rejected: u64,
}
