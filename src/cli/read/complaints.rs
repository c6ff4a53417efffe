//! What is told of the inputs that could not be read to their end: to the user at once, and in the report.

use mailrake::analyze::frame::Frame;
use mailrake::fold::inputs::InputFate;
use mailrake::prose::{message, thousands, wrapped};
use mailrake::scan::Scanned;
use mailrake::{Error, ErrorKind};

use super::plan::Plan;
use crate::cli::complain::complain;

/// How wide a terminal is.
const WIDTH: usize = 80;

/// Complains about each of them.  `others` were read.
pub fn tell(unread: &[Error], others: usize, scanned: &Scanned, plan: &Plan) {
    for error in unread {
        let text = in_full(error, others, scanned, &plan.frame);
        // It may quote a line.
        complain(&plan.redactor.as_ref().map_or(text.as_str().into(), |redactor| redactor.text(&text)));
    }
}

/// What could not even be opened is named in the report too.
pub fn name_unopened(unread: &[Error], files: &mut Vec<InputFate>) {
    for error in unread.iter().filter(|error| error.kind() == ErrorKind::Unreadable) {
        let name = name(error);
        if !files.iter().any(|file| file.name == name) {
            files.push(InputFate { name, error: Some(error.what().to_owned()), ..InputFate::default() });
        }
    }
}

/// The input that the error is about, as it was given.
fn name(error: &Error) -> String {
    error.path().map(|path| path.display().to_string()).unwrap_or_default()
}

/// The error, and what it means for the report.
fn in_full(error: &Error, others: usize, scanned: &Scanned, frame: &Frame) -> String {
    match error.kind() {
        ErrorKind::Unreadable => message(&format!("{}{}", error.what(), going_on(others)), error.advice()),
        ErrorKind::EndsEarly => message(error.what(), Some(&what_is_lost(error, scanned, frame))),
        _ => error.to_string(),
    }
}

/// What follows the complaint about one file: `mail.log.9.gz: no such file; going on with the other file`.
fn going_on(others: usize) -> String {
    match others {
        0 => String::new(),
        1 => "; going on with the other file".to_owned(),
        _ => format!("; going on with the other {others} files"),
    }
}

/// `Read 2,113 whole lines up to 2025-03-03 23:58:41; the rest is lost. ...`: of an input that broke off.
fn what_is_lost(error: &Error, scanned: &Scanned, frame: &Frame) -> String {
    let name = name(error);
    let index = scanned.files.iter().position(|file| file.name == name);
    let lines = index.and_then(|index| scanned.partial.health.files.get(&u32::try_from(index).ok()?)).map(|f| f.lines);
    let Some(lines) = lines.filter(|&lines| lines > 0) else {
        return "No line of it could be read. Is the file still being written?".into();
    };
    let read = if lines == 1 { "1 line".to_owned() } else { format!("{} whole lines", thousands(lines)) };
    // Of several files only the last time of all is known.
    let until = match scanned.partial.health.window {
        Some((_, last)) if scanned.files.len() == 1 => {
            let last = frame.time(last);
            format!(" up to {} {}", last.get(..10).unwrap_or_default(), last.get(11..19).unwrap_or_default())
        }
        _ => String::new(),
    };
    let text = format!(
        "Read {read}{until}; the rest is lost. The report says so at its top. Is the file still being written?"
    );
    wrapped(&text, WIDTH)
}
