//! What is counted, and what rows are made of: a message of which nothing more comes, and what became of its recipients;
//! and where a refusal was logged.

use crate::event::Mta;
use crate::history::key::{Moment, QueueKey};
use crate::history::message::Message;
use crate::history::symbols::Symbol;

/// A message of which nothing more comes.
#[derive(Debug, Clone, Copy)]
pub struct Complete<'a> {
    /// Its queue id.
    pub key: &'a QueueKey,
    /// The message.
    pub message: &'a Message,
    /// The block that its texts lie in.
    pub block: &'a [u8],
}

/// What became of one recipient of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing final in the log.
    Queued,
    /// Taken by a next hop.
    Delivered,
    /// Taken by a mailbox, file or program of this host.
    DeliveredHere,
    /// It goes on under another queue id of this host.
    HandedOn,
    /// Refused for good.
    Bounced,
    /// Given up for age.
    Expired,
    /// Thrown away by a rule.
    Discarded,
    /// Taken out by hand, or gone from the queue without a verdict.
    Removed,
}

impl Fate {
    /// The word of the rows' column `fate`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Delivered | Self::DeliveredHere => "delivered",
            Self::HandedOn => "handed_on",
            Self::Bounced => "bounced",
            Self::Expired => "expired",
            Self::Discarded => "discarded",
            Self::Removed => "removed",
        }
    }
}

/// Where a refusal was logged.
#[derive(Debug, Clone, Copy)]
pub struct Logged {
    /// When and where.
    pub at: Moment,
    /// How often.
    pub times: u32,
    /// Who wrote it.
    pub mta: Mta,
    /// The host that logged it.
    pub host: Symbol,
}
