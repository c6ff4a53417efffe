//! The program around the library: options, standard streams, exit status.
//!
//! Only here are clap, indicatif and anyhow known, is the environment read, and is anything printed.

mod args;
mod complain;
mod config;
mod events;
mod explain;
mod mail;
mod man;
mod output;
mod progress;
mod read;
mod redact;
mod report;
mod schema;
mod terminal;
mod usage;
mod when;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};
use mailrake::analyze::site::Site;

use args::{Args, Command, ConfigCommand};
use config::Config;

/// The exit status: section 6 of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Done.
    Done = 0,
    /// Done, and `--fail-on` was met.
    Found = 1,
    /// Bad usage.
    Usage = 2,
    /// Done as far as possible, but some input could not be read to its end.
    Incomplete = 3,
    /// Nothing could be read or written at all.
    Nothing = 4,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Runs the program.
pub fn main() -> ExitCode {
    match run(std::env::args_os()) {
        Ok(status) => status.into(),
        Err(error) if is_closed_pipe(&error) => Status::Done.into(),
        Err(error) => {
            let usage = error.downcast_ref::<usage::Usage>().is_some();
            complain::complain(&format!("{error:#}"));
            if usage { Status::Usage.into() } else { Status::Nothing.into() }
        }
    }
}

fn run(arguments: impl Iterator<Item = OsString>) -> anyhow::Result<Status> {
    let arguments: Vec<OsString> = arguments.collect();
    let matches = match Args::command().try_get_matches_from(&arguments) {
        Ok(matches) => matches,
        Err(error) => return complain::about_usage(&error),
    };
    let (matches, site) = match with_config(arguments, matches)? {
        Ok(both) => both,
        Err(error) => return complain::about_usage(&error),
    };
    let mut args = Args::from_arg_matches(&matches).map_err(|error| usage::Usage(error.to_string()))?;
    match &mut args.command {
        None => args.report.input.site = site,
        Some(Command::Report(report)) => report.input.site = site,
        _ => {}
    }
    match args.command {
        Some(Command::Config { what, config }) => about_config(what, config.as_deref()),
        None => report::run(&args.report),
        Some(Command::Report(report)) => report::run(&report),
        Some(Command::Events(events)) => events::run(&events),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Completions { shell }) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "mailrake", &mut script);
            io::stdout().write_all(&script)?;
            Ok(Status::Done)
        }
        Some(Command::Schema(schema)) => schema::run(&schema),
        Some(Command::Man) => man::run(),
    }
}

/// The command line with what the config files say, and what they say of the site.
fn with_config(
    arguments: Vec<OsString>,
    matches: ArgMatches,
) -> Result<Result<(ArgMatches, Site), clap::Error>, usage::Usage> {
    let given = match matches.subcommand() {
        None => &matches,
        Some(("report" | "events", given)) => given,
        Some(_) => return Ok(Ok((matches, Site::nothing()))),
    };
    let named = given.get_one::<std::path::PathBuf>("config");
    let config = Config::load(named.map(std::path::PathBuf::as_path))?;
    if config.files.is_empty() {
        return Ok(Ok((matches, Site::nothing())));
    }
    let arguments = config.complete(arguments, &matches);
    let today = when::today();
    Ok(Args::command().try_get_matches_from(arguments).map(|matches| (matches, config.site_on(&today))))
}

/// `mailrake config check` and `mailrake config dump`.
fn about_config(what: ConfigCommand, named: Option<&std::path::Path>) -> anyhow::Result<Status> {
    let config = Config::load(named)?;
    if what == ConfigCommand::Check {
        config.check()?;
    }
    let dump = config.dump()?;
    let mut out = io::stdout();
    match what {
        ConfigCommand::Dump => out.write_all(dump.as_bytes())?,
        ConfigCommand::Check if config.files.is_empty() => {
            writeln!(out, "There is no config file; all options have their defaults.")?;
        }
        ConfigCommand::Check => {
            config.files.iter().try_for_each(|path| writeln!(out, "{}: fine", path.display()))?;
            for rule in config.site_on(&when::today()).expired {
                writeln!(out, "No longer ignored: {rule}")?;
            }
        }
    }
    Ok(Status::Done)
}

/// Did the reader of our output go away?  That is its right, and no fault.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<complain::Unwritable>().is_some_and(complain::Unwritable::is_closed_pipe)
        || error.chain().any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}
