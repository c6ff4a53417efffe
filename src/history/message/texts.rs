//! The texts of a message, and the lines that show what happened: places in the block that is being read, copies, or
//! places in a file that can be read again.

use super::{Message, Recipient};
use crate::history::key::{Moment, Place};
use crate::history::span::Span;

/// Longest line that is kept as evidence, in bytes.
const LINE_KEPT: usize = 600;

/// A line that shows what happened.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// As it stands in the file.
    pub raw: &'a [u8],
    /// The block that is being read.
    pub block: &'a [u8],
    /// The block can be read again, so that its lines need not be copied.
    pub stays: bool,
}

/// So many bytes for texts a message has at least that outlives its block: nearly all need no more, and the next one
/// that is written there need not ask for memory.
const TEXT_LEAST: usize = 512;

impl Message {
    /// The envelope sender; empty for the null sender, None where no line told.
    #[must_use]
    pub fn sender<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.sender.map(|s| self.slice(s, block))
    }

    /// The client's address.
    #[must_use]
    pub fn client_ip<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.client_ip.map(|s| self.slice(s, block))
    }

    /// Who logged in, or the local user.
    #[must_use]
    pub fn login<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.login.map(|s| self.slice(s, block))
    }

    /// The Message-ID header.
    #[must_use]
    pub fn message_id<'t>(&'t self, block: &'t [u8]) -> Option<&'t [u8]> {
        self.message_id.map(|s| self.slice(s, block))
    }

    /// The first line of its life.
    #[must_use]
    pub fn arrival_line(&self) -> Option<(Place, Span)> {
        self.arrival_line
    }

    /// The line that took it out of the queue, or gave it up, with its moment.
    #[must_use]
    pub fn end_line(&self) -> Option<(Moment, Span)> {
        self.end_line
    }

    /// Keeps a line as evidence, or the way to it.  Not in line: few lines are.
    #[inline(never)]
    pub fn keep_line(&mut self, line: Evidence<'_>) -> Span {
        let Evidence { raw, block, stays } = line;
        let raw = raw.get(..LINE_KEPT).unwrap_or(raw);
        let left = stays.then(|| Span::left_in_file(raw, block)).flatten();
        left.unwrap_or_else(|| self.store(raw, block))
    }

    /// Keeps the first line of its life.
    pub fn keep_arrival_line(&mut self, place: Place, line: Evidence<'_>) {
        if self.arrival_line.is_none() {
            self.arrival_line = Some((place, self.keep_line(line)));
        }
    }

    /// Keeps the line that took it out of the queue.
    pub fn keep_end_line(&mut self, at: Moment, line: Evidence<'_>) {
        self.end_line = Some((at, self.keep_line(line)));
    }

    /// A recipient's address, its domain in lower case.
    #[must_use]
    pub fn address<'t>(&'t self, recipient: &Recipient, block: &'t [u8]) -> &'t [u8] {
        self.slice(recipient.address, block)
    }

    /// Sender, login, client's address and Message-ID, taken out of its texts into a store like a [line](Self::moved).
    pub fn origin(&self, to: &mut Vec<u8>) -> [Option<Span>; 4] {
        let mut moved = |span: Option<Span>| span.map(|span| span.moved(&self.text, to));
        [moved(self.sender), moved(self.login), moved(self.client_ip), moved(self.message_id)]
    }

    /// Takes a line out of its texts into a store; one in a block or a file stays there.
    #[inline]
    pub fn moved(&self, line: Span, to: &mut Vec<u8>) -> Span {
        line.moved(&self.text, to)
    }

    /// A text of it.
    #[must_use]
    pub fn slice<'t>(&'t self, span: Span, block: &'t [u8]) -> &'t [u8] {
        span.get(&self.text, block)
    }

    /// Takes its texts out of the block, which it outlives.
    pub fn settle_down(&mut self, block: &[u8]) {
        let mut len = 0;
        self.each_span(|span, _| len += if span.is_in_block() { span.len() as usize } else { 0 });
        self.text.reserve_exact(if len > 0 { len.max(TEXT_LEAST) } else { 0 });
        self.each_span(|span, text| {
            if span.is_in_block() {
                *span = Span::of(span.get(&[], block), text, &[]);
            }
        });
    }

    /// Every text that it has, and where those are that do not lie in a block.
    fn each_span(&mut self, mut see: impl FnMut(&mut Span, &mut Vec<u8>)) {
        let Self { text, recipients, attempts, refusals, .. } = self;
        let mut see = |span: &mut Span| see(span, text);
        for span in [&mut self.sender, &mut self.client_ip, &mut self.login, &mut self.message_id] {
            span.iter_mut().for_each(&mut see);
        }
        self.arrival_line.iter_mut().for_each(|(_, span)| see(span));
        self.end_line.iter_mut().for_each(|(_, span)| see(span));
        refusals.iter_mut().flat_map(|refusals| &mut refusals.0).for_each(|refused| see(&mut refused.text));
        for recipient in recipients {
            see(&mut recipient.address);
            recipient.original.iter_mut().for_each(&mut see);
        }
        for attempt in attempts {
            attempt.line.iter_mut().for_each(&mut see);
            for detail in attempt.detail.iter_mut() {
                see(&mut detail.relay_ip);
                see(&mut detail.text);
            }
        }
    }

    /// Keeps a text.
    pub fn store(&mut self, bytes: &[u8], block: &[u8]) -> Span {
        Span::of(bytes, &mut self.text, block)
    }
}
