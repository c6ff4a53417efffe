//! Where reports go: standard output, files that are replaced whole, folders of tables.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mailrake::analyze::Analysis;
use mailrake::files::{Prepared, prepare, replace_file};
use mailrake::report::{Format, ReportOptions, csv, format, format_of};

use super::args::ReportArgs;
use super::complain::Unwritable;
use super::usage::Usage;

/// Writes to the file, or to standard output where there is none.
pub fn write(to: Option<&Path>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> anyhow::Result<()> {
    match to {
        Some(path) => Ok(replace_file(path, |out| write(out)).map_err(|why| Unwritable::new(path, why))?),
        None => {
            let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
            Ok(write(&mut out).and_then(|()| out.flush()).map_err(to_stdout)?)
        }
    }
}

/// Standard output could not be written.
fn to_stdout(why: io::Error) -> Unwritable {
    Unwritable::new(Path::new("standard output"), why)
}

/// A place that a report goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum To {
    Stdout,
    File(PathBuf),
    /// Every table as a file in this folder.
    Tables(PathBuf),
}

/// All the places that a run's report goes to.
#[derive(Debug)]
pub struct Outputs {
    all: Vec<(To, &'static Format)>,
}

impl Outputs {
    /// What the options say.  Of one output `--format` tells how it is written, else its ending; of several their
    /// endings, and `--format` where they tell nothing.
    pub fn of(args: &ReportArgs) -> Result<Self, Usage> {
        let asked = match &args.format {
            None => None,
            Some(name) => Some(format(name).ok_or_else(|| Usage(format!("--format: no {name}")))?),
        };
        let text = format("text").ok_or_else(|| Usage("--format: no text".into()))?;
        let named = &args.output.output;
        let mut all = Vec::new();
        for path in named {
            let format = match (asked, format_of(path)) {
                (Some(asked), _) if named.len() == 1 => asked,
                (asked, of_ending) => of_ending.or(asked).unwrap_or(text),
            };
            let to = match path {
                _ if path == Path::new("-") => To::Stdout,
                _ if is_folder(path) => To::Tables(path.clone()),
                _ => To::File(path.clone()),
            };
            let format = if to == To::Stdout { asked.unwrap_or(text) } else { format };
            all.push((to, format));
        }
        if all.is_empty() {
            all.push((To::Stdout, asked.unwrap_or(text)));
        }
        if all.iter().filter(|(to, _)| *to == To::Stdout).count() > 1 {
            return Err(Usage("--output: standard output takes one report only".into()));
        }
        let mut files: Vec<&To> = all.iter().map(|(to, _)| to).collect();
        files.sort_by_key(|to| match to {
            To::Stdout => None,
            To::File(path) | To::Tables(path) => Some(path),
        });
        if let Some([To::File(path) | To::Tables(path), _]) = files.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Usage(format!("--output: {} is named twice", path.display())));
        }
        all.extend(args.csv_dir.iter().map(|dir| (To::Tables(dir.clone()), text)));
        let of_one_table = all.iter().find(|(to, format)| format.name == "csv" && !matches!(to, To::Tables(_)));
        match (of_one_table, &args.table) {
            (Some((to, _)), None) => Err(which_table(to, args.csv_dir.as_deref())),
            (None, Some(_)) => Err(Usage("--table goes with --format csv".into())),
            _ => Ok(Self { all }),
        }
    }

    /// Does any report go to standard output?
    #[must_use]
    pub fn any_on_stdout(&self) -> bool {
        self.all.iter().any(|(to, _)| *to == To::Stdout)
    }

    /// Writes all of them.  Each file is written beside its target first, and takes its place only when all could be
    /// written: whatever goes wrong before leaves every old one whole.  With `quiet` nothing is printed.
    pub fn write(&self, analysis: &Analysis, options: &ReportOptions<'_>, quiet: bool) -> anyhow::Result<()> {
        let mut ready: Vec<(&Path, Prepared)> = Vec::new();
        let mut for_stdout = Vec::new();
        let mut plain = *options;
        plain.text.color = false;
        for (to, format) in &self.all {
            match to {
                To::Stdout if quiet => {}
                To::Stdout => (format.write)(analysis, options, &mut for_stdout)?,
                To::File(path) => {
                    let options = if self.all.len() == 1 { options } else { &plain };
                    let prepared = prepare(path, |out| (format.write)(analysis, options, out));
                    ready.push((path, prepared.map_err(|why| Unwritable::new(path, why))?));
                }
                To::Tables(folder) => {
                    std::fs::create_dir_all(folder).map_err(|why| Unwritable::new(folder, why))?;
                    for table in csv::TABLES {
                        let path = folder.join(table).with_extension("csv");
                        let prepared = prepare(&path, |out| csv::write_table(table, analysis, options.csv_raw, out));
                        ready.push((folder, prepared.map_err(|why| Unwritable::new(&path, why))?));
                    }
                }
            }
        }
        for (path, prepared) in ready {
            prepared.put_in_place().map_err(|why| Unwritable::new(path, why))?;
        }
        let mut out = io::stdout().lock();
        Ok(out.write_all(&for_stdout).and_then(|()| out.flush()).map_err(to_stdout)?)
    }
}

/// A file, and standard output, hold one table.
fn which_table(to: &To, all_in: Option<&Path>) -> Usage {
    let what = match to {
        To::File(path) => format!("--output {}: which table?", path.display()),
        _ => "--format csv: which table?".to_owned(),
    };
    let advice = match (all_in, to) {
        (None, _) => "Name it with --table, or take all with --csv-dir DIR.".to_owned(),
        (Some(folder), To::File(_)) => {
            format!("Name it with --table, or leave it away: --csv-dir {} takes all.", folder.display())
        }
        (Some(folder), _) => format!(
            "--csv-dir {} takes all without --format csv, which is for one table on standard output:\n  name that \
             with --table.",
            folder.display()
        ),
    };
    Usage(format!("{what}\n  {advice}"))
}

/// `today.csv.d`, `tables/`, or a folder that is there.
pub fn is_folder(path: &Path) -> bool {
    let ends_so = path.as_os_str().as_encoded_bytes().ends_with(b"/");
    ends_so || path.extension().is_some_and(|ending| ending == "d") || path.is_dir()
}
