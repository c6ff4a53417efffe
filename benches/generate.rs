//! Writes a generated mail log, and the truth about it beside it as LOG.truth.json.
//!
//! ```text
//! cargo run --release --example generate -- SHAPE HOST SIZE LOG [SEED]
//!   SHAPE  postfix, postfix-iso, exim, sendmail
//!   HOST   busy, dense, calm
//!   SIZE   bytes, with K, M or G
//! ```

#[allow(missing_docs, dead_code)]
mod generator;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use generator::{Host, Plan, Shape};

const USAGE: &str = "generate postfix|postfix-iso|exim|sendmail busy|dense|calm SIZE[K|M|G] LOG [SEED]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((plan, path)) = plan(&args) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match write(&plan, path) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn plan(args: &[String]) -> Option<(Plan, &str)> {
    let [shape, host, size, path, seed @ ..] = args else { return None };
    let (_, shape) = Shape::ALL.into_iter().find(|(name, _)| name == shape)?;
    let host = match host.as_str() {
        "busy" => Host::BUSY,
        "dense" => Host::DENSE,
        "calm" => Host::CALM,
        _ => return None,
    };
    let digits = size.trim_end_matches(['K', 'M', 'G']);
    let unit = match &size[digits.len()..] {
        "" => 1,
        "K" => 1000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    };
    let size = digits.parse::<u64>().ok()? * unit;
    let seed = seed.first().map_or(Some(1), |s| s.parse().ok())?;
    Some((Plan { shape, host, size, seed }, path))
}

fn write(plan: &Plan, path: &str) -> io::Result<()> {
    let truth = generator::write(plan, BufWriter::with_capacity(1 << 20, File::create(path)?))?;
    let mut out = BufWriter::new(File::create(format!("{path}.truth.json"))?);
    truth.write(&mut out)?;
    out.flush()
}
