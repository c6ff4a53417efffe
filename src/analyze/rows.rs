//! The rows of the `events` command, before causes, file names and line numbers are known.

use super::analysis::Direction;
use crate::event::Mta;
use crate::history::key::Moment;
use crate::history::names::NamesTranslation;
use crate::history::symbols::Symbol;
use crate::smtp::reply::Stage;
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// One delivery attempt, expiry or refusal.
#[derive(Debug, Clone)]
pub struct Row {
    /// When and where it was logged.
    pub at: Moment,
    /// Rows of one line, in order.
    pub index: u32,
    /// The host that logged it.
    pub host: Symbol,
    /// Who wrote it.
    pub mta: Mta,
    /// Queue id; empty for a refusal before there was one.
    pub queue_id: Box<[u8]>,
    /// Message-ID, where known.
    pub message_id: Option<Box<[u8]>>,
    /// Outbound or inbound.
    pub direction: Direction,
    /// Envelope sender, where known; empty for the null sender.
    pub sender: Option<Box<[u8]>>,
    /// Recipient, where known.
    pub recipient: Option<Box<[u8]>>,
    /// Recipient's domain; inbound the sender's.
    pub domain: Symbol,
    /// Next hop, or the client: name.
    pub relay_host: Box<[u8]>,
    /// Next hop, or the client: address.
    pub relay_ip: Box<[u8]>,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// delivered, deferred, bounced, expired, rejected, discarded, skipped, internal_hop.
    pub outcome: &'static str,
    /// Transient or permanent.
    pub class: Option<ReplyClass>,
    /// Reply template, from which the cause is told.
    pub reason: Symbol,
    /// Microseconds since arrival.
    pub delay_us: Option<u64>,
    /// The how manieth attempt for this recipient of this message; 0 for none.
    pub attempt: u32,
    /// The reply or reason as logged.
    pub text: Box<[u8]>,
}

impl Row {
    /// Translates its symbols to another table's.
    pub fn translate(&mut self, names: &NamesTranslation) {
        self.host = names.hosts.of(self.host);
        self.domain = names.domains.of(self.domain);
        self.reason = names.reasons.of(self.reason);
    }
}
