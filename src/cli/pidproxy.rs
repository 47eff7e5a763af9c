//! `pidproxy PIDFILE COMMAND [ARG…]`: runs a command that puts itself into a pid file, and passes signals on to that pid.
//! Behaves as the original's `supervisor/pidproxy.py`, but sees the end of the command at once.

use crate::base::Signal;
use crate::base::text::reason;
use crate::cli::Call;
use crate::runtime::proxy;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    let [pid_file, command @ ..] = call.args.as_slice() else { return usage(&call.program) };
    let Some(first) = command.first() else { return usage(&call.program) };
    match proxy_signals(&PathBuf::from(pid_file), first, command.get(1..).unwrap_or_default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("pidproxy: cannot run {}: {error}", first.to_string_lossy(), error = reason(&error));
            ExitCode::from(127)
        }
    }
}

fn proxy_signals(pid_file: &std::path::Path, command: &OsString, args: &[OsString]) -> std::io::Result<()> {
    let mut proxied = proxy::Proxied::start(command, args)?;
    loop {
        for signal in proxied.next_signals()? {
            if signal == Signal::CHLD {
                continue;
            }
            if !proxy::pass_on(pid_file, signal) {
                println!("Can't read child pidfile {}!", pid_file.display());
            } else if matches!(signal, Signal::TERM | Signal::INT | Signal::QUIT) {
                return Ok(());
            }
        }
        if proxied.has_ended() {
            return Ok(());
        }
    }
}

fn usage(program: &str) -> ExitCode {
    println!(
        "pidproxy -- run command and proxy signals to it via its pidfile.\n\n\
         Starts a command, watches for signals, and sends each one to the process\n\
         whose number stands in the pidfile.\n\n\
         Usage: {program} <pidfile name> <command> [<cmdarg1> ...]\n"
    );
    ExitCode::FAILURE
}
