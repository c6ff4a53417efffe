//! Reply templates that were made before: a server says the same to many.
//!
//! Making a template takes longer than all else that is done with a line, so that texts that were seen are known by
//! their fingerprint.  `450 4.2.0 <ann@host.example>: Greylisted` and the same with another recipient are one text.

use hashbrown::HashMap;

use super::key::{ByHash, fingerprint};
use super::symbols::{Symbol, Symbols};
use crate::smtp::template;

/// How many texts are known at once; ids in them make them many.
const KNOWN: usize = 1 << 15;

/// Templates by the texts they were made of.
#[derive(Debug, Clone, Default)]
pub struct Reasons {
    known: HashMap<u64, Symbol, ByHash>,
    template: Vec<u8>,
}

impl Reasons {
    /// The symbol in `names`, always the same ones, of the template of `text`, which was said of `recipient`.
    pub fn of(&mut self, text: &[u8], recipient: Option<&[u8]>, names: &mut Symbols) -> Symbol {
        let print = print(text, recipient);
        if let Some(&known) = self.known.get(&print) {
            return known;
        }
        self.template.clear();
        template::template(text, &mut self.template);
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        let symbol = names.intern(&self.template);
        self.known.insert(print, symbol);
        symbol
    }
}

/// A fingerprint of the text, whoever `<recipient>` is in it.
fn print(text: &[u8], recipient: Option<&[u8]>) -> u64 {
    let parts = || {
        let recipient = recipient.filter(|r| is_plain(r))?;
        let open = memchr::memchr(b'<', text)?;
        let (before, after) = text.split_at_checked(open + 1)?;
        let after = after.strip_prefix(recipient).filter(|rest| rest.first() == Some(&b'>'))?;
        Some((before, after))
    };
    match parts() {
        Some((before, after)) => fingerprint(before) ^ fingerprint(after).rotate_left(1),
        None => fingerprint(text),
    }
}

/// Is it an address of letters, digits and the signs of names, of a usual length: one that no template tells from
/// another?
fn is_plain(address: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', address) else { return false };
    let (local_part, domain) = address.split_at(at);
    let letters = |part: &[u8]| part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    let domain = domain.get(1..).unwrap_or_default();
    let named =
        domain.first().is_some_and(u8::is_ascii_alphabetic) && domain.last().is_some_and(u8::is_ascii_alphabetic);
    local_part.first().is_some_and(u8::is_ascii_alphabetic)
        && address.len() < 80
        && letters(local_part)
        && letters(domain)
        && named
        && memchr::memchr(b'.', domain).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_differ_in_the_recipient_are_one_and_no_others() {
        let mut reasons = Reasons::default();
        let mut names = Symbols::default();
        let said = |who: &str, what: &str| format!("450 4.2.0 <{who}>: {what}").into_bytes();
        let mut of = |who: &str, what: &str| reasons.of(&said(who, what), Some(who.as_bytes()), &mut names);
        let greylisted = of("ann@host.example", "Greylisted");
        assert_eq!(greylisted, of("bob.b-2@other-host.example", "Greylisted"));
        assert_eq!(greylisted, of("\"a b\"@host.example", "Greylisted"));
        assert_ne!(greylisted, of("ann@host.example", "Mailbox full"));
        assert_ne!(greylisted, of("root", "Greylisted"));
        assert_eq!(names.get(greylisted), b"450 4.2.0 <address>: Greylisted");
    }
}
