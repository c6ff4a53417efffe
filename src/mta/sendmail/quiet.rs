//! Lines that carry no event: each kind has its rule here, and a name under which it is counted.
//!
//! ```text
//! STARTTLS=client, relay=mx.example.org., version=TLSv1.3, verify=FAIL, cipher=TLS_AES_256_GCM_SHA384, bits=256/256
//! h.example.net [192.0.2.9] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA-v4
//! ```

use crate::bytes;

/// The kind of a text, told by how it begins.
pub(super) fn kind(text: &[u8]) -> Option<&'static str> {
    let first = text.first()?;
    let known = KINDS.iter().find(|(begins, _)| begins.first() == Some(first) && text.starts_with(begins));
    known.map(|(_, kind)| *kind).or_else(|| session(text)).or_else(|| file(text)).or_else(|| old_attack(text))
}

/// How lines begin, and what kind they are.
const KINDS: &[(&[u8], &str)] = &[
    (b"STARTTLS", "tls"),
    (b"SSL_", "tls"),
    (b"DANE", "tls"),
    (b"engine=", "tls"),
    (b"fipsmode=", "tls"),
    (b"AUTH failure ", "authentication failure"),
    (b"AUTH", "authentication"),
    (b"error: safesasl(", "authentication"),
    (b"encode64 for AUTH failed", "authentication"),
    (b"getauth ", "authentication"),
    (b"Authentication-Warning: ", "authentication warning"),
    (b"SYSERR", "system error"),
    (b"ERROR", "system error"),
    (b"Losing ", "system error"),
    (b"bogus queue file", "system error"),
    (b"File descriptors missing", "system error"),
    (b"Milter", "milter"),
    (b"milter", "milter"),
    (b"WARNING: ", "warning"),
    (b"Warning: ", "warning"),
    (b"POSSIBLE ATTACK from ", "attack"),
    (b"Truncated ", "attack"),
    (b"Fixed MIME ", "attack"),
    (b"Dropped invalid comments", "attack"),
    (b"possible spam from ", "attack"),
    (b"invalid domain name ", "attack"),
    (b"headers too large ", "attack"),
    (b"header overflow from ", "attack"),
    (b"Bad line on ", "attack"),
    (b"MAIL too long: ", "attack"),
    (b"RCPT too long: ", "attack"),
    (b"unauthorized PIPELINING", "attack"),
    (b"timeout waiting for input ", "timeout"),
    (b"timeout connecting to ", "timeout"),
    (b"timeout during ", "timeout"),
    (b"Timeout.to_aconnect ", "timeout"),
    (b"lost input channel from ", "lost connection"),
    (b"collect: ", "lost connection"),
    (b"Null connection from ", "session without mail"),
    (b"connect from ", "connection"),
    (b"server=", "connection"),
    (b"gethostbyaddr(", "connection"),
    (b"SMTP outgoing connect on ", "connection"),
    (b"makeconnection", "connection"),
    (b"haproxy: ", "connection"),
    (b"proxy mode requested", "connection"),
    (b"x-connect", "connection"),
    (b"stat=occ_exceeded", "connection"),
    (b"clt_features=", "connection"),
    // Log level 14 and more, 8.16 and later.
    (b"tls_clt_features=", "tls"),
    (b"tls_srv_features=", "tls"),
    (b"smtpquit: ", "connection"),
    (b"hostsignature for host ", "connection"),
    (b"rejecting ", "rejecting commands"),
    (b"SMTP ", "rejecting commands"),
    (b"accepting ", "load"),
    (b"delaying=", "load"),
    (b"low on space ", "load"),
    (b"filesys_update failed", "load"),
    (b"poststats: ", "statistics file"),
    (b"alias database ", "aliases"),
    (b"aliasing/forwarding loop broken", "aliases"),
    (b"alias ", "aliases"),
    (b"forward", "aliases"),
    (b"include ", "aliases"),
    (b"deferred: udbexpand", "aliases"),
    (b"queued (user database error)", "aliases"),
    (b"starting daemon ", "daemon"),
    (b"stopping daemon", "daemon"),
    (b"restarting ", "daemon"),
    (b"restart queue runner", "daemon"),
    (b"started as: ", "daemon"),
    (b"could not ", "daemon"),
    (b"Could not ", "daemon"),
    (b"daemon ", "daemon"),
    (b"fcntl(", "daemon"),
    (b"finis, pid=", "daemon"),
    (b"interrupt", "daemon"),
    (b"shared memory does not contain expected data", "daemon"),
    (b"unsupported address family ", "daemon"),
    (b"in background, pid=", "daemon"),
    (b"My unqualified host name ", "daemon"),
    (b"unable to ", "daemon"),
    (b"user ", "daemon"),
    (b"usershellok: ", "daemon"),
    (b"disconnect", "daemon"),
    (b"dangerous permissions=", "daemon"),
    (b"ownership change on ", "daemon"),
    (b"runqueue", "queue run"),
    (b"grew WorkList ", "queue run"),
    (b"WorkList for ", "queue run"),
    (b"FAILED to grow WorkList ", "queue run"),
    (b"persistent queue runner", "queue run"),
    (b"queue ", "queue run"),
    (b"queueup", "queue run"),
    (b"checkqueuerunner: ", "queue run"),
    (b"proc_list_probe: ", "queue run"),
    (b"rqe: done", "queue run"),
    (b"can't ", "queue run"),
    (b"cannot ", "queue run"),
    (b"gatherq: ", "queue run"),
    (b"sync_dir: ", "queue run"),
    (b"quarantine_queue_item: ", "queue run"),
    (b"mci_purge_persistent: ", "host status"),
    (b"dup_df: ", "queue run"),
    (b"unlink", "queue run"),
    (b"too young", "queue run"),
    (b"Saved message in ", "bounce kept in a file"),
    (b"returntosender: ", "bounce"),
    (b"setsender: ", "address"),
    (b"rewrite: ", "address"),
    (b"--- ", "dialogue"),
    (b"<-- ", "dialogue"),
    (b"--> ", "dialogue"),
    (b"*** ", "dialogue"),
    // On systems with short syslog lines (under 256 bytes) the fields of from= and to= have lines of their own.
    (b"size=", "field on a line of its own"),
    (b"msgid=", "field on a line of its own"),
    (b"bodytype=", "field on a line of its own"),
    (b"proto=", "field on a line of its own"),
    (b"relay=", "field on a line of its own"),
    (b"ctladdr=", "field on a line of its own"),
    (b"delay=", "field on a line of its own"),
    (b"dsn=", "field on a line of its own"),
    (b"stat=", "field on a line of its own"),
];

/// What is said of a client, behind its name and address.
const OF_CLIENT: [(&[u8], &str); 12] = [
    (b" did not issue MAIL/EXPN/VRFY/ETRN during connection to ", "session without mail"),
    (b": probable open proxy: ", "attack"),
    (b": possible SMTP attack: ", "attack"),
    (b": Possible SMTP RCPT flood, ", "attack"),
    (b": SMTP violation, input too long: ", "attack"),
    (b": EXPN ", "refused EXPN or VRFY"),
    (b": VRFY ", "refused EXPN or VRFY"),
    (b": expn ", "refused EXPN or VRFY"),
    (b": vrfy ", "refused EXPN or VRFY"),
    (b": ETRN ", "etrn"),
    (b": SMTP ", "protocol error"),
    (b": clone: ", "aliases"),
];

/// `h.example.net [192.0.2.9] (may be forged): possible SMTP attack: command=AUTH, count=5`.
fn session(text: &[u8]) -> Option<&'static str> {
    // A name has neither blanks nor colons, an address in brackets may have colons.
    let name = text.iter().take(256).position(|b| matches!(b, b' ' | b':' | b'['))?;
    let rest = text.get(name..)?;
    let bracket = rest.strip_prefix(b" ").filter(|rest| rest.starts_with(b"[")).unwrap_or(rest);
    let rest = match bracket.strip_prefix(b"[") {
        Some(ip) => ip.get(memchr::memchr(b']', ip.get(..64).unwrap_or(ip))? + 1..)?,
        None => rest,
    };
    let rest = rest.strip_prefix(b" (may be forged)").unwrap_or(rest);
    OF_CLIENT.iter().find(|(begins, _)| rest.starts_with(begins)).map(|(_, kind)| *kind)
}

/// `"WIZ" command from h.example.net (192.0.2.9)`: what old holes were asked for.
fn old_attack(text: &[u8]) -> Option<&'static str> {
    let command = text.strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', command.get(..64).unwrap_or(command))?;
    command.get(end + 1..)?.starts_with(b" command from ").then_some("attack")
}

/// `/etc/mail/aliases: 12 aliases, longest 10 bytes, 100 bytes total`,
/// `/etc/mail/lists: group writable directory, marked unsafe`, `/etc/mail/aliases: WARNING: dangerous write permissions`.
fn file(text: &[u8]) -> Option<&'static str> {
    let rest = text.get(bytes::find_words(text, b": ")? + 2..)?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let aliases = digits > 0 && rest[digits..].starts_with(b" aliases, longest ");
    let unsafe_file = rest.ends_with(b", marked unsafe") || rest == b"WARNING: dangerous write permissions";
    (aliases || unsafe_file).then_some("aliases")
}
