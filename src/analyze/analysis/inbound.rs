//! What this host refused.

use schemars::JsonSchema;
use serde::Serialize;

use super::words::failure_class;
use crate::smtp::ReplyClass;

/// What this host refused.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Inbound {
    /// By the client's address.
    pub by_client: Vec<Client>,
    /// By code and reason.
    pub by_reason: Vec<InboundReason>,
    /// What became of clients that our greylisting refused.
    pub greylisting: OurGreylisting,
}

/// What became of clients that this host greylisted.  A triple is client address, sender and recipient.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct OurGreylisting {
    /// Triples refused.
    pub triples: u64,
    /// Of those, accepted later.
    pub accepted: u64,
    /// Of those, refused once and never seen again.
    pub never_returned: u64,
    /// Of those, whose client has a name: not what bots look like.
    pub named_never_returned: u64,
    /// Refusals of a triple within 300 s of its last.
    pub early_retries: u64,
}

/// A row of `inbound.by_client`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Client {
    /// Address; null where the log names none.
    pub client_ip: Option<String>,
    /// Name as this host found it.
    pub client_name: Option<String>,
    /// Refusals.
    pub rejected: u64,
    /// Of those, 4xx.
    pub transient: u64,
    /// Of those, 5xx.
    pub permanent: u64,
    /// First time seen.
    pub first: String,
    /// Last time seen.
    pub last: String,
}

/// A row of `inbound.by_reason`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InboundReason {
    /// Three digits; null where the log has none.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// transient or permanent.
    #[schemars(schema_with = "failure_class")]
    pub class: ReplyClass,
    /// The reason with addresses and hosts replaced.
    pub template: String,
    /// Why.
    pub cause: String,
    /// Refusals.
    pub rejected: u64,
    /// One text, at most 200 characters.
    pub sample: String,
}
