//! `poweroff`, `reboot`, `halt` and `shutdown`: they ask PID 1, which stops everything in order first.
//!
//! The signals are those that systemd listens to as well (SIGRTMIN+3 to +5). A PID 1 that listens to none of them is told
//! from one that does, so that nobody waits for an end that never comes.

use crate::base::{MachineEnd, Pid, Signal};
use crate::cli::{Call, USAGE, complain, parse};
use crate::sys::process::{self, Reach, Sent};
use crate::sys::{mount, reboot};
use std::ffi::OsString;
use std::fs;
use std::process::ExitCode;

/// End this machine, or this container: everything is stopped in order first.
#[derive(clap::Parser)]
struct Power {
    /// Do not ask PID 1: write the disks and end the machine at once, without stopping anything.
    #[arg(short, long)]
    force: bool,
    /// With --force, do not even write the disks.
    #[arg(short, long, requires = "force")]
    no_sync: bool,
    /// Switch the machine off; for halt.
    #[arg(short, long)]
    poweroff: bool,
}

/// End this machine, or this container, now.
#[derive(clap::Parser)]
#[command(disable_help_flag = true)]
struct Shutdown {
    /// Start it anew.
    #[arg(short, long, group = "end")]
    reboot: bool,
    /// Stop it, and leave it on.
    #[arg(short = 'H', long, group = "end")]
    halt: bool,
    /// Switch it off; this is the default.
    #[arg(short = 'P', short_alias = 'h', long, group = "end")]
    poweroff: bool,
    /// Print this.
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// `now`, or `+0`; other times have to be left to at(1) or cron.
    #[arg(default_value = "now")]
    time: String,
    /// A message to users; nobody is told.
    message: Vec<String>,
}

/// `poweroff`.
pub(super) fn poweroff(call: &Call) -> ExitCode {
    run(MachineEnd::PowerOff, &call.args)
}

/// `reboot`.
pub(super) fn reboot(call: &Call) -> ExitCode {
    run(MachineEnd::Reboot, &call.args)
}

/// `halt`.
pub(super) fn halt(call: &Call) -> ExitCode {
    run(MachineEnd::Halt, &call.args)
}

/// `shutdown`.
pub(super) fn shutdown(call: &Call) -> ExitCode {
    match parse("shutdown", &call.args).map(|arguments| end_of(&arguments)) {
        Ok(Ok(end)) => ask(end),
        Ok(Err(why)) => {
            eprintln!("onevisor shutdown: {why}");
            ExitCode::from(USAGE)
        }
        Err(status) => status,
    }
}

fn end_of(arguments: &Shutdown) -> Result<MachineEnd, String> {
    if !matches!(arguments.time.as_str(), "now" | "+0" | "0") {
        let time = &arguments.time;
        return Err(format!("the only time is now, not '{time}'; leave other times to at(1) or cron"));
    }
    Ok(match (arguments.reboot, arguments.halt) {
        (true, _) => MachineEnd::Reboot,
        (_, true) => MachineEnd::Halt,
        _ => MachineEnd::PowerOff,
    })
}

fn run(end: MachineEnd, args: &[OsString]) -> ExitCode {
    let name = end.to_string();
    let arguments: Power = match parse(&name, args) {
        Ok(arguments) => arguments,
        Err(status) => return status,
    };
    let end = if arguments.poweroff { MachineEnd::PowerOff } else { end };
    if !arguments.force {
        return ask(end);
    }
    if !arguments.no_sync {
        mount::sync();
    }
    let error = reboot::end_machine(end);
    complain(&name, &format!("the kernel refuses: {error}", error = crate::base::text::reason(&error)))
}

/// The signal that asks for it.
fn signal_for(end: MachineEnd) -> Signal {
    match end {
        MachineEnd::Halt => Signal::HALT,
        MachineEnd::PowerOff => Signal::POWER_OFF,
        MachineEnd::Reboot => Signal::REBOOT,
    }
}

fn ask(end: MachineEnd) -> ExitCode {
    let (name, signal) = (end.to_string(), signal_for(end));
    let status = fs::read_to_string("/proc/1/status").unwrap_or_default();
    if catches(&status, signal) == Some(false) {
        let init = fs::read_to_string("/proc/1/comm").unwrap_or_default();
        let why = format!("PID 1 ({}) does not listen to {signal}; {name} --force asks nobody", init.trim());
        return complain(&name, &why);
    }
    match process::send(Pid(1), signal, Reach::Process) {
        Sent::Delivered => ExitCode::SUCCESS,
        Sent::Gone => complain(&name, "there is no PID 1"),
        Sent::Failed(error) => complain(&name, &format!("cannot ask PID 1: {error}")),
    }
}

/// Whether the process handles the signal, by the text of its `/proc/PID/status`; `None` where that does not tell.
fn catches(status: &str, signal: Signal) -> Option<bool> {
    let mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        u64::from_str_radix(line.trim(), 16).ok()
    };
    let bit = 1_u64.checked_shl(u32::try_from(signal.0 - 1).ok()?)?;
    // Blocked ones may be read from a signalfd, as systemd does.
    Some((mask("SigCgt")? | mask("SigBlk")?) & bit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shutdown_is_called_in_many_ways() {
        let end = |line: &str| {
            let arguments: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            parse::<Shutdown>("shutdown", &arguments).ok().map(|arguments| end_of(&arguments).ok())
        };
        for line in ["", "now", "-h now", "-P +0", "--poweroff now going down"] {
            assert_eq!(end(line), Some(Some(MachineEnd::PowerOff)), "{line}");
        }
        assert_eq!(end("-r now"), Some(Some(MachineEnd::Reboot)));
        assert_eq!(end("-H"), Some(Some(MachineEnd::Halt)));
        assert_eq!(end("+5"), Some(None));
        assert_eq!(end("-r 23:00"), Some(None));
        assert_eq!(end("-x"), None);
    }

    #[test]
    fn the_status_tells_who_listens() {
        let status =
            "Name:\tinit\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\nSigCgt:\t0000007000004a03\n";
        for (signal, wanted) in
            [(Signal(37), true), (Signal(39), true), (Signal(40), false), (Signal(1), true)]
        {
            assert_eq!(catches(status, signal), Some(wanted), "{signal}");
        }
        assert_eq!(catches("", Signal(37)), None);
    }
}
