//! What a detector looks at, and what it names.

use hashbrown::HashMap;

use crate::analyze::analysis::Direction;
use crate::analyze::judge::{Judge, Judgement, Question};
use crate::analyze::site::Site;
use crate::event::Disposition;
use crate::fold::chains::{Chain, Kept, Line, Opened, Passage, Try, Verdict, chains};
use crate::fold::partial::Partial;
use crate::fold::tally::{Cell, CellKey};
use crate::history::key::{Moment, Place, QueueKey};
use crate::history::names::Names;
use crate::history::symbols::Symbol;
use crate::knowledge::Cause;
use crate::knowledge::detectors::Thresholds;
use crate::smtp::ReplyClass;

/// What is the same for all recipients.
pub struct Ground<'a> {
    /// What is known of all passages together.
    pub kept: &'a Kept,
    /// Last line of each host's MTAs.
    pub last_line: &'a HashMap<Symbol, i64>,
    /// What this host refused, by reason.
    pub refusals: Vec<&'a Cell>,
    /// The strings.
    pub names: &'a Names,
    /// The numbers that make a dead end.
    pub thresholds: Thresholds,
    /// What the operator says of the site.
    pub site: &'a Site,
    /// Last line of each host's MTAs that an earlier run has counted.
    pub last_line_before: &'a HashMap<Symbol, i64>,
    /// Files before this one hold what an earlier run has counted, and told.
    border: u32,
    judge: &'a Judge<'a>,
    /// Why each of the verdicts was given.
    judged: Vec<Judgement>,
}

impl<'a> Ground<'a> {
    /// The ground on which all that was read stands.
    #[must_use]
    pub fn new(partial: &'a Partial, judge: &'a Judge<'a>, thresholds: Thresholds, site: &'a Site) -> Self {
        let (passages, names) = (&partial.passages, &partial.names);
        let kept = &passages.kept;
        Self {
            kept,
            last_line: &passages.last_line,
            refusals: partial.tally.cells.iter().filter(|c| c.key.direction == Direction::Inbound).collect(),
            names,
            thresholds,
            site,
            last_line_before: partial.last_line_before(),
            border: partial.border(),
            judged: kept.verdicts.iter().map(|verdict| judge_verdict(judge, verdict)).collect(),
            judge,
        }
    }

    /// Does this run count a try, and no other?
    #[must_use]
    pub fn counts(&self, one: &Try<'_>) -> bool {
        one.at.place.file() >= self.border && !one.waits
    }

    /// How many of these does this run not count?
    pub(super) fn known<'t>(&self, tries: &[&'t Try<'t>]) -> u64 {
        tries.iter().filter(|one| !self.counts(one)).count() as u64
    }

    /// Is anything of a message that somebody handed in new to this run?
    pub(super) fn has_news(&self, passage: &Passage<'a>, tries: &[Try<'a>]) -> bool {
        tries.iter().any(|one| self.counts(one)) || Shown::of_arrival(passage).is_some_and(|line| self.is_fresh(&line))
    }

    /// Is a line new to this run, and will it be to no other?
    pub(super) fn is_fresh(&self, shown: &Shown<'_>) -> bool {
        match shown {
            Shown::Kept(line) => line.is_fresh,
            _ => shown.at().place.file() >= self.border && !shown.passage().is_some_and(|passage| passage.waits),
        }
    }

    /// What was said to a try.
    #[must_use]
    pub fn verdict(&self, one: &Try<'_>) -> &Verdict {
        self.kept.verdict(one)
    }

    /// Why a try failed.
    #[must_use]
    pub fn judge(&self, one: &Try<'_>) -> Judgement {
        self.judge_number(one.verdict)
    }

    /// Why a try with a verdict of this number failed.
    pub(super) fn judge_number(&self, verdict: u32) -> Judgement {
        self.judged.get(verdict as usize).copied().unwrap_or(UNJUDGED)
    }

    /// Why this host refused.
    #[must_use]
    pub fn judge_refusal(&self, cell: &Cell) -> Judgement {
        let CellKey { direction, class, reply, enhanced, reason, .. } = cell.key;
        self.judge.of(Question { direction, class, reply, enhanced, expired: false, reason })
    }
}

/// No try has a verdict that is not among those judged.
const UNJUDGED: Judgement = Judgement { cause: Cause::Unknown, wrong_code: None };

/// Why a try got this verdict.
fn judge_verdict(judge: &Judge<'_>, verdict: &Verdict) -> Judgement {
    let deferred = verdict.disposition == Disposition::Deferred;
    judge.of(Question {
        direction: Direction::Outbound,
        class: if deferred { ReplyClass::Transient } else { ReplyClass::Permanent },
        reply: verdict.reply,
        enhanced: verdict.enhanced,
        expired: false,
        reason: verdict.reason,
    })
}

/// Some recipients, and everything that was done to them.
pub struct Scene<'a> {
    /// The chains with a failure, those of one recipient side by side.
    pub chains: Vec<Chain<'a>>,
    /// The passages they are made of.
    pub opened: &'a Opened<'a>,
    /// What is the same for all recipients.
    pub ground: &'a Ground<'a>,
}

impl<'a> Scene<'a> {
    /// The scene of the recipients on this shelf.
    #[must_use]
    pub fn new(opened: &'a Opened<'a>, ground: &'a Ground<'a>) -> Self {
        Self { chains: chains(opened), opened, ground }
    }

    /// The tries of a passage, in time order.
    #[must_use]
    pub fn tries(&self, passage: &Passage<'a>) -> &'a [Try<'a>] {
        self.opened.tries(passage)
    }

    /// Did somebody hand this message in, or is it one that goes on in the same host's queue under a new id?
    #[must_use]
    pub fn is_new(&self, passage: &Passage<'_>) -> bool {
        !self.ground.kept.continues(&passage.key)
    }

    /// The chains whose sender is known and can do something: bounces (`<>`) commit no dead end.
    pub fn people<'s>(&'s self) -> impl Iterator<Item = &'s Chain<'a>> {
        self.chains.iter().filter(|c| c.sender().is_some_and(|s| !s.is_empty()))
    }

    /// The passages of all messages but bounces, for which the host does what it would not do for people.
    pub fn passages(&self) -> impl Iterator<Item = &'a Passage<'a>> {
        self.opened.passages.iter().filter(|p| !p.is_from_nobody())
    }
}

/// A line that shows a case.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'a> {
    /// That of a try of this passage.
    Try(&'a Passage<'a>, &'a Try<'a>),
    /// The first one of a passage.
    Arrival(&'a Passage<'a>, Place),
    /// That of its removal or expiry.
    End(&'a Passage<'a>, Moment),
    /// The first refusal of a kind by this host.
    Refusal(&'a Cell, Place),
    /// One that was looked at before.
    Kept(&'a KeptLine),
}

impl<'a> Shown<'a> {
    /// The line of a try, where it was kept.
    #[must_use]
    pub fn of_try(passage: &'a Passage<'a>, one: &'a Try<'a>) -> Option<Self> {
        (one.line != Line::None).then_some(Self::Try(passage, one))
    }

    /// The first refusal of a kind by this host.
    #[must_use]
    pub fn of_refusal(cell: &'a Cell, names: &Names) -> Option<Self> {
        let (place, _) = names.samples.get((cell.key.domain, cell.key.reason))?;
        Some(Self::Refusal(cell, place))
    }

    /// The line of a passage's arrival.
    #[must_use]
    pub fn of_arrival(passage: &'a Passage<'a>) -> Option<Self> {
        passage.arrival.map(|(place, _)| Self::Arrival(passage, place))
    }

    /// The line of its removal or expiry.
    #[must_use]
    pub fn of_end(passage: &'a Passage<'a>) -> Option<Self> {
        let (at, _) = passage.end_line.filter(|(_, line)| *line != Line::None)?;
        Some(Self::End(passage, at))
    }

    /// When and where.
    #[must_use]
    pub fn at(&self) -> Moment {
        match *self {
            Self::Try(_, one) => one.at,
            Self::Arrival(passage, place) => Moment { time: passage.handed_in, place },
            Self::End(_, at) => at,
            Self::Refusal(cell, place) => Moment { time: cell.first, place },
            Self::Kept(line) => line.at,
        }
    }

    /// The message that it is about.
    fn passage(&self) -> Option<&'a Passage<'a>> {
        match *self {
            Self::Try(passage, _) | Self::Arrival(passage, _) | Self::End(passage, _) => Some(passage),
            Self::Refusal(..) | Self::Kept(_) => None,
        }
    }

    /// It for itself, after the shelf is closed.
    #[must_use]
    pub fn keep(&self, ground: &Ground<'_>) -> KeptLine {
        let (reason, text) = match *self {
            Self::Kept(line) => return line.clone(),
            Self::Try(_, one) => (ground.verdict(one).reason, one.line),
            Self::Arrival(passage, _) => (Symbol::NONE, passage.arrival.map(|(_, line)| line).unwrap_or_default()),
            Self::End(passage, _) => (Symbol::NONE, passage.end_line.map(|(_, line)| line).unwrap_or_default()),
            Self::Refusal(cell, _) => {
                let text = ground.names.samples.text((cell.key.domain, cell.key.reason));
                (cell.key.reason, Line::Text(text))
            }
        };
        let text = match text {
            Line::None => KeptText::Text(Box::default()),
            Line::Text(text) => KeptText::Text(text.into()),
            Line::InFile(start, len) => KeptText::InFile(start, len),
        };
        let message = self.passage().map(|passage| passage.key);
        KeptLine { at: self.at(), message, reason, text, is_fresh: ground.is_fresh(self) }
    }
}

/// A line that shows a case, for itself.
#[derive(Debug, Clone)]
pub struct KeptLine {
    /// When and where.
    pub at: Moment,
    /// The message that it is about.
    pub message: Option<QueueKey>,
    /// The template of the reply in it.
    pub reason: Symbol,
    /// What it says.
    pub text: KeptText,
    /// It is new to this run, and will be to no other.
    pub is_fresh: bool,
}

/// Its text.
#[derive(Debug, Clone)]
pub enum KeptText {
    /// This one.
    Text(Box<[u8]>),
    /// It is to be read again: where it begins in its block, and its bytes.
    InFile(u32, u32),
}

/// Is a case one by itself?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bounds {
    /// It is.
    #[default]
    Own,
    /// The tries that a domain gave a certain answer are one case, if there are enough.
    Domain(Enough),
    /// It may be the doing of this host, which treats most messages so: then all of them are one case.  One that counts
    /// nothing is a message that the host treats otherwise.
    Host(Symbol),
}

/// How often a certain answer makes a case: so often from a domain, or from those who take its mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Enough {
    /// Moments.
    pub moments: usize,
    /// Who takes its mail.
    pub by: Taker,
}

/// Whose answer to one domain holds for others too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Taker {
    /// Nobody's.
    #[default]
    None,
    /// That of a next hop: a relay that wants a login wants it for every domain.
    NextHop,
    /// That of whoever runs the next hop, where that is known.
    Provider,
}

/// One case of a dead end.
#[derive(Debug, Clone, Default)]
pub struct Case<'a> {
    /// Envelope sender, as far as the case is about one.
    pub sender: Option<&'a [u8]>,
    /// Recipient, as far as the case is about one.
    pub recipient: Option<&'a [u8]>,
    /// Recipient domain.
    pub domain: Symbol,
    /// Next hop, as far as the case is about one.
    pub relay: Symbol,
    /// What the kind counts: messages, tries, recipients.
    pub count: u64,
    /// Of those, the ones of which nothing is new to this run.
    pub known: u64,
    /// The tries that make it.
    pub tries: Vec<&'a Try<'a>>,
    /// Those that could not have worked.
    pub wasted: Vec<&'a Try<'a>>,
    /// The lines that show it, the decisive ones first.
    pub evidence: Vec<Shown<'a>>,
    /// It has become one in this run, though nothing new was done: the silence tells.
    pub by_silence: bool,
    /// Whether it is one by itself.
    pub bounds: Bounds,
}

impl<'a> Case<'a> {
    /// A case of this sender and recipient, of which nothing is counted yet.
    #[must_use]
    pub fn of(chain: &Chain<'a>) -> Self {
        Self { sender: chain.sender(), recipient: Some(chain.recipient()), domain: chain.domain(), ..Self::default() }
    }

    /// The same of one message.
    #[must_use]
    pub fn of_message(passage: &Passage<'a>) -> Self {
        let Passage { sender, recipient, domain, .. } = *passage;
        Self { sender, recipient: Some(recipient), domain, ..Self::default() }
    }

    /// When its first try was, or what is shown first.
    #[must_use]
    pub fn first(&self) -> Option<Moment> {
        self.tries.first().map(|t| t.at).or(self.evidence.first().map(Shown::at))
    }
}
