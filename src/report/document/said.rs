//! What a refusal of ours means, in a few words: the standard texts of Postfix, Exim and Sendmail.
//!
//! A text of the operator's own stands as it is: nobody can say it better.
//!
//! `Helo command rejected: need fully-qualified hostname` is `HELO is no full host name`

use crate::analyze::analysis::InboundReason;
use crate::report::words;

/// What the text holds, and what that means.  The first that fits is taken.
const SAID: [(&str, &str); 41] = [
    ("User unknown", "recipient unknown"),
    ("Unknown user", "recipient unknown"),
    ("unrouteable address", "recipient unknown"),
    ("Unrouteable address", "recipient unknown"),
    ("Recipient address rejected: Access denied", "recipient refused by access table"),
    ("Recipient address rejected: need fully-qualified", "recipient is no full address"),
    ("Recipient address rejected: Domain not found", "recipient domain not found"),
    ("Sender address rejected: Access denied", "sender refused by access table"),
    ("Sender address rejected: Domain not found", "sender domain not found"),
    ("Sender address rejected: need fully-qualified", "sender is no full address"),
    ("Sender address rejected: not owned by user", "sender belongs to another login"),
    ("Sender address rejected: not logged in", "sender without its login"),
    ("Domain of sender address <address> does not", "sender domain not found"),
    ("Domain of sender address <address>  does not", "sender domain not found"),
    ("Could not complete sender verify", "sender could not be verified"),
    ("Sender verify failed", "sender does not exist"),
    ("Helo command rejected: need fully-qualified", "HELO is no full host name"),
    ("Helo command rejected: Host not found", "HELO name not found"),
    ("Helo command rejected: Invalid name", "HELO is no host name"),
    ("Helo command rejected: Access denied", "HELO refused by access table"),
    ("no HELO/EHLO given", "no HELO given"),
    ("syntactically invalid argument(s)", "HELO is no host name"),
    ("Client host rejected: cannot find your", "client without a reverse name"),
    ("Client host rejected: Access denied", "client refused by access table"),
    ("Greylisted", "greylisted by us"),
    ("Greylisting", "greylisted by us"),
    ("greylisted", "greylisted by us"),
    ("Relay access denied", "relaying denied"),
    ("Relaying denied", "relaying denied"),
    ("relay not permitted", "relaying denied"),
    ("Message size exceeds fixed limit", "message too large"),
    ("message too big", "message too large"),
    ("Message exceeds maximum fixed size", "message too large"),
    ("improper command pipelining", "client sends before it is asked"),
    ("PREGREET", "client talks before the greeting"),
    ("too many connections", "too many connections"),
    ("Too many errors", "too many errors"),
    ("Too many recipients", "too many recipients"),
    ("too many recipients", "too many recipients"),
    ("Must issue a STARTTLS command first", "TLS is wanted first"),
    ("Authentication required", "a login is wanted"),
];

/// What stands before the name of a blocklist, with Postfix, postscreen, Exim and Sendmail.
const LISTED: [&str; 4] = ["blocked using ", "is listed at ", "listed by ", "is listed in "];

/// The refusal in words, or its own text without the codes that stand in columns of their own.
pub(super) fn says(reason: &InboundReason) -> String {
    let text = own_text(reason);
    if reason.cause == "blocklisted-ip" {
        return match list(text) {
            Some(list) => format!("client on {}", words::name(list)),
            None => "client on a blocklist".to_owned(),
        };
    }
    match SAID.iter().find(|(holds, _)| text.contains(holds)) {
        Some((_, means)) => (*means).to_owned(),
        None if text.is_empty() => reason.cause.clone(),
        None => text.to_owned(),
    }
}

/// The list that a text names.
fn list(text: &str) -> Option<&str> {
    let after = LISTED.iter().find_map(|mark| text.split_once(mark))?.1;
    let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))).unwrap_or(after.len());
    after.get(..end).map(|list| list.trim_end_matches('.')).filter(|list| list.contains('.'))
}

fn own_text(reason: &InboundReason) -> &str {
    let mut text = reason.template.as_str();
    if let Some(code) = reason.reply_code {
        text = text.strip_prefix(&code.to_string()).map_or(text, |t| t.trim_start_matches([' ', '-']));
    }
    if let Some(code) = &reason.enhanced_code {
        text = text.strip_prefix(code.as_str()).map_or(text, str::trim_start);
    }
    // Whose address or name it was, the template does not know either.
    for mark in ["<address>", "<user>", "<host>"] {
        text = text.strip_prefix(mark).and_then(|t| t.strip_prefix(": ")).unwrap_or(text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn standard_texts_have_words_and_others_their_own() {
        for (reply, enhanced, template, cause, words) in [
            (
                550,
                "5.1.1",
                "550 5.1.1 <address>: Recipient address rejected: User unknown in virtual mailbox table",
                "user-unknown",
                "recipient unknown",
            ),
            (
                450,
                "4.1.8",
                "450 4.1.8 <address>: Sender address rejected: Domain not found",
                "sender-refused",
                "sender domain not found",
            ),
            (
                504,
                "5.5.2",
                "504 5.5.2 <user>: Helo command rejected: need fully-qualified hostname",
                "no-reverse-dns",
                "HELO is no full host name",
            ),
            (
                554,
                "5.7.1",
                "554 5.7.1 Service unavailable; Client host [<ip>] blocked using dnsbl.blocklist.example; see <url>",
                "blocklisted-ip",
                "client on dnsbl.blocklist.example",
            ),
            (550, "5.7.1", "550 5.7.1 blocked", "blocklisted-ip", "client on a blocklist"),
            (550, "5.7.1", "550 5.7.1 Go away, you", "policy", "Go away, you"),
            (550, "5.7.1", "550 5.7.1", "policy", "policy"),
        ] {
            let reason = InboundReason {
                reply_code: Some(reply),
                enhanced_code: Some(enhanced.to_owned()),
                class: crate::smtp::ReplyClass::Permanent,
                template: template.to_owned(),
                cause: cause.to_owned(),
                rejected: 1,
                sample: String::new(),
            };
            assert_eq!(says(&reason), words);
        }
    }
}
