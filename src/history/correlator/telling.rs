//! What a line says, written down with its message.

use crate::event::{self, Disposition, Ending, Fact, Mta, Recipients};
use crate::history::clocks::Extent;
use crate::history::key::{Moment, QueueKey};
use crate::history::message::{Attempt, Detail, Evidence, Handoff, Message};
use crate::history::names::Names;
use crate::history::symbols::Symbol;

/// What a correlator needs to know of the line at hand.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The block of lines that is being read; empty where the line is not from one.
    pub block: &'a [u8],
    /// The line as it stands in the file.
    pub raw: &'a [u8],
    /// When and where.
    pub at: Moment,
    /// Who wrote it.
    pub mta: Mta,
    /// The host that logged it.
    pub host: Symbol,
    /// How often it was said.
    pub times: u32,
    /// The block can be read again.
    pub stays: bool,
    /// It lies in the time window; a line before the window only tells how a message came.
    pub in_window: bool,
    /// Keep what only the `events` command shows.
    pub details: bool,
    /// Keep lines and replies as evidence.
    pub evidence: bool,
    /// When it was read: of a split line its last piece.
    pub read: i64,
    /// What the host wrote up to it in the stretch that it comes from; only asked where no block is being read.
    pub before: Extent,
}

impl<'a> Context<'a> {
    fn evidence(&self) -> Option<Evidence<'a>> {
        self.evidence.then_some(Evidence { raw: self.raw, block: self.block, stays: self.stays })
    }
}

/// The id under which a delivery to this machine goes on, where the next hop named one.
pub(super) fn handoff(key: &QueueKey, fact: &Fact<'_>) -> Option<Handoff> {
    let Fact::Attempt(attempt) = fact else { return None };
    let id = attempt.queued_as?;
    let handed = attempt.disposition == Disposition::HandedOn;
    if !(handed || attempt.disposition == Disposition::Delivered && attempt.relay.is_this_machine()) {
        return None;
    }
    let next = key.sibling(id);
    // Nothing goes on as itself: a reply that names the message's own id says nothing of this host's queue.
    (next != *key || handed).then_some(Handoff { key: next, hop: handed.then_some(true) })
}

/// Tells a message what a line says of it.
#[inline(always)]
pub(super) fn tell(
    message: &mut Message,
    fact: &Fact<'_>,
    context: &Context<'_>,
    names: &mut Names,
    handoff: Option<Handoff>,
) {
    let at = context.at;
    match fact {
        Fact::Arrival(arrival) => {
            message.arrive(arrival, context.block);
            if arrival.begins
                && let Some(line) = context.evidence()
            {
                message.keep_arrival_line(at.place, line);
            }
        }
        Fact::Attempt(attempt) if !context.in_window => {
            if attempt.disposition != Disposition::Probed {
                record(message, attempt, context, names, None);
            }
        }
        _ if !context.in_window => {}
        Fact::Attempt(attempt) => {
            record(message, attempt, context, names, handoff.map(Box::new));
            if attempt.disposition == Disposition::Probed {
                message.probe = true;
            }
        }
        Fact::GivenUp(_) => {
            message.given_up = Some(at);
            if let Some(line) = context.evidence() {
                message.keep_end_line(at, line);
            }
        }
        Fact::Ended(ending) => {
            message.end(*ending, at.time);
            if *ending == Ending::RemovedByHand
                && let Some(line) = context.evidence()
            {
                message.keep_end_line(at, line);
            }
        }
        Fact::ContinuesAs(_) => message.continues = true,
        Fact::Held => message.held = true,
        Fact::Discarded => message.discarded = true,
        Fact::Refused(text) => message.refuse(at, context.times, text, context.block),
        Fact::Probe => message.probe = true,
        Fact::Released | Fact::Notice { .. } | Fact::HostTrouble | Fact::Quiet(_) => {}
    }
}

/// What only the `events` command shows.  Not in line: for reports it would be prepared and never be used.
#[inline(never)]
fn detail(message: &mut Message, attempt: &event::Attempt<'_>, block: &[u8]) -> Box<Detail> {
    Box::new(Detail {
        relay_ip: message.store(attempt.relay.ip, block),
        stage: attempt.stage,
        text: message.store(attempt.reply.text, block),
    })
}

/// Writes down the verdicts of one line.  Of one before the window only who was tried and how that left them: a line in
/// the window that gives the whole message up names no recipient.
fn record(
    message: &mut Message,
    attempt: &event::Attempt<'_>,
    context: &Context<'_>,
    names: &mut Names,
    handoff: Option<Box<Handoff>>,
) {
    let in_window = context.in_window;
    let failed =
        in_window && matches!(attempt.disposition, Disposition::Deferred | Disposition::Bounced | Disposition::Expired);
    let details = in_window && context.details;
    // Why nothing was tried is in the rows of events only.
    let reason = if failed || details && attempt.disposition == Disposition::Skipped {
        let recipient = match attempt.recipients {
            Recipients::One(recipient) => Some(recipient),
            Recipients::List(_) => None,
        };
        names.reason(attempt.reply.text, recipient)
    } else {
        Symbol::NONE
    };
    let relay = if in_window { names.relays.intern(attempt.relay.host) } else { Symbol::NONE };
    for address in attempt.recipients.iter() {
        let recipient = message.recipient(address, attempt.original, names, context.block);
        let evidence = context.evidence().filter(|_| failed);
        if evidence.is_some() {
            let domain = message.recipients.get(recipient as usize).map_or(Symbol::NONE, |r| r.domain);
            names.samples.keep((domain, reason), context.at.place, attempt.reply.text);
        }
        let line = evidence.map(|line| message.keep_line(line));
        let detail = details.then(|| detail(message, attempt, context.block));
        message.attempt(Attempt {
            at: context.at,
            recipient,
            times: context.times,
            disposition: attempt.disposition,
            local: attempt.local,
            reply: attempt.reply.code,
            enhanced: attempt.reply.enhanced.or(attempt.dsn),
            reason,
            relay,
            delay_us: attempt.delay_us,
            handoff: handoff.clone(),
            line,
            detail,
            in_window,
        });
    }
}
