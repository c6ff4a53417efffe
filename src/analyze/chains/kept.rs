//! The passages of recipients in trouble, as small as they can be: there are many, and they stay to the end.

use hashbrown::HashMap;
use rayon::slice::ParallelSliceMut;

use super::lines::{KeptText, Lines};
use crate::event::{Disposition, Mta};
use crate::history::key::{Moment, Place, QueueKey};
use crate::history::symbols::{Symbol, Symbols};
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode};

/// What was said to a try: a row of [`Kept::verdicts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Delivered, Deferred or Bounced.
    pub disposition: Disposition,
    /// Three digits.
    pub reply: Option<ReplyCode>,
    /// x.y.z.
    pub enhanced: Option<EnhancedCode>,
    /// Reply template.
    pub reason: Symbol,
}

impl Verdict {
    /// Did the far side say never, or the MTA?
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        let deferred = self.disposition == Disposition::Deferred;
        self.disposition == Disposition::Bounced
            || deferred && self.reply.is_some_and(|r| r.class() == ReplyClass::Permanent)
    }
}

/// A verdict in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Delivered,
    DeferredForNow,
    /// The far side said never, and the MTA tries again.
    DeferredForGood,
    Bounced,
}

/// One try of a passage.
#[derive(Debug, Clone, Copy)]
pub struct Try {
    /// When and where.
    pub at: Moment,
    /// What was said: the number of a row of [`Kept::verdicts`].
    pub verdict: u32,
    /// Next hop.
    pub relay: Symbol,
    /// The line, for some.
    pub line: KeptText,
    answer: Answer,
    /// A later run will count it, see [`Passage::waits`].
    pub waits: bool,
}

impl Try {
    /// Did it fail for now?
    #[must_use]
    pub fn is_deferral(&self) -> bool {
        matches!(self.answer, Answer::DeferredForNow | Answer::DeferredForGood)
    }

    /// Did the far side say never, or the MTA?
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        matches!(self.answer, Answer::DeferredForGood | Answer::Bounced)
    }

    /// Was it delivered?
    #[must_use]
    pub fn is_delivery(&self) -> bool {
        self.answer == Answer::Delivered
    }
}

/// How a passage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nothing final in the log.
    Open,
    /// Delivered.
    Delivered,
    /// Bounced.
    Bounced,
    /// Given up.
    Expired,
    /// An administrator took it out of the queue.
    RemovedByHand,
    /// Thrown away by a rule, handed on, or gone without a verdict.
    Gone,
}

/// Who handed a message in, as far as the log tells: symbols of [`Kept::people`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// The login, or the local user.
    pub login: Symbol,
    /// The client's address.
    pub client_ip: Symbol,
    /// A fingerprint of the Message-ID header; 0 for none.
    pub message_id: u64,
}

/// One recipient of one message.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The queue id.
    pub key: QueueKey,
    /// When it was handed in: its first line, or an attempt's time less its delay.
    pub handed_in: i64,
    /// Where its first line is, if the log has it.
    pub arrived: Option<Place>,
    /// Its first line.
    pub arrival: KeptText,
    /// When it ended.
    pub ended: Option<i64>,
    /// When and where it was removed or given up, and the line of that.
    pub end_line: Option<Box<(Moment, KeptText)>>,
    /// The last line that spoke of the message.
    pub last_seen: i64,
    /// The queue id of this host under which it went on.
    pub onward: Option<Box<QueueKey>>,
    /// Who handed it in.
    pub origin: Origin,
    /// Envelope sender in [`Kept::people`]; the empty one for the null sender, None where unknown.
    pub sender: Option<Symbol>,
    /// Recipient in [`Kept::people`], its domain in lower case.
    pub recipient: Symbol,
    /// Its domain.
    pub domain: Symbol,
    /// The host that logged it.
    pub host: Symbol,
    /// Its tries in [`Kept`]; never none.
    pub(super) tries: (u32, u32),
    /// Which of the message's recipients.
    pub index: u32,
    /// Who wrote of it.
    pub mta: Mta,
    /// How it ended.
    pub end: End,
    /// It was held or frozen.
    pub held: bool,
    /// Too much is open to conclude from it: a later run will read its lines again, and count them.
    pub waits: bool,
}

impl Passage {
    /// Was it still in the queue at `time`?
    #[must_use]
    pub fn is_queued_at(&self, time: i64) -> bool {
        self.handed_in <= time && self.ended.is_none_or(|ended| ended > time)
    }
}

/// Passages, their tries and their texts.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// All of them, in no order before [`Kept::put_in_order`].
    pub passages: Vec<Passage>,
    /// Senders, recipients, logins and clients' addresses.
    pub people: Symbols,
    /// All that was ever said to a try, once.
    pub verdicts: Vec<Verdict>,
    numbers: HashMap<Verdict, u32>,
    tries: Vec<Try>,
    /// The lines that show them.
    pub lines: Lines,
}

impl Kept {
    /// Nothing more comes: puts the passages of one recipient together, and of these those of one sender, in time order.
    pub fn put_in_order(&mut self) {
        let tries = &self.tries;
        self.passages.par_sort_unstable_by(|a, b| {
            let order = |p: &Passage| p.time_order_by(tries.get(p.tries.0 as usize));
            let of = (a.recipient, a.sender).cmp(&(b.recipient, b.sender));
            of.then_with(|| order(a).cmp(&order(b)))
        });
        self.passages.shrink_to_fit();
    }

    /// The tries of a passage in time order.
    #[must_use]
    pub fn tries(&self, passage: &Passage) -> &[Try] {
        let (start, len) = (passage.tries.0 as usize, passage.tries.1 as usize);
        self.tries.get(start..start + len).unwrap_or_default()
    }

    /// How many tries there are.
    #[must_use]
    pub fn number_of_tries(&self) -> usize {
        self.tries.len()
    }

    /// The number of a try: which of all it is.
    #[must_use]
    pub fn number(&self, one: &Try) -> usize {
        let from = self.tries.as_ptr() as usize;
        (std::ptr::from_ref(one) as usize).saturating_sub(from) / size_of::<Try>()
    }

    /// What was said to a try.
    #[must_use]
    pub fn verdict(&self, one: &Try) -> &Verdict {
        const NOTHING: Verdict =
            Verdict { disposition: Disposition::Delivered, reply: None, enhanced: None, reason: Symbol::NONE };
        self.verdicts.get(one.verdict as usize).unwrap_or(&NOTHING)
    }

    /// An address, a login.
    #[must_use]
    pub fn person(&self, symbol: Symbol) -> &[u8] {
        self.people.get(symbol)
    }

    /// Adds a try of the passage that is kept next.
    pub(super) fn keep_try(&mut self, at: Moment, verdict: Verdict, relay: Symbol, line: KeptText, waits: bool) {
        let next = self.verdicts.len() as u32;
        let number = *self.numbers.entry(verdict).or_insert(next);
        if number == next {
            self.verdicts.push(verdict);
        }
        let answer = match verdict.disposition {
            Disposition::Deferred if verdict.is_permanent() => Answer::DeferredForGood,
            Disposition::Deferred => Answer::DeferredForNow,
            Disposition::Bounced => Answer::Bounced,
            _ => Answer::Delivered,
        };
        self.tries.push(Try { at, verdict: number, relay, line, answer, waits });
    }
}
