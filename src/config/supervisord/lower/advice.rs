//! What `check` says beyond errors: commands, folders and logs that the machine does not have, or not for us. Warnings
//! only: the original finds all this when the process is to start.

use crate::base::text::python_repr;
use crate::config::World;
use crate::config::supervisord::keys::{Key, daemon, program as keys};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::python::{dirname, join};
use crate::model::{ActivityTarget, LogFile, Service, Settings};
use std::path::Path;

/// Where commands are looked for without `PATH` (`supervisor/options.py`, `get_path`).
const DEFAULT_PATH: &str = "/bin:/usr/bin:/usr/local/bin";

/// Looks at one process.
pub(crate) fn service(reader: &Reader<'_>, service: &Service) {
    command(reader, service);
    if let Some(directory) = service.exec.directory.as_deref().and_then(Path::to_str)
        && !reader.context.world.is_dir(directory)
    {
        let message = format!("directory {directory} does not exist");
        advise(reader, &keys::DIRECTORY, message, "the process cannot start without it");
    }
    for (key, log) in [(&keys::STDOUT_LOGFILE, &service.stdout), (&keys::STDERR_LOGFILE, &service.stderr)] {
        if let LogFile::Path(path) = &log.file {
            file(reader, key, &path.to_string_lossy());
        }
    }
}

/// Looks at the daemon's own files.
pub(crate) fn settings(context: &Context<'_>, settings: &Settings) {
    let reader = Reader::with_here(context, "supervisord");
    if let ActivityTarget::File(path) = &settings.log.target {
        file(&reader, &daemon::LOGFILE, &path.to_string_lossy());
    }
    file(&reader, &daemon::PIDFILE, &settings.pid_file.to_string_lossy());
    let folder = settings.child_log_dir.to_string_lossy();
    if !context.world.is_writable(&folder) {
        advise(&reader, &daemon::CHILDLOGDIR, format!("folder {folder} cannot be written to"), WRITABLE);
    }
}

const WRITABLE: &str = "the account that runs the daemon needs to write there";

fn advise(reader: &Reader<'_>, key: &Key, message: impl Into<String>, help: &str) {
    reader.context.report.add(reader.warning(key, message).with_help(help));
}

fn file(reader: &Reader<'_>, key: &Key, path: &str) {
    let world = reader.context.world;
    let folder = match dirname(path) {
        "" => ".",
        folder => folder,
    };
    if world.exists(path) {
        if !world.is_writable(path) {
            advise(reader, key, format!("file {path} cannot be written to"), WRITABLE);
        }
    } else if !world.is_writable(folder) {
        advise(reader, key, format!("folder {folder} cannot be written to"), WRITABLE);
    }
}

fn command(reader: &Reader<'_>, service: &Service) {
    let key = &keys::COMMAND;
    let command = &service.exec.command;
    let first = match &command.words {
        Ok(words) => words.first(),
        Err(why) => {
            let message = format!("can't parse command {}: {why}", python_repr(&command.text));
            let help = "a ; or # behind a space starts a comment, even within quotes";
            return advise(reader, key, message, help);
        }
    };
    let Some(program) = first else {
        let message = format!("can't parse command {}: command is empty", python_repr(&command.text));
        return advise(reader, key, message, "name the program to run");
    };
    if program.contains('/') {
        at_path(reader, program);
    } else if !search_path(reader, service).any(|found| reader.context.world.is_executable(&found)) {
        let message = format!("can't find command {}", python_repr(program));
        advise(reader, key, message, "no folder of PATH has it; write its absolute path");
    }
}

fn at_path(reader: &Reader<'_>, program: &str) {
    let (world, shown) = (reader.context.world, python_repr(program));
    let (message, help) = if world.is_executable(program) {
        return;
    } else if world.is_dir(program) {
        (format!("command at {shown} is a directory"), "name a program in it")
    } else if world.exists(program) {
        (format!("command at {shown} is not executable"), "chmod +x lets it run")
    } else {
        (format!("can't find command {shown}"), "there is no such file")
    };
    advise(reader, &keys::COMMAND, message, help);
}

/// Every place where the command could be, by the `PATH` of the program or of this process.
fn search_path<'s>(reader: &'s Reader<'_>, service: &'s Service) -> impl Iterator<Item = String> + 's {
    let own = service.exec.environment.get("PATH").cloned();
    let inherited = || reader.context.environment.get("ENV_PATH").filter(|path| !path.is_empty()).cloned();
    let path = own.or_else(inherited).unwrap_or_else(|| DEFAULT_PATH.to_owned());
    let program = service.exec.command.words.as_ref().ok().and_then(|words| words.first());
    let program = program.map_or("", String::as_str);
    path.split(':').map(|folder| join(folder, program)).collect::<Vec<_>>().into_iter()
}
