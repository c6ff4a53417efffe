//! The sums over a log, in the words of the contract: those of the tally, and of the finished figures.
//!
//! `attempts` = `delivered` + `deferred` + `bounced`

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The sums.  Words are those of the contract, section 2.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Queue ids.
    pub messages: u64,
    /// Recipients of messages (each address of each message once).
    pub recipients: u64,
    /// delivered + deferred + bounced.
    pub attempts: u64,
    /// Deliveries, local ones too.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Attempts that will be repeated.
    pub deferred: u64,
    /// Attempts refused for good.
    pub bounced: u64,
    /// Recipients given up after deferrals.
    pub expired: u64,
    /// Refusals by this host as a server.
    pub rejected: u64,
    /// Of those, 4xx.
    pub rejected_transient: u64,
    /// Hand-overs to a filter or a second queue on this host.
    pub internal_hops: u64,
    /// "Later" lines without an attempt.
    pub skipped: u64,
    /// Recipients accepted and thrown away by a rule.
    pub discarded: u64,
    /// Messages held or frozen.
    pub held: u64,
    /// Recipients with at least one deferral.
    pub recipients_deferred: u64,
    /// Of those: delivered later.
    pub recovered: u64,
    /// Of those: bounced later.
    pub failed: u64,
    /// Of those: given up.
    pub expired_recipients: u64,
    /// Of those: nothing final in the log.
    pub still_queued: u64,
    /// Of those: removed by hand or thrown away.
    pub dropped: u64,
    /// Recipients whose first attempt in the log was a delivery to another host.
    pub delivered_first_try: u64,
}

/// What became of the recipients of messages: each is in exactly one of these sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fates {
    /// Delivered to another host by the first attempt in the log.
    pub delivered_first_try: u64,
    /// Delivered to another host after at least one deferral.
    pub delivered_after_deferral: u64,
    /// Delivered into a mailbox, a file or a program of this host.
    pub delivered_local: u64,
    /// Refused for good.
    pub bounced: u64,
    /// Given up after deferrals.
    pub expired: u64,
    /// Taken out of the queue by an administrator.
    pub removed_by_hand: u64,
    /// Accepted and thrown away by a rule.
    pub discarded: u64,
    /// Went on under another queue id of this host: a filter, a second queue, an alias.
    pub handed_on: u64,
    /// Nothing final in the log.
    pub still_queued: u64,
    /// Distinct messages with a recipient that is neither `delivered_local` nor `handed_on`.
    pub messages: u64,
}

impl Fates {
    /// Recipients on other hosts: all but those delivered here or handed on.  The whole of the verdict's rate.
    #[must_use]
    pub fn remote(&self) -> u64 {
        self.reached() + self.bounced + self.expired + self.removed_by_hand + self.discarded + self.still_queued
    }

    /// Those of [`Fates::remote`] that were delivered.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.delivered_first_try + self.delivered_after_deferral
    }
}

/// Figures that stand in no other sum.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct CountedApart {
    /// Of `totals.delivered_local`: messages of the null sender `<>`, which is what notices are.
    pub local_notices: u64,
    /// Failed logins (SASL) without a refusal of their own.
    pub failed_logins: u64,
}
