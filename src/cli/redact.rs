//! `--redact`: the key, and what is done with it.

use std::path::PathBuf;

use mailrake::analyze::Analysis;
use mailrake::fold::partial::Partial;
use mailrake::report::redact::{LEAST_KEY, Redactor};

use super::usage::Usage;

/// Whether addresses are to be seen.
#[derive(Debug, Default, clap::Args)]
pub struct RedactArgs {
    /// Replace local parts of addresses by a keyed hash, in everything that is written
    #[arg(long)]
    pub redact: bool,
    /// Take the key of the hashes from FILE, so that they are the same in every run (implies --redact) [default: a new
    /// key each run]
    #[arg(long, value_name = "FILE")]
    pub redact_key_file: Option<PathBuf>,
}

impl RedactArgs {
    /// What replaces local parts; None where they may be seen.
    pub fn redactor(&self) -> anyhow::Result<Option<Redactor>> {
        let key = match &self.redact_key_file {
            None if !self.redact => return Ok(None),
            None => {
                let mut key = vec![0; 32];
                getrandom::fill(&mut key).map_err(|why| anyhow::anyhow!("--redact: no random key: {why}"))?;
                key
            }
            Some(path) => {
                let make = format!("\n  Make one: head -c 32 /dev/urandom | base64 > {}", path.display());
                let key = std::fs::read(path).map_err(|why| {
                    let make = if why.kind() == std::io::ErrorKind::NotFound { make.as_str() } else { "" };
                    Usage(format!("--redact-key-file: {}: {}{make}", path.display(), reason(&why)))
                })?;
                // An editor's line feed is no part of the key.
                let key = key.trim_ascii_end().to_vec();
                if key.len() < LEAST_KEY {
                    let text = format!("{}: a key has {LEAST_KEY} bytes or more", path.display());
                    return Err(Usage(format!("--redact-key-file: {text}{make}")).into());
                }
                key
            }
        };
        Ok(Redactor::new(&key))
    }
}

/// The figures as they may be seen.
pub fn redact(mut redactor: Redactor, partial: &Partial, analysis: &mut Analysis) {
    redactor.learn(partial);
    redactor.analysis(analysis);
}

fn reason(why: &std::io::Error) -> String {
    match why.kind() {
        std::io::ErrorKind::NotFound => "no such file".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => why.to_string(),
    }
}
