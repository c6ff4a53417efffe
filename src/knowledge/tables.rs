//! The words for causes, and what is known about each.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::smtp::{EnhancedCode, ReplyCode};

macro_rules! causes {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Why a recipient was not reached, or a client refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Cause {
            $($(#[$doc])* #[serde(rename = $word)] $name,)*
        }

        impl Cause {
            /// All causes, in the order of the table.
            pub const ALL: [Cause; [$($word),*].len()] = [$(Cause::$name),*];

            /// The word used in reports.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Cause::$name => $word,)* }
            }
        }
    };
}

causes! {
    /// No such mailbox, or it moved for good.
    UserUnknown = "user-unknown",
    /// The mailbox exists but is closed, inactive or suspended.
    MailboxDisabled = "mailbox-disabled",
    /// Over quota.
    MailboxFull = "mailbox-full",
    /// Locked or in use.
    MailboxBusy = "mailbox-busy",
    /// The user or the group refuses this sender.
    RecipientRefused = "recipient-refused",
    /// NXDOMAIN, unroutable domain, wrong domain.
    DomainNotFound = "domain-not-found",
    /// The domain takes no mail: null MX, 521, 556.
    DomainNoMail = "domain-no-mail",
    /// SERVFAIL, DNS timeout.
    DnsFailure = "dns-failure",
    /// Connection refused, no route.
    ConnectRefused = "connect-refused",
    /// No answer from the host.
    ConnectTimeout = "connect-timeout",
    /// The session broke part-way.
    ConnectionLost = "connection-lost",
    /// STARTTLS, certificate or DANE failed.
    TlsFailure = "tls-failure",
    /// Our address or network is on a blocklist or has a bad name.
    BlocklistedIp = "blocklisted-ip",
    /// PTR missing or wrong, bad HELO.
    NoReverseDns = "no-reverse-dns",
    /// SPF, DKIM, DMARC or ARC failed or missing.
    SenderAuthFailed = "sender-auth-failed",
    /// Refused as spam or bulk.
    SpamContent = "spam-content",
    /// A virus or a forbidden attachment.
    Virus = "virus",
    /// A local rule with no better reason.
    Policy = "policy",
    /// The sender address does not exist, is blocked or suspended.
    SenderRefused = "sender-refused",
    /// Deferred by intent; a later retry passes.
    Greylisted = "greylisted",
    /// Too many messages, connections or recipients.
    RateLimited = "rate-limited",
    /// Log in first, or the login was refused.
    AuthRequired = "auth-required",
    /// That host takes no mail for this domain.
    RelayDenied = "relay-denied",
    /// Over the size limit.
    TooLarge = "too-large",
    /// A fault in header, MIME or encoding.
    MessageMalformed = "message-malformed",
    /// Bad sequence, syntax, unknown command.
    ProtocolError = "protocol-error",
    /// Too many hops, or mail loops back.
    Loop = "loop",
    /// Their system's fault.
    RemoteError = "remote-error",
    /// Our system's fault.
    LocalError = "local-error",
    /// Given up after the queue lifetime.
    Expired = "expired",
    /// Not tried: held, frozen, queue-only.
    HeldLocally = "held-locally",
    /// No reason readable.
    Unknown = "unknown",
}

impl Cause {
    /// The cause of this word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == word)
    }

    /// A 4xx for this is a wrong code: no retry can cure it.
    #[must_use]
    pub fn is_never_cured_by_waiting(self) -> bool {
        matches!(self, Self::UserUnknown | Self::MailboxDisabled | Self::DomainNoMail)
    }

    /// A 5xx for this is a wrong code: a retry would have cured it.
    #[must_use]
    pub fn is_cured_by_waiting(self) -> bool {
        matches!(self, Self::Greylisted | Self::MailboxBusy)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Who acts next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Move {
    /// The far side.
    Theirs,
    /// Whoever runs the sending server.
    Ours,
    /// Whoever wrote the message.
    Sender,
    /// Nobody: the queue comes back by itself.
    Wait,
}

impl Move {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Theirs, Self::Ours, Self::Sender, Self::Wait];

    /// The word used in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Theirs => "theirs",
            Self::Ours => "ours",
            Self::Sender => "sender",
            Self::Wait => "wait",
        }
    }
}

/// What is known about a cause.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CauseInfo {
    name: String,
    /// `permanent`, `transient`, `transient, then permanent`, ...
    pub nature: String,
    /// Whose fault or configuration it is: `recipient`, `our reputation`, ...
    pub whose: String,
    /// Whose move is next.
    #[serde(rename = "move")]
    pub move_: Move,
    /// What it means, in a line.
    pub meaning: String,
    /// What helps, short enough for a table.
    pub advice: String,
    /// Its name in a sentence: `an unknown user`.
    pub in_sentence: String,
    /// Its name in a list: `unknown user`.
    pub in_list: String,
    /// What stands over a single failure.
    pub headline: String,
    /// What follows from it, in a sentence.
    pub verdict: String,
    /// What happened, with `{host}` for the server and `{who}` for the recipient.
    pub happened: String,
    /// When one sees it.
    pub when: String,
    /// Where it comes from.
    pub roots: Vec<String>,
    /// What to do.
    #[serde(rename = "do")]
    pub do_: Vec<String>,
    /// What not to do.
    pub dont: Vec<Dont>,
    /// How long to wait.
    pub wait: String,
}

/// Something not to do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Dont {
    /// What somebody might do.
    pub what: String,
    /// Why it does not help.
    pub why: String,
}

/// Who refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refuser {
    /// The far side, or what stood in for it.
    Them,
    /// This host, as a server.
    Us,
}

/// What is to be said of a cause: one and the same cause is another's move, and wants another remedy, where it was we who
/// refused.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Words {
    /// Whose move is next.
    pub move_: Move,
    /// What it means, in a line.
    pub meaning: &'static str,
    /// What helps, short enough for a table.
    pub advice: &'static str,
    /// What to do.
    pub do_: &'static [String],
    /// What not to do.
    pub dont: &'static [Dont],
}

/// The words of a cause for whoever refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    name: String,
    #[serde(rename = "move")]
    move_: Move,
    meaning: String,
    advice: String,
    #[serde(rename = "do")]
    do_: Vec<String>,
    dont: Vec<Dont>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct RefusedFile {
    refused: Vec<Refused>,
}

/// What a reply code means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CodeInfo {
    /// The three digits.
    pub code: u16,
    /// What it means, in a line.
    pub meaning: String,
    /// Where it is defined; `none` for codes that are seen but not registered.
    pub source: String,
}

/// What an enhanced code means, without its class.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct EnhancedInfo {
    subject: u16,
    detail: u16,
    /// What it means, in a line.
    pub meaning: String,
    /// Where it is defined.
    pub source: String,
}

/// All there is to say about one of the reply codes that are misread most.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Reference {
    code: u16,
    /// A title of a few words.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// When it appears.
    pub appears: Vec<String>,
    /// How to fix it.
    pub fix: Vec<String>,
    /// Transient or permanent.
    pub nature: String,
    /// What a mail server does that receives it.
    pub mta: String,
    /// When a server should give it.
    pub server: String,
    /// What it is mistaken for.
    pub confusions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CauseFile {
    cause: Vec<CauseInfo>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct CodeFile {
    reply: Vec<CodeInfo>,
    subject: Vec<Subject>,
    enhanced: Vec<EnhancedInfo>,
    vendor: Vec<Vendor>,
    reference: Vec<Reference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    number: u16,
    meaning: String,
}

/// Details that a vendor made up.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendor {
    subject: u16,
    from: u16,
    to: u16,
    meaning: String,
}

// Tests read these files; they are part of the program.
static CAUSES: LazyLock<Vec<CauseInfo>> = LazyLock::new(|| {
    let mut causes = toml::from_str::<CauseFile>(include_str!("causes.toml")).map_or_else(|_| Vec::new(), |f| f.cause);
    causes.sort_by_key(|c| Cause::parse(&c.name));
    causes
});

static REFUSED: LazyLock<Vec<Refused>> = LazyLock::new(|| {
    let mut causes = toml::from_str::<RefusedFile>(include_str!("refused.toml")).unwrap_or_default().refused;
    causes.sort_by_key(|c| Cause::parse(&c.name));
    causes
});

static CODES: LazyLock<CodeFile> = LazyLock::new(|| toml::from_str(include_str!("codes.toml")).unwrap_or_default());

static NOTHING: LazyLock<CauseInfo> = LazyLock::new(|| CauseInfo {
    name: String::new(),
    nature: String::new(),
    whose: String::new(),
    move_: Move::Theirs,
    meaning: String::new(),
    advice: String::new(),
    in_sentence: String::new(),
    in_list: String::new(),
    headline: String::new(),
    verdict: String::new(),
    happened: String::new(),
    when: String::new(),
    roots: Vec::new(),
    do_: Vec::new(),
    dont: Vec::new(),
    wait: String::new(),
});

impl Cause {
    /// What is known about it.
    #[must_use]
    pub fn info(self) -> &'static CauseInfo {
        CAUSES.get(self as usize).unwrap_or(&NOTHING)
    }

    /// What is to be said of it.
    #[must_use]
    pub fn words(self, by: Refuser) -> Words {
        match (by, REFUSED.get(self as usize)) {
            (Refuser::Us, Some(Refused { move_, meaning, advice, do_, dont, .. })) => {
                Words { move_: *move_, meaning, advice, do_, dont }
            }
            _ => {
                let CauseInfo { move_, meaning, advice, do_, dont, .. } = self.info();
                Words { move_: *move_, meaning, advice, do_, dont }
            }
        }
    }
}

/// What a reply code means.
#[must_use]
pub fn reply_code_meaning(code: ReplyCode) -> Option<&'static CodeInfo> {
    CODES.reply.iter().find(|c| c.code == code.get())
}

/// The long entry of a reply code, for those that have one.
#[must_use]
pub fn reference(code: ReplyCode) -> Option<&'static Reference> {
    CODES.reference.iter().find(|r| r.code == code.get())
}

/// What an enhanced code means: by the registry, by what a vendor says, or by its subject.
#[must_use]
pub fn enhanced_meaning(code: EnhancedCode) -> Option<&'static str> {
    if let Some(known) = enhanced_info(code) {
        return Some(&known.meaning);
    }
    let (subject, detail) = (code.subject(), code.detail());
    let vendor = CODES.vendor.iter().find(|v| v.subject == subject && (v.from..=v.to).contains(&detail));
    vendor
        .map(|v| v.meaning.as_str())
        .or_else(|| CODES.subject.iter().find(|s| s.number == subject).map(|s| s.meaning.as_str()))
}

/// The registry's entry of an enhanced code, where there is one.
#[must_use]
pub fn enhanced_info(code: EnhancedCode) -> Option<&'static EnhancedInfo> {
    CODES.enhanced.iter().find(|e| e.subject == code.subject() && e.detail == code.detail())
}

/// One line for a table of codes: what this reply meant here.  The cause, as it was told from the text,
/// says more than the codes.
#[must_use]
pub fn meaning(reply: Option<ReplyCode>, enhanced: Option<EnhancedCode>, cause: Cause, by: Refuser) -> String {
    if cause != Cause::Unknown {
        return cause.words(by).meaning.to_owned();
    }
    let enhanced = enhanced.filter(|e| e.detail() != 0).and_then(enhanced_meaning);
    let reply = || reply.and_then(reply_code_meaning).map(|c| c.meaning.as_str());
    enhanced.or_else(reply).unwrap_or(&Cause::Unknown.info().meaning).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_is_known() {
        let file: CauseFile = toml::from_str(include_str!("causes.toml")).unwrap();
        assert_eq!(file.cause.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            let info = cause.info();
            assert_eq!(info.name, cause.as_str());
            assert!((4..=28).contains(&info.advice.len()), "{cause}: {}", info.advice);
            assert!(!info.in_sentence.is_empty() && !info.in_list.is_empty(), "{cause}");
            assert!(!info.headline.is_empty() && info.verdict.ends_with('.') && info.happened.contains("{who}"));
            assert!(!info.roots.is_empty() && !info.do_.is_empty() && !info.dont.is_empty(), "{cause}");
        }
    }

    #[test]
    fn every_cause_has_words_for_whoever_refused() {
        let file: RefusedFile = toml::from_str(include_str!("refused.toml")).unwrap();
        assert_eq!(file.refused.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            let (theirs, ours) = (cause.words(Refuser::Them), cause.words(Refuser::Us));
            assert_eq!(REFUSED[cause as usize].name, cause.as_str());
            assert_eq!((theirs.move_, theirs.meaning), (cause.info().move_, cause.info().meaning.as_str()));
            assert!((4..=28).contains(&ours.advice.len()), "{cause}: {}", ours.advice);
            assert!(!ours.do_.is_empty() && !ours.dont.is_empty(), "{cause}");
            assert!(ours.dont.iter().all(|d| !d.what.is_empty() && !d.why.is_empty()), "{cause}");
            // What the refused one is told of its own address, name and programs is not what the refuser is to hear.
            assert!(cause == Cause::Unknown || ours.meaning != theirs.meaning, "{cause}");
            for text in [ours.meaning, ours.advice] {
                assert!(!["our address", "their system", "rule of theirs"].iter().any(|words| text.contains(words)));
            }
        }
        assert_eq!(Cause::BlocklistedIp.words(Refuser::Us).move_, Move::Theirs);
        assert_eq!(Cause::BlocklistedIp.words(Refuser::Them).move_, Move::Ours);
    }

    #[test]
    fn codes_have_meanings() {
        let _: CodeFile = toml::from_str(include_str!("codes.toml")).unwrap();
        let reply = |c| reply_code_meaning(ReplyCode::new(c).unwrap()).map(|c| c.source.as_str());
        assert_eq!(reply(450), Some("RFC 5321 4.2.2"));
        assert_eq!(reply(556), Some("RFC 7504 3"));
        assert_eq!(reply(599), None);
        let enhanced = |c: &str| enhanced_meaning(EnhancedCode::parse(c.as_bytes()).unwrap());
        assert_eq!(enhanced("5.1.1"), Some("no such mailbox"));
        assert_eq!(enhanced("4.7.652"), Some("Exchange Online: its own policies; 4.7.500 to 4.7.699 is throttling"));
        assert_eq!(enhanced("5.2.77"), Some("the mailbox"));
        for code in [450, 503, 530, 550, 554] {
            assert!(reference(ReplyCode::new(code).unwrap()).is_some(), "{code}");
        }
    }

    /// RFC 5321 and its extensions, RFC 3463 and the registry of enhanced codes.
    #[test]
    fn every_registered_code_is_known_with_its_source() {
        let replies = [
            211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 422, 432, 450, 451, 452, 453, 454, 455, 458, 459,
            500, 501, 502, 503, 504, 521, 523, 524, 525, 530, 533, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555,
            556,
        ];
        for code in replies {
            let known = reply_code_meaning(ReplyCode::new(code).unwrap()).unwrap_or_else(|| panic!("{code}"));
            let seen_only = [422, 533, 541].contains(&code);
            assert_eq!(known.source == "none", seen_only, "{code}");
            assert!(seen_only || known.source.contains("RFC "), "{code}: {}", known.source);
        }
        let details = [(0, 0), (1, 10), (2, 4), (3, 6), (4, 7), (5, 6), (6, 10), (7, 30)];
        for (subject, last) in details {
            for detail in 0..=last {
                let code = EnhancedCode::parse(format!("5.{subject}.{detail}").as_bytes()).unwrap();
                let known = enhanced_info(code).unwrap_or_else(|| panic!("{code}"));
                let source = known.source.starts_with("RFC ") || known.source.starts_with("draft-");
                assert!(source && !known.meaning.is_empty(), "{code}");
            }
        }
        for code in [450, 503, 530, 550, 554] {
            let long = reference(ReplyCode::new(code).unwrap()).unwrap();
            assert!(long.appears.len() >= 3 && long.fix.len() >= 3 && long.confusions.len() >= 3, "{code}");
            for text in [&long.title, &long.meaning, &long.nature, &long.mta, &long.server] {
                assert!(text.len() > 15, "{code}: {text}");
            }
        }
        for cause in Cause::ALL {
            let info = cause.info();
            for text in [&info.meaning, &info.when, &info.wait, &info.nature, &info.whose] {
                assert!(!text.is_empty(), "{cause}");
            }
            assert!(info.dont.iter().all(|d| !d.what.is_empty() && !d.why.is_empty()), "{cause}");
        }
    }

    #[test]
    fn a_line_says_what_the_reply_meant() {
        let code = ReplyCode::new(450);
        let enhanced = EnhancedCode::parse(b"4.2.0");
        let meaning = |reply, enhanced, cause| meaning(reply, enhanced, cause, Refuser::Them);
        assert_eq!(meaning(code, enhanced, Cause::Greylisted), "put off on purpose; a later retry passes");
        assert_eq!(meaning(code, enhanced, Cause::Unknown), "mailbox not available now: busy, put off, or policy");
        assert_eq!(meaning(None, EnhancedCode::parse(b"5.1.1"), Cause::Unknown), "no such mailbox");
        assert_eq!(meaning(None, None, Cause::Unknown), "no reason readable");
    }
}
