//! One row per attempt or refusal: what `events` writes, whatever MTA it came from.
//!
//! [`Events`] puts the rows of a [`Partial`] in their order and looks their strings up; a row is made when it is
//! written and borrows nearly everything.  How it is written is the business of [`crate::report::events`].

use std::borrow::Cow;

use hashbrown::HashMap;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::analysis::Direction;
use super::judge::{Judge, Question};
use crate::bytes;
use crate::event::Mta;
use crate::fold::complete::Fate;
use crate::fold::inputs::{InputFate, Places};
use crate::fold::partial::Partial;
use crate::fold::rows::{Chunk, Row, RowOutcome};
use crate::history::key::Place;
use crate::history::names::Names;
use crate::history::symbols::{Symbol, Symbols};
use crate::knowledge::{Rules, provider_of};
use crate::smtp::{EnhancedCode, ReplyClass, ReplyCode, address};

/// A row of `events`; `None` where the log does not say it.  The columns and their order are
/// [`crate::report::events::COLUMNS`].
#[derive(Debug, Clone, PartialEq)]
pub struct EventRow<'a> {
    /// Microseconds since 1970-01-01 UTC.
    pub time: i64,
    /// The logging host.
    pub host: Option<Cow<'a, str>>,
    /// Who wrote the line.
    pub mta: Mta,
    /// The queue id; none for a refusal before there was one.
    pub queue_id: Option<Cow<'a, str>>,
    /// The Message-ID header, where the log has it.
    pub message_id: Option<Cow<'a, str>>,
    /// Did we try them, or did they try us?
    pub direction: Direction,
    /// Envelope sender; empty for the null sender `<>`.
    pub sender: Option<Cow<'a, str>>,
    /// Recipient.
    pub recipient: Option<Cow<'a, str>>,
    /// Outbound the recipient's domain, inbound the sender's (`<>` for the null sender).
    pub domain: Option<Cow<'a, str>>,
    /// Name of the next hop; inbound that of the client.
    pub relay_host: Option<Cow<'a, str>>,
    /// Its address.
    pub relay_ip: Option<Cow<'a, str>>,
    /// Where in the dialogue: a word of [`crate::smtp::reply::Stage`].
    pub stage: Option<&'static str>,
    /// Three digits; none when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<EnhancedCode>,
    /// A word of [`RowOutcome`].
    pub outcome: &'static str,
    /// transient or permanent; none for what succeeded.
    pub class: Option<&'static str>,
    /// A word of the taxonomy; none for what succeeded.
    pub cause: Option<&'static str>,
    /// Microseconds since the message arrived.
    pub delay_us: Option<u64>,
    /// The how-manieth attempt of this recipient of this message it is, from 1.
    pub attempt: Option<u32>,
    /// The file, as named on the command line or found.
    pub file: Cow<'a, str>,
    /// Line number in the decompressed text, from 1.
    pub line: u64,
    /// The reply, or the MTA's own reason.
    pub text: Option<Cow<'a, str>>,
    /// Number of the row in the whole output, from 1; rows that are not shown are counted.
    pub seq: u64,
    /// The first line that spoke of the message, in microseconds; with host, queue id and its number it names the
    /// message.
    pub first_us: Option<i64>,
    /// Number of that line.
    pub first_line: Option<u64>,
    /// That line is the message's beginning.
    pub begun: bool,
    /// The recipient's number in the message, from 1.
    pub recipient_no: Option<u32>,
    /// The how-manieth of equal rows, where the log says that it happened several times.
    pub nth_time: u32,
    /// When the message was handed in, in microseconds.
    pub handed_in_us: Option<i64>,
    /// When the recipient left the queue, in microseconds.
    pub ended_us: Option<i64>,
    /// What became of the recipient by the end of the log.
    pub fate: Option<&'static str>,
    /// The queue id of this host under which the recipient goes on.
    pub onward_id: Option<Cow<'a, str>>,
    /// Into a mailbox, file or program of this host.
    pub local: bool,
    /// The message was held.
    pub held: bool,
    /// The sender's domain in lower case.
    pub sender_domain: Option<Cow<'a, str>>,
    /// Who logged in to hand it in, or the local user.
    pub login: Option<Cow<'a, str>>,
    /// Address of the client that handed it in, or tried.
    pub client_ip: Option<Cow<'a, str>>,
    /// Who runs the next hop.
    pub provider: Option<&'static str>,
    /// The reply with addresses, ids, times and hosts replaced.
    pub template: Option<Cow<'a, str>>,
}

impl EventRow<'_> {
    /// The same row, free of what it borrows.
    #[must_use]
    pub fn into_owned(self) -> EventRow<'static> {
        let owned = |text: Option<Cow<'_, str>>| text.map(|t| Cow::Owned(t.into_owned()));
        EventRow {
            host: owned(self.host),
            queue_id: owned(self.queue_id),
            message_id: owned(self.message_id),
            sender: owned(self.sender),
            recipient: owned(self.recipient),
            domain: owned(self.domain),
            relay_host: owned(self.relay_host),
            relay_ip: owned(self.relay_ip),
            file: Cow::Owned(self.file.into_owned()),
            text: owned(self.text),
            onward_id: owned(self.onward_id),
            sender_domain: owned(self.sender_domain),
            login: owned(self.login),
            client_ip: owned(self.client_ip),
            template: owned(self.template),
            ..self
        }
    }
}

/// The rows in order: time, host, then as they were read.
#[derive(Debug)]
pub struct Events<'a> {
    chunks: Vec<Chunk>,
    order: Vec<(u32, u32)>,
    words: Words<'a>,
    places: Places<'a>,
    providers: Providers,
    host: Option<&'a str>,
}

/// The strings that rows name by their symbols, as text; by the symbols' indices.
#[derive(Debug)]
struct Words<'a> {
    hosts: Vec<Cow<'a, str>>,
    domains: Vec<Cow<'a, str>>,
    reasons: Vec<Cow<'a, str>>,
    relays: Vec<Cow<'a, str>>,
}

impl<'a> Words<'a> {
    fn new(names: &'a Names) -> Self {
        let all = |symbols: &'a Symbols| {
            (0..=symbols.len()).map(|index| bytes::text(symbols.get(Symbol::at(index)))).collect()
        };
        Self {
            hosts: all(&names.hosts),
            domains: all(&names.domains),
            reasons: all(&names.reasons),
            relays: all(&names.relays),
        }
    }
}

/// Who runs each next hop and each domain, by the symbols' indices.
#[derive(Debug)]
struct Providers {
    relays: Vec<Option<&'static str>>,
    domains: Vec<Option<&'static str>>,
}

impl Providers {
    fn new(words: &Words<'_>) -> Self {
        let all = |names: &[Cow<'_, str>]| names.iter().map(|name| provider_of(name)).collect();
        Self { relays: all(&words.relays), domains: all(&words.domains) }
    }

    fn of(&self, relay: Symbol, domain: Symbol) -> Option<&'static str> {
        let answer = |known: &[Option<&'static str>], symbol: Symbol| known.get(symbol.index()).copied().flatten();
        answer(&self.relays, relay).or_else(|| answer(&self.domains, domain))
    }
}

/// What rows are sorted by: time, host, place, recipient; then where the row is kept, chunk and number.
type SortKey = (i64, u32, Place, u32, u32, u32);

impl<'a> Events<'a> {
    /// The rows of everything that was read, which are taken out of the partial.  Causes are told by `rules`; lines
    /// that name no host are those of `host`.
    #[must_use]
    pub fn new(partial: &'a mut Partial, files: &'a [InputFate], rules: &Rules, host: Option<&'a str>) -> Self {
        let mut chunks = partial.rows.take();
        let partial: &'a Partial = partial;
        let names = &partial.names;
        let judge = Judge::new(names, rules);
        let order = judge_and_order(&mut chunks, &judge, &host_ranks(names, host));
        let places = Places::new(&partial.health, files);
        let words = Words::new(names);
        Self { chunks, order, places, providers: Providers::new(&words), words, host }
    }

    /// How many rows there are, those of lines without an attempt too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The rows with these numbers, in order; `all` for lines without an attempt too.
    pub fn rows(&self, numbers: std::ops::Range<usize>, all: bool) -> impl Iterator<Item = EventRow<'_>> {
        let kept = self.order.get(numbers.clone()).unwrap_or_default();
        kept.iter().zip(numbers).filter_map(move |(&(chunk, number), seq)| {
            let chunk = self.chunks.get(chunk as usize)?;
            let row = chunk.rows().get(number as usize)?;
            if all || !row.outcome.is_extra() { self.row(chunk, row, seq as u64 + 1) } else { None }
        })
    }

    fn row<'s>(&'s self, chunk: &'s Chunk, row: &Row, seq: u64) -> Option<EventRow<'s>> {
        let (letter, texts) = chunk.parts(row)?;
        let words = &self.words;
        let (file, line) = self.places.of(row.at.place);
        let direction = row.direction();
        let outbound = direction == Direction::Outbound;
        let relay_host = if outbound { word(&words.relays, row.relay) } else { texts.relay_host.and_then(there) };
        Some(EventRow {
            time: row.at.time,
            host: word(&words.hosts, letter.host).or(self.host.map(Cow::Borrowed)),
            mta: letter.mta,
            queue_id: texts.queue_id.and_then(there),
            message_id: texts.message_id,
            direction,
            recipient_no: texts.recipient.as_ref().filter(|_| outbound).map(|_| row.index + 1),
            sender_domain: texts.sender.as_ref().and_then(sender_domain),
            sender: texts.sender,
            recipient: texts.recipient,
            domain: word(&words.domains, row.domain),
            relay_host,
            relay_ip: texts.relay_ip.and_then(there),
            stage: row.stage.map(|s| s.as_str()),
            reply_code: row.reply.map(ReplyCode::get),
            enhanced_code: row.enhanced,
            outcome: row.outcome.as_str(),
            class: row.class.map(ReplyClass::as_str),
            cause: row.cause.map(|cause| cause.as_str()),
            delay_us: row.delay_us(),
            attempt: (row.attempt > 0).then_some(row.attempt),
            file: Cow::Borrowed(file),
            line,
            text: texts.text.and_then(there),
            seq,
            first_us: letter.first.map(|at| at.time),
            first_line: letter.first.map(|at| self.places.of(at.place).1),
            begun: letter.begun,
            nth_time: row.nth,
            handed_in_us: row.handed_in(),
            ended_us: row.ended(),
            fate: row.fate.map(Fate::as_str),
            onward_id: texts.onward.and_then(there),
            local: row.local,
            held: letter.held,
            login: texts.login.and_then(there),
            client_ip: texts.client_ip.and_then(there),
            provider: if outbound && !row.local { self.providers.of(row.relay, row.domain) } else { None },
            template: word(&words.reasons, row.reason),
        })
    }
}

/// A symbol's text, where it is none that stands for nothing.
fn word<'w>(words: &'w [Cow<'_, str>], symbol: Symbol) -> Option<Cow<'w, str>> {
    words.get(symbol.index()).map(|word| Cow::Borrowed(&**word)).and_then(there)
}

/// A text, where there is one.
fn there(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}

/// The domain of an address, in lower case.
fn sender_domain<'a>(sender: &Cow<'a, str>) -> Option<Cow<'a, str>> {
    match sender {
        Cow::Borrowed(sender) => address::domain(sender.as_bytes()).map(lower),
        Cow::Owned(sender) => address::domain(sender.as_bytes()).map(|domain| Cow::Owned(lower(domain).into_owned())),
    }
}

/// In lower case.
fn lower(bytes: &[u8]) -> Cow<'_, str> {
    if bytes.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(bytes::text(bytes).to_ascii_lowercase())
    } else {
        bytes::text(bytes)
    }
}

/// The place of each host, by its symbol's index, in the order of their names.
fn host_ranks(names: &Names, host: Option<&str>) -> Vec<u32> {
    let name = |index: usize| match names.hosts.get(Symbol::at(index)) {
        [] => host.unwrap_or_default().as_bytes(),
        own => own,
    };
    let mut sorted: Vec<usize> = (0..=names.hosts.len()).collect();
    sorted.sort_by_key(|&index| name(index));
    let (mut ranks, mut rank, mut last) = (vec![0; sorted.len()], 0, None);
    for index in sorted {
        rank += u32::from(last.is_some_and(|last| last != name(index)));
        last = Some(name(index));
        if let Some(of_host) = ranks.get_mut(index) {
            *of_host = rank;
        }
    }
    ranks
}

/// Tells the cause of each row, and where the rows are kept, in their order.
fn judge_and_order(chunks: &mut [Chunk], judge: &Judge<'_>, ranks: &[u32]) -> Vec<(u32, u32)> {
    let all = chunks.iter().map(|chunk| chunk.rows().len()).sum();
    let none = (0, 0, Place::default(), 0, 0, 0);
    let mut keys: Vec<SortKey> = vec![none; all];
    let mut rest = keys.as_mut_slice();
    let mut jobs = Vec::with_capacity(chunks.len());
    for (number, chunk) in (0..).zip(chunks) {
        let (keys, after) = std::mem::take(&mut rest).split_at_mut(chunk.rows().len());
        rest = after;
        jobs.push((number, chunk, keys));
    }
    jobs.into_par_iter().for_each_init(HashMap::new, |known, (number, chunk, keys)| {
        let (rows, letters) = chunk.rows_mut();
        for (place, (row, key)) in (0..).zip(rows.iter_mut().zip(keys)) {
            row.cause = row.class.map(|class| {
                let expired = row.outcome == RowOutcome::Expired;
                let (direction, reply, enhanced, reason) = (row.direction(), row.reply, row.enhanced, row.reason);
                let question = Question { direction, class, reply, enhanced, expired, reason };
                // The judge is asked by all threads, so that it is worth while to ask it once.
                *known.entry(question).or_insert_with(|| judge.of(question).cause)
            });
            let host = row.letter(letters).map_or(Symbol::NONE, |letter| letter.host);
            let rank = ranks.get(host.index()).copied().unwrap_or_default();
            *key = (row.at.time, rank, row.at.place, row.index, number, place);
        }
    });
    // Rows of one line and recipient are of one message and so in one chunk, in their order.
    keys.par_sort_unstable();
    keys.into_iter().map(|(.., chunk, number)| (chunk, number)).collect()
}
