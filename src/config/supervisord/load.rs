//! One whole reading: find the file, read it and what it includes, lower every section in the original's order, lay the
//! command line over it. Collects everything that is wrong; never stops at the first error.

use crate::config::supervisord::command_line::Overrides;
use crate::config::supervisord::facts::Facts;
use crate::config::supervisord::lower::{Context, advice, control, daemon, group, init, plugin, server};
use crate::config::supervisord::python::{absolute, dirname, join};
use crate::config::supervisord::report::Report;
use crate::config::supervisord::source::{self, Source, Surroundings};
use crate::config::supervisord::unknown;
use crate::config::{Diagnostic, Severity, World, diagnostic::Place};
use crate::model::{Configuration, LogLevel, SupervisorctlSettings};
use indexmap::IndexMap;
use std::cell::Cell;
use std::sync::Arc;

/// What to load.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// `argv[0]`: the search for a file starts beside it.
    pub program: String,
    /// What the command line sets, the file's name among it.
    pub overrides: Overrides,
    /// Also look for commands, folders and logs that are missing or unwritable (`onevisor check`).
    pub advise: bool,
}

/// What loading gave.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration; `None` where there are errors.
    pub configuration: Option<Configuration>,
    /// Everything that was found, in the order in which the original would meet it.
    pub diagnostics: Vec<Diagnostic>,
    /// Lines to log once the log is open, in the original's order.
    pub notes: Vec<(LogLevel, String)>,
    /// The file that was read, as it was named.
    pub file: Option<String>,
    /// What goes to standard error before anything else: root searched for a file.
    pub user_warning: Option<&'static str>,
}

const USER_WARNING: &str = "Supervisord is running as root and it is searching for its configuration file in default \
                            locations (including its current working directory); you probably want to specify a \
                            \"-c\" argument specifying an absolute path to a configuration file for improved security.";

/// Reads a configuration as supervisord does.
#[must_use]
pub fn load(world: &dyn World, request: &Request) -> Loaded {
    let facts = Facts::new(world);
    let report = Report::default();
    let mut user_warning = None;
    let found = match &request.overrides.config_file {
        Some(path) => Ok(path.clone()),
        None => {
            user_warning = (world.uid().0 == 0).then_some(USER_WARNING);
            search(world, &request.program)
        }
    };
    let environment = environment(world);
    let host_name = world.host_name();
    let source = found.and_then(|path| {
        let around =
            Surroundings { world: &facts, report: &report, environment: &environment, host_name: &host_name };
        source::read(&path, &around).map(|source| (path.clone(), source)).map_err(|why| (why, path))
    });
    let (path, source) = match source {
        Ok(found) => found,
        Err((why, path)) => {
            report.add(Diagnostic::error(Place { file: path, ..Place::default() }, why));
            let (diagnostics, notes) = report.finish();
            return Loaded { configuration: None, diagnostics, notes, file: None, user_warning };
        }
    };
    let lowering =
        Lowering { facts: &facts, report: &report, source: &source, host_name: &host_name, path: &path };
    let configuration = lowering.run(&environment, request);
    unknown::report(&source, &report);
    let (diagnostics, mut notes) = report.finish();
    if request.overrides.profile {
        let line = "--profile_options has no effect: there is no Python to profile".to_owned();
        let at = notes.iter().position(|(level, _)| *level < LogLevel::Warn).unwrap_or(notes.len());
        notes.insert(at, (LogLevel::Warn, line));
    }
    let failed = diagnostics.iter().any(|found| found.severity == Severity::Error);
    let configuration = Some(configuration).filter(|_| !failed);
    Loaded { configuration, diagnostics, notes, file: Some(path), user_warning }
}

/// The file that supervisorctl reads when none is named; it can do without.
#[must_use]
pub fn find_control(world: &dyn World, program: &str) -> Option<String> {
    search(world, program).ok()
}

/// Reads what supervisorctl needs. Files that `[include]` names count, which the original does not read; where they are
/// wrong, the main file alone does, so that a bad file of one program does not take the control away.
///
/// # Errors
/// Everything that is wrong in the main file, in the original's order.
pub fn load_control(world: &dyn World, path: &str) -> Result<SupervisorctlSettings, Vec<Diagnostic>> {
    read_control(world, path, source::read).or_else(|_| read_control(world, path, source::read_alone))
}

type ReadSource = fn(&str, &Surroundings<'_>) -> Result<Source, String>;

fn read_control(
    world: &dyn World,
    path: &str,
    read: ReadSource,
) -> Result<SupervisorctlSettings, Vec<Diagnostic>> {
    let facts = Facts::new(world);
    let report = Report::default();
    let environment = environment(world);
    let host_name = world.host_name();
    let around =
        Surroundings { world: &facts, report: &report, environment: &environment, host_name: &host_name };
    let place = Place { file: path.to_owned(), ..Place::default() };
    let source = read(path, &around).map_err(|why| vec![Diagnostic::error(place.clone(), why)])?;
    let here = absolute(dirname(path), &world.current_dir());
    let context = Context {
        source: &source,
        report: &report,
        world: &facts,
        environment: &environment,
        global: &Arc::default(),
        here: &here,
        host_name: "",
        advise: false,
        processes: &Cell::new(0),
    };
    let settings = control::settings(&context);
    if settings.is_none() {
        let message = ".ini file does not include supervisorctl section";
        report.add(Diagnostic::error(place, message).about("supervisorctl", None));
    }
    plugin::check_commands(&context);
    let (diagnostics, _) = report.finish();
    match settings {
        Some(settings) if diagnostics.iter().all(|found| found.severity != Severity::Error) => Ok(settings),
        _ => Err(diagnostics),
    }
}

/// What the original prints before it leaves with 2.
#[must_use]
pub fn usage_error(program: &str, message: &str) -> String {
    format!("Error: {message}\nFor help, use {program} -h\n")
}

/// The message that the original would have stopped at.
#[must_use]
pub fn first_error(diagnostics: &[Diagnostic]) -> Option<&str> {
    let error = diagnostics.iter().find(|found| found.severity == Severity::Error);
    error.map(|found| found.message.as_str())
}

/// What to print under the first error, where the words of the original do not say what to do: the place and the advice.
#[must_use]
pub fn explanation(diagnostics: &[Diagnostic]) -> Option<String> {
    let error = diagnostics.iter().find(|found| found.severity == Severity::Error)?;
    let Diagnostic { place, key, help: Some(help), ours: true, .. } = error else { return None };
    let key = key.as_ref().map_or_else(String::new, |key| format!(" {key}:"));
    Some(format!("{}:{}:{key} {help}", place.file, place.line))
}

/// Every variable with `ENV_` in front.
pub(crate) fn environment(world: &dyn World) -> IndexMap<String, String> {
    world.environment().into_iter().map(|(name, value)| (format!("ENV_{name}"), value)).collect()
}

/// The places where a file is looked for. The second name is ours, and comes after every place of the first.
fn search_paths(program: &str) -> impl Iterator<Item = (bool, String)> {
    let beside = dirname(dirname(program)).to_owned();
    ["supervisord.conf", "supervisor.conf"].into_iter().flat_map(move |name| {
        let original = name == "supervisord.conf";
        [
            join(&join(&beside, "etc"), name),
            join(&beside, name),
            name.to_owned(),
            format!("etc/{name}"),
            format!("/etc/{name}"),
            format!("/etc/supervisor/{name}"),
        ]
        .map(|path| (original, path))
    })
}

fn search(world: &dyn World, program: &str) -> Result<String, (String, String)> {
    if let Some((_, path)) = search_paths(program).find(|(_, path)| world.exists(path)) {
        return Ok(path);
    }
    let tried: Vec<String> =
        search_paths(program).filter(|(original, _)| *original).map(|(_, path)| path).collect();
    let message = format!(
        "No config file found at default paths ({}); use the -c option to specify a config file at a different path",
        tried.join(", ")
    );
    Err((message, String::new()))
}

/// The files are read; what is left is to understand them.
struct Lowering<'a> {
    facts: &'a Facts<'a>,
    report: &'a Report,
    source: &'a Source,
    host_name: &'a str,
    path: &'a str,
}

impl Lowering<'_> {
    fn run(&self, environment: &IndexMap<String, String>, request: &Request) -> Configuration {
        let here = absolute(dirname(self.path), &self.facts.current_dir());
        let processes = Cell::new(0);
        let nothing = Arc::default();
        let start = Context {
            source: self.source,
            report: self.report,
            world: self.facts,
            environment,
            global: &nothing,
            here: &here,
            host_name: self.host_name,
            advise: request.advise,
            processes: &processes,
        };
        let file = daemon::read(&start);
        // From here on the variables of `[supervisord]` can be expanded like those of the process.
        let mut environment = environment.clone();
        for (name, value) in &file.environment {
            environment.insert(format!("ENV_{name}"), value.clone());
        }
        let global = Arc::new(file.environment.clone());
        let context = Context { environment: &environment, global: &global, ..start };
        let rpc_interfaces = plugin::rpc_interfaces(&context);
        let groups = group::groups(&context);
        let servers = server::servers(&context);
        let settings = daemon::settings(&context, file, &request.overrides, Some(self.path));
        if request.advise {
            advice::settings(&context, &settings);
        }
        let init = init::settings(&context);
        let supervisorctl = self.control(&context);
        Configuration { settings, init, groups, servers, rpc_interfaces, supervisorctl }
    }

    /// What the file says to supervisorctl. What is wrong there does not concern the daemon, so it is a warning.
    fn control(&self, context: &Context<'_>) -> Option<SupervisorctlSettings> {
        let report = Report::default();
        let context = Context { report: &report, ..*context };
        let settings = control::settings(&context);
        plugin::check_commands(&context);
        for diagnostic in report.finish().0 {
            self.report.add(Diagnostic { severity: Severity::Warning, ..diagnostic });
        }
        settings
    }
}
