//! What one line of an MTA says, in words that all three MTAs share.
//!
//! An event borrows from the line; it knows no file, no history and no other line.  The grammars in
//! [`crate::mta`] make events, [`crate::history`] joins them.

use crate::bytes;
use crate::smtp::reply::{Reply, Stage};
use crate::smtp::{EnhancedCode, ReplyClass};

pub use crate::habits::Mta;

/// What one line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event<'a> {
    /// Something about the message with this queue id.
    Message {
        /// The queue id as logged.
        id: &'a [u8],
        /// What is said of it.
        fact: Fact<'a>,
    },
    /// The logged host refused a client.
    Refusal(Refusal<'a>),
    /// A line of the MTA that carries no event: a kind of line known by its own rule, and counted
    /// under this name.
    Quiet(&'static str),
    /// A line of the MTA that no rule knows.
    Unparsed,
}

/// What is said of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<'a> {
    /// It came, or one more thing is known of how it came.
    Arrival(Arrival<'a>),
    /// One recipient (or several at once) got a verdict.
    Attempt(Attempt<'a>),
    /// It was given up: every recipient still deferred expires.
    /// Postfix `status=expired, returned to sender`; Sendmail `Cannot send message for 5 days`, which names the queue id
    /// of the notice.
    GivenUp(Option<&'a [u8]>),
    /// It left the queue.
    Ended(Ending),
    /// A notice about it was sent.
    Notice {
        /// What the notice says.
        kind: Notice,
        /// The queue id of the notice, where named.
        child: Option<&'a [u8]>,
    },
    /// Its recipients go on, all or some, under another queue id (Sendmail `clone:`, `split:`).
    ContinuesAs(&'a [u8]),
    /// It waits for the administrator, or for nothing: held, frozen, quarantined.
    Held,
    /// It was released from that.
    Released,
    /// A try at one host that was not the last: the verdict on the recipients is another line.
    /// Postfix `QID: host mx1 said: 450 ...` without `to=`; Exim `ID H=mx1 [ip]: SMTP error ...`.
    HostTrouble,
    /// The message or a recipient was accepted and then thrown away by a rule (Postfix cleanup or
    /// smtpd `discard`), all recipients of it.
    Discarded,
    /// This host refused one of its recipients, or all of it, before a line told who sent it: the text of the line, an
    /// [`Event::Refusal`] by itself.
    Refused(&'a [u8]),
    /// It is an address probe (Postfix `verify`, `sendmail -bv`): no mail at all.
    Probe,
    /// Nothing that is counted; the name of the kind of line.
    Quiet(&'static str),
}

/// How a message came.  One MTA says it in one line, another in four: what a line does not say is
/// `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Arrival<'a> {
    /// This line is the first of a message's life: an id seen before begins a new generation here.
    pub begins: bool,
    /// The envelope sender without angle brackets; empty for the null sender `<>`.
    pub sender: Option<&'a [u8]>,
    /// Host name of the client, as the server found it (`unknown` is kept).
    pub client_name: Option<&'a [u8]>,
    /// Address of the client, without brackets and prefix.
    pub client_ip: Option<&'a [u8]>,
    /// Who logged in, or the local user that handed it in.
    pub login: Option<&'a [u8]>,
    /// Handed in on this host by a program (pickup, `sendmail`, P=local), not by SMTP.
    pub local: bool,
    /// The Message-ID header as logged, without angle brackets.
    pub message_id: Option<&'a [u8]>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// How many recipients the line says it has.
    pub recipients: Option<u32>,
    /// It is a notice that this host makes; nothing tells how many recipients it has.
    pub notice: bool,
    /// The message it comes from: re-injection after a filter or a requeue, or the message a bounce is about.
    pub parent: Option<&'a [u8]>,
}

/// What the MTA did with a recipient.  It is the MTA's word, never the far side's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Disposition {
    /// The next hop took it, or a mailbox or program of this host did.
    Delivered,
    /// It goes on in this host's queue under another id: `forwarded as QID`.
    HandedOn,
    /// Tried; will be tried again.
    Deferred,
    /// Refused for good; the sender is told.
    Bounced,
    /// Given up after deferrals; not an attempt of its own.
    Expired,
    /// A line that says "later" although nothing was tried.
    Skipped,
    /// Accepted and thrown away by a rule, a blackhole, `/dev/null`.
    Discarded,
    /// The verdict of an address probe.
    Probed,
}

/// One try for one recipient, or for several that shared it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt<'a> {
    /// Who it was for.
    pub recipients: Recipients<'a>,
    /// The recipient before aliases and rewriting, where logged; without angle brackets.
    pub original: Option<&'a [u8]>,
    /// What the MTA did.
    pub disposition: Disposition,
    /// The next hop.
    pub relay: Relay<'a>,
    /// Went (or was to go) into a mailbox, a file or a program of this host: no next hop at all.
    pub local: bool,
    /// Time since the message arrived, in microseconds, where the line says it.
    pub delay_us: Option<u64>,
    /// What the far side answered.  `code` is None when no server replied, and for replies that the
    /// MTA made up itself.  `text` is then the MTA's own reason, and `enhanced` None.
    pub reply: Reply<'a>,
    /// The enhanced code that the MTA logged for it (`dsn=`).
    pub dsn: Option<EnhancedCode>,
    /// Where in the dialogue the answer came, where logged.
    pub stage: Option<Stage>,
    /// The queue id under which it goes on in this host's queues: where the next hop is this machine (see
    /// [`Relay::is_this_machine`]) and says which id it gave (`queued as X`, `X Message accepted`, `OK id=X`), or the
    /// MTA itself says `forwarded as X`.  What other hosts call it is nobody's business.
    pub queued_as: Option<&'a [u8]>,
}

/// The next hop of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Relay<'a> {
    /// Host name without a trailing dot, or the transport's name; empty when nothing was connected.
    pub host: &'a [u8],
    /// Address without brackets; empty when nothing was connected, a path for UNIX sockets.
    pub ip: &'a [u8],
}

impl Relay<'_> {
    /// Is the next hop on this machine, as far as its address tells: loopback or a UNIX socket?
    #[must_use]
    #[inline]
    pub fn is_this_machine(&self) -> bool {
        is_loopback(self.ip) || bytes::find(self.ip, b'/').is_some()
    }
}

/// `127.0.0.0/8` or `::1`, as logs write them.
#[must_use]
#[inline]
pub fn is_loopback(ip: &[u8]) -> bool {
    match ip.first() {
        Some(b'1') => ip.starts_with(b"127."),
        Some(b':') => ip == b"::1" || ip.starts_with(b"::ffff:127."),
        Some(b'I' | b'i') => ip.eq_ignore_ascii_case(b"IPv6:::1"),
        _ => false,
    }
}

/// The recipients of an attempt, without angle brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipients<'a> {
    /// Exactly one.
    One(&'a [u8]),
    /// Sendmail's comma-separated list as logged: `<a@x>,<b@x>`, `root,"|/usr/bin/prog"`.
    List(&'a [u8]),
}

impl<'a> Recipients<'a> {
    /// Each recipient in turn, without angle brackets.
    pub fn iter(self) -> RecipientIter<'a> {
        match self {
            Recipients::One(one) => RecipientIter { one: Some(one), list: b"" },
            Recipients::List(list) => RecipientIter { one: None, list },
        }
    }
}

/// Iterator of [`Recipients::iter`].
#[derive(Debug, Clone)]
pub struct RecipientIter<'a> {
    one: Option<&'a [u8]>,
    list: &'a [u8],
}

impl<'a> Iterator for RecipientIter<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if let Some(one) = self.one.take() {
            return Some(one);
        }
        // An empty place between commas is no recipient: Sendmail loses names in long lists.
        while !self.list.is_empty() {
            let end = top_level_comma(self.list);
            let item = &self.list[..end];
            self.list = self.list.get(end + 1..).unwrap_or_default();
            let item = item.trim_ascii();
            if !item.is_empty() {
                return Some(item.strip_prefix(b"<").and_then(|i| i.strip_suffix(b">")).unwrap_or(item));
            }
        }
        None
    }
}

/// Where the first comma outside `<>` and `""` stands, or the end.
fn top_level_comma(list: &[u8]) -> usize {
    // Mostly there is no comma at all, or none of the signs that hide one.
    let Some(first) = memchr::memchr(b',', list) else { return list.len() };
    if memchr::memchr3(b'\\', b'"', b'<', list.get(..first).unwrap_or_default()).is_none() {
        return first;
    }
    let (mut angle, mut quoted, mut escaped) = (false, false, false);
    for (i, &b) in list.iter().enumerate() {
        if escaped {
            escaped = false;
            continue;
        }
        match b {
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => angle = true,
            b'>' if !quoted => angle = false,
            b',' if !quoted && !angle => return i,
            _ => {}
        }
    }
    list.len()
}

/// How a message left the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ending {
    /// All its recipients are done: Postfix qmgr `removed`, Exim `Completed`.
    Done,
    /// An administrator took it out: Postfix `postsuper: QID: removed`, Exim `removed by root`.
    RemovedByHand,
    /// The client never finished handing it in, or it was refused at the end: it was no message.
    Cancelled,
    /// Thrown away as it came in (Postfix 3.10 `removed (discarded)`): it was no message, but where lines before say that
    /// a rule discarded it or that it was bounced.
    Discarded,
    /// `postsuper -r`: it comes back under another queue id.
    Requeued,
}

/// What a notice tells its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Notice {
    /// Delivery failed.
    Bounce,
    /// Delivery is late, and goes on.
    Delay,
    /// Delivery succeeded.
    Success,
    /// Any of these, to the postmaster.
    Postmaster,
}

/// The logged host refused a client, or one recipient of it: RFC 5321 section 3, seen from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// The message it concerns, when it already had a queue id and goes on without this recipient,
    /// or ends here.
    pub id: Option<&'a [u8]>,
    /// Host name of the client, as the server found it.
    pub client_name: Option<&'a [u8]>,
    /// Address of the client, without brackets and port.
    pub client_ip: Option<&'a [u8]>,
    /// What it called itself.
    pub helo: Option<&'a [u8]>,
    /// The envelope sender without brackets; empty for the null sender; None before MAIL FROM.
    pub sender: Option<&'a [u8]>,
    /// The recipient without brackets.
    pub recipient: Option<&'a [u8]>,
    /// Where in the dialogue.
    pub stage: Option<Stage>,
    /// 4xx or 5xx: by the code where one is logged, by the MTA's word elsewhere.
    pub class: ReplyClass,
    /// What the client was told, as far as the log has it: `code` None where it has no digits.
    pub reply: Reply<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipient_lists_split_at_top_level_commas() {
        let all = |l: &'static str| {
            Recipients::List(l.as_bytes()).iter().map(|r| String::from_utf8_lossy(r).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(all("<a@x>,<b@x>"), ["a@x", "b@x"]);
        assert_eq!(all("<a@x>, 00:00:00"), ["a@x", "00:00:00"]);
        assert_eq!(all(r#"root,"|/usr/bin/vacation a,b""#), ["root", r#""|/usr/bin/vacation a,b""#]);
        assert_eq!(all("<\"a,b\"@x>,"), ["\"a,b\"@x"]);
        assert_eq!(all(""), [""; 0]);
    }
}
