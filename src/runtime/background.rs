//! Going into the background and setting up what a daemon inherits: folder, file mode mask, descriptors.

use crate::base::text::{python_repr, reason};
use crate::model::Settings;
use crate::runtime::activity_log::ActivityLog;
use crate::sys::daemonize::{self, ParentWaits, Side};
use crate::sys::process;
use std::io;

/// The mask of a daemon whose configuration sets none.
const DAEMON_UMASK: u32 = 0o022;

/// Forks into the background unless the settings say otherwise. `None` for the process that was started: it is to leave.
///
/// # Errors
/// Those of `fork(2)`.
pub fn enter(settings: &Settings, log: &mut ActivityLog) -> io::Result<Option<Option<ParentWaits>>> {
    if settings.nodaemon {
        go_to_directory(settings, log);
        settings.umask.into_iter().for_each(process::set_umask);
        return Ok(Some(None));
    }
    let Side::Daemon(parent) = daemonize::split()? else { return Ok(None) };
    log.info("daemonizing the supervisord process");
    go_to_directory(settings, log);
    if let Err(error) = daemonize::leave_terminal() {
        log.critical(&format!("cannot leave the terminal: {error}", error = reason(&error)));
    }
    process::set_umask(settings.umask.unwrap_or(DAEMON_UMASK));
    Ok(Some(Some(parent)))
}

fn go_to_directory(settings: &Settings, log: &mut ActivityLog) {
    let Some(directory) = &settings.directory else { return };
    let shown = python_repr(&directory.display().to_string());
    match std::env::set_current_dir(directory) {
        Ok(()) => log.info(&format!("set current directory: {shown}")),
        Err(error) => log.critical(&format!("can't chdir into {shown}: {error}", error = reason(&error))),
    }
}
