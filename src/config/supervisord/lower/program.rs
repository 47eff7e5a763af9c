//! `[program:x]` and the program half of `[eventlistener:x]` and `[fcgi-program:x]`: one section to the services of its
//! processes (`ServerOptions._processes_from_section`).

use crate::base::Signal;
use crate::base::text::python_repr;
use crate::config::supervisord::environment::pairs;
use crate::config::supervisord::keys::{Key, program as keys};
use crate::config::supervisord::lower::group::{after_colon, checked_name};
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::lower::variables::{self, Variables};
use crate::config::supervisord::lower::{Context, advice, fastcgi};
use crate::config::supervisord::values::path::LogFileValue;
use crate::config::supervisord::{values, words};
use crate::model::{
    AutoRestart, ChannelLog, ChildOutput, CommandLine, Exec, FastCgiSocket, Identity, LogFile, Service,
    StartPolicy, StopPolicy,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Most processes of one configuration: far beyond what a machine runs, few enough to fit into its memory.
pub const MOST_PROCESSES: usize = 1_000_000;

/// What the processes of a section are to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Processes {
    /// Ordinary ones.
    Program,
    /// Event listeners.
    Listener,
    /// FastCGI workers in a group of their own.
    FastCgi,
    /// FastCGI workers in a `[group:x]`.
    GroupedFastCgi,
}

/// What all processes of a section share.
struct Common {
    priority: i64,
    essential: bool,
    start: StartPolicy,
    stop: StopPolicy,
    redirect_stderr: bool,
    stdout: Capture,
    stderr: Capture,
    /// How lines are shown, where the section says it.
    shown: Option<ChildOutput>,
    server_url: Option<String>,
    identity: Option<Arc<Identity>>,
    umask: Option<u32>,
    process_name: Option<String>,
    first: i64,
    count: i64,
    /// The environment, where it is the same for all of them.
    environment: Option<Shared>,
    socket: Option<Arc<FastCgiSocket>>,
}

/// The environment of processes that all have the same.
struct Shared {
    /// What their section adds.
    own: Variables,
    /// With the variables of all programs.
    all: Arc<Variables>,
}

struct Capture {
    max_bytes: i64,
    events: bool,
}

/// The rows of one output channel.
struct Channel {
    log: &'static Key,
    max_bytes: &'static Key,
    backups: &'static Key,
    syslog: &'static Key,
}

const STDOUT: Channel = Channel {
    log: &keys::STDOUT_LOGFILE,
    max_bytes: &keys::STDOUT_LOGFILE_MAXBYTES,
    backups: &keys::STDOUT_LOGFILE_BACKUPS,
    syslog: &keys::STDOUT_SYSLOG,
};

const STDERR: Channel = Channel {
    log: &keys::STDERR_LOGFILE,
    max_bytes: &keys::STDERR_LOGFILE_MAXBYTES,
    backups: &keys::STDERR_LOGFILE_BACKUPS,
    syslog: &keys::STDERR_SYSLOG,
};

/// The services of a section, sorted by name as the original sorts them (`x:10` before `x:2`).
pub(crate) fn processes(context: &Context<'_>, section: &str, group: &str, kind: Processes) -> Vec<Service> {
    let mut reader = Reader::with_here(context, section);
    reader.suffix = format!(
        " in section {} (file: {})",
        python_repr(section),
        python_repr(context.source.file_of(section))
    );
    let program_name = checked_name(&reader, after_colon(section)).unwrap_or_default();
    reader.names.set("program_name", program_name);
    reader.names.set("host_node_name", context.host_name);
    reader.names.set("group_name", group);
    let common = common(&reader, kind);
    let mut services = Vec::new();
    let last = common.first.saturating_add(common.count);
    for number in common.first..last {
        let errors = context.report.errors();
        let service = process(&mut reader, &common, number);
        if context.report.errors() > errors {
            // What is wrong with one process is wrong with the others.
            break;
        }
        services.extend(service);
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

/// Reads what does not depend on the process, in the original's order.
fn common(reader: &Reader<'_>, kind: Processes) -> Common {
    let priority = reader.integer(&keys::PRIORITY).value;
    let autostart = reader.boolean(&keys::AUTOSTART);
    let auto_restart =
        reader.typed(&keys::AUTORESTART, values::auto_restart).unwrap_or(AutoRestart::Unexpected);
    let start_seconds = reader.integer(&keys::STARTSECS).value;
    let retries = reader.integer(&keys::STARTRETRIES).value;
    let signal: Signal = reader.signal(&keys::STOPSIGNAL);
    let wait_seconds = reader.integer(&keys::STOPWAITSECS).value;
    let as_group = reader.boolean(&keys::STOPASGROUP);
    let kill_as_group = reader.typed(&keys::KILLASGROUP, values::boolean).unwrap_or(as_group);
    let exit_codes = reader.typed(&keys::EXITCODES, values::exit_codes).unwrap_or_default();
    let redirect_stderr = reader.boolean(&keys::REDIRECT_STDERR);
    let count = reader.integer(&keys::NUMPROCS).value;
    let first = reader.integer(&keys::NUMPROCS_START).value;
    let capture =
        |max_bytes, events| Capture { max_bytes: reader.bytes(max_bytes), events: reader.boolean(events) };
    let stdout = capture(&keys::STDOUT_CAPTURE_MAXBYTES, &keys::STDOUT_EVENTS_ENABLED);
    let stderr = capture(&keys::STDERR_CAPTURE_MAXBYTES, &keys::STDERR_EVENTS_ENABLED);
    let server_url = reader.text(&keys::SERVERURL).map(std::borrow::Cow::into_owned);
    let identity = reader.user(&keys::USER).map(Arc::new);
    let umask = reader.octal(&keys::UMASK);
    let process_name = process_name(reader, count);
    if as_group && !kill_as_group {
        reader.wrong(&keys::KILLASGROUP, "Cannot set stopasgroup=true and killasgroup=false");
    }
    let grouped = kind == Processes::GroupedFastCgi;
    Common {
        priority,
        essential: reader.boolean(&keys::ESSENTIAL),
        start: StartPolicy { autostart, start_seconds, retries, auto_restart, exit_codes },
        stop: StopPolicy { signal, wait_seconds, as_group, kill_as_group },
        redirect_stderr,
        stdout,
        stderr,
        shown: reader.typed(&keys::LOG_FORMAT, values::child_output),
        server_url: server_url.filter(|url| !is_automatic(url)),
        identity,
        umask,
        process_name,
        first,
        count: affordable(reader, count),
        environment: constant_environment(reader),
        socket: grouped
            .then(|| fastcgi::grouped_socket(reader.context, reader.section))
            .flatten()
            .map(Arc::new),
    }
}

/// `serverurl=AUTO`: the daemon's own address.
fn is_automatic(url: &str) -> bool {
    crate::config::supervisord::python::strip(url).eq_ignore_ascii_case("auto")
}

/// The name before expansion; checked before, not after.
fn process_name(reader: &Reader<'_>, count: i64) -> Option<String> {
    let key = &keys::PROCESS_NAME;
    let name = values::name(reader.raw(key)?).map_err(|message| reader.wrong(key, message)).ok()?;
    if count > 1 && !name.contains("%(process_num)") {
        let message = "%(process_num) must be present within process_name when numprocs > 1";
        reader.error_with_help(key, message, "for example process_name=%(program_name)s_%(process_num)02d");
        return None;
    }
    Some(name)
}

/// The number of processes, if so many can be.
fn affordable(reader: &Reader<'_>, count: i64) -> i64 {
    let sum = reader.context.processes.get().saturating_add(usize::try_from(count).unwrap_or(0));
    if sum <= MOST_PROCESSES {
        reader.context.processes.set(sum);
        return count;
    }
    let message =
        format!("numprocs={count} makes more than the {MOST_PROCESSES} processes that there may be in all");
    reader.error_with_help(&keys::NUMPROCS, &message, "a smaller number");
    0
}

const VARIABLES: variables::Rows =
    variables::Rows { dirs: &keys::ENV_DIR, files: &keys::ENV_FILE, from_files: &keys::ENV_FROM_FILES };

fn constant_environment(reader: &Reader<'_>) -> Option<Shared> {
    let texts = [&keys::ENVIRONMENT, &keys::ENV_DIR, &keys::ENV_FILE, &keys::ENV_FROM_FILES];
    if texts.iter().any(|key| reader.raw(key).is_some_and(|text| text.contains('%'))) {
        return None;
    }
    let mut own = variables::of_files(reader, &VARIABLES)?;
    let text = reader.raw(&keys::ENVIRONMENT).unwrap_or_default();
    own.extend(pairs(text).map_err(|message| reader.wrong(&keys::ENVIRONMENT, message)).ok()?);
    variables::add_secrets(reader, &VARIABLES, &mut own)?;
    let all = if own.is_empty() { Arc::clone(reader.context.global) } else { merged(reader, &own) };
    Some(Shared { own, all })
}

/// The variables of all programs with those of this one over them.
fn merged(reader: &Reader<'_>, own: &Variables) -> Arc<Variables> {
    let mut all = reader.context.global.as_ref().clone();
    all.extend(own.iter().map(|(name, value)| (name.clone(), value.clone())));
    Arc::new(all)
}

/// One process. `None` after an error, which is reported.
fn process(reader: &mut Reader<'_>, common: &Common, number: i64) -> Option<Service> {
    reader.names.set_number("process_num", number);
    reader.names.set_number("numprocs", common.count);
    reader.names.restore_environment();
    let environment = environment(reader, common)?;
    let directory = reader.text(&keys::DIRECTORY).map(|text| PathBuf::from(text.as_ref()));
    let stdout = channel(reader, &STDOUT, &common.stdout);
    let mut stderr = channel(reader, &STDERR, &common.stderr);
    if common.redirect_stderr {
        let is_named =
            matches!(stderr.file, LogFile::Path(_)) || reader.raw(&keys::STDERR_LOGFILE) == Some("");
        if is_named {
            let message = format!(
                "For [{}], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has \
                 been ignored",
                reader.section
            );
            reader.context.report.add_logged(reader.warning(&keys::STDERR_LOGFILE, message));
        }
        stderr.file = LogFile::None;
    }
    let command = command(reader)?;
    let name = reader.expand_again(&keys::PROCESS_NAME, common.process_name.as_deref()?)?;
    let service = Service {
        name,
        priority: common.priority,
        exec: Exec {
            command,
            environment,
            directory,
            umask: common.umask,
            identity: common.identity.clone(),
            server_url: common.server_url.clone(),
        },
        start: common.start.clone(),
        stop: common.stop.clone(),
        essential: common.essential,
        stdout,
        stderr,
        redirect_stderr: common.redirect_stderr,
        shown: common.shown,
        socket: common.socket.clone(),
    };
    if reader.context.advise {
        advice::service(reader, &service);
    }
    Some(service)
}

/// The process's variables. From here on they can be expanded; what a section's earlier process had stays, as there.
fn environment(reader: &mut Reader<'_>, common: &Common) -> Option<Arc<Variables>> {
    if let Some(Shared { own, all }) = &common.environment {
        reveal(reader, own);
        return Some(Arc::clone(all));
    }
    let key = &keys::ENVIRONMENT;
    let mut own = variables::of_files(reader, &VARIABLES)?;
    reveal(reader, &own);
    let text = reader.expand_again(key, reader.raw(key).unwrap_or_default())?;
    own.extend(pairs(&text).map_err(|message| reader.wrong(key, message)).ok()?);
    variables::add_secrets(reader, &VARIABLES, &mut own)?;
    reveal(reader, &own);
    Some(merged(reader, &own))
}

/// Lets variables be expanded.
fn reveal(reader: &mut Reader<'_>, own: &Variables) {
    own.iter().for_each(|(name, value)| reader.names.set(format!("ENV_{name}"), value.as_str()));
}

fn command(reader: &Reader<'_>) -> Option<CommandLine> {
    let key = &keys::COMMAND;
    if reader.raw(key).is_none() {
        reader.wrong(key, format!("program section {} does not specify a command", reader.section));
    }
    let text = reader.text(key)?.into_owned();
    let words = words::split(&text);
    Some(CommandLine { text, words })
}

fn channel(reader: &Reader<'_>, rows: &Channel, capture: &Capture) -> ChannelLog {
    let section = reader.section;
    let value = log_file(reader, rows.log).unwrap_or(LogFileValue::File(LogFile::None));
    let backups = reader.integer(rows.backups).value;
    let max_bytes = reader.bytes(rows.max_bytes);
    let syslog = reader.boolean(rows.syslog);
    let (log, key) = (rows.log.name, rows.syslog.name);
    let (file, syslog) = match value {
        LogFileValue::File(file) => (file, syslog),
        LogFileValue::Syslog => {
            let message = format!(
                "For [{section}], {log}=syslog but this is deprecated and will be removed.  Use {key}=true to enable \
                 syslog instead."
            );
            reader.context.report.add_logged(reader.warning(rows.log, message));
            (LogFile::None, true)
        }
    };
    if file == LogFile::Auto && max_bytes == 0 {
        let message = format!(
            "For [{section}], AUTO logging used for {log} without rollover, set maxbytes > 0 to avoid filling up \
             filesystem unintentionally"
        );
        reader.context.report.add_logged(reader.warning(rows.max_bytes, message));
    }
    ChannelLog {
        file,
        max_bytes,
        backups,
        syslog,
        capture_max_bytes: capture.max_bytes,
        events: capture.events,
    }
}

/// A log file's name is expanded twice; a literal percent sign in it is `%%%%`.
fn log_file(reader: &Reader<'_>, key: &Key) -> Option<LogFileValue> {
    let once = reader.text(key)?;
    let twice = reader.expand_again(key, &once)?;
    values::log_file(&twice, reader.context.world).map_err(|message| reader.wrong(key, message)).ok()
}
