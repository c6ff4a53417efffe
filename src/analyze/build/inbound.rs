//! What this host refused: to whom, why, and what became of those that it greylisted.

use hashbrown::HashMap;

use super::view::{View, enhanced_text, lossy, optional, order, reply_number, sample, sort};
use crate::analyze::analysis::{Client, Direction, InboundReason, OurGreylisting};
use crate::analyze::frame::Frame;
use crate::analyze::judge::{Judge, Question};
use crate::fold::partial::Partial;
use crate::history::symbols::Symbol;
use crate::knowledge::Cause;
use crate::smtp::ReplyClass;

pub(super) fn clients(partial: &Partial, frame: &Frame) -> Vec<Client> {
    let mut rows: Vec<Client> = partial
        .tally
        .clients
        .iter()
        .map(|(ip, name, count)| Client {
            client_ip: optional(ip),
            client_name: optional(name),
            rejected: count.transient + count.permanent,
            transient: count.transient,
            permanent: count.permanent,
            first: frame.time(count.first),
            last: frame.time(count.last),
        })
        .collect();
    sort(&mut rows, |r| r.rejected, order!(|r| &r.client_ip));
    rows
}

pub(super) fn reasons(view: &View<'_>, samples: &HashMap<Symbol, &[u8]>) -> Vec<InboundReason> {
    let groups = view.project(|_, cell| {
        let key = cell.key;
        (key.direction == Direction::Inbound).then_some((key.reply, key.enhanced, key.class, key.reason))
    });
    let mut rows: Vec<InboundReason> = groups
        .into_iter()
        .map(|group| {
            let (reply, enhanced, class, reason) = group.key;
            InboundReason {
                reply_code: reply_number(reply),
                enhanced_code: enhanced_text(enhanced),
                class,
                template: lossy(view.names.reasons.get(reason)),
                cause: group.cause.as_str().to_owned(),
                rejected: group.attempts,
                sample: samples.get(&reason).map(|text| sample(text)).unwrap_or_default(),
            }
        })
        .collect();
    sort(&mut rows, |r| r.rejected, order!(|r| (r.reply_code, &r.enhanced_code, r.class.as_str(), &r.template)));
    rows
}

pub(super) fn our_greylisting(partial: &Partial, judge: &Judge<'_>) -> OurGreylisting {
    let mut sum = OurGreylisting::default();
    for (reason, returns) in partial.greylisted.returns() {
        // The codes of a reason stand in its cells; any of them will do to tell greylisting from trouble.  Where an
        // earlier run has counted the refusals, the words must do.
        let (direction, class) = (Direction::Inbound, ReplyClass::Transient);
        let cells = partial.tally.cells.iter().map(|cell| &cell.key);
        let of_reason = cells.filter(|key| (key.direction, key.class, key.reason) == (direction, class, reason));
        let (reply, enhanced) = of_reason.map(|key| (key.reply, key.enhanced)).min().unwrap_or_default();
        let question = Question { direction, class, reply, enhanced, expired: false, reason };
        if judge.of(question).cause == Cause::Greylisted {
            sum.triples += returns.triples;
            sum.accepted += returns.accepted;
            sum.never_returned += returns.never_returned;
            sum.named_never_returned += returns.named_never_returned;
            sum.early_retries += returns.early_retries;
        }
    }
    sum
}
