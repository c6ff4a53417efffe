//! What is known of each server of the laboratory: every failure there has the right cause.
//!
//! The behaviour of each domain was fixed before the logs were made; each row holds for all MTAs.  A wrong code is
//! part of a behaviour: `softbounce.example` says 450 to unknown users, `hardgrey.example` 550 to greylisting.

use std::collections::BTreeMap;

use mailrake::analyze::analysis::Direction;

use crate::lab;

/// A domain, what its server does, and by reply code the causes that fit.
type Profile = (&'static str, &'static str, &'static [(&'static str, &'static [&'static str])]);

/// Domain, what its server does, and the causes that its failures may have.  `expired` may come behind any that is
/// transient.  Where the reply code tells causes apart, the causes stand with it.
const PROFILES: &[Profile] = &[
    ("bareserver.example", "no enhanced codes", &[("451", &["remote-error"]), ("550", &["user-unknown"])]),
    ("boite.example", "other languages", &[("450", &["mailbox-busy"]), ("550", &["user-unknown"])]),
    ("brightwater.example", "postgrey", &[("450", &["greylisted"])]),
    ("brokenqueue.example", "451 for an error of its own", &[("451", &["remote-error"])]),
    ("closedport.example", "nobody listens", &[("", &["connect-refused"])]),
    ("contozo.example", "Exchange", &[("550", &["user-unknown", "mailbox-disabled"])]),
    ("crowded.example", "busy", &[("421", &["remote-error"])]),
    ("dropper.example", "drops the line after the data", &[("", &["connection-lost"])]),
    (
        "fernwood.example",
        "plain",
        &[
            ("450", &["mailbox-busy"]),
            ("452", &["mailbox-full"]),
            ("550", &["user-unknown"]),
            ("552", &["mailbox-full"]),
        ],
    ),
    ("filterhouse.example", "spam filter", &[("554", &["spam-content"])]),
    ("fortress.example", "blocklist at the greeting", &[("554", &["blocklisted-ip"])]),
    ("fulldisk.example", "452 for a full disk", &[("452", &["remote-error"])]),
    (
        "gmale.example",
        "as Gmail",
        &[
            ("421", &["rate-limited"]),
            ("452", &["mailbox-full"]),
            ("550", &["user-unknown", "sender-auth-failed"]),
            // Sendmail logs "Deferred" and the code for recipients it did not get to.
            ("", &["rate-limited"]),
        ],
    ),
    ("hangup.example", "drops the line at RCPT", &[("", &["connection-lost"])]),
    ("hardgrey.example", "550 for greylisting", &[("550", &["greylisted"])]),
    ("lamedns.example", "its name servers do not answer", &[("", &["dns-failure"])]),
    ("loopback.example", "its MX is this host", &[("", &["loop"])]),
    ("mute.example", "never greets", &[("", &["connect-timeout"])]),
    ("mxnowhere.example", "its MX does not exist", &[("", &["domain-not-found"])]),
    ("no-such-domain.example", "NXDOMAIN", &[("", &["domain-not-found"])]),
    ("nomail.example", "null MX", &[("", &["domain-no-mail"])]),
    ("oldserver.example", "bad sequence", &[("503", &["protocol-error"])]),
    ("outlock.example", "as Outlook", &[("451", &["rate-limited"]), ("550", &["user-unknown", "blocklisted-ip"])]),
    ("quietmail.example", "greylisting with 421", &[("421", &["greylisted"])]),
    ("secure.example", "TLS", &[("550", &["user-unknown"])]),
    ("sixonly.example", "IPv6", &[("450", &["mailbox-busy"]), ("550", &["user-unknown"])]),
    ("slowdown.example", "rate limit", &[("421", &["rate-limited"])]),
    ("softbounce.example", "450 for unknown users", &[("450", &["user-unknown"])]),
    ("strictgrey.example", "greylisting that starts anew", &[("450", &["greylisted"])]),
    ("submitonly.example", "wants a login", &[("530", &["auth-required"])]),
    ("tlsplease.example", "wants STARTTLS", &[("530", &["tls-failure"])]),
    ("trickster.example", "a reply full of lies", &[("554", &["policy"])]),
    ("twogates.example", "greylisting on two hosts", &[("450", &["greylisted"])]),
    ("uni-nordland.example", "milter-greylist", &[("451", &["greylisted"])]),
    ("unrouted.example", "no route", &[("", &["connect-refused"])]),
    ("verbose.example", "a very long policy text", &[("550", &["policy"])]),
    ("yahoh.example", "as Yahoo", &[("421", &["rate-limited"]), ("554", &["user-unknown"])]),
];

/// Failures whose reason is not in the line at all: Sendmail's bare `stat=Deferred`.
fn says_nothing(text: Option<&str>) -> bool {
    text == Some("Deferred")
}

#[test]
fn no_server_of_the_laboratory_gets_a_wrong_cause() {
    let mut wrong = BTreeMap::new();
    let mut seen = BTreeMap::new();
    for log in lab::logs() {
        let pieces = lab::fold_pieces(log, &log.whole(), &[], lab::ROWS);
        for row in lab::figures_of_pieces(log, pieces, lab::ROWS).rows {
            let failed = matches!(row.outcome, "deferred" | "bounced" | "expired");
            let Some(domain) = row.domain.as_deref().filter(|_| failed && row.direction == Direction::Outbound) else {
                continue;
            };
            let Some((name, what, answers)) = PROFILES.iter().find(|(name, ..)| *name == domain) else { continue };
            let cause = row.cause.unwrap_or("none");
            let code = row.reply_code.map(|c| c.to_string()).unwrap_or_default();
            let own = row.reply_code.is_none();
            let right = match answers.iter().find(|(c, _)| *c == code) {
                Some((_, causes)) => causes.contains(&cause),
                None => false,
            };
            // What the sending host says for itself, of any domain.
            let of_host = cause == "expired" && row.outcome == "expired"
                || (own && cause == "unknown" && says_nothing(row.text.as_deref()));
            *seen.entry(*name).or_insert(0) += usize::from(right);
            if !right && !of_host {
                let text = row.text.as_deref().unwrap_or_default();
                let what = format!("{}: {domain} ({what}): {code} {cause}: {text}", log.name);
                *wrong.entry(what).or_insert(0) += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let unseen: Vec<_> = PROFILES.iter().filter(|(name, ..)| seen.get(name).is_none_or(|n| *n == 0)).collect();
    assert!(unseen.is_empty(), "no failure was seen of {unseen:?}");
}
