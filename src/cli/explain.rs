//! `mailrake explain`.

use std::io;
use std::path::Path;

use anyhow::Context;
use mailrake::knowledge::Rules;
use mailrake::report::explain::answer::Stream;
use mailrake::report::explain::{ExplainFormat, subjects, write};
use mailrake::report::text::TextStyle;
use mailrake::{Error, ErrorKind};

use super::args::{Color, ExplainArgs, ExplainAs};
use super::usage::Usage;
use super::{Status, output, terminal};

/// Says what codes, replies and log lines mean; with `-` one text a line from standard input.
pub fn run(args: &ExplainArgs) -> anyhow::Result<Status> {
    let own = own_rules(args.rules.as_deref())?;
    let rules = own.as_ref().unwrap_or_else(|| mailrake::knowledge::rules());
    let style = TextStyle {
        width: terminal::width(),
        ascii: args.ascii || terminal::is_ascii(),
        color: terminal::color(Color::Auto, false),
        ..TextStyle::default()
    };
    if let [dash] = args.codes.as_slice()
        && dash == "-"
    {
        let style = match args.format {
            ExplainAs::Text => Some(style),
            ExplainAs::Json => None,
            ExplainAs::Markdown => {
                return Err(Usage("--format markdown: not for a stream; use text or json".into()).into());
            }
        };
        // What is read may be a log of any size: only the output is kept, line by line.
        output::write(None, |out| Stream::new(rules, style).run(io::stdin().lock(), out))?;
        return Ok(Status::Done);
    }
    let subjects = subjects(&args.codes, rules).map_err(usage)?;
    let format = match args.format {
        ExplainAs::Text => ExplainFormat::Text(style),
        ExplainAs::Json => ExplainFormat::Json,
        ExplainAs::Markdown => ExplainFormat::Markdown,
    };
    output::write(None, |out| write(&subjects, rules, format, out))?;
    Ok(Status::Done)
}

/// The rules of an operator before those of mailrake; None where there are none.
pub fn own_rules(path: Option<&Path>) -> anyhow::Result<Option<Rules>> {
    let Some(path) = path else { return Ok(None) };
    let text = std::fs::read_to_string(path).with_context(|| format!("--rules: {}", path.display()))?;
    let rules = Rules::with_overlay(&text)
        .map_err(|error| Usage(format!("--rules: {}: {}", path.display(), error.to_string().trim_end())))?;
    Ok(Some(rules))
}

fn usage(error: Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::Usage => Usage(error.to_string()).into(),
        _ => error.into(),
    }
}
