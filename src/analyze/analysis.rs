//! The finished figures: everything a report can show, named as in the JSON of schema
//! `mailrake.report/1`.
//!
//! This is data only: it is made by [`build`](super::build) from the merged partial results, and each report
//! format reads it.  JSON serialises it as it stands.  Lists are sorted by their main count, then by
//! key, so that the same log gives the same bytes.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::inputs::LoggedLine;
use super::outcome::Outcome;
use crate::event::Mta;
use crate::knowledge::Move;
use crate::knowledge::detectors::{Kind, Severity};
use crate::smtp::ReplyClass;

/// The name of this shape.
pub const SCHEMA: &str = "mailrake.report/1";

/// A whole report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Analysis {
    /// The name of this shape.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// Who made it.
    pub generator: Generator,
    /// The time it covers.
    pub window: Window,
    /// What was read.
    pub input: Input,
    /// The sums.
    pub totals: Totals,
    /// What became of every recipient of a message.
    pub fates: Fates,
    /// Figures that stand in no other sum.
    pub counted_apart: CountedApart,
    /// By direction, reply code, enhanced code and outcome.
    pub codes: Vec<Code>,
    /// By recipient domain, outbound.
    pub domains: Vec<Domain>,
    /// By code and domain.
    pub code_domains: Vec<CodeDomain>,
    /// By reply text.
    pub reasons: Vec<Reason>,
    /// By who runs the next hop.
    pub providers: Vec<Provider>,
    /// By cause.
    pub causes: Vec<CauseRow>,
    /// What this host refused.
    pub inbound: Inbound,
    /// What waiting did.
    pub retries: Retries,
    /// Behaviour that cannot work.
    pub dead_ends: Vec<DeadEnd>,
    /// Their sums.
    pub dead_end_totals: DeadEndTotals,
    /// What the site leaves alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// What the site left alone up to a day that has come.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignores_expired: Vec<String>,
    /// Over time.
    pub series: Vec<SeriesPoint>,
    /// The sums of the runs before over as long a time, in a row of runs that go on from each other.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// Counters over a row of runs, by the name and labels of their metric.
    #[serde(skip)]
    pub counters: Option<std::collections::BTreeMap<String, u64>>,
}

/// What the runs before counted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Previous {
    /// First line of an MTA.
    pub first: String,
    /// Last line of an MTA.
    pub last: String,
    /// The sums.
    pub totals: Totals,
}

/// Who made the report.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Generator {
    /// `mailrake`.
    pub name: &'static str,
    /// Version of the crate.
    pub version: &'static str,
}

/// The time a report covers.  All times are RFC 3339 with offset.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Window {
    /// First line of an MTA.
    pub first: Option<String>,
    /// Last line of an MTA.
    pub last: Option<String>,
    /// The lower bound that was asked for.
    pub since: Option<String>,
    /// The upper bound that was asked for.
    pub until: Option<String>,
    /// The zone of all times in the report, and of stamps that name none.
    pub timezone: String,
}

/// What was read.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Input {
    /// Each file, in the order of time.
    pub files: Vec<InputFile>,
    /// Bytes after decompression.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines of an MTA: all of an entry of the journal (export, json-pretty) that one wrote.
    pub mail_lines: u64,
    /// Lines of other programs, and lines without an envelope.
    pub other_lines: u64,
    /// Lines of an MTA that no rule knows.
    pub unparsed_lines: u64,
    /// Logging hosts, sorted.
    pub hosts: Vec<String>,
    /// Up to three unparsed lines.
    pub unparsed_examples: Vec<String>,
    /// Lines that carry no event, by kind.
    pub quiet: Vec<QuietKind>,
}

/// How many lines of one kind carried no event.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct QuietKind {
    /// The rule's name.
    pub kind: String,
    /// Lines.
    pub lines: u64,
}

/// One file.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct InputFile {
    /// As named on the command line or found.
    pub name: String,
    /// Bytes after decompression.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines by MTA.
    pub mta: MtaLines,
    /// Lines of an MTA that no rule knows.
    pub unparsed: u64,
    /// Lines over the length limit, of which only the beginning was read.
    pub truncated: u64,
    /// Why it could not be read to its end.
    pub error: Option<String>,
}

/// Lines by MTA.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct MtaLines {
    /// Postfix.
    pub postfix: u64,
    /// Exim.
    pub exim: u64,
    /// Sendmail.
    pub sendmail: u64,
    /// Everything else.
    pub other: u64,
}

/// The sums.  Words are those of the contract, section 2.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Queue ids.
    pub messages: u64,
    /// Recipients of messages (each address of each message once).
    pub recipients: u64,
    /// delivered + deferred + bounced.
    pub attempts: u64,
    /// Deliveries, local ones too.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Attempts that will be repeated.
    pub deferred: u64,
    /// Attempts refused for good.
    pub bounced: u64,
    /// Recipients given up after deferrals.
    pub expired: u64,
    /// Refusals by this host as a server.
    pub rejected: u64,
    /// Of those, 4xx.
    pub rejected_transient: u64,
    /// Hand-overs to a filter or a second queue on this host.
    pub internal_hops: u64,
    /// "Later" lines without an attempt.
    pub skipped: u64,
    /// Recipients accepted and thrown away by a rule.
    pub discarded: u64,
    /// Messages held or frozen.
    pub held: u64,
    /// Recipients with at least one deferral.
    pub recipients_deferred: u64,
    /// Of those: delivered later.
    pub recovered: u64,
    /// Of those: bounced later.
    pub failed: u64,
    /// Of those: given up.
    pub expired_recipients: u64,
    /// Of those: nothing final in the log.
    pub still_queued: u64,
    /// Of those: removed by hand or thrown away.
    pub dropped: u64,
    /// Recipients whose first attempt in the log was a delivery to another host.
    pub delivered_first_try: u64,
}

/// What became of the recipients of messages: each is in exactly one of these sums.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fates {
    /// Delivered to another host by the first attempt in the log.
    pub delivered_first_try: u64,
    /// Delivered to another host after at least one deferral.
    pub delivered_after_deferral: u64,
    /// Delivered into a mailbox, a file or a program of this host.
    pub delivered_local: u64,
    /// Refused for good.
    pub bounced: u64,
    /// Given up after deferrals.
    pub expired: u64,
    /// Taken out of the queue by an administrator.
    pub removed_by_hand: u64,
    /// Accepted and thrown away by a rule.
    pub discarded: u64,
    /// Went on under another queue id of this host: a filter, a second queue, an alias.
    pub handed_on: u64,
    /// Nothing final in the log.
    pub still_queued: u64,
    /// Distinct messages with a recipient that is neither `delivered_local` nor `handed_on`.
    pub messages: u64,
}

impl Fates {
    /// Recipients on other hosts: all but those delivered here or handed on.  The whole of the verdict's rate.
    #[must_use]
    pub fn remote(&self) -> u64 {
        self.reached() + self.bounced + self.expired + self.removed_by_hand + self.discarded + self.still_queued
    }

    /// Those of [`Fates::remote`] that were delivered.
    #[must_use]
    pub fn reached(&self) -> u64 {
        self.delivered_first_try + self.delivered_after_deferral
    }
}

/// Figures that stand in no other sum.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct CountedApart {
    /// Of `totals.delivered_local`: messages of the null sender `<>`, which is what notices are.
    pub local_notices: u64,
    /// Failed logins (SASL) without a refusal of their own.
    pub failed_logins: u64,
}

/// Did we try them, or did they try us?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// This host is the client.
    Outbound,
    /// This host is the server.
    Inbound,
}

impl Direction {
    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outbound => "outbound",
            Self::Inbound => "inbound",
        }
    }
}

// A failure is never positive or delivered: the shapes of these keys name fewer words than their types have.

fn failure_class(_: &mut SchemaGenerator) -> Schema {
    one_of(&[ReplyClass::Transient, ReplyClass::Permanent].map(ReplyClass::as_str))
}

fn failure_outcome(_: &mut SchemaGenerator) -> Schema {
    use Outcome::{Bounced, Deferred, Expired, Rejected};
    one_of(&[Deferred, Bounced, Expired, Rejected].map(Outcome::as_str))
}

fn severity(_: &mut SchemaGenerator) -> Schema {
    one_of(&Severity::ALL.map(Severity::as_str))
}

fn whose(_: &mut SchemaGenerator) -> Schema {
    one_of(&Move::ALL.map(Move::as_str))
}

/// The shape of a text that is one of these words.
fn one_of(words: &[&str]) -> Schema {
    json_schema!({ "type": "string", "enum": words })
}

/// A row of `codes`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Code {
    /// Outbound or inbound.
    pub direction: Direction,
    /// Three digits; null when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// transient or permanent.
    #[schemars(schema_with = "failure_class")]
    pub class: ReplyClass,
    /// deferred, bounced, expired, rejected.
    #[schemars(schema_with = "failure_outcome")]
    pub outcome: Outcome,
    /// Attempts, recipients given up, or refusals.
    pub attempts: u64,
    /// Distinct messages.
    pub messages: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// Distinct domains.
    pub domains: u64,
    /// The cause that most of them have.
    pub cause: String,
    /// What the code means.
    pub meaning: String,
    /// First time seen.
    pub first: String,
    /// Last time seen.
    pub last: String,
}

/// A row of `domains`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Domain {
    /// Lower case; null for recipients without a domain.
    pub domain: Option<String>,
    /// delivered + deferred + bounced.
    pub attempts: u64,
    /// Deliveries.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// Recipients given up.
    pub expired: u64,
    /// Recipients delivered after a deferral.
    pub recovered: u64,
    /// Half of the deliveries took at most so long, in seconds since arrival.
    pub delay_p50: Option<f64>,
    /// 95 % of the deliveries took at most so long.
    pub delay_p95: Option<f64>,
    /// The longest.
    pub delay_max: Option<f64>,
    /// The code seen most, `450 4.7.1`.
    pub top_code: Option<String>,
    /// The cause seen most.
    pub top_cause: Option<String>,
}

/// A row of `code_domains`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CodeDomain {
    /// Outbound or inbound.
    pub direction: Direction,
    /// Three digits; null when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// The recipient's domain; inbound the sender's, `<>` for the null sender.
    pub domain: Option<String>,
    /// deferred, bounced, expired, rejected.
    #[schemars(schema_with = "failure_outcome")]
    pub outcome: Outcome,
    /// Attempts, recipients given up, or refusals.
    pub attempts: u64,
    /// Distinct messages.
    pub messages: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// The cause that most of them have.
    pub cause: String,
    /// First time seen.
    pub first: String,
    /// Last time seen.
    pub last: String,
    /// One reply text, at most 200 characters.
    pub sample: String,
}

/// A row of `reasons`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Reason {
    /// Outbound or inbound.
    pub direction: Direction,
    /// Three digits; null when no server replied.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// The reply with addresses, hosts, ids and times replaced.
    pub template: String,
    /// Why.
    pub cause: String,
    /// Attempts or refusals.
    pub attempts: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// Distinct domains.
    pub domains: u64,
    /// One reply text, at most 200 characters.
    pub sample: String,
}

/// A row of `providers`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Provider {
    /// Who runs the next hop.
    pub provider: String,
    /// Distinct recipient domains.
    pub domains: u64,
    /// delivered + deferred + bounced.
    pub attempts: u64,
    /// Deliveries.
    pub delivered: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// The cause seen most.
    pub top_cause: Option<String>,
}

/// A row of `causes`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct CauseRow {
    /// A word of the taxonomy.
    pub cause: String,
    /// Outbound or inbound.
    pub direction: Direction,
    /// transient or permanent, by the MTA's verdict.
    #[schemars(schema_with = "failure_class")]
    pub class: ReplyClass,
    /// Attempts or refusals.
    pub attempts: u64,
    /// Distinct recipients of messages.
    pub recipients: u64,
    /// Distinct domains.
    pub domains: u64,
    /// Distinct domains of this cause and direction over both classes.
    pub domains_any_class: u64,
    /// Who runs the hosts it comes from, most attempts first; outbound only, and only those that are known.
    pub providers: Vec<CauseProvider>,
    /// Whose move it is: theirs, ours, sender, wait.
    #[schemars(schema_with = "whose")]
    pub whose: Move,
    /// What to do.
    pub advice: String,
    /// What to do in at most 26 characters, for tables; empty where `advice` is short enough.
    pub advice_short: String,
    /// What not to do.
    pub dead_ends: Vec<String>,
}

/// What of a cause comes from one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CauseProvider {
    /// Who runs the hosts.
    pub provider: String,
    /// Attempts that failed for this cause.
    pub attempts: u64,
}

/// What this host refused.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Inbound {
    /// By the client's address.
    pub by_client: Vec<Client>,
    /// By code and reason.
    pub by_reason: Vec<InboundReason>,
    /// What became of clients that our greylisting refused.
    pub greylisting: OurGreylisting,
}

/// What became of clients that this host greylisted.  A triple is client address, sender and recipient.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
pub struct OurGreylisting {
    /// Triples refused.
    pub triples: u64,
    /// Of those, accepted later.
    pub accepted: u64,
    /// Of those, refused once and never seen again.
    pub never_returned: u64,
    /// Of those, whose client has a name: not what bots look like.
    pub named_never_returned: u64,
    /// Refusals of a triple within 300 s of its last.
    pub early_retries: u64,
}

/// A row of `inbound.by_client`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Client {
    /// Address; null where the log names none.
    pub client_ip: Option<String>,
    /// Name as this host found it.
    pub client_name: Option<String>,
    /// Refusals.
    pub rejected: u64,
    /// Of those, 4xx.
    pub transient: u64,
    /// Of those, 5xx.
    pub permanent: u64,
    /// First time seen.
    pub first: String,
    /// Last time seen.
    pub last: String,
}

/// A row of `inbound.by_reason`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct InboundReason {
    /// Three digits; null where the log has none.
    pub reply_code: Option<u16>,
    /// x.y.z.
    pub enhanced_code: Option<String>,
    /// transient or permanent.
    #[schemars(schema_with = "failure_class")]
    pub class: ReplyClass,
    /// The reason with addresses and hosts replaced.
    pub template: String,
    /// Why.
    pub cause: String,
    /// Refusals.
    pub rejected: u64,
    /// One text, at most 200 characters.
    pub sample: String,
}

/// What waiting did.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Retries {
    /// Attempts by the time since the last transient failure of the same sender and recipient.
    pub gaps: Vec<Gap>,
    /// How many chains took how many attempts, and how often the n-th succeeded.
    pub attempts_per_chain: Vec<ChainLength>,
    /// Greylisting by recipient domain.
    pub greylisting: Vec<Greylist>,
    /// When the hosts themselves try again.
    pub schedules: Vec<Schedule>,
}

/// A row of `retries.schedules`: when a host tries again, as its log shows.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Schedule {
    /// The host; null for logs without one.
    pub host: Option<String>,
    /// Who wrote the log.
    pub mta: Mta,
    /// Recipients of messages that were tried at least twice.
    pub chains: u64,
    /// Half of the first retries came within so many seconds.
    pub first_retry_s: u64,
    /// Half of the gaps are at most so many times the gap before.
    pub growth: Option<f64>,
    /// Half of the longest gaps (of recipients tried four times and more) are at most so long, in seconds.
    pub longest_gap_s: Option<u64>,
    /// Nine in ten of the recipients given up after several tries were given up at most so many seconds after they came.
    pub lifetime_s: Option<u64>,
    /// Does it try again too soon: first in less than 5 minutes, or at short gaps that do not grow?
    pub hasty: bool,
    /// Does it do what is advised: no hasty retries, and no giving up in less than 2 days (4 to 5 are advised)?
    pub as_advised: bool,
}

/// A row of `retries.gaps`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Gap {
    /// Shortest gap, in seconds.
    pub from_s: u64,
    /// End of the bucket (not in it), null for the last.
    pub to_s: Option<u64>,
    /// Attempts.
    pub attempts: u64,
    /// Of those delivered.
    pub delivered: u64,
    /// Of those deferred again.
    pub deferred: u64,
    /// Of those bounced.
    pub bounced: u64,
    /// delivered / attempts; null for none.
    pub success_rate: Option<f64>,
}

/// A row of `retries.attempts_per_chain`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChainLength {
    /// The n-th attempt of a recipient of a message.
    pub attempt: u64,
    /// How many recipients had one.
    pub recipients: u64,
    /// How many of these were delivered by it.
    pub delivered: u64,
}

/// A row of `retries.greylisting`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Greylist {
    /// Recipient domain.
    pub domain: String,
    /// Sender-recipient pairs that were greylisted.
    pub chains: u64,
    /// Of those delivered later.
    pub passed: u64,
    /// Longest wait that was still refused, in seconds.
    pub wait_low_s: Option<u64>,
    /// Shortest wait that was let in, in seconds.
    pub wait_high_s: Option<u64>,
    /// Longest wait that was let in, in seconds.
    pub passed_max_s: Option<u64>,
    /// Attempts that came too early.
    pub early_retries: u64,
    /// An early retry starts its wait again.
    pub restarts: bool,
}

/// A finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeadEnd {
    /// A kind of the contract, section 5.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// notice, warning or critical.
    #[schemars(schema_with = "severity")]
    pub severity: Severity,
    /// The attempts or messages the finding is about.
    pub count: u64,
    /// Attempts of these messages, or the attempts themselves.
    pub attempts: u64,
    /// Of those, delivered.
    pub delivered: u64,
    /// Those that could not have worked.
    pub attempts_wasted: u64,
    /// The worse finding that holds all attempts of this one.
    #[schemars(with = "Option<String>")]
    pub within: Option<Kind>,
    /// What happened and what it cost, one or two sentences; empty where `kind` and the items say all.
    pub summary: String,
    /// How often attempts made this way were delivered, here.
    pub success_rate: Option<f64>,
    /// How often attempts that waited were delivered, here.
    pub expected_success_rate: Option<f64>,
    /// How many attempts that waited there were.
    pub expected_attempts: u64,
    /// Of those, delivered.
    pub expected_delivered: u64,
    /// Whose move it is.
    #[schemars(schema_with = "whose")]
    pub whose: Move,
    /// What to do instead.
    pub advice: String,
    /// Where it happened, worst first.
    pub items: Vec<DeadEndItem>,
}

/// Cases of one kind that the site leaves alone for one reason.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Ignored {
    /// A kind of the contract, section 5.
    #[schemars(with = "String")]
    pub kind: Kind,
    /// Cases.
    pub cases: u64,
    /// Attempts in them.
    pub attempts: u64,
    /// Why.
    pub reason: String,
    /// The first day on which it holds no more.
    pub until: Option<String>,
}

/// One case of a finding.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeadEndItem {
    /// Envelope sender.
    pub sender: Option<String>,
    /// Recipient.
    pub recipient: Option<String>,
    /// Recipient domain.
    pub domain: Option<String>,
    /// Next hop.
    pub relay: Option<String>,
    /// First time.
    pub first: String,
    /// Last time.
    pub last: String,
    /// Attempts.
    pub attempts: u64,
    /// Codes seen, `450 4.7.1`.
    pub codes: Vec<String>,
    /// The lines that show it.
    pub evidence: Vec<Evidence>,
}

/// A log line.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Evidence {
    /// File name.
    pub file: String,
    /// Line number in the decompressed text, from 1.
    pub line: u64,
    /// Its time.
    pub time: String,
    /// The queue id it names.
    pub queue_id: Option<String>,
    /// What it says: the reply without the recipient's own address, or the MTA's words after the envelope.
    pub reply: String,
    /// The whole line.
    #[schemars(with = "String")]
    pub text: LoggedLine,
}

/// Sums over findings.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct DeadEndTotals {
    /// Attempts in findings, each once.
    pub attempts: u64,
    /// Attempts wasted, each once.
    pub attempts_wasted: u64,
    /// attempts_wasted / all attempts.
    pub share: Option<f64>,
    /// Findings that are critical.
    pub critical: u64,
    /// Findings that are warnings.
    pub warning: u64,
    /// Findings that are notices.
    pub notice: u64,
}

/// One hour (one day, past 14 days).
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SeriesPoint {
    /// Its beginning.
    pub start: String,
    /// Deliveries.
    pub delivered: u64,
    /// Of those, into mailboxes of this host.
    pub delivered_local: u64,
    /// Deferrals.
    pub deferred: u64,
    /// Bounces.
    pub bounced: u64,
    /// Recipients given up.
    pub expired: u64,
    /// Refusals.
    pub rejected: u64,
}
