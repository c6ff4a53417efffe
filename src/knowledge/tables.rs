//! The words for causes, and what is known about each.

use std::fmt;

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
