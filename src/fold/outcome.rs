//! What came of a try, and who tried, in the words of the contract: in tallies and in the finished figures.
//!
//! `outbound`: `delivered`, `deferred`, `bounced`, `expired`; `inbound`: `rejected`

use schemars::JsonSchema;
use serde::Serialize;

/// What became of a try, a recipient or a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Taken by the next hop or a mailbox.
    Delivered,
    /// Will be tried again.
    Deferred,
    /// Refused for good.
    Bounced,
    /// Given up after deferrals.
    Expired,
    /// Refused by this host as a server.
    Rejected,
}

impl Outcome {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Deferred => "deferred",
            Self::Bounced => "bounced",
            Self::Expired => "expired",
            Self::Rejected => "rejected",
        }
    }
}

/// Did we try them, or did they try us?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// This host is the client.
    Outbound,
    /// This host is the server.
    Inbound,
}

impl Direction {
    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}
