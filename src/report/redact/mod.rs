//! Reports that may leave the house: local parts of addresses are replaced by a keyed hash, everywhere.
//!
//! It is done to the finished figures and rows, before any format sees them, so that no format can forget it.  Equal
//! local parts have equal hashes, whatever their domain: a sender who changes its domain shows as one, as it should.
//! Domains, hosts, queue ids and times stay.
//!
//! The hash is the beginning of HMAC-SHA-256 (RFC 2104): without the key nobody can try names against it, and who has
//! the key finds anybody with tools at hand:
//! `printf %s anna | openssl dgst -sha256 -mac HMAC -macopt "key:$(cat KEYFILE)"`.
//!
//! `anna@lumenshop.example` becomes `a1e040024eb2@lumenshop.example`

mod spans;

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::analyze::analysis::{DeadEndItem, Evidence};
use crate::analyze::{Analysis, EventRow};
use crate::fold::chains::Opened;
use crate::fold::partial::Partial;
use crate::smtp::template::template;

/// Hex digits of a hash: 48 bits, as short as it reads well.  Of a million different names any two are alike with a
/// chance of one in 560.
const DIGITS: usize = 12;

/// Bytes of a key at least, as the user hands it in.
pub const LEAST_KEY: usize = 16;

/// Replaces local parts.
pub struct Redactor {
    mac: Hmac<Sha256>,
    /// Local parts in lower case that also stand for themselves in texts: `anna: user unknown`.
    known: HashSet<String>,
}

impl fmt::Debug for Redactor {
    /// Without the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

/// The local part of an address, in lower case, where it would give somebody away.
fn telling_local_part(address: &[u8]) -> Option<String> {
    let address = String::from_utf8_lossy(address);
    // Some log in from where they are: that is no name.
    if address.parse::<IpAddr>().is_ok() {
        return None;
    }
    let local = address.rsplit_once('@').map_or(&*address, |(local, _)| local).to_lowercase();
    spans::is_telling(&local).then_some(local)
}

impl Redactor {
    /// With a key of any length; [`LEAST_KEY`] is the caller's to ask for.
    #[must_use]
    pub fn new(key: &[u8]) -> Option<Self> {
        Some(Self { mac: Hmac::new_from_slice(key).ok()?, known: HashSet::new() })
    }

    /// Learns the addresses that a log has trouble with: replies name their local parts without the domain too.
    pub fn learn(&mut self, partial: &Partial) {
        let people = |known: &mut HashSet<String>, opened: &Opened<'_>| {
            for passage in &opened.passages {
                let texts = [passage.sender.unwrap_or_default(), passage.recipient, passage.origin.login];
                known.extend(texts.into_iter().filter_map(telling_local_part));
            }
        };
        let both = |mut known: HashSet<String>, more: HashSet<String>| {
            known.extend(more);
            known
        };
        self.known.extend(partial.passages.kept.look_through(people, both));
    }

    /// The hash of a local part.  Case is no difference: servers that tell `Ann` from `ann` are not seen any more
    /// (RFC 5321 section 2.4 advises against them).
    fn hash(&self, local: &str) -> String {
        let plain = local.strip_prefix('"').and_then(|l| l.strip_suffix('"')).unwrap_or(local).replace('\\', "");
        let mut mac = self.mac.clone();
        mac.update(plain.to_lowercase().as_bytes());
        let mut hex: String = mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect();
        hex.truncate(DIGITS);
        hex
    }

    /// An address, or a local part alone; nothing and the null sender stay.
    #[must_use]
    pub fn address(&self, address: &str) -> String {
        match address.rsplit_once('@') {
            _ if address.is_empty() || address == "<>" => address.to_owned(),
            Some((local, domain)) if !local.is_empty() => format!("{}@{domain}", self.hash(local)),
            Some(_) => address.to_owned(),
            None => self.hash(address),
        }
    }

    /// Any text: a reply, a line of a log.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let spans = spans::local_parts(text, &self.known);
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len() + DIGITS);
        let mut at = 0;
        for span in spans {
            let (before, local) =
                (text.get(at..span.start).unwrap_or_default(), text.get(span.clone()).unwrap_or_default());
            out.push_str(before);
            out.push_str(&self.hash(local));
            at = span.end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        Cow::Owned(out)
    }

    /// A line as it was read.
    #[must_use]
    pub fn line(&self, line: &[u8]) -> Vec<u8> {
        match std::str::from_utf8(line) {
            Ok(text) => self.text(text).into_owned().into_bytes(),
            // Bytes of another encoding are no reason to let an address out.
            Err(_) => self.text(&String::from_utf8_lossy(line)).into_owned().into_bytes(),
        }
    }

    fn in_text(&self, text: &mut String) {
        if let Cow::Owned(redacted) = self.text(text) {
            *text = redacted;
        }
    }

    fn in_address(&self, address: &mut Option<String>) {
        if let Some(address) = address {
            *address = self.address(address);
        }
    }

    /// A sample is one reply for many, seen without its line: what may be a name is a mark there.
    fn sample(&self, sample: &mut String) {
        let mut out = Vec::new();
        template(sample.as_bytes(), &mut out);
        *sample = self.text(&String::from_utf8_lossy(&out)).into_owned();
    }

    /// Every local part in the figures.
    pub fn analysis(&self, analysis: &mut Analysis) {
        analysis.input.unparsed_examples.iter_mut().for_each(|text| self.in_text(text));
        for file in &mut analysis.input.files {
            self.in_text(&mut file.name);
            file.error.iter_mut().for_each(|text| self.in_text(text));
        }
        analysis.ignores_expired.iter_mut().for_each(|text| self.in_text(text));
        analysis.ignored.iter_mut().for_each(|row| self.in_text(&mut row.reason));
        for row in &mut analysis.code_domains {
            self.sample(&mut row.sample);
        }
        for row in &mut analysis.reasons {
            self.in_text(&mut row.template);
            self.sample(&mut row.sample);
        }
        for row in &mut analysis.inbound.by_reason {
            self.in_text(&mut row.template);
            self.sample(&mut row.sample);
        }
        for finding in &mut analysis.dead_ends {
            finding.items.iter_mut().for_each(|item| self.item(item));
        }
    }

    fn item(&self, item: &mut DeadEndItem) {
        for Evidence { file, reply, text, .. } in &mut item.evidence {
            self.in_text(file);
            *text = self.about(&text.text(), [item.sender.as_deref(), item.recipient.as_deref()]).into();
            *reply = self.about(reply, [item.sender.as_deref(), item.recipient.as_deref()]);
        }
        self.in_address(&mut item.sender);
        self.in_address(&mut item.recipient);
    }

    /// A text about addresses that are known from elsewhere.
    fn about(&self, text: &str, addresses: [Option<&str>; 2]) -> String {
        let locals = addresses.into_iter().flatten().map(|a| a.rsplit_once('@').map_or(a, |(local, _)| local));
        let mut out = text.to_owned();
        for local in locals {
            let mut known = HashSet::new();
            known.insert(local.to_lowercase());
            for span in spans::words(&out, &known).into_iter().rev() {
                let hash = self.hash(out.get(span.clone()).unwrap_or_default());
                out.replace_range(span, &hash);
            }
        }
        self.in_text(&mut out);
        out
    }

    /// Every local part in a row of `events`.
    pub fn row(&self, row: &mut EventRow<'_>) {
        let (sender, recipient) = (row.sender.as_deref(), row.recipient.as_deref());
        let about = |text: &str| self.about(text, [sender, recipient]);
        let (text, template) = (row.text.as_deref().map(about), row.template.as_deref().map(about));
        (row.text, row.template) = (text.map(Cow::Owned), template.map(Cow::Owned));
        if let Cow::Owned(file) = self.text(&row.file) {
            row.file = Cow::Owned(file);
        }
        if let Some(id) = &mut row.message_id {
            let bare = id.strip_prefix('<').and_then(|id| id.strip_suffix('>'));
            *id = match bare {
                Some(bare) => Cow::Owned(format!("<{}>", self.address(bare))),
                None => Cow::Owned(self.address(id)),
            };
        }
        for address in [&mut row.sender, &mut row.recipient, &mut row.login].into_iter().flatten() {
            *address = Cow::Owned(self.address(address));
        }
    }
}

#[cfg(test)]
mod tests;
