//! What came of a try, in the words of the contract: in tallies and in the finished figures.
//!
//! `delivered`, `deferred`, `bounced`, `expired`, `rejected`

/// What became of a try, a recipient or a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
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
