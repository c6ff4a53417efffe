//! The recipients of a message: which of them a line speaks of.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::Message;
use crate::bytes;
use crate::history::key::fingerprint;
use crate::history::names::Names;
use crate::history::span::Span;
use crate::history::symbols::Symbol;
use crate::smtp::address;

/// A message with more recipients than this looks them up by their address.
const FEW_RECIPIENTS: usize = 16;

/// A recipient of the message.
#[derive(Debug, Clone, Copy)]
pub struct Recipient {
    /// The address; its domain in lower case.
    pub address: Span,
    /// What it was before aliases and rewriting, where logged.
    pub original: Option<Span>,
    /// Its [print](address_print): the same mailbox is known by it.
    pub print: u64,
    /// Its domain in lower case; none where it has no domain.
    pub domain: Symbol,
    /// The last verdict on it was not final, or there was none.
    pub(super) open: bool,
}

impl Message {
    /// The index of this recipient, a new one where it was not known.
    ///
    /// Two originals that lead to one address are two recipients; whom a line speaks of that does not tell the original
    /// is known at the end, see [`Message::unite_recipients`].
    pub fn recipient(&mut self, address: &[u8], original: Option<&[u8]>, names: &mut Names, block: &[u8]) -> u32 {
        let mailbox = original
            .filter(|_| self.mta.habits().mailbox_is_local_part)
            .and_then(|original| mailbox(address, original));
        let address = mailbox.as_deref().unwrap_or(address);
        let address = lowered(address);
        self.recipient_of(fingerprint(&address), &address, original, block, |domain| names.domains.intern(domain))
    }

    /// The same of an address with its domain in lower case and of this print; `symbol_of` is asked for the domain of a
    /// new one.
    #[inline(always)]
    pub(super) fn recipient_of(
        &mut self,
        print: u64,
        address: &[u8],
        original: Option<&[u8]>,
        block: &[u8],
        symbol_of: impl FnOnce(&[u8]) -> Symbol,
    ) -> u32 {
        let fits = |index: usize| {
            self.recipients.get(index).is_some_and(|r| {
                r.print == print
                    && match (r.original, original) {
                        (Some(known), Some(original)) => same_address(self.slice(known, block), original),
                        (known, original) => known.is_none() == original.is_none(),
                    }
            })
        };
        let many = self.recipients.len() > FEW_RECIPIENTS;
        let known = if many {
            let places = self.by_address.as_ref().and_then(|by_address| by_address.get(&print));
            let places = places.map(Vec::as_slice).unwrap_or_default();
            places.iter().map(|&place| place as usize).find(|&place| fits(place))
        } else {
            (0..self.recipients.len()).find(|&place| fits(place))
        };
        if let Some(index) = known {
            return index as u32;
        }
        let domain = address::domain(address).map_or(Symbol::NONE, symbol_of);
        let address = self.store(address, block);
        let original = original.map(|o| self.store(o, block));
        self.recipients.push(Recipient { address, original, print, domain, open: true });
        self.open += 1;
        let index = self.recipients.len() - 1;
        if index >= FEW_RECIPIENTS {
            let new = if index == FEW_RECIPIENTS { 0..index + 1 } else { index..index + 1 };
            for place in new {
                let print = self.recipients[place].print;
                self.by_address.get_or_insert_default().entry(print).or_default().push(place as u32);
            }
        }
        index as u32
    }

    /// Nothing more comes: a recipient without an original is the first one with its address.
    pub fn unite_recipients(&mut self) {
        let some = |told: bool| self.recipients.iter().any(|r| r.original.is_some() == told);
        if self.recipients.len() < 2 || !some(true) || !some(false) {
            return;
        }
        let mut first: HashMap<(u64, bool), usize> = HashMap::new();
        for (place, recipient) in self.recipients.iter().enumerate() {
            first.entry((recipient.print, recipient.original.is_some())).or_insert(place);
        }
        let mut place_of: Vec<usize> = (0..self.recipients.len()).collect();
        for (&(print, told), &bare) in &first {
            if let (false, Some(&named)) = (told, first.get(&(print, true))) {
                let (stays, goes) = (bare.min(named), bare.max(named));
                let original = self.recipients.get(named).and_then(|r| r.original);
                if let (Some(stays), Some(goes)) = (self.recipients.get_mut(stays), place_of.get_mut(goes)) {
                    stays.original = original;
                    *goes = bare.min(named);
                }
            }
        }
        let mut new_place = vec![0; place_of.len()];
        let mut kept = 0;
        for place in 0..place_of.len() {
            let target = place_of.get(place).copied().unwrap_or(place);
            let new = if target == place { kept } else { new_place.get(target).copied().unwrap_or(0) };
            if let Some(slot) = new_place.get_mut(place) {
                *slot = new;
            }
            if target == place {
                self.recipients.swap(place, kept);
                kept += 1;
            }
        }
        self.recipients.truncate(kept);
        for attempt in &mut self.attempts {
            attempt.recipient = new_place.get(attempt.recipient as usize).map_or(0, |&place| place as u32);
        }
    }
}

/// The address of a mailbox that is named by its local part alone, where an alias led to it.
fn mailbox(local: &[u8], original: &[u8]) -> Option<Vec<u8>> {
    let domain = bytes::rfind(original, b'@').and_then(|at| original.get(at..))?;
    bytes::find(local, b'@').is_none().then(|| [local, domain].concat())
}

/// An address with its domain in lower case, as it nearly always is.
pub(super) fn lowered(address: &[u8]) -> Cow<'_, [u8]> {
    let domain = bytes::rfind(address, b'@').unwrap_or(address.len());
    if !bytes::holds_upper_case(address.get(domain..).unwrap_or_default()) {
        return Cow::Borrowed(address);
    }
    let mut address = address.to_vec();
    address.get_mut(domain..).unwrap_or_default().make_ascii_lowercase();
    Cow::Owned(address)
}

/// A fingerprint of an address with its domain in lower case: the same for the same mailbox.
#[must_use]
pub fn address_print(address: &[u8]) -> u64 {
    fingerprint(&lowered(address))
}

/// Are these two the same mailbox?  Local parts as written, domains without regard to case.
pub(super) fn same_address(a: &[u8], b: &[u8]) -> bool {
    // Where the first letters differ, so do the local parts.
    if a.len() != b.len() || a.first() != b.first() && a.first() != Some(&b'@') {
        return false;
    }
    if bytes::same(a, b) {
        return true;
    }
    match bytes::rfind(a, b'@') {
        Some(at) => bytes::same(&a[..at], &b[..at]) && a[at..].eq_ignore_ascii_case(&b[at..]),
        None => false,
    }
}
