//! The finished figures: everything a report can show, named as in the JSON of schema
//! `mailrake.report/1`.
//!
//! This is data only: it is made by [`build`](super::build) from the merged partial results, and each report
//! format reads it.  JSON serialises it as it stands.  Lists are sorted by their main count, then by
//! key, so that the same log gives the same bytes.

mod dead_ends;
mod inbound;
mod input;
mod retries;
mod tables;
mod words;

use schemars::JsonSchema;
use serde::Serialize;

pub use crate::fold::outcome::Direction;
pub use crate::fold::totals::{CountedApart, Fates, Totals};
pub use dead_ends::{DeadEnd, DeadEndItem, DeadEndTotals, Evidence, Ignored};
pub use inbound::{Client, Inbound, InboundReason, OurGreylisting};
pub use input::{Input, InputFile, MtaLines, QuietKind};
pub use retries::{ChainLength, Gap, Greylist, Retries, Schedule};
pub use tables::{CauseProvider, CauseRow, Code, CodeDomain, Domain, Provider, Reason, SeriesPoint};

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
