//! From a configuration to the running loop, in the order of the original (`supervisor/supervisord.py`, `main`): user,
//! limits, log, old logs, background, pid file, loop; and once more after a restart.

use crate::base::text::{python_repr, reason};
use crate::base::{MachineEnd, Uid};
use crate::model::{ActivityTarget, Configuration, Identity, LogLevel, Server, Settings};
use crate::runtime::activity_log::ActivityLog;
use crate::runtime::auto_logs;
use crate::runtime::background;
use crate::runtime::companion::Companion;
use crate::runtime::daemon::{Daemon, End, Over, Parts, Remains};
use crate::runtime::fastcgi::Sockets;
use crate::runtime::fresh::{Fresh, Loader};
use crate::runtime::http::Listener;
use crate::runtime::leniency::Leniency;
use crate::runtime::pid_file::PidFile;
use crate::runtime::role::Role;
use crate::runtime::signals::caught;
use crate::runtime::strays;
use crate::sys::daemonize::{self, ParentWaits};
use crate::sys::limits::{self, Limit, Raised};
use crate::sys::signals::SignalInbox;
use crate::sys::{identity, process, signals, surroundings};
use std::fmt;

/// Why the daemon did not start. Printed as `Error: …`; the exit status is 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartError(pub String);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

const RUNNING_AS_ROOT: &str = "Supervisor is running as root.  Privileges were not dropped because no user is \
                               specified in the config file.  If you intend to run as root, you can set user=root \
                               in the config file to avoid this message.";

/// Runs the daemon until it is shut down; the exit status. Returns at once in the process that only started a background daemon.
///
/// # Errors
/// What keeps the daemon from starting.
pub fn supervise(fresh: Fresh, loader: Loader) -> Result<u8, StartError> {
    lives(fresh, loader, Role::Service).map(|over| over.status)
}

/// How the daemon of a machine ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineOver {
    /// Everything is stopped, and this is to become of the machine.
    End(MachineEnd),
    /// It made too many mistakes. Its programs may still run.
    GaveUp,
}

/// Runs the daemon as the init of a machine until the machine is to end, and in which way. Where that was asked for by other
/// means than a signal, as by `supervisorctl shutdown`, it is to be switched off.
///
/// # Errors
/// What keeps the daemon from starting, the first time or after a restart; nothing is running then.
pub fn supervise_machine(
    fresh: Fresh,
    loader: Loader,
    companion: Box<dyn Companion>,
) -> Result<MachineOver, StartError> {
    let over = lives(fresh, loader, Role::Machine(companion))?;
    Ok(match over.gave_up {
        true => MachineOver::GaveUp,
        false => MachineOver::End(over.asked.unwrap_or(MachineEnd::PowerOff)),
    })
}

fn lives(fresh: Fresh, loader: Loader, role: Role) -> Result<Over, StartError> {
    daemonize::fill_standard_descriptors();
    signals::ignore_write_signals();
    let signals = SignalInbox::new(&caught(&role))
        .map_err(|error| StartError(format!("cannot catch signals: {error}", error = reason(&error))))?;
    signals::unblock_all();
    let mut life = one_life(fresh, loader, role, signals, Vec::new(), None)?;
    while let Some(Remains { end, loader, role, signals, sockets, next_event }) = life {
        match end {
            End::Restart(next) => {
                life = one_life(*next, loader, role, signals, sockets, Some(next_event))?;
            }
            End::Shutdown(over) => {
                sockets.iter().for_each(|(_, listener)| listener.remove_file());
                return Ok(over);
            }
        }
    }
    Ok(Over { status: 0, asked: None, gave_up: false })
}

/// From start to stop. `None` in the parent of a background daemon. `next_event` is what the life before left of its numbers;
/// the first life has none before it.
fn one_life(
    fresh: Fresh,
    loader: Loader,
    mut role: Role,
    signals: SignalInbox,
    sockets: Vec<(Server, Listener)>,
    next_event: Option<u64>,
) -> Result<Option<Remains>, StartError> {
    let first = next_event.is_none();
    let Fresh { mut configuration, mut notes } = fresh;
    let leniency = Leniency::here();
    // The end of the first process is the end of everything: it has nowhere to go to the background.
    configuration.settings.nodaemon |= surroundings::is_first_process();
    let settings = &configuration.settings;
    if !role.is_machine() {
        let identity = take_identity(settings.identity.as_ref(), &mut notes);
        leniency.without(identity, &mut notes)?;
    } else if settings.identity.is_some() {
        let line = "user= of [supervisord] is ignored: the init of a machine stays root";
        notes.push((LogLevel::Warn, line.to_owned()));
    }
    if first {
        raise_limits(settings, leniency, &mut notes)?;
    }
    let log = leniency.without(open_log(settings), &mut notes)?;
    let mut log = log.unwrap_or_else(|| ActivityLog::to_standard_output(&settings.log));
    log_notes(&mut log, &notes);
    if !settings.no_cleanup {
        for trouble in auto_logs::delete_old(&settings.child_log_dir, &settings.identifier) {
            log.warn(&trouble);
        }
    }
    let must = first && leniency == Leniency::Refuses;
    let fastcgi = check_fastcgi(&configuration, &mut log, must)?;
    let sockets = open_sockets(&configuration, sockets, &mut log, leniency)?;
    let mut parent = None;
    if first {
        match background::enter(settings, &mut log)
            .map_err(|error| StartError(format!("cannot fork: {error}", error = reason(&error))))?
        {
            Some(waiting) => parent = waiting,
            None => return Ok(None),
        }
    }
    if let Some(companion) = role.companion() {
        companion.configure(&configuration.init);
    }
    strays::adopt();
    let pid_file = write_pid_file(settings, &mut log);
    let next_event = next_event.unwrap_or(0);
    let parts = Parts { log, role, loader, signals, pid_file, sockets, fastcgi, next_event };
    let (daemon, groups) = Daemon::new(configuration, parts)
        .map_err(|error| StartError(format!("cannot start: {error}", error = reason(&error))))?;
    parent.into_iter().for_each(ParentWaits::release);
    Ok(Some(daemon.run(groups)))
}

/// Whether a reload could get past its first steps: checked while everything still runs.
///
/// # Errors
/// What would go wrong.
pub(super) fn probe(settings: &Settings) -> Result<(), String> {
    if let Some(identity) = &settings.identity
        && process::real_uid() != Uid(0)
        && process::real_uid() != identity.uid
    {
        return Err(identity::NOT_ROOT.to_owned());
    }
    open_log(settings).map(drop).map_err(|error| error.0)
}

fn take_identity(wanted: Option<&Identity>, notes: &mut Vec<(LogLevel, String)>) -> Result<(), StartError> {
    match wanted {
        Some(user) => {
            identity::become_user(user.uid, user.gid, &user.groups).map_err(StartError)?;
            notes.push((LogLevel::Info, format!("Set uid to user {} succeeded", user.uid)));
        }
        None if process::real_uid() == Uid(0) => {
            notes.push((LogLevel::Critical, RUNNING_AS_ROOT.to_owned()));
        }
        None => {}
    }
    Ok(())
}

fn raise_limits(
    settings: &Settings,
    leniency: Leniency,
    notes: &mut Vec<(LogLevel, String)>,
) -> Result<(), StartError> {
    let wanted = [
        (Limit::OpenFiles, settings.min_fds, "RLIMIT_NOFILE"),
        (Limit::Processes, settings.min_procs, "RLIMIT_NPROC"),
    ];
    for (limit, minimum, name) in wanted {
        match limits::at_least(limit, minimum) {
            Raised::NotNeeded => {}
            Raised::To(now) => notes.push((LogLevel::Info, format!("Increased {name} limit to {now}"))),
            Raised::Refused { hard } => {
                let refused = Err(StartError(limit_refused(limit, minimum, hard)));
                leniency.without::<()>(refused, notes)?;
            }
        }
    }
    Ok(())
}

fn limit_refused(limit: Limit, minimum: u64, hard: u64) -> String {
    match limit {
        Limit::OpenFiles => format!(
            "The minimum number of file descriptors required to run this process is {minimum} as per the \"minfds\" \
             command-line argument or config file setting. The current environment will only allow you to open {hard} \
             file descriptors.  Either raise the number of usable file descriptors in your environment (see \
             README.rst) or lower the minfds setting in the config file to allow the process to start."
        ),
        Limit::Processes => format!(
            "The minimum number of available processes required to run this program is {minimum} as per the \
             \"minprocs\" command-line argument or config file setting. The current environment will only allow you \
             to open {hard} processes.  Either raise the number of usable processes in your environment (see \
             README.rst) or lower the minprocs setting in the config file to allow the program to start."
        ),
    }
}

fn open_log(settings: &Settings) -> Result<ActivityLog, StartError> {
    let echo = settings.nodaemon && !settings.silent;
    ActivityLog::open(&settings.log, echo, settings.showing.format).map_err(|error| {
        let target = match &settings.log.target {
            ActivityTarget::File(path) => path.display().to_string(),
            ActivityTarget::Syslog => "syslog".to_owned(),
        };
        StartError(format!("could not open log file {target}: {error}", error = reason(&error)))
    })
}

/// Critical lines first, then warnings, then the rest, each kind in its own order (`make_logger` of the original).
fn log_notes(log: &mut ActivityLog, notes: &[(LogLevel, String)]) {
    for level in [LogLevel::Critical, LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug] {
        for (_, text) in notes.iter().filter(|(of, _)| *of == level) {
            log.write(level, text);
        }
    }
}

/// Tries whether the sockets of FastCGI programs can be made. After a restart it is too late to refuse: the start of such a
/// program will tell.
fn check_fastcgi(
    configuration: &Configuration,
    log: &mut ActivityLog,
    must: bool,
) -> Result<Sockets, StartError> {
    let mut sockets = Sockets::default();
    for group in &configuration.groups {
        match sockets.check(group, log) {
            Err(error) if must => return Err(StartError(error)),
            Err(error) => log.error(&error),
            Ok(()) => {}
        }
    }
    Ok(sockets)
}

/// Opens the sockets of all servers; those that the former life had open are taken over. A failure on the first start ends
/// the daemon, as in the original; a restart has tried them before it stopped anything.
fn open_sockets(
    configuration: &Configuration,
    mut old: Vec<(Server, Listener)>,
    log: &mut ActivityLog,
    leniency: Leniency,
) -> Result<Vec<(Server, Listener)>, StartError> {
    let mut open: Vec<(Server, Listener)> = Vec::new();
    for server in &configuration.servers {
        let kept =
            old.iter().position(|(had, _)| had.listen == server.listen).map(|at| old.swap_remove(at).1);
        let listener = match kept.map_or_else(|| Listener::open(server), Ok) {
            Ok(listener) => listener,
            Err(error) if leniency == Leniency::Forgives => {
                log.critical(&format!("going on without [{}]: {}", server.section, error.0));
                continue;
            }
            Err(error) => {
                open.iter().for_each(|(_, listener)| listener.remove_file());
                return Err(StartError(error.0));
            }
        };
        for interface in &configuration.rpc_interfaces {
            log.info(&format!("RPC interface {} initialized", python_repr(&interface.namespace)));
        }
        if server.credentials.is_none() {
            let section = python_repr(&server.section);
            log.critical(&format!("Server {section} running without any HTTP authentication checking"));
        }
        open.push((server.clone(), listener));
    }
    // What the new configuration does not have is closed for good.
    old.iter().for_each(|(_, listener)| listener.remove_file());
    Ok(open)
}

fn write_pid_file(settings: &Settings, log: &mut ActivityLog) -> Option<PidFile> {
    let pid = process::own_pid();
    match PidFile::write(&settings.pid_file, pid.0) {
        Ok(file) => {
            log.info(&format!("supervisord started with pid {pid}"));
            Some(file)
        }
        Err(_) => {
            log.critical(&format!("could not write pidfile {}", settings.pid_file.display()));
            None
        }
    }
}
