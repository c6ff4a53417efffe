//! What this host said no to: the lines that begin with the client, and those that begin with `rejected`.
//!
//! Exim logs the word (`rejected`, `temporarily rejected`), not the code.  A line with a client but no
//! refusal (`sender verify fail`, `Warning:`) is told apart here too, as are the lines about one host of
//! a delivery, which look the same: `ID H=mx.x.example [203.0.113.3]: SMTP error ...`.
//!
//! `H=mail.partner.invalid [192.0.2.200] F=<friend@fernwood.example> rejected RCPT <nobody@lumenshop.example>: Unknown user`

use memchr::{memchr, memmem};

use super::reason::reply;
use super::words::{Field, Host, Words, angle, colon, host, quoted};
use crate::bytes;
use crate::event::{Event, Fact, Refusal};
use crate::smtp::ReplyClass;
use crate::smtp::reply::{Reply, Stage};

/// What is known of the client before the verb.
#[derive(Default, Clone, Copy)]
struct Client<'a> {
    host: Host<'a>,
    sender: Option<&'a [u8]>,
}

/// Reads a line about a client, with the id of the message where it has one; None for all other lines.
pub(super) fn refusal<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    // Through syslog the line in the reject log may come whole: envelope and headers follow it.
    let text = &text[..bytes::find(text, b'\n').unwrap_or(text.len())];
    match text.first()? {
        b'H' | b'U' | b'F' | b'P' | b'D' => of_client(id, text),
        b'r' | b't' | b'u' | b'S' | b'C' | b'c' | b'l' => of_command(id, text),
        _ => None,
    }
}

/// `H=name (helo) [ip] I=[ip]:25 X=... F=<s> VERB`, `U=user F=<s> VERB`, `F=<s> VERB`
fn of_client<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let mut words = Words::new(text);
    let client = Client::read(&mut words)?;
    let rest = words.rest();
    if words.colon() {
        // `H=[192.0.2.1] F=<s>: rejected by DCC`; without a sender it is a host of a delivery.
        return match (client.sender, id) {
            (Some(_), _) if rest.starts_with(b"rejected by ") => {
                Some(client.refused(id, Some(Stage::EndOfData), ReplyClass::Permanent, rest))
            }
            (None, Some(id)) if !client.host.ip.is_empty() => Some(Event::Message { id, fact: Fact::HostTrouble }),
            _ => None,
        };
    }
    if let Some(what) = rest.strip_prefix(b"rejected ") {
        return Some(client.rejected(id, ReplyClass::Permanent, what));
    }
    if let Some(what) = rest.strip_prefix(b"temporarily rejected ") {
        return Some(client.rejected(id, ReplyClass::Transient, what));
    }
    let kind = match rest {
        // A client that began with TLS at once gets no reply, only the end of the connection: 4.96.
        [b'd', b'r', b'o', b'p', b'p', b'e', b'd', b' ', b'b', b'y', b' ', ..] if id.is_none() => {
            let text = colon(rest).map_or(rest, |at| &rest[at + 2..]);
            return Some(client.refused(None, Some(Stage::Connect), ReplyClass::Permanent, text));
        }
        _ if rest.starts_with(b"sender verify ") => "sender verify",
        // A callout has no message id.
        _ if id.is_none() && rest.starts_with(b"TLS error on connection ") => "tls error",
        _ if rest.starts_with(b"Warning: ") => "ACL warning",
        _ if rest.starts_with(b"incomplete transaction") => "incomplete transaction",
        _ if rest.starts_with(b"RCPT ") || rest.starts_with(b"MAIL ") => "discarded by ACL",
        _ => {
            let id = id.filter(|_| !client.host.ip.is_empty() && !rest.is_empty())?;
            return Some(Event::Message { id, fact: Fact::HostTrouble });
        }
    };
    Some(quiet(id, kind))
}

/// The lines that begin with what was refused.
fn of_command<'a>(id: Option<&'a [u8]>, text: &'a [u8]) -> Option<Event<'a>> {
    let (class, rest) = match text.strip_prefix(b"temporarily ") {
        Some(rest) => (ReplyClass::Transient, rest),
        None => (ReplyClass::Permanent, text),
    };
    if let Some(what) = rest.strip_prefix(b"rejected ") {
        return rejected_command(id, class, what);
    }
    if let Some(client) = rest.strip_prefix(b"refused connection from ") {
        // `name [ip] (host_reject_connection)`, `[ip]: not in reserve list: connected=20 max=20 reserve=5`
        let (client, reason) = Client::bare(client);
        return Some(client.refused(id, Some(Stage::Connect), class, reason));
    }
    if let Some(client) = text.strip_prefix(b"Connection from ") {
        let (client, rest) = Client::bare(client);
        let reason = rest.strip_prefix(b"refused: ")?;
        return Some(client.refused(id, Some(Stage::Connect), ReplyClass::Transient, reason));
    }
    if let Some(client) = text.strip_prefix(b"connection from ") {
        let (client, rest) = Client::bare(client);
        let reason = rest.strip_prefix(b"refused ")?;
        return Some(client.refused(id, Some(Stage::Connect), ReplyClass::Permanent, reason));
    }
    if let Some(rest) = text.strip_prefix(b"unqualified ") {
        let kind = rest.get(..memchr(b' ', rest)?)?;
        let stage = match kind {
            b"sender" => Stage::Mail,
            b"recipient" => Stage::Rcpt,
            b"verify" => Stage::Other,
            _ => return None,
        };
        let (address, rest) = angle(rest[kind.len()..].strip_prefix(b" rejected: ")?);
        let client = Client::read(&mut Words::new(rest)).unwrap_or_default();
        let reason = &text[..text.len() - rest.len()];
        let (sender, recipient) = if stage == Stage::Mail { (Some(address), None) } else { (None, Some(address)) };
        return Some(refused(id, Client { sender, ..client }, recipient, Some(stage), ReplyClass::Permanent, reason));
    }
    if let Some(rest) = text.strip_prefix(b"too many recipients: ") {
        // `excess temporarily rejected: sender=<x@y> H=...`, `message rejected: sender=<x@y> H=...`
        let class =
            if rest.starts_with(b"excess temporarily ") { ReplyClass::Transient } else { ReplyClass::Permanent };
        let at = memmem::find(rest, b": sender=<")?;
        let (sender, tail) = angle(&rest[at + 9..]);
        let client = Client::read(&mut Words::new(tail)).unwrap_or_default();
        let reason = &text[..text.len() - rest.len() + at];
        return Some(refused(id, Client { sender: Some(sender), ..client }, None, Some(Stage::Rcpt), class, reason));
    }
    // `local_scan() function crashed with signal 11 - message temporarily rejected (size 1447)`, `... timed out - ...`
    if let Some(rest) = text.strip_prefix(b"local_scan() function ") {
        memmem::find(rest, b" - message temporarily rejected (size ")?;
        return Some(Client::default().refused(id, Some(Stage::EndOfData), ReplyClass::Transient, text));
    }
    if let Some(rest) = text.strip_prefix(b"SMTP protocol synchronization error (") {
        // `next input sent too soon: pipelining was not advertised): rejected "RSET" H=... next input="..."`
        let at = memmem::find(rest, b"): rejected")?;
        let reason = &rest[..at];
        let rest = &rest[at + b"): rejected".len()..];
        let (stage, rest) = match rest {
            [b' ', b'"', ..] => (Stage::Other, quoted(&rest[1..]).1),
            _ => (Stage::Connect, rest.strip_prefix(b" connection from").unwrap_or(rest)),
        };
        let client = Client::read(&mut Words::new(rest)).unwrap_or_default();
        return Some(client.refused(id, Some(stage), ReplyClass::Permanent, reason));
    }
    None
}

/// What follows `rejected ` at the start of a line.
fn rejected_command<'a>(id: Option<&'a [u8]>, class: ReplyClass, what: &'a [u8]) -> Option<Event<'a>> {
    // `MAIL FROM:<s> H=...: message too big: size=5000000 max=1000000`
    if let Some(rest) = what.strip_prefix(b"MAIL FROM:") {
        let (sender, rest) = angle(rest);
        return Some(with_sender(id, class, Stage::Mail, sender, rest));
    }
    // `from <s> H=...: message too big: read=501 max=500`
    if let Some(rest) = what.strip_prefix(b"from ") {
        let (sender, rest) = angle(rest);
        return Some(with_sender(id, class, Stage::EndOfData, sender, rest));
    }
    if let Some(rest) = what.strip_prefix(b"MAIL command ") {
        let mut words = Words::new(rest);
        let client = Client::read(&mut words).unwrap_or_default();
        return Some(client.refused(id, Some(Stage::Mail), class, words.rest()));
    }
    // `"MAIL FROM:<a@x>" from (helo) [ip]`
    if what.first() == Some(&b'"') {
        let (command, rest) = quoted(what);
        let (client, _) = Client::bare(rest.strip_prefix(b" from ")?);
        return Some(client.refused(id, Some(stage_of(command)), class, command));
    }
    // `MAIL from [ip]: no HELO/EHLO given`, `EHLO from [ip]: syntactically invalid argument(s): x`
    let end = bytes::find(what, b' ')?;
    let (command, rest) = what.split_at(end);
    let (client, reason) = Client::bare(rest.strip_prefix(b" from ")?);
    Some(client.refused(id, Some(stage_of(command)), class, reason))
}

/// ` H=... : reason` behind a sender.
fn with_sender<'a>(
    id: Option<&'a [u8]>,
    class: ReplyClass,
    stage: Stage,
    sender: &'a [u8],
    rest: &'a [u8],
) -> Event<'a> {
    let mut words = Words::new(rest);
    let client = Client::read(&mut words).unwrap_or_default();
    Client { sender: Some(sender), ..client }.refused(id, Some(stage), class, words.rest())
}

/// Where in the dialogue a command stands.
fn stage_of(command: &[u8]) -> Stage {
    match command {
        [b'E', b'H', ..] | [b'H', b'E', b'L', b'O', ..] => Stage::Hello,
        [b'M', b'A', b'I', b'L', ..] => Stage::Mail,
        [b'R', b'C', b'P', b'T', ..] => Stage::Rcpt,
        [b'D', b'A', b'T', b'A', ..] => Stage::Data,
        [b'B', b'D', b'A', b'T', ..] => Stage::EndOfData,
        [b'A', b'U', b'T', b'H', ..] => Stage::Auth,
        [b'S', b'T', b'A', b'R', b'T', ..] => Stage::StartTls,
        _ => Stage::Other,
    }
}

impl<'a> Client<'a> {
    /// Reads the fields before the verb; None where there is none.
    fn read(words: &mut Words<'a>) -> Option<Self> {
        let mut client = Self::default();
        let mut any = false;
        for field in words {
            any = true;
            match field {
                Field::Host(host) if client.host == Host::default() => client.host = host,
                Field::Pair(b"F", sender) => client.sender = Some(sender),
                _ => {}
            }
        }
        any.then_some(client)
    }

    /// Reads `name (helo) [ip] I=[ip]:25 U=ident` without `H=`, or a local user's name.
    fn bare(text: &'a [u8]) -> (Self, &'a [u8]) {
        let (host, rest) = host(text);
        let mut words = Words::new(rest);
        words.by_ref().for_each(drop);
        let host = if host.ip.is_empty() { Host::default() } else { host };
        (Self { host, sender: None }, words.rest())
    }

    /// `RCPT <r>: text`, `connection in "connect" ACL`, `after DATA: text`
    fn rejected(self, id: Option<&'a [u8]>, class: ReplyClass, what: &'a [u8]) -> Event<'a> {
        let (stage, mut recipient, mut sender) = (stage_of_acl(what), None, self.sender);
        // The text begins at the colon after the command; addresses are stepped over, as they may hold one.
        let argument = match stage {
            Some(Stage::Rcpt | Stage::Mail) => what.get(5..).unwrap_or_default(),
            _ => what,
        };
        let rest = if argument.first() == Some(&b'<') {
            let (address, rest) = angle(argument);
            let place = if stage == Some(Stage::Rcpt) { &mut recipient } else { &mut sender };
            *place = Some(address);
            rest
        } else {
            argument
        };
        let text = match colon(rest) {
            Some(at) => {
                // Before 4.6x without brackets: `RCPT dir@x.example: relay not permitted`.
                if stage == Some(Stage::Rcpt) && recipient.is_none() {
                    recipient = Some(&rest[..at]);
                }
                &rest[at + 2..]
            }
            None => what,
        };
        refused(id, Client { sender, ..self }, recipient, stage, class, text)
    }

    /// A refusal that names no recipient.
    fn refused(self, id: Option<&'a [u8]>, stage: Option<Stage>, class: ReplyClass, text: &'a [u8]) -> Event<'a> {
        refused(id, self, None, stage, class, text)
    }
}

/// Where in the dialogue the access control list stands: `acl.c`, `acl_wherenames`.
fn stage_of_acl(what: &[u8]) -> Option<Stage> {
    Some(match what {
        _ if what.starts_with(b"by non-SMTP ACL") => return None,
        _ if what.starts_with(b"connection in ") => Stage::Connect,
        _ if what.starts_with(b"after DATA") => Stage::EndOfData,
        _ if what.starts_with(b"during MIME") || what.starts_with(b"by local_scan") => Stage::EndOfData,
        _ if what.starts_with(b"DKIM") => Stage::EndOfData,
        _ if what.starts_with(b"RCPT ") => Stage::Rcpt,
        _ if what.starts_with(b"MAIL ") => Stage::Mail,
        _ => stage_of(what),
    })
}

/// The refusal.  Exim answers with the class of its word: a code of the other class in the text was not
/// what the client got (`smtp_in.c`, `smtp_message_code`).
fn refused<'a>(
    id: Option<&'a [u8]>,
    client: Client<'a>,
    recipient: Option<&'a [u8]>,
    stage: Option<Stage>,
    class: ReplyClass,
    text: &'a [u8],
) -> Event<'a> {
    let Host { name, helo, ip } = client.host;
    let told = reply(text);
    let reply = if told.code.is_some_and(|code| code.class() == class) { told } else { Reply::own(text) };
    Event::Refusal(Refusal {
        id,
        client_name: (!name.is_empty()).then_some(name),
        client_ip: (!ip.is_empty()).then_some(ip),
        helo,
        sender: client.sender,
        recipient,
        stage,
        class,
        reply,
    })
}

/// A line that says nothing that is counted.
fn quiet<'a>(id: Option<&'a [u8]>, kind: &'static str) -> Event<'a> {
    match id {
        Some(id) => Event::Message { id, fact: Fact::Quiet(kind) },
        None => Event::Quiet(kind),
    }
}
