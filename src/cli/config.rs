//! The config file: options that need not be given each time, and what the operator says of the site.
//!
//! A key is the long name of an option of `mailrake report` (`quiet_if_clean = true`), so that a new option is a new
//! key by itself; `[thresholds]`, `own_domains`, `own_networks` and `[[ignore]]` are keys of their own.  A value from
//! a file becomes an argument before those of the command line, where none of that name was given there.
//!
//! Flags win over the user's file (`$XDG_CONFIG_HOME/mailrake.toml`), that wins over `/etc/mailrake.toml`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches};
use mailrake::analyze::site::{Ignore, Site};
use mailrake::knowledge::Cause;
use mailrake::knowledge::detectors::{Kind, Thresholds};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::args::{Args, Command};
use super::complain;
use super::explain::own_rules;
use super::output::Outputs;
use super::usage::Usage;

/// The file of the host.
const OF_HOST: &str = "/etc/mailrake.toml";

/// Options that are no keys: they belong to one run.
const OF_ONE_RUN: [&str; 8] = ["help", "version", "config", "since", "until", "day", "last", "threshold"];

/// Keys that are no options.
const TABLES: [&str; 5] = ["logs", "thresholds", "own_domains", "own_networks", "ignore"];

/// What the files say together.
#[derive(Debug, Default)]
pub struct Config {
    /// Options by their long names; `logs` for the inputs.
    settings: BTreeMap<String, Setting>,
    /// `--threshold NAME=N`, the host's file first.
    thresholds: Vec<OsString>,
    /// The site, with all that is ever to be ignored.
    pub site: Site,
    /// The files that were read.
    pub files: Vec<PathBuf>,
}

/// What a file says of an option.
#[derive(Debug)]
struct Setting {
    /// The arguments that say the same.
    arguments: Vec<OsString>,
    /// The file and the line.
    place: String,
}

impl Config {
    /// Reads the file that was named, else the host's and then the user's, as far as they are there.
    pub fn load(named: Option<&Path>) -> Result<Self, Usage> {
        let mut config = Self::default();
        if let Some(path) = named {
            config.read(path)?;
            return Ok(config);
        }
        for path in [Some(PathBuf::from(OF_HOST)), of_user()].into_iter().flatten() {
            if path.exists() {
                config.read(&path)?;
            }
        }
        Ok(config)
    }

    fn read(&mut self, path: &Path) -> Result<(), Usage> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|why| {
            Usage(match why.kind() {
                std::io::ErrorKind::NotFound => format!("{name}: no such file"),
                std::io::ErrorKind::PermissionDenied => format!("{name}: permission denied"),
                _ => format!("{name}: {why}"),
            })
        })?;
        self.take(&name.to_string(), &text)?;
        self.files.push(path.to_path_buf());
        Ok(())
    }

    /// Takes in the text of a file, over what is known.
    fn take(&mut self, name: &str, text: &str) -> Result<(), Usage> {
        let table = DeTable::parse(text).map_err(|error| Usage(format!("{name}: {}", error.to_string().trim_end())))?;
        let file = Text { name, text };
        for (key, value) in table.get_ref() {
            let option = key.get_ref().replace('_', "-");
            match key.get_ref().as_ref() {
                "thresholds" => self.thresholds(file, value)?,
                "own_domains" => self.site.own_domains = file.strings(key, value)?,
                "own_networks" => {
                    let parse = |text: &String| text.parse().map_err(|why: String| file.wrong(key.span(), &why));
                    self.site.own_networks = file.strings(key, value)?.iter().map(parse).collect::<Result<_, _>>()?;
                }
                "ignore" => self.ignores(file, key, value)?,
                "logs" => {
                    let arguments = file.strings(key, value)?.into_iter().map(OsString::from).collect();
                    self.settings.insert(option, Setting { arguments, place: file.place(key.span()) });
                }
                _ if keys().contains(&option) => {
                    let arguments = file.setting(&option, key, value)?;
                    self.settings.insert(option, Setting { arguments, place: file.place(key.span()) });
                }
                unknown => {
                    let known = keys().into_iter().map(|key| key.replace('-', "_"));
                    let known = known.chain(TABLES.map(str::to_owned)).collect::<Vec<_>>();
                    return Err(file.unknown(key.span(), unknown, &known));
                }
            }
        }
        Ok(())
    }

    fn thresholds(&mut self, file: Text<'_>, value: &Spanned<DeValue<'_>>) -> Result<(), Usage> {
        let DeValue::Table(table) = value.get_ref() else {
            return Err(file.wrong(value.span(), "thresholds are a table: [thresholds]"));
        };
        let known: Vec<String> = Thresholds::default().list().into_iter().map(|(name, _)| name).collect();
        for (key, value) in table {
            if !known.contains(&key.get_ref().to_string()) {
                return Err(file.unknown(key.span(), key.get_ref(), &known));
            }
            let number = match value.get_ref() {
                DeValue::Integer(number) => u32::from_str_radix(number.as_str(), number.radix()).ok(),
                _ => None,
            };
            let number = number.filter(|n| Thresholds::default().with(key.get_ref(), *n).is_some());
            let number =
                number.ok_or_else(|| file.wrong(value.span(), &format!("{} needs a number", key.get_ref())))?;
            self.thresholds.push(format!("--threshold={}={number}", key.get_ref()).into());
        }
        Ok(())
    }

    fn ignores(
        &mut self,
        file: Text<'_>,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<(), Usage> {
        let DeValue::Array(list) = value.get_ref() else {
            return Err(file.wrong(key.span(), "what is to be ignored is a list of tables: [[ignore]]"));
        };
        for one in list.iter() {
            let DeValue::Table(table) = one.get_ref() else {
                return Err(file.wrong(one.span(), "what is to be ignored is a list of tables: [[ignore]]"));
            };
            let mut rule = Ignore::default();
            for (key, value) in table {
                let text = || match value.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    DeValue::Datetime(date) if key.get_ref() == "until" => Ok(date.to_string()),
                    _ => Err(file.wrong(value.span(), &format!("{} needs a text in quotes", key.get_ref()))),
                };
                match key.get_ref().as_ref() {
                    "finding" => rule.finding = Some(text()?),
                    "cause" => rule.cause = Some(text()?),
                    "domain" => rule.domain = Some(text()?),
                    "sender" => rule.sender = Some(text()?),
                    "until" => rule.until = Some(text()?),
                    "reason" => rule.reason = text()?,
                    unknown => {
                        let known = ["finding", "cause", "domain", "sender", "until", "reason"].map(str::to_owned);
                        return Err(file.unknown(key.span(), unknown, &known));
                    }
                }
            }
            check(&rule).map_err(|why| file.wrong(one.span(), &why))?;
            self.site.ignore.push(rule);
        }
        Ok(())
    }

    /// The command line with what the files say and it does not.
    pub fn complete(&self, mut arguments: Vec<OsString>, matches: &ArgMatches) -> Vec<OsString> {
        let command = Args::command();
        let (name, given, at) = match matches.subcommand() {
            Some((name, given)) => (name, given, 2),
            None => ("report", matches, 1),
        };
        let Some(command) = command.find_subcommand(name).filter(|_| matches!(name, "report" | "events")) else {
            return arguments;
        };
        let is_given = |id: &str| {
            let has = command.get_arguments().any(|arg| arg.get_id() == id);
            has && given.value_source(id) == Some(ValueSource::CommandLine)
        };
        let mut added = Vec::new();
        for arg in command.get_arguments() {
            let id = arg.get_id().as_str();
            // What cannot go together is not brought together by a file.
            let in_the_way = match id {
                "state" => ["since", "until", "day", "last"].into_iter().any(is_given),
                "journal" | "journal_dir" => is_given("logs"),
                "logs" => is_given("journal"),
                _ => false,
            };
            // Rows have formats of their own, and are not to take the place of a report; nor the lines that it is to
            // count, which a state gives out once.
            let of_report = name == "events" && matches!(id, "format" | "output" | "state");
            if in_the_way || of_report || is_given(id) {
                continue;
            }
            match (id, arg.get_long()) {
                ("logs", _) => added.extend(self.of("logs")),
                ("threshold", _) => added.extend(self.thresholds.iter().cloned()),
                (_, Some(long)) => added.extend(self.of(long)),
                _ => {}
            }
        }
        if is_given("threshold") {
            added.extend(self.thresholds.iter().cloned());
        }
        let at = at.min(arguments.len());
        arguments.splice(at..at, added);
        arguments
    }

    fn of(&self, option: &str) -> Vec<OsString> {
        self.settings.get(option).map(|setting| setting.arguments.clone()).unwrap_or_default()
    }

    /// The site as it is today, a day such as `2026-11-25`.
    pub fn site_on(&self, today: &str) -> Site {
        let mut site = self.site.clone();
        let over = |rule: &Ignore| rule.until.as_deref().is_some_and(|until| until <= today);
        (site.expired, site.ignore) = site.ignore.into_iter().partition(over);
        site
    }

    /// The command line of a report that has no options but those of the files.
    fn matches(&self) -> Result<ArgMatches, Usage> {
        let parse = |arguments: Vec<OsString>| {
            let matches = Args::command().try_get_matches_from(arguments);
            matches.map_err(|error| self.placed(&complain::in_our_words(&error)))
        };
        let bare: Vec<OsString> = ["mailrake", "report"].map(OsString::from).into();
        parse(self.complete(bare.clone(), &parse(bare)?))
    }

    /// A message with the place of the first option of a file that it names.
    fn placed(&self, message: &str) -> Usage {
        let options = message.split_whitespace().filter_map(|word| word.strip_prefix("--"));
        let mut settings = options.filter_map(|word| self.settings.get(word.trim_end_matches([':', ',', '.', ';'])));
        match settings.next() {
            Some(setting) => Usage(format!("{}: {message}", setting.place)),
            None => Usage(message.to_owned()),
        }
    }

    /// Finds what a run with nothing but these options would refuse: options that do not go together, and files that
    /// cannot be used.  Each option by itself was tried when it was read.
    pub fn check(&self) -> Result<(), Usage> {
        let matches = self.matches()?;
        let args = Args::from_arg_matches(&matches).map_err(|error| self.placed(&complain::in_our_words(&error)))?;
        let Some(Command::Report(report)) = args.command else { return Ok(()) };
        Outputs::of(&report).map_err(|why| self.placed(&why.0))?;
        own_rules(report.input.rules.as_deref()).map_err(|why| self.placed(&format!("{why:#}")))?;
        report.input.redact.redactor().map_err(|why| self.placed(&format!("{why:#}")))?;
        Ok(())
    }

    /// Everything with its value, as a file that reads back to the same.
    pub fn dump(&self) -> Result<String, Usage> {
        let matches = self.matches()?;
        let Some((_, matches)) = matches.subcommand() else { return Ok(String::new()) };
        let command = Args::command();
        let mut out = String::new();
        let mut line = |key: &str, value: toml::Value| {
            let _ = writeln!(out, "{} = {value}", key.replace('-', "_"));
        };
        let strings = |list: &[String]| toml::Value::Array(list.iter().cloned().map(toml::Value::String).collect());
        for arg in command.find_subcommand("report").into_iter().flat_map(clap::Command::get_arguments) {
            let id = arg.get_id().as_str();
            let key = if id == "logs" { id } else { arg.get_long().unwrap_or_default() };
            if id != "logs" && !keys().iter().any(|known| known == key) {
                continue;
            }
            if matches!(arg.get_action(), ArgAction::SetTrue) {
                line(key, matches.get_flag(id).into());
                continue;
            }
            let Some(raw) = matches.get_raw(id) else { continue };
            let values: Vec<String> = raw.map(|value| value.to_string_lossy().into_owned()).collect();
            match (arg.get_action(), values.as_slice()) {
                (ArgAction::Append, many) => line(key, strings(many)),
                (_, [one]) => match one.parse::<i64>() {
                    Ok(number) if number.to_string() == *one => line(key, number.into()),
                    _ => line(key, one.clone().into()),
                },
                (_, many) => line(key, strings(many)),
            }
        }
        line("own_domains", strings(&self.site.own_domains));
        let networks: Vec<String> = self.site.own_networks.iter().map(ToString::to_string).collect();
        line("own_networks", strings(&networks));
        let given: Vec<String> = matches.get_many("threshold").into_iter().flatten().cloned().collect();
        let thresholds = super::report::thresholds(&given)?;
        let _ = writeln!(out, "\n[thresholds]");
        for (name, number) in thresholds.list() {
            let _ = writeln!(out, "{name} = {number}");
        }
        for rule in &self.site.ignore {
            let _ = writeln!(out, "\n[[ignore]]");
            let reason = Some(rule.reason.clone());
            let Ignore { finding, cause, domain, sender, until, .. } = rule;
            for (key, value) in [
                ("finding", finding),
                ("cause", cause),
                ("domain", domain),
                ("sender", sender),
                ("until", until),
                ("reason", &reason),
            ] {
                if let Some(value) = value {
                    let _ = writeln!(out, "{key} = {}", toml::Value::String(value.clone()));
                }
            }
        }
        Ok(out)
    }
}

/// The long names of the options that a file may set.
fn keys() -> Vec<String> {
    let command = Args::command();
    let report = command.find_subcommand("report");
    let long = report.into_iter().flat_map(clap::Command::get_arguments).filter_map(clap::Arg::get_long);
    long.filter(|long| !OF_ONE_RUN.contains(long)).map(str::to_owned).collect()
}

fn of_user() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = folder("XDG_CONFIG_HOME").or_else(|| folder("HOME").map(|home| home.join(".config")));
    config.map(|folder| folder.join("mailrake.toml"))
}

/// Is it a rule that can be followed?
fn check(rule: &Ignore) -> Result<(), String> {
    if rule.reason.trim().is_empty() {
        return Err("an [[ignore]] needs a reason: those who come after you will ask".into());
    }
    if [&rule.finding, &rule.cause, &rule.domain, &rule.sender].into_iter().all(Option::is_none) {
        return Err("an [[ignore]] needs a finding, a cause, a domain or a sender".into());
    }
    if let Some(finding) = rule.finding.as_deref()
        && Kind::parse(finding).is_none()
    {
        return Err(format!("{finding} is no finding; use one of: {}", Kind::ALL.map(Kind::as_str).join(", ")));
    }
    if let Some(cause) = rule.cause.as_deref()
        && Cause::parse(cause).is_none()
    {
        return Err(format!("{cause} is no cause; \"mailrake explain CODE\" names them"));
    }
    match rule.until.as_deref().map(|day| chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d")) {
        Some(Err(_)) => Err("until needs a day such as 2027-01-31".into()),
        _ => Ok(()),
    }
}

/// The text of a file, to name places in it.
#[derive(Clone, Copy)]
struct Text<'a> {
    name: &'a str,
    text: &'a str,
}

impl Text<'_> {
    fn place(self, span: std::ops::Range<usize>) -> String {
        let line = self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1;
        format!("{}: line {line}", self.name)
    }

    fn wrong(self, span: std::ops::Range<usize>, why: &str) -> Usage {
        Usage(format!("{}: {why}", self.place(span)))
    }

    fn unknown(self, span: std::ops::Range<usize>, key: &str, known: &[String]) -> Usage {
        let near = known.iter().map(|name| (strsim::damerau_levenshtein(key, name), name)).min();
        let hint =
            near.filter(|(far, _)| *far <= 1 + key.len() / 4).map(|(_, name)| format!("\n  Did you mean {name}?"));
        self.wrong(span, &format!("unknown key {}{}", key.escape_debug(), hint.unwrap_or_default()))
    }

    fn strings(
        self,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<String>, Usage> {
        let one = |value: &DeValue<'_>| match value {
            DeValue::String(text) => Some(text.to_string()),
            _ => None,
        };
        let list = match value.get_ref() {
            DeValue::Array(list) => list.iter().map(|value| one(value.get_ref())).collect(),
            single => one(single).map(|text| vec![text]),
        };
        list.ok_or_else(|| self.wrong(value.span(), &format!("{} needs a list of texts in quotes", key.get_ref())))
    }

    /// The arguments that set an option, which were tried.
    fn setting(
        self,
        option: &str,
        key: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Vec<OsString>, Usage> {
        let place = self.place(key.span());
        let command = Args::command();
        let report = command.find_subcommand("report");
        let arg = report.into_iter().flat_map(clap::Command::get_arguments).find(|a| a.get_long() == Some(option));
        let is_flag = arg.is_some_and(|arg| matches!(arg.get_action(), ArgAction::SetTrue));
        let text = |value: &DeValue<'_>| match value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => {
                i64::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n.to_string())
            }
            _ => None,
        };
        let values = match value.get_ref() {
            DeValue::Boolean(true) if is_flag => return Ok(vec![format!("--{option}").into()]),
            DeValue::Boolean(false) if is_flag => return Ok(Vec::new()),
            _ if is_flag => return Err(Usage(format!("{place}: {} is true or false", key.get_ref()))),
            DeValue::Array(list) => list.iter().map(|value| text(value.get_ref())).collect(),
            single => text(single).map(|text| vec![text]),
        };
        let values: Vec<String> =
            values.ok_or_else(|| Usage(format!("{place}: {} has a value of the wrong kind", key.get_ref())))?;
        let arguments: Vec<OsString> = values.iter().map(|value| format!("--{option}={value}").into()).collect();
        let trial = ["mailrake", "report"].into_iter().map(OsString::from).chain(arguments.iter().cloned());
        let journal = (option == "journal-dir").then(|| OsString::from("--journal"));
        match Args::command().try_get_matches_from(trial.chain(journal)) {
            Ok(_) => Ok(arguments),
            Err(error) => Err(Usage(format!("{place}: {}", complain::in_our_words(&error)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, String> {
        let mut config = Config::default();
        config.take("mailrake.toml", text).map_err(|why| why.0)?;
        Ok(config)
    }

    #[track_caller]
    fn says(text: &str, expected: &str) {
        assert_eq!(
            read(text).unwrap_err().lines().collect::<Vec<_>>().join("\n"),
            format!("mailrake.toml: {expected}")
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        says("top = 5\nquiet_if_claen = true\n", "line 2: unknown key quiet_if_claen\n  Did you mean quiet_if_clean?");
        says(
            "\n\n[thresholds]\nresend_within = 5\n",
            "line 4: unknown key resend_within\n  Did you mean resend_within_s?",
        );
        says("[thresholds]\nresend_within_s = \"5\"\n", "line 2: resend_within_s needs a number");
        says("[thresholds]\nresend_within_s = -5\n", "line 2: resend_within_s needs a number");
        says("top = \"many\"", "line 1: --top: \"many\" cannot be used\n  Use a positive number, or 0 for all rows.");
        says("verbose = 1", "line 1: verbose is true or false");
        says("own_networks = [\"example\"]", "line 1: \"example\" is not a network; use 192.0.2.0/24 or 2001:db8::/32");
        says("since = \"2h\"", "line 1: unknown key since");
        says(
            "\n[[ignore]]\nfinding = \"sender_hop\"\n",
            "line 2: an [[ignore]] needs a reason: those who come after you will ask",
        );
        says("[[ignore]]\nreason = \"x\"\nfindng = \"y\"", "line 3: unknown key findng\n  Did you mean finding?");
        says(
            "[[ignore]]\nreason = \"x\"\nsender = \"y\"\nuntil = \"soon\"",
            "line 1: until needs a day such as 2027-01-31",
        );
        assert!(read("top = ").unwrap_err().contains("line 1"));
    }

    #[test]
    fn a_value_that_no_run_would_take_is_refused_with_its_line() {
        let advice = "is not known\n  Use a name such as Europe/Berlin, or an offset such as +02:00.";
        says("top = 5\ntimezone = \"Mars/X\"", &format!("line 2: --timezone: \"Mars/X\" {advice}"));
        says("timezone = 3", &format!("line 1: --timezone: \"3\" {advice}"));
        says(
            "\nthreads = -1",
            "line 2: --threads: \"-1\" cannot be used\n  Use a positive number, or 0 for one a core.",
        );
        let check = |text: &str| read(text).unwrap().check().map_err(|why| why.0);
        for (text, expected) in [
            ("top = 5\ntable = \"codes\"", "line 2: --table goes with --format csv"),
            ("\noutput = [\"a\", \"a\"]", "line 2: --output: a is named twice"),
            ("top = 5\nrules = \"/no/such/file\"", "line 2: --rules: /no/such/file"),
            ("redact_key_file = \"/no/such/file\"", "line 1: --redact-key-file: /no/such/file: no such file"),
            ("journal_dir = \"/var/log/journal\"", "line 1: "),
            ("logs = [\"a\"]\njournal = true", "line 2: LOG and --journal do not go together"),
            ("format = \"csv\"", "line 1: --format csv: "),
        ] {
            let why = check(text).unwrap_err();
            assert!(why.starts_with(&format!("mailrake.toml: {expected}")), "{text}: {why}");
        }
        check("format = \"csv\"\ntable = \"codes\"\ntimezone = \"-03:30\"\nthreads = 0").unwrap();
    }

    #[test]
    fn the_user_s_file_wins_over_the_host_s_and_flags_over_both() {
        let mut config = read("top = 5\nascii = true\n[thresholds]\nresend_within_s = 1\nretry_within_s = 2").unwrap();
        config.take("user", "top = 7\n[thresholds]\nresend_within_s = 3\n").unwrap();
        let complete = |line: &str| {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let matches = Args::command().try_get_matches_from(arguments.clone()).unwrap();
            let all = config.complete(arguments, &matches);
            all.into_iter().map(|a| a.into_string().unwrap()).collect::<Vec<_>>().join(" ")
        };
        let thresholds = "--threshold=resend_within_s=1 --threshold=retry_within_s=2 --threshold=resend_within_s=3";
        assert_eq!(complete("mailrake x"), format!("mailrake --top=7 --ascii {thresholds} x"));
        assert_eq!(complete("mailrake report --top 9 x"), format!("mailrake report --ascii {thresholds} --top 9 x"));
        assert_eq!(complete("mailrake explain 450"), "mailrake explain 450");
        // The rows of events have no top.
        assert_eq!(complete("mailrake events x"), "mailrake events x");
    }

    #[test]
    fn rows_do_not_go_where_the_report_goes_nor_use_up_its_lines() {
        let text = "format = \"html\"\noutput = \"report.html\"\nstate = \"/var/lib/mailrake/state\"\ncsv_raw = true";
        let config = read(text).unwrap();
        let arguments = ["mailrake", "events", "x"].map(OsString::from).to_vec();
        let matches = Args::command().try_get_matches_from(arguments.clone()).unwrap();
        assert_eq!(config.complete(arguments, &matches), ["mailrake", "events", "--csv-raw", "x"]);
    }

    #[test]
    fn a_dump_reads_back_to_the_same() {
        let text = "top = 7\nquiet_if_clean = true\noutput = [\"a.html\", \"b.prom\"]\ntimezone = \"Europe/Berlin\"\n\
             logs = [\"/var/log/mail.log\"]\nown_domains = [\"example.org\"]\nown_networks = [\"192.0.2.0/24\"]\n\
             [thresholds]\nendless_tries = 9\n[[ignore]]\nfinding = \"no_backoff\"\nuntil = 2027-01-01\n\
             reason = \"a \\\"pager\\\"\"\n";
        let once = read(text).unwrap().dump().unwrap();
        assert!(once.contains("endless_tries = 9\n") && once.contains("top = 7\n"), "{once}");
        assert_eq!(read(&once).unwrap().dump().unwrap(), once);
        let empty = Config::default().dump().unwrap();
        assert_eq!(read(&empty).unwrap().dump().unwrap(), empty);
    }

    #[test]
    fn an_ignore_ends_on_its_day() {
        let config = read("[[ignore]]\nsender = \"a@example.org\"\nreason = \"x\"\nuntil = 2026-11-25\n").unwrap();
        assert_eq!(config.site_on("2026-11-24").ignore.len(), 1);
        assert_eq!(config.site_on("2026-11-25").expired.len(), 1);
    }
}
