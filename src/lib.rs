//! mailrake reads the mail logs of Postfix, Exim and Sendmail and says what was deferred and bounced, why,
//! what to do about it, and which behaviour cannot work: doing again what failed.
//!
//! # The house
//!
//! The way of a line, from the ground up.  A room knows only the rooms below it.
//!
//! | floor | room | takes | gives |
//! | --- | --- | --- | --- |
//! | 0 | [`bytes`] | a text | where a byte stands |
//! | 0 | [`ids`] | a queue id | the time that it holds |
//! | 0 | [`prose`] | a number, advice | how messages to people are written |
//! | 0 | [`files`] | what is to be written | a file that is whole or not there |
//! | 1 | [`habits`] | an MTA | what it does in its own way: the answers to what rooms above the grammars ask |
//! | 1 | [`smtp`] | bytes of a reply, an address | the vocabulary of RFC 5321 and 3463 |
//! | 1 | [`input`] | file names | blocks of whole lines; knows no mail |
//! | 1 | [`envelope`] | a block | entries: time, host, tag, message; knows no MTA |
//! | 2 | [`event`] | | what one line can say, in words that all MTAs share |
//! | 2 | [`knowledge`] | a reply | its cause, what to do, what not to do; data with examples |
//! | 3 | [`mta`] | a message of a line | an event; a pure function of one line |
//! | 3 | [`history`] | events | messages: who sent, to whom, every attempt, the end |
//! | 4 | [`fold`] | messages | what a stretch amounts to: counts that add up, chains of recipients in trouble |
//! | 5 | [`scan`] | inputs | reads, folds on all cores, appends in order; knows every stage up to here |
//! | 5 | [`analyze`] | what all amounts to | causes, dead ends, the finished figures |
//! | 6 | [`report`] | the figures | bytes: text, JSON, CSV, Markdown, HTML, mail, metrics |
//! | 6 | [`state`] | what a run leaves | the next run: what is new, and what is needed to understand it |
//!
//! Never: a grammar that remembers, a stage that prints, a parser that reads a clock, a file or the locale, a
//! report that reads a log, anything here that knows clap, indicatif or anyhow.
//!
//! # The merge law
//!
//! One idea combines partial results, for threads and files and hosts alike: a
//! [`Partial`](fold::partial::Partial) is what a stretch of the log amounts to, and
//! `fold(left).append(fold(right))` is `fold(left and right)` for every cut at a line's end.  What a stretch cannot
//! judge without its past waits in it: fragments of messages, lines that repeat the line before, later pieces of
//! split lines.  What has no order, the counts and the strings, stays with the worker that read it and is summed up
//! when there is much of it, or at the end.
//!
//! # Where we depart from the plan, and why
//!
//! - The instance (`postfix-out`) is no part of a message's key: `syslog_name` is set per service as often as per
//!   instance, and ids of two queues on one host differ (they hold the microsecond and the inode).  See
//!   [`history::key::QueueKey`].
//! - Several hosts' logs of the same days are read side by side, always the one that lags behind, so that what
//!   senders do over two relays is seen with bounded memory.  See [`scan`].
//! - "Distinct recipients" and "distinct messages" of every table come from counted sets of failure cells, so that
//!   any table is a projection.  See [`fold::tally`].
//!
//! - The few lines that a report shows are read from the log once more at the end, by the file that is still open and
//!   the place that is known ([`fold::inputs::LoggedLine`]): copying all that might be shown was most of what was
//!   kept.  A report asks the line what it says, and knows no file.  Lines from pipes and compressed files are copied.
//! - What is kept of recipients in trouble goes to a file without a name in `$TMPDIR` when it is more than some tens of
//!   megabytes, as `sort` does it ([`fold::chains`]): memory does not grow with the log.
//!
//! # Examples
//!
//! One line:
//!
//! ```
//! use mailrake::envelope::{Clock, Content, Reader, TimeRules, Zone};
//! use mailrake::event::{Disposition, Event, Fact};
//!
//! let log = b"2026-03-02T08:00:01+00:00 mx1 postfix/smtp[13]: A1B2C3D4E5: to=<ann@remote.example>, \
//!     relay=mx.remote.example[203.0.113.7]:25, delay=1, delays=0.1/0/0.5/0.4, dsn=4.2.0, \
//!     status=deferred (host mx.remote.example[203.0.113.7] said: 450 4.2.0 Greylisted (in reply to RCPT TO command))\n";
//! let clock = Clock::begin(&TimeRules { zone: Zone::UTC, year: None }, log, &[], 0);
//! let (mut rest, mut scratch) = (&log[..], Vec::new());
//! let entry = Reader::new(clock).next(&mut rest, &mut scratch).unwrap();
//! let Content::Line(line) = entry.content else { panic!() };
//! let parser = mailrake::mta::PARSERS.iter().find(|p| (p.claims)(line.tag, line.message)).unwrap();
//! let Event::Message { id, fact: Fact::Attempt(attempt) } = (parser.parse)(&line) else { panic!() };
//! assert_eq!(id, b"A1B2C3D4E5");
//! assert_eq!(attempt.disposition, Disposition::Deferred);
//! assert_eq!(attempt.reply.code.unwrap().get(), 450);
//! ```
//!
//! Whole files:
//!
//! ```
//! use mailrake::analyze::{build, frame::Frame};
//! use mailrake::fold::partial::FoldOptions;
//! use mailrake::envelope::{TimeRules, Zone};
//! use mailrake::scan::{ScanOptions, scan};
//!
//! let (sources, errors) = mailrake::input::resolve(&["samples/postfix".into()]);
//! assert!(errors.is_empty());
//! let options = ScanOptions {
//!     fold: FoldOptions::default(),
//!     time: TimeRules { zone: Zone::UTC, year: None },
//!     threads: 0,
//!     block_size: 1 << 19,
//!     now: 1_767_225_600_000_000,
//! };
//! let scanned = scan(sources, &options, &|_bytes| {}, &mut |_unparsed| {});
//! let frame = Frame { zone: Zone::UTC, zone_name: "UTC".into(), since: None, until: None };
//! let analysis = build::analysis(&scanned.partial, &scanned.files, &frame, &Default::default());
//! assert!(analysis.totals.delivered > 0);
//! mailrake::report::json::write(&analysis, &mut std::io::sink())?;
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod analyze;
pub mod bytes;
pub mod envelope;
pub mod error;
pub mod event;
pub mod files;
pub mod fold;
pub mod habits;
pub mod history;
pub mod ids;
pub mod input;
pub mod knowledge;
pub mod mta;
pub mod prose;
pub mod report;
pub mod scan;
pub mod smtp;
pub mod state;

pub use error::{Error, ErrorKind, Result};
