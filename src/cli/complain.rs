//! What the user is told when something is wrong: `mailrake: `, what is wrong with what, then what to do.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use mailrake::report::escape::terminal;

use super::Status;
use super::args::Args;
use super::usage::Usage;

/// A file that could not be written.
#[derive(Debug)]
pub struct Unwritable {
    path: PathBuf,
    why: io::Error,
}

impl Unwritable {
    pub fn new(path: &Path, why: io::Error) -> Self {
        Self { path: path.to_path_buf(), why }
    }

    /// Did the reader of a pipe go away?
    pub fn is_closed_pipe(&self) -> bool {
        self.why.kind() == io::ErrorKind::BrokenPipe
    }
}

/// `/srv/www/mail.html: cannot be written: permission denied`; what the system names besides (the file that is written
/// beside it first) tells the user nothing.
impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        write!(f, "{}: cannot be written: ", self.path.display())?;
        match (self.why.kind(), folder) {
            (io::ErrorKind::NotFound, Some(folder)) => {
                write!(f, "no such directory\n  Make {} first.", folder.display())
            }
            (io::ErrorKind::PermissionDenied, _) => f.write_str("permission denied"),
            (io::ErrorKind::IsADirectory, _) => f.write_str("it is a directory"),
            (io::ErrorKind::StorageFull, _) => f.write_str("no space left"),
            _ => write!(f, "{}", self.why),
        }
    }
}

impl Error for Unwritable {}

/// Writes a message to standard error.
///
/// It may name a file or quote a line that a stranger wrote: whoever made it, no control byte gets to the terminal.
pub fn complain(message: &str) {
    let lines: Vec<_> = message.split('\n').map(|line| terminal(line, false)).collect();
    // Nothing is left to be done where even this fails.
    let _ = writeln!(io::stderr(), "mailrake: {}", lines.join("\n"));
}

/// Says what clap found; help and version are no errors.
pub fn about_usage(error: &clap::Error) -> anyhow::Result<Status> {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        write!(io::stdout(), "{}", error.render())?;
        return Ok(Status::Done);
    }
    Err(Usage(in_our_words(error)).into())
}

/// What clap found, in our words.
pub fn in_our_words(error: &clap::Error) -> String {
    let argument = context(error, ContextKind::InvalidArg);
    let option = bare(&argument);
    let value = context(error, ContextKind::InvalidValue);
    match error.kind() {
        ErrorKind::UnknownArgument => unknown(error, &argument),
        ErrorKind::InvalidValue if value.is_empty() => format!("{option}: a value is missing"),
        ErrorKind::InvalidValue => {
            let known = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(known)) => format!("\n  Use one of: {}.", known.join(", ")),
                _ => String::new(),
            };
            format!("{option}: \"{value}\" is not known{known}")
        }
        ErrorKind::ArgumentConflict => {
            let other = context(error, ContextKind::PriorArg);
            match bare(&other) {
                other if other == option => format!("{option} is given twice\n  Leave one of the two away."),
                other => format!("{option} and {other} do not go together{}", which_one(option, other)),
            }
        }
        ErrorKind::ValueValidation => match error.source().and_then(|why| why.downcast_ref::<Usage>()) {
            Some(why) => format!("{option}: \"{value}\" {why}"),
            None => format!("{option}: \"{value}\" cannot be used\n  \"mailrake --help\" says what it takes."),
        },
        ErrorKind::MissingRequiredArgument => missing(error, option),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => missing(error, "COMMAND"),
        ErrorKind::InvalidSubcommand => {
            let (name, advice) = (command_of(error), one_of(&command(&command_of(error))));
            format!("{name}: \"{}\" is not known{advice}", context(error, ContextKind::InvalidSubcommand))
        }
        _ => {
            let text = error.render().to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}

/// What clap says of the error besides its kind; of several things the first.
fn context(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.first().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// `--top <N>` as `--top`, `[LOG]...` as `LOG`.
fn bare(argument: &str) -> &str {
    let first = argument.split_whitespace().next().unwrap_or_default();
    first.trim_matches(['<', '>', '[', ']', '.'])
}

/// The command that was called, by the line of usage that clap adds; `report` is the one without a name.
fn command_of(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let usage = text.split_once("Usage: mailrake ").map_or("", |(_, usage)| usage);
    let name = usage.split_whitespace().next().unwrap_or_default();
    if Args::command().find_subcommand(name).is_some() { name.to_owned() } else { "report".to_owned() }
}

fn command(name: &str) -> clap::Command {
    Args::command().find_subcommand(name).cloned().unwrap_or_default()
}

/// `"mailrake --help" lists all options.`
fn lists_all(name: &str) -> String {
    let name = if name == "report" { String::new() } else { format!(" {name}") };
    format!("\"mailrake{name} --help\" lists all options.")
}

/// An option that there is not: of this command, or at all.
fn unknown(error: &clap::Error, argument: &str) -> String {
    let name = command_of(error);
    let all = lists_all(&name);
    if !argument.starts_with('-') {
        return format!("{name}: \"{argument}\" is one argument too many\n  {all}");
    }
    let long = argument.strip_prefix("--").unwrap_or_default();
    let has = |name: &&str| command(name).get_arguments().any(|arg| arg.get_long() == Some(long));
    if let Some(other) = ["report", "events", "explain", "config"].into_iter().find(has) {
        return format!("{argument} is no option of {name}\n  It belongs to \"mailrake {other}\". {all}");
    }
    let near = context(error, ContextKind::SuggestedArg);
    let hint = match bare(&near) {
        near if is_slip(argument, near) => format!("Did you mean {near}? "),
        _ => String::new(),
    };
    format!("unknown option {argument}\n  {hint}{all}")
}

/// May somebody have typed the one and meant the other?
fn is_slip(typed: &str, meant: &str) -> bool {
    !meant.is_empty() && (meant.starts_with(typed) || strsim::damerau_levenshtein(typed, meant) <= 1 + typed.len() / 4)
}

/// What a command cannot do without.
fn missing(error: &clap::Error, argument: &str) -> String {
    let name = command_of(error);
    let advice = match (name.as_str(), argument) {
        (_, "--journal") => "\n  --journal-dir DIR goes with it.".to_owned(),
        ("explain", _) => {
            "\n  Try mailrake explain 450, 4.7.1, \"550 5.1.1 User unknown\", greylisted, or a whole line of a log in \
             quotes."
                .to_owned()
        }
        _ => one_of(&command(&name)),
    };
    if argument.starts_with('-') {
        return format!("{argument} is missing{advice}");
    }
    format!("{name}: {argument} is missing{advice}")
}

/// What a command takes: its own commands, or the values of its argument.
fn one_of(command: &clap::Command) -> String {
    let commands = command.get_subcommands().map(|one| one.get_name().to_owned());
    let values = command.get_positionals().flat_map(clap::Arg::get_possible_values);
    let known: Vec<String> = commands.chain(values.map(|value| value.get_name().to_owned())).collect();
    if known.is_empty() { String::new() } else { format!("\n  Use one of: {}.", known.join(", ")) }
}

/// What to do about two options of which only one can be given, where the options do not say it.
fn which_one(option: &str, other: &str) -> &'static str {
    match [option, other].contains(&"--state") {
        // A line outside the window would be read by this run, told by none, and never come again.
        true => {
            "\n  --state counts every line once: what a window leaves out would be lost to it.\n  For a report on a \
             window leave --state away; the state stays as it is."
        }
        false => "",
    }
}
