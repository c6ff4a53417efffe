//! What the user is told when something is wrong: `mailrake: `, what is wrong with what, then what to do.

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use mailrake::report::escape::terminal;

use super::Status;

/// An option with a value that cannot be used.  What reads the value of one option says only what is behind the value.
#[derive(Debug)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

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
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => texts.first().cloned(),
        _ => None,
    };
    let argument = context(ContextKind::InvalidArg).unwrap_or_default();
    let option = argument.split_whitespace().next().unwrap_or_default();
    let value = context(ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let hint = context(ContextKind::SuggestedArg)
                .map(|known| format!("Did you mean {}? ", known.split_whitespace().next().unwrap_or_default()));
            format!("unknown option {argument}\n  {}\"mailrake --help\" lists all options.", hint.unwrap_or_default())
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("{option}: a value is missing"),
        ErrorKind::InvalidValue => {
            let known = match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(known)) => format!("\n  Use one of: {}.", known.join(", ")),
                _ => String::new(),
            };
            format!("{option}: \"{value}\" is not known{known}")
        }
        ErrorKind::ArgumentConflict => {
            let other = context(ContextKind::PriorArg).unwrap_or_default();
            let other = other.split_whitespace().next().unwrap_or_default();
            format!("{option} and {other} do not go together{}", which_one(option, other))
        }
        ErrorKind::ValueValidation => match error.source().and_then(|why| why.downcast_ref::<Usage>()) {
            Some(why) => format!("{option}: \"{value}\" {why}"),
            None => format!("{option}: \"{value}\" cannot be used\n  \"mailrake --help\" says what it takes."),
        },
        _ => {
            let text = error.render().to_string();
            text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned()
        }
    }
}
