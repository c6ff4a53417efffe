//! A verdict on one recipient.

use crate::event::Disposition;
use crate::history::key::{Moment, QueueKey};
use crate::history::span::Span;
use crate::history::symbols::Symbol;
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyCode};

/// A verdict on one recipient.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When and where it was logged.
    pub at: Moment,
    /// Index in [`Message::recipients`](super::Message::recipients).
    pub recipient: u32,
    /// How often the line says it happened (1, but for `message repeated`).
    pub times: u32,
    /// What the MTA did.
    pub disposition: Disposition,
    /// Into a mailbox, file or program of this host.
    pub local: bool,
    /// Three digits of the far side.
    pub reply: Option<ReplyCode>,
    /// The reply's enhanced code; where it has none, the one that the MTA logged.
    pub enhanced: Option<EnhancedCode>,
    /// Template of the reply or reason; none for deliveries.
    pub reason: Symbol,
    /// Name of the next hop.
    pub relay: Symbol,
    /// Microseconds since arrival, where the line says it.
    pub delay_us: Option<u64>,
    /// The id in this host's own queue under which the next hop says it goes on.
    pub handoff: Option<Box<Handoff>>,
    /// The line, for failures: evidence.
    pub line: Option<Span>,
    /// What only the `events` command shows; kept only for it.
    pub detail: Option<Box<Detail>>,
    /// One that lies before the time window counts for nothing: it tells who was waiting when the window began.
    pub in_window: bool,
}

impl Attempt {
    /// Did the message go on in this host's own queue?
    #[must_use]
    pub fn is_hop(&self) -> bool {
        self.disposition == Disposition::HandedOn || self.handoff.as_ref().is_some_and(|h| h.hop == Some(true))
    }
}

/// A delivery to this machine itself that names the queue id it was given.
#[derive(Debug, Clone, Copy)]
pub struct Handoff {
    /// That id, on the same host.
    pub key: QueueKey,
    /// Whether the log speaks of that id, once it is known: then it is an internal hop, no delivery.
    pub hop: Option<bool>,
}

/// Parts of an attempt that only the `events` command shows.
#[derive(Debug, Clone, Copy)]
pub struct Detail {
    /// Next hop: address.
    pub relay_ip: Span,
    /// Where in the dialogue the answer came.
    pub stage: Option<Stage>,
    /// The reply or reason as logged.
    pub text: Span,
}
