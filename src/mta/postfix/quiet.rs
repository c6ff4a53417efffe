//! Lines that carry no event: each kind by a rule of its own, counted under a name.
//!
//! Sample: `disconnect from app.example.net[192.0.2.10] ehlo=1 mail=1 quit=1 commands=3`.
//!
//! A line begins with words that are fixed in Postfix's source; what a stranger can write comes later.  A new
//! kind of line is one row in one of the tables.  A line that no row knows is not quiet: it is unparsed.

use super::lexis::{owner, peer};
use memchr::memmem;

/// The first words of a line, and the kind of line they begin.
type Rule = (&'static str, &'static str);

/// The kind of a line without a queue id.
pub(super) fn kind(message: &[u8]) -> Option<&'static str> {
    match message.first()? {
        // The most frequent lines of a server first.
        b'c' if message.starts_with(b"connect from ") => Some("client connected"),
        b'd' if message.starts_with(b"disconnect from ") => Some("client disconnected"),
        b'w' if message.starts_with(b"warning: ") => Some(warning(message.get(9..)?)),
        b'f' if message.starts_with(b"fatal: ") => Some("fatal error"),
        b'e' if message.starts_with(b"error: ") => Some("error"),
        b'p' if message.starts_with(b"panic: ") => Some("panic"),
        b'A' if message.starts_with(b"Anonymous TLS connection ") => Some("TLS connection"),
        b'U' if message.starts_with(b"Untrusted TLS connection ") => Some("TLS connection"),
        b'T' if message.starts_with(b"Trusted TLS connection ") => Some("TLS connection"),
        b'V' if message.starts_with(b"Verified TLS connection ") => Some("TLS connection"),
        b'C' if message.starts_with(b"CONNECT from ") => Some("screened client connected"),
        b'D' if message.starts_with(b"DISCONNECT ") => Some("screened client disconnected"),
        b'P' if message.starts_with(b"PASS OLD ") || message.starts_with(b"PASS NEW ") => Some("screening passed"),
        b'/' => of_file(message),
        _ => by_table(LINES, message).or_else(|| of_peer(message)).or_else(|| debugging(message)),
    }
}

/// The kind of a line behind a queue id.
pub(super) fn of_message(text: &[u8]) -> Option<&'static str> {
    session(text).or_else(|| by_table(MESSAGE, text)).or_else(|| {
        // cleanup: `recipient_canonical_maps map lookup problem -- message not accepted, try again later`.
        let word = text.iter().position(|b| *b == b' ')?;
        text.get(word..)?.starts_with(b" map lookup problem").then_some("lookup trouble")
    })
}

/// How a client's session ended; since 3.10 behind a queue id or `NOQUEUE`.
pub(super) fn session(text: &[u8]) -> Option<&'static str> {
    by_table(SESSION, text)
}

fn by_table(table: &[Rule], text: &[u8]) -> Option<&'static str> {
    let first = text.first()?;
    let fits = |(words, _): &&Rule| words.as_bytes().first() == Some(first) && text.starts_with(words.as_bytes());
    table.iter().find(fits).map(|(_, kind)| *kind)
}

/// master: `/etc/postfix/master.cf: line 12: using backwards-compatible default setting chroot=y`.
fn of_file(message: &[u8]) -> Option<&'static str> {
    let rest = message.get(memmem::find(message, b": line ")? + 7..)?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let text = rest.get(digits..)?.strip_prefix(b": ").filter(|_| digits > 0)?;
    text.starts_with(b"using backwards-compatible default setting ").then_some("old default in use")
}

/// smtpd's ends of a session.
static SESSION: &[Rule] = &[
    ("lost connection after ", "client lost"),
    ("timeout after ", "client timed out"),
    ("too many errors after ", "client made too many errors"),
    ("hangup after ", "client lost"),
    ("bare <LF> received after ", "bare newline from a client"),
];

/// Behind a queue id.
static MESSAGE: &[Rule] = &[
    ("skipped, still being delivered", "still being delivered"),
    ("passing <", "passed to another transport"),
    ("resent-message-id=", "resent Message-ID"),
    ("status=deferred (", "trouble with the bounce service"),
    ("expired", "expired by hand"),
    ("enabling PIX workarounds", "workarounds for a firewall"),
    ("breaking line > ", "long line broken"),
    ("replacing server reply ", "server reply replaced"),
    ("replacing command ", "client command replaced"),
    ("reply filter ", "reply filter"),
    ("ignoring redundant or conflicting milter reply", "milter reply ignored"),
    ("not sending trace/success notification", "no notification sent"),
    ("no trace file -- ", "no notification sent"),
    ("recipient limit ", "debug output"),
    ("enabling VERP for sender ", "debug output"),
    ("read ", "debug output"),
    ("filter=\"", "debug output"),
];

/// Without a queue id.  Where one row's words begin another's, the longer one stands first.
pub(super) static LINES: &[Rule] = &[
    // smtpd
    ("lost connection after ", "client lost"),
    ("timeout after ", "client timed out"),
    ("too many errors after ", "client made too many errors"),
    ("hangup after ", "client lost"),
    ("bare <LF> received after ", "bare newline from a client"),
    ("improper command pipelining after ", "improper pipelining"),
    ("discarding EHLO keywords", "EHLO keywords hidden"),
    ("Relaying allowed for ", "relaying by certificate"),
    ("mapping DSN status ", "DSN status mapped"),
    // smtp
    ("connect to subsystem ", "debug output"),
    ("connect to ", "host unreachable"),
    ("host ", "host feature noted"),
    ("Host offered STARTTLS: ", "host feature noted"),
    ("TLSRPT: ", "TLS report"),
    ("SMTPS wrappermode ", "TLS setup"),
    ("skipping SRV lookup for ", "no SRV lookup"),
    ("ignoring DNS RR: ", "DNS record ignored"),
    // TLS, both ways
    ("TLS connection ", "TLS connection"),
    ("setting up TLS connection ", "TLS detail"),
    ("initializing the server-side TLS engine", "TLS detail"),
    ("initializing the client-side TLS engine", "TLS detail"),
    ("SSL_accept error from ", "TLS handshake failed"),
    ("SSL_connect error to ", "TLS handshake failed"),
    ("TLS handshake failed for ", "TLS handshake failed"),
    ("SSL_accept:", "TLS detail"),
    ("SSL_connect:", "TLS detail"),
    ("SSL3 alert ", "TLS detail"),
    ("certificate verification failed for ", "certificate not verified"),
    ("server certificate verification failed for ", "certificate not verified"),
    ("client certificate verification failed for ", "certificate not verified"),
    ("certificate peer name verification failed for ", "certificate not verified"),
    ("Peer certificate could not be verified", "certificate not verified"),
    ("Peer verification: ", "certificate not verified"),
    ("Verified: subject_CN=", "TLS detail"),
    ("Unverified: subject_CN=", "TLS detail"),
    ("Trusted: subject_CN=", "TLS detail"),
    ("Untrusted: subject_CN=", "TLS detail"),
    ("subject=", "TLS detail"),
    ("issuer=", "TLS detail"),
    ("fingerprint=", "TLS detail"),
    ("Reusing old session", "TLS detail"),
    ("TLS SNI ", "TLS detail"),
    ("TLS protocol trace for ", "TLS detail"),
    ("skipping TLS trace output", "TLS detail"),
    ("looking for session ", "TLS detail"),
    ("reloaded session ", "TLS detail"),
    ("save session ", "TLS detail"),
    ("remove session ", "TLS detail"),
    ("cannot load Certification Authority data", "TLS setup"),
    ("cannot set default OpenSSL certificate verification", "TLS setup"),
    ("TLS support is not compiled in", "TLS setup"),
    ("read from ", "TLS detail"),
    ("write to ", "TLS detail"),
    // postscreen, dnsblog, tlsproxy
    ("CONNECT to ", "screened client connected"),
    ("ALLOWLISTED ", "client on a list"),
    ("ALLOWLIST VETO ", "client on a list"),
    ("DENYLISTED ", "client on a list"),
    ("WHITELISTED ", "client on a list"),
    ("WHITELIST VETO ", "client on a list"),
    ("BLACKLISTED ", "client on a list"),
    ("DNSBL rank ", "client on a DNS blocklist"),
    ("addr ", "client on a DNS blocklist"),
    ("PREGREET ", "client spoke too early"),
    ("HANGUP after ", "screened client hung up"),
    ("COMMAND TIME LIMIT from ", "screening failed"),
    ("COMMAND LENGTH LIMIT from ", "screening failed"),
    ("COMMAND COUNT LIMIT from ", "screening failed"),
    ("COMMAND PIPELINING from ", "screening failed"),
    ("NON-SMTP COMMAND from ", "screening failed"),
    ("BARE NEWLINE from ", "screening failed"),
    ("DATA without valid RCPT from ", "screening failed"),
    ("BDAT without valid RCPT from ", "screening failed"),
    ("entering STRESS mode ", "overload"),
    ("leaving STRESS mode ", "overload"),
    // housekeeping
    ("statistics: ", "statistics"),
    ("cache ", "cache cleaned"),
    ("table ", "table has changed"),
    ("lookup table has changed", "table has changed"),
    ("database ", "database file"),
    ("close database ", "database file"),
    ("redirecting ", "database file"),
    ("successfully executed ", "database file"),
    ("target file ", "database file"),
    ("using backwards-compatible default setting ", "old default in use"),
    ("using using backwards-compatible default setting ", "old default in use"),
    ("Postfix is using backwards-compatible default settings", "old default in use"),
    ("Postfix is running with backwards-compatible default settings", "old default in use"),
    ("See http", "old default in use"),
    ("To disable backwards compatibility ", "old default in use"),
    ("cannot read from entropy device ", "entropy source"),
    ("exiting to reopen external entropy source ", "entropy source"),
    ("lost connection to EGD server ", "entropy source"),
    ("skipping address family ", "address family skipped"),
    // master, postfix-script, postsuper
    ("daemon started", "mail system started"),
    ("reload -- version ", "mail system reloaded"),
    ("terminating on signal ", "mail system stopped"),
    ("master exit time has arrived", "mail system stopped"),
    ("ignoring status update from child ", "master"),
    ("starting the Postfix mail system", "mail system started"),
    ("refreshing the Postfix mail system", "mail system reloaded"),
    ("stopping the Postfix mail system", "mail system stopped"),
    ("aborting the Postfix mail system", "mail system stopped"),
    ("waiting for the Postfix mail system to terminate", "mail system stopped"),
    ("the Postfix mail system is ", "mail system status"),
    ("Deleted: ", "queue work by hand"),
    ("Requeued: ", "queue work by hand"),
    ("Placed on hold: ", "queue work by hand"),
    ("Released from hold: ", "queue work by hand"),
    ("Expired: ", "queue work by hand"),
    ("Force-expired: ", "queue work by hand"),
    ("Renamed to match inode number: ", "queue work by hand"),
    // -v, debug_peer_list: what does not begin with the name of a function
    ("> ", "debug output"),
    ("< ", "debug output"),
    (">>> ", "debug output"),
    ("send attr ", "debug output"),
    ("input attribute ", "debug output"),
    ("process generation: ", "debug output"),
    ("request ignored", "debug output"),
    ("request: ", "debug output"),
    ("idle timeout -- exiting", "debug output"),
    ("connection established", "debug output"),
    ("connection closed", "debug output"),
    ("Compiled against Berkeley DB", "debug output"),
    ("Run-time linked against Berkeley DB", "debug output"),
    ("start sorted recipient list", "debug output"),
    ("end sorted recipient list", "debug output"),
    ("start move queue ", "debug output"),
    ("end move queue ", "debug output"),
    ("wakeup ", "debug output"),
    ("SASL authentication ", "SASL library"),
    ("mynetworks: ", "debug output"),
    ("fsspace: ", "debug output"),
];

/// What follows `warning: `.  Its words are free; only some kinds are worth a name.
fn warning(text: &[u8]) -> &'static str {
    if let Some(kind) = by_table(WARNINGS, text) {
        return kind;
    }
    // `warning: unknown[192.0.2.9]: SASL LOGIN authentication failed: ...`, with a port if so configured.
    let sasl = peer(text).ok().and_then(|(rest, _)| rest.strip_prefix(b": SASL "));
    if sasl.is_some_and(|rest| rest.splitn(3, |b| *b == b' ').take(2).any(|word| word == b"authentication")) {
        return "login failed";
    }
    if owner(text).is_some() { "warning about a message" } else { "warning" }
}

/// Behind `warning: `.
static WARNINGS: &[Rule] = &[
    // What the library says of a failed login; the login itself has a line of its own.
    ("SASL authentication failure: ", "login failed: why"),
    ("SASL authentication problem: ", "login failed: why"),
    ("hostname ", "client name not verified"),
    ("numeric hostname: ", "client name not verified"),
    ("Illegal address syntax from ", "address syntax"),
    ("non-SMTP command from ", "client speaks no SMTP"),
    ("Connection rate limit exceeded: ", "client over a limit"),
    ("Connection concurrency limit exceeded: ", "client over a limit"),
    ("Message delivery request rate limit exceeded: ", "client over a limit"),
    ("Recipient address rate limit exceeded: ", "client over a limit"),
    ("AUTH command rate limit exceeded: ", "client over a limit"),
    ("New TLS session rate limit exceeded: ", "client over a limit"),
    ("TLS library problem: ", "TLS library"),
    ("no MX host for ", "host unreachable"),
];

/// `mx.example.org[198.51.100.7]:25: TLS cipher list "..."`: smtp_tls_loglevel 2 and more, command filters.
fn of_peer(message: &[u8]) -> Option<&'static str> {
    let rest = peer(message).ok()?.0.strip_prefix(b": ")?;
    by_table(PEER, rest)
}

/// Behind `name[address]: `.
static PEER: &[Rule] = &[
    ("TLS cipher list ", "TLS detail"),
    ("subject_CN=", "TLS detail"),
    ("Trusted: ", "TLS detail"),
    ("Untrusted: ", "TLS detail"),
    ("Verified: ", "TLS detail"),
    ("Reusing old session", "TLS detail"),
    ("looking up session ", "TLS detail"),
    ("reloaded session ", "TLS detail"),
    ("remove session ", "TLS detail"),
    ("save session ", "TLS detail"),
    ("Issuing session ticket", "TLS detail"),
    ("Decrypting session ticket", "TLS detail"),
    ("raw public key fingerprint=", "TLS detail"),
    ("depth=", "TLS detail"),
    ("re-using session with ", "TLS detail"),
    ("Matched ", "TLS detail"),
    ("matched ", "TLS detail"),
    ("SNI hostname: ", "TLS detail"),
    ("discarding EHLO keywords", "EHLO keywords hidden"),
    ("replacing command ", "client command replaced"),
    ("replacing server reply ", "server reply replaced"),
];

/// What `-v` and debug_peer_list add: the name of a C function (`match_string: ...`, `smtpd_check_addr: ...`) or
/// of a parameter (`unverified_sender_tempfail_action = ...`), a socket (`private/rewrite socket: wanted ...`), a
/// queue or a service and what was done with it.
fn debugging(message: &[u8]) -> Option<&'static str> {
    let end = message.iter().position(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_'))?;
    let (word, rest) = message.split_at_checked(end)?;
    let function = memchr::memchr(b'_', word).is_some();
    if function && (rest.starts_with(b": ") || rest == b":" || rest.starts_with(b" = ")) {
        return Some("debug output");
    }
    if matches!(word, b"private" | b"public") && rest.starts_with(b"/") {
        let service = rest.iter().position(|b| *b == b' ')?;
        return rest.get(service..)?.starts_with(b" socket: ").then_some("debug output");
    }
    if matches!(word, b"before" | b"after") {
        return memmem::find(rest, b": cleanup flags = ").map(|_| "debug output");
    }
    // smtpd_tls_loglevel = 2: `put smtpd session id=X [data 2234 bytes]`, `open smtpd TLS cache btree:/var/...`.
    if matches!(word, b"close" | b"delete" | b"lookup" | b"open" | b"put" | b"read" | b"write") {
        let label = rest.get(1..)?.iter().position(|b| *b == b' ')? + 1;
        let cached = rest.get(label..)?;
        return (cached.starts_with(b" session id=") || cached.starts_with(b" TLS cache ")).then_some("TLS detail");
    }
    if word == b"done" {
        return rest.ends_with(b" queue scan").then_some("debug output");
    }
    (rest == b" stream disconnect").then_some("debug output")
}
