//! The lines that carry no event, and the words that steer the queue: each kind known by how it begins.
//!
//! What a site's own configuration logs is no kind of Exim's: see [`super::configuration`].
//!
//! `Start queue run: pid=123`

use memchr::{memchr, memmem};

use super::words::angle;
use crate::bytes;
use crate::event::{Ending, Fact};

/// How a kind of line begins, and its name.
type Kind = (&'static [u8], &'static str);

/// Lines about a message: what they say of its stay in the queue.
pub(super) fn of_message(text: &[u8]) -> Option<Fact<'_>> {
    let is = |begin: &[u8]| text.starts_with(begin);
    Some(match text.first()? {
        b'M' if is(b"Message is frozen") => Fact::Quiet("still frozen"),
        b'M' if is(b"Message removed because older than ") => Fact::GivenUp(None),
        b'M' if is(b"Message abandoned: ") => Fact::Ended(Ending::Cancelled),
        b'F' if is(b"Frozen") => Fact::Held,
        b'f' if is(b"frozen by ") => Fact::Held,
        b'U' if is(b"Unfrozen by ") => Fact::Released,
        b'u' if is(b"unfrozen by ") => Fact::Released,
        b'r' if is(b"removed by ") => Fact::Ended(Ending::RemovedByHand),
        // Nobody's hand, and the sender is told: the message was frozen for too long, or the system filter says `fail`.
        b'c' if is(b"cancelled by timeout_frozen_after") || is(b"cancelled by system filter") => Fact::GivenUp(None),
        b'c' if is(b"cancelled by ") => Fact::Ended(Ending::RemovedByHand),
        // The client never got the 250 and will send it again; Exim drops its copy.
        b'S' if is(b"SMTP connection lost after final dot") => Fact::Ended(Ending::Cancelled),
        b'r' if is(b"rescind the above message-accept") => Fact::Ended(Ending::Cancelled),
        _ => Fact::Quiet(of_message_only(text).or_else(|| of_host(text))?),
    })
}

/// Kinds that stand only behind a message id.
fn of_message_only(text: &[u8]) -> Option<&'static str> {
    const KINDS: [Kind; 21] = [
        (b"Spool file ", "spool file locked"),
        (b"Spool Q=", "spool file locked"),
        (b"no immediate delivery: ", "delivery put off"),
        (b"Delivery deferred by system filter", "delivery put off"),
        (b"original recipients ignored (system filter)", "system filter"),
        (b"lowest numbered MX record points to local host", "routing"),
        (b"remote host address is the local host", "routing"),
        (b"address <", "recipient changed by hand"),
        (b"recipient <", "recipient changed by hand"),
        (b"sender address changed to <", "sender changed by hand"),
        (b"moved from ", "message moved"),
        (b"PRDR ", "per-recipient reply"),
        (b"no recipients found in headers", "no recipients"),
        (b"bad addresses found in headers", "no recipients"),
        (b"Error while reading message with no usable sender address", "bad submission"),
        (b"SpamAssassin as ", "content scan"),
        (b"SA: ", "content scan"),
        (b"DCC: ", "content scan"),
        (b"Authentication-Results: ", "authentication results"),
        (b"TLS session: ", "tls error"),
        (b"DANE ", "tls error"),
    ];
    if let Some(kind) = kind_of(&KINDS, text) {
        return Some(kind);
    }
    // `karl@x.example <list@x.example>: error ignored`: it failed, and nobody is told.
    if let Some(at) = memmem::rfind(text, b": error ignored") {
        return matches!(text.get(at + 15), None | Some(b':')).then_some("failure without a bounce");
    }
    // `<karl@x.example>: address_pipe transport output: ...`
    if text.first() == Some(&b'<') && memmem::find(text, b" transport output: ").is_some() {
        return Some("transport output");
    }
    // `<karl@x.example>: failed to expand transport's helo_data value for callout: ...`
    if text.first() == Some(&b'<') && angle(text).1.starts_with(b": failed to expand transport's ") {
        return Some("own trouble");
    }
    None
}

/// Kinds that stand with or without a message id.
pub(super) fn of_host(text: &[u8]) -> Option<&'static str> {
    let kinds: &[Kind] = match text.first()? {
        b'S' => &[
            (b"Start ", "queue run"),
            (b"SMTP connection from ", "connection"),
            (b"SMTP connection Ci=", "connection"),
            (b"SMTP connection identification ", "connection"),
            (b"SMTP connection outbound ", "connection"),
            (b"SMTP connection lost", "connection"),
            (b"SMTP call from ", "connection dropped"),
            (b"SMTP call Ci=", "connection dropped"),
            (b"SMTP protocol error in ", "protocol error"),
            (b"SMTP syntax error in ", "syntax error"),
            (b"SMTP command timeout on ", "timeout"),
            (b"SMTP data timeout ", "timeout"),
            (b"SMTP protocol violation", "protocol error"),
            (b"Sender identification ", "connection"),
            (b"SSL ", "tls error"),
            (b"SSL_", "tls error"),
            (b"Server certificate ", "tls error"),
            (b"SIG", "daemon"),
            (b"Setting IPV6_V6ONLY ", "daemon"),
            (b"Spool error", "own trouble"),
            (b"Stat failed on ", "own trouble"),
            (b"SEGV_", "own trouble"),
            (b"Spool file ", "own trouble"),
        ],
        b'E' => &[
            (b"End queue run", "queue run"),
            (b"End '", "queue run"),
            (b"ETRN ", "ETRN"),
            (b"EHLO/HELO response must not contain newlines", "own trouble"),
            (b"Error or EOF on input from ", "connection"),
            (b"Error in ", "own trouble"),
            (b"Exim ", "own trouble"),
            (b"Expansion of ", "own trouble"),
            (b"Error", "own trouble"),
        ],
        b'A' => &[
            (b"Abandon queue run: ", "queue run"),
            (b"ACL ", "own trouble"),
            (b"ACL: ", "own trouble"),
            (b"ATRN ", "ETRN"),
            (b"ARC: ", "signature"),
            (b"Attempt", "own trouble"),
            (b"Address for ", "own trouble"),
            (b"Authentication-Results: ", "authentication results"),
        ],
        b'D' => &[
            (b"DKIM: ", "signature"),
            (b"DMARC", "signature"),
            (b"DANE ", "tls error"),
            (b"DNS list lookup defer ", "dns list"),
            (b"DNS list lookup for ", "dns list"),
            (b"Delivery status for ", "own trouble"),
            (b"Duplicate lookup name ", "own trouble"),
            (b"Daemon cannot be run ", "own trouble"),
        ],
        b'a' => &[
            (b"arc: ", "signature"),
            (b"all relevant MX records point to non-existent hosts", "routing"),
            (b"acl_smtp_mime: error while creating ", "own trouble"),
            (b"already initialised GnuTLS", "own trouble"),
            (b"attempt to ", "own trouble"),
        ],
        b'B' => &[(b"Bad ", "own trouble")],
        b'b' => &[
            (b"backtrace", "own trouble"),
            (b"bad ", "own trouble"),
            (b"bind of ", "own trouble"),
            (b"both local_from_check and ", "own trouble"),
            (b"buffer underflow in ", "own trouble"),
        ],
        b'T' => &[
            (b"TLS error ", "tls error"),
            (b"TLS ALPN ", "tls error"),
            (b"TLS session: ", "tls error"),
            (b"TLS: ", "tls error"),
            (b"Too many ", "bad submission"),
            (b"Timeout on nmh lookup ", "own trouble"),
            (b"Temporary error with DCC", "content scan"),
            (b"Tainted ", "own trouble"),
            (b"Taint mismatch", "own trouble"),
        ],
        b'O' => &[(b"OCSP ", "tls error")],
        b'H' => &[(b"Header modification in data ACLs ", "own trouble")],
        b'R' => &[
            (b"Required TLS certificate status not received", "tls error"),
            (b"Received TLS cert", "tls error"),
            (b"Remote host ", "connection"),
            (b"Rewrite of ", "own trouble"),
        ],
        b'W' => &[
            (b"Warning: ", "warning"),
            (b"WARNING: ", "warning"),
            (b"Wrong header from DCC", "content scan"),
            (b"Wrong ownership on ", "own trouble"),
        ],
        b'I' => &[(b"IPv", "own trouble"), (b"Input from inetd ", "own trouble"), (b"Internal error: ", "own trouble")],
        b'V' => &[(b"VRFY failed for ", "VRFY")],
        b'L' => &[
            (b"Long ", "host name lookup"),
            (b"LMTP ", "connection"),
            (b"Lookup module ", "own trouble"),
            (b"Loop detected in lookup ", "own trouble"),
        ],
        b'M' => &[
            (b"MIME acl condition warning", "content scan"),
            (b"Malformed IP address ", "own trouble"),
            (b"Module ", "own trouble"),
            (b"More than one path given in log_file_path", "own trouble"),
        ],
        b'N' => &[(b"NOTICE: ", "warning")],
        b'C' => &[
            (b"CNAME loop for ", "host name lookup"),
            (b"Can't ", "own trouble"),
            (b"Cannot ", "own trouble"),
            (b"Could not ", "own trouble"),
            (b"Couldn't ", "own trouble"),
            (b"Connection aborted; STARTTLS support by ", "tls error"),
            (b"Ci=", "connection"),
        ],
        b'F' => &[
            (b"Failed ", "own trouble"),
            (b"Format error in spool file ", "own trouble"),
            (b"Fork failed for ", "own trouble"),
        ],
        b'P' => &[(b"Process ", "own trouble")],
        b'U' => &[
            (b"Unable to ", "own trouble"),
            (b"Unexpected error return ", "own trouble"),
            (b"Unknown DCC response", "content scan"),
            (b"Unrecognised socks auth method ", "own trouble"),
        ],
        b'e' => &[
            (b"exim ", "daemon"),
            (b"excessive memory alloc request", "own trouble"),
            (b"exec of ", "own trouble"),
            (b"expansion of ", "own trouble"),
        ],
        b'p' => &[
            (b"pid ", "daemon"),
            (b"pid file path ", "own trouble"),
            (b"partial matching is not applicable ", "own trouble"),
            (b"peer close after all rcpt responses", "connection"),
            (b"process ", "own trouble"),
        ],
        b'c' => &[
            (b"cwd=", "command line"),
            (b"callout transport ", "own trouble"),
            (b"configured error code starts with incorrect digit", "own trouble"),
            (b"can't return to previous working dir", "own trouble"),
            (b"creation of pipe for ", "own trouble"),
            (b"cannot ", "own trouble"),
            (b"could not ", "own trouble"),
            (b"closed connection", "connection"),
            (b"closed by ", "connection"),
        ],
        b'n' => &[
            (b"no host name found for IP address ", "host name lookup"),
            (b"no IP address found for host ", "host name lookup"),
            (b"no MAIL in ", "no mail in connection"),
            (b"no @ found in the subject of an address list match", "own trouble"),
            (b"nmh lookup: ", "own trouble"),
            (b"null conn-context pointer", "own trouble"),
            (b"no immediate delivery: ", "delivery put off"),
            (b"notify triggered queue run", "queue run"),
            (b"no port specified for interface ", "own trouble"),
            (b"nss_", "own trouble"),
            (b"non-existent configuration file", "own trouble"),
        ],
        b'h' => &[
            (b"host name alias list truncated", "host name lookup"),
            (b"home directory ", "own trouble"),
            (b"header snprintf failed", "own trouble"),
        ],
        b'i' => &[
            (b"ignoring AUTH=", "ignored AUTH"),
            (b"ident connection to ", "ident"),
            (b"internal ", "own trouble"),
            (b"invalid ", "own trouble"),
            (b"initgroups failed ", "own trouble"),
        ],
        b'u' => &[
            (b"unexpected disconnection while reading SMTP command ", "connection"),
            (b"unexpected EOF while reading SMTP command ", "connection"),
            (b"unable to ", "own trouble"),
            (b"unknown item in dnslist ", "dns list"),
            (b"unknown log name ", "own trouble"),
            (b"unknown named", "own trouble"),
            (b"uname() failed", "own trouble"),
            (b"unlink(", "own trouble"),
        ],
        b'l' => &[
            (b"listen backlog ", "daemon"),
            (b"link(", "own trouble"),
            (b"listen() failed on interface ", "own trouble"),
            (b"live variable '", "own trouble"),
            (b"local part longer than ", "own trouble"),
            (b"log_file_path is longer ", "own trouble"),
            (b"list matching forced to fail", "own trouble"),
            (b"local_scan() ", "own trouble"),
            (b"log directory space check failed", "own trouble"),
        ],
        b's' => &[
            (b"spool directory space check failed", "own trouble"),
            (b"socket ", "own trouble"),
            (b"socks auth failed", "own trouble"),
            (b"setegid(", "own trouble"),
            (b"seteuid(", "own trouble"),
            (b"setitimer() failed", "own trouble"),
            (b"setrlimit(", "own trouble"),
            (b"setting SO_REUSEADDR ", "own trouble"),
            (b"smtp_notquit_exit() called ", "own trouble"),
            (b"system filter generated more than ", "system filter"),
            (b"setup fail for ", "own trouble"),
            (b"signing: ", "signature"),
            (b"signing_init: ", "signature"),
            (b"setsockopt", "own trouble"),
            (b"spam acl condition: ", "content scan"),
            (b"string too ", "own trouble"),
            (b"smtp-wait database ", "own trouble"),
            (b"search", "own trouble"),
            (b"shadow transport ", "own trouble"),
        ],
        b'm' => &[
            (b"malware acl condition: ", "content scan"),
            (b"mime_regex acl condition", "content scan"),
            (b"malformed ratelimit data", "own trouble"),
            (b"malloc() failed ", "own trouble"),
        ],
        b'r' => &[
            (b"remote host used ", "protocol error"),
            (b"remote delivery process count got out of step", "own trouble"),
            (b"re-exec of exim ", "own trouble"),
            (b"read from fakens failed", "own trouble"),
            (b"readsock fdopen: ", "own trouble"),
            (b"regular expression error: ", "own trouble"),
            (b"responsible-mailbox truncated: ", "own trouble"),
            (b"rewrite rule repeat ignored ", "rewriting"),
            (b"rmdir(", "own trouble"),
            (b"routing loop for ", "routing"),
            (b"ridiculously long message header received ", "bad submission"),
            (b"regex acl condition", "content scan"),
            (b"removed ", "own trouble"),
            (b"redirection process ", "own trouble"),
            // `rewrite: missing or malformed local part`: a header that no rule can rewrite.
            (b"rewrite: ", "rewriting"),
        ],
        b'o' => &[
            (b"overlong message header line received ", "bad submission"),
            (b"overlong formatted string in ", "own trouble"),
            (b"overlong write_command ", "own trouble"),
        ],
        b't' => &[
            (b"timed out while reading local message", "timeout"),
            (b"tainted search query ", "own trouble"),
            (b"tls_verify_certificates ", "tls error"),
            (b"too many lookups open", "own trouble"),
        ],
        b'd' => &[
            (b"dnslists ", "dns list"),
            (b"dnslist ", "dns list"),
            (b"dnssec fail ", "host name lookup"),
            (b"daemon: ", "daemon"),
            (b"debugging Exim ", "daemon"),
            (b"debug tag may not contain ", "own trouble"),
            (b"delivery re-exec ", "own trouble"),
            (b"dlfunc{", "own trouble"),
            (b"dns_again_means_nonexist recursion ", "host name lookup"),
            (b"delivery setrlimit", "own trouble"),
            (b"dmarc: ", "signature"),
        ],
        b'f' => &[(b"failed ", "own trouble"), (b"fork", "own trouble"), (b"failure ", "own trouble")],
        b'q' => &[(b"qualify/rewrite: ", "rewriting"), (b"queue run: ", "queue run")],
        b'g' => &[
            (b"getsockname() failed", "own trouble"),
            (b"getsockopt", "own trouble"),
            (b"getrlimit(", "own trouble"),
            (b"getegid() != ", "own trouble"),
            (b"geteuid() != ", "own trouble"),
        ],
        b'*' => &[(b"**** log string overflowed log buffer ****", "own trouble")],
        // `3 accept() failures: Too many open files`: the daemon tells the first and every fiftieth.
        b'1'..=b'9' => {
            let rest = &text[text.iter().take_while(|b| b.is_ascii_digit()).count()..];
            const KINDS: [Kind; 3] = [
                (b"nd fork ", "own trouble"),
                (b" accept() failure", "own trouble"),
                (b" select() failure", "own trouble"),
            ];
            return kind_of(&KINDS, rest);
        }
        // `"a@x" from env-from rewritten as "b@x" by rule 1` with +address_rewrite.
        b'"' if text.starts_with(b"\"discard\" verb not ") || text.starts_with(b"\"drop\" verb not ") => {
            return Some("own trouble");
        }
        b'"' => {
            return memmem::find(text, b" rewritten as ")
                .or_else(|| memmem::find(text, b" rewritten "))
                .map(|_| "rewriting");
        }
        // `[203.0.113.3] SSL verify error: depth=0 error=self signed certificate cert=...`
        b'[' => {
            let rest = &text[memchr(b']', text)? + 1..];
            let kind = kind_of(&[(b" SSL verify ", "tls error"), (b" after QUIT, ", "tls error")], rest);
            // `[203.0.113.3] mx.x.example Received TLS cert (DN: '...') status response, itself unverifiable: ...`
            return kind.or_else(|| {
                let name = bytes::find(rest.get(1..)?, b' ')?;
                rest.get(name + 1..)?.starts_with(b" Received TLS cert (").then_some("tls error")
            });
        }
        _ => &[],
    };
    kind_of(kinds, text).or_else(|| of_driver(text)).or_else(|| of_object(text))
}

/// `u@x.example: delivering unencrypted to H=mx.x.example [203.0.113.3] (not in hosts_require_tls)`,
/// `/usr/local/lists: accepted by +include_defer`: what was done, behind what it was done with, a word.
fn of_object(text: &[u8]) -> Option<&'static str> {
    const KINDS: [Kind; 5] = [
        (b": delivering unencrypted to H=", "not encrypted"),
        (b": callout unencrypted to ", "not encrypted"),
        (b": accepted by +include_", "host list"),
        (b": sendto: ", "own trouble"),
        (b" spamd: ", "content scan"),
    ];
    let end = bytes::find(text, b' ')?;
    let end = if text.get(end.checked_sub(1)?) == Some(&b':') { end - 1 } else { end };
    kind_of(&KINDS, text.get(end..)?)
}

/// `login authenticator failed for (helo) [ip]: 535 ...`, `r1 router: ...`: lines that begin with the name
/// of a driver.
fn of_driver(text: &[u8]) -> Option<&'static str> {
    let end = memchr(b' ', text)?;
    if !text[..end].iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')) {
        return None;
    }
    const KINDS: [Kind; 8] = [
        (b" authenticator failed for ", "login failed"),
        (b" authenticator (", "login failed"),
        (b" router: ", "routing"),
        (b" router failed ", "own trouble"),
        (b" router generated ", "routing"),
        (b" router returned ", "own trouble"),
        (b" transport process ", "own trouble"),
        (b" transport_filter ", "own trouble"),
    ];
    kind_of(&KINDS, &text[end..])
}

/// The name of the first kind that `text` begins with.
fn kind_of(kinds: &[Kind], text: &[u8]) -> Option<&'static str> {
    kinds.iter().find(|(begin, _)| text.starts_with(begin)).map(|(_, name)| *name)
}
