//! What each MTA does in its own way, as far as a room above the grammars has to ask.
//!
//! Each field is named after the question, so that no room asks which MTA it is: a new MTA answers here, in one row, and
//! its lines are read in [`crate::mta`].  This file knows no other room but that of ids.  Example: Sendmail writes no line
//! when a message leaves its queue, so [`Habits::end_is_logged`] is false, and its messages end where all their
//! recipients are done.

use crate::ids;

/// The program family that wrote a line.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Mta {
    /// Postfix 2.0 to 3.11.
    Postfix,
    /// Exim 4.50 to 4.99.
    Exim,
    /// Sendmail 8.12 to 8.18.
    Sendmail,
}

impl Mta {
    /// Every MTA that is read, in the order in which reports name them.
    pub const ALL: [Self; 3] = [Self::Postfix, Self::Exim, Self::Sendmail];

    /// The word used in reports and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.habits().name
    }

    /// What it does in its own way.
    #[must_use]
    #[inline]
    pub fn habits(self) -> &'static Habits {
        &HABITS[self as usize]
    }

    const fn row(self) -> Habits {
        match self {
            Self::Postfix => POSTFIX,
            Self::Exim => EXIM,
            Self::Sendmail => SENDMAIL,
        }
    }
}

/// In memory, by number: a question that is asked for each line is to cost no more than one load.
static HABITS: [Habits; Mta::ALL.len()] = {
    let mut rows = [POSTFIX; Mta::ALL.len()];
    let mut next = 0;
    while next < Mta::ALL.len() {
        let mta = Mta::ALL[next];
        rows[mta as usize] = mta.row();
        next += 1;
    }
    rows
};

/// Which line says that an id that is known already names another message from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComesAgain {
    /// None: an id is one message's for ever, and its beginning may be logged behind a delivery.
    Never,
    /// A second beginning.
    AtSecondBeginning,
    /// A beginning behind another one or behind a delivery: nothing of a message is logged before its beginning.
    AtAnyBeginning,
}

/// Reads a time off a queue id.
pub type IdTime = fn(&[u8]) -> Option<i64>;

/// What one MTA does.
#[derive(Debug, Clone, Copy)]
pub struct Habits {
    /// The word used in reports and on the command line.
    pub name: &'static str,
    /// The name as its makers write it.
    pub title: &'static str,

    /// Does a queue id come again?  Only Postfix uses short ids again, as it makes them of an inode and a microsecond;
    /// Sendmail's hold a time, a sequence and a process (8.10 and newer), Exim's a time and a process.  Exim may log a
    /// delivery before the arrival (cutthrough, `>>`).
    pub ids_come_again: ComesAgain,
    /// When the MTA began to receive a message, in seconds since 1970 UTC, where its id always tells: no line of
    /// that message is earlier.  Postfix's short ids do not tell.
    pub id_time: Option<IdTime>,
    /// Does a line say that a message left the queue?  Postfix: `removed`, Exim: `Completed`.  Sendmail writes none below
    /// log level 10, and 9 is its default: a message ends when every recipient that its arrival announced is done.
    pub end_is_logged: bool,
    /// Is an arrival without recipients logged, although nothing went into the queue?  Sendmail writes `from=<a@b>, ...,
    /// nrcpts=0` for a client all of whose recipients it refused, too.
    pub empty_arrival_is_logged: bool,
    /// Is the arrival of a notice logged like that of any other message?  Of Sendmail's notice the first word is the line
    /// of the message that it is about, `QUEUEID: NOTICEID: DSN: ...`.
    pub notice_arrival_is_logged: bool,
    /// May one try for one recipient take several lines, one for each host that was tried?  Sendmail's `to=` lines do.
    pub one_try_may_take_lines: bool,
    /// May the second try follow the first at once?  Sendmail runs its queue at even times (`-q15m`), wherever between
    /// two runs a message came, so a short first gap is its ordinary schedule.  Postfix and Exim wait for each message.
    pub first_retry_may_come_at_once: bool,
    /// Does a refusal come twice in one file, where syslog has it?  Exim writes it to the main log and to the reject log;
    /// through syslog both end up in one file (`syslog_duplication`, on by default).  Its own files never hold both.
    pub refusals_come_twice: bool,
    /// Does a refusal stand before the line that tells the sender and the client?  Sendmail writes `from=` when it is done
    /// with a transaction, and what it refused of it as it went on.
    pub refusals_precede_sender: bool,
    /// May a refusal name a message and not its client?  Postfix's `warning: QUEUEID: message rejected: hopcount exceeded`
    /// is one where a line before tells a client; mail that this host handed in itself is bounced, in lines of its own.
    pub refusals_may_lack_client: bool,
    /// Is a mailbox named by its local part alone where it is delivered to, though by its address where it is deferred?
    /// Exim's `=> root <postmaster@a>` and `== root@a <postmaster@a>`.
    pub mailbox_is_local_part: bool,

    /// Its words for "not tried now".
    pub not_tried_now: &'static str,
    /// What to do to get the schedule that is advised: first after five minutes or more, then at growing gaps.
    pub schedule_remedy: &'static str,
    /// What to do to have it try for five days.
    pub lifetime_remedy: &'static str,

    /// Where it writes a log of its own, below the root; not where syslog writes.
    pub own_logs: &'static [&'static str],
    /// The systemd units under which the journal has it where it logs without a facility (to standard output, say).
    pub journal_units: &'static [&'static str],
    /// The names that it gives itself there.
    pub journal_names: &'static [&'static str],
}

const POSTFIX: Habits = Habits {
    name: "postfix",
    title: "Postfix",
    ids_come_again: ComesAgain::AtAnyBeginning,
    id_time: None,
    end_is_logged: true,
    empty_arrival_is_logged: false,
    notice_arrival_is_logged: true,
    one_try_may_take_lines: false,
    first_retry_may_come_at_once: false,
    refusals_come_twice: false,
    refusals_precede_sender: false,
    refusals_may_lack_client: true,
    mailbox_is_local_part: false,
    not_tried_now: "delivery temporarily suspended",
    schedule_remedy: "set minimal_backoff_time to 300s and maximal_backoff_time to 4000s, and run no postqueue\u{a0}-f by \
                      cron",
    lifetime_remedy: "set maximal_queue_lifetime to 5d",
    // `maillog_file` (3.4) is mostly /var/log/maillog, where syslog writes elsewhere.
    own_logs: &[],
    journal_units: &["postfix.service", "postfix@-.service"],
    journal_names: &["postfix/master"],
};

const EXIM: Habits = Habits {
    name: "exim",
    title: "Exim",
    ids_come_again: ComesAgain::Never,
    id_time: Some(ids::exim),
    end_is_logged: true,
    empty_arrival_is_logged: false,
    notice_arrival_is_logged: true,
    one_try_may_take_lines: false,
    first_retry_may_come_at_once: false,
    refusals_come_twice: true,
    refusals_precede_sender: false,
    refusals_may_lack_client: false,
    mailbox_is_local_part: true,
    not_tried_now: "retry time not reached",
    schedule_remedy: "set the retry rule to F,2h,15m; G,16h,1h,1.5; F,4d,6h, and run no exim\u{a0}-qff by cron",
    lifetime_remedy: "end the retry rule with F,4d,6h",
    own_logs: &[
        "var/log/exim4/mainlog",      // Debian
        "var/log/exim/mainlog",       // FreeBSD, Gentoo, Alpine
        "var/log/exim/main.log",      // Red Hat
        "var/log/exim_mainlog",       // cPanel
        "var/spool/exim/log/mainlog", // Exim's own default
    ],
    journal_units: &["exim4.service", "exim.service"],
    journal_names: &["exim", "exim4"],
};

const SENDMAIL: Habits = Habits {
    name: "sendmail",
    title: "Sendmail",
    ids_come_again: ComesAgain::AtSecondBeginning,
    id_time: None,
    end_is_logged: false,
    empty_arrival_is_logged: true,
    notice_arrival_is_logged: false,
    one_try_may_take_lines: true,
    first_retry_may_come_at_once: true,
    refusals_come_twice: false,
    refusals_precede_sender: true,
    refusals_may_lack_client: false,
    mailbox_is_local_part: false,
    not_tried_now: "queued",
    schedule_remedy: "run the queue with -q15m, and set MinQueueAge to 5m",
    lifetime_remedy: "set Timeout.queuereturn to 5d",
    own_logs: &[],
    journal_units: &["sendmail.service", "sm-client.service"],
    journal_names: &["sendmail", "sm-mta", "sm-msp-queue"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mta_has_its_own_row() {
        let titles = Mta::ALL.map(|mta| mta.habits().title.to_lowercase());
        assert_eq!(titles, Mta::ALL.map(|mta| format!("{mta:?}").to_lowercase()));
        assert_eq!(titles, Mta::ALL.map(|mta| mta.as_str().to_owned()));
    }
}
