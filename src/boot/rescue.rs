//! When nothing can be run: a shell on the console until somebody has mended the machine, or asked it to end.

use crate::base::text::reason;
use crate::base::{MachineEnd, Signal};
use crate::boot::console::Console;
use crate::boot::say::say;
use crate::runtime::machine_signals;
use crate::sys::signals::SignalInbox;
use crate::sys::wait::{self, Reaped};
use crate::sys::{clock, poll};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

/// What may be there; the first that is serves. Asks nobody for a password: whoever has the console of a machine without
/// anything running has the machine.
const SHELLS: &[&[&str]] = &[&["/bin/sh"], &["/bin/bash"], &["/bin/busybox", "sh"], &["/bin/ash"]];

/// How long to wait where there is no shell.
const WITHOUT_A_SHELL: Duration = Duration::from_secs(10);

/// Returns when it is time to try again, or with the end that a signal asked for.
pub(super) fn wait(console: &mut Console, signals: &mut SignalInbox) -> Option<MachineEnd> {
    // Who asked before for another try has had it; who asked for an end, and was overheard, has not.
    if let Some(end) = asked(&signals.take()) {
        return Some(end);
    }
    let now = clock::now().mono;
    let mut until = None;
    if console.has_shell() {
        say("trying again when the shell on the console ends, or on SIGHUP");
    } else {
        // One that ends at once would otherwise do so as fast as the machine can.
        if let Some(end) = pause(console, signals) {
            return Some(end);
        }
        match start(console) {
            Ok(name) => say(&format!("{name} is on the console; trying again when it ends, or on SIGHUP")),
            Err(why) => {
                let seconds = WITHOUT_A_SHELL.as_secs();
                say(&format!("no shell for the console: {why}; trying again in {seconds} seconds"));
                until = Some(now + WITHOUT_A_SHELL);
            }
        }
    }
    loop {
        let left = until.map(|until| until.since(clock::now().mono));
        match look(console, signals, left) {
            Look::Asked(end) => return Some(end),
            Look::TryAgain => return None,
            Look::Nothing if left.is_some_and(|left| left.is_zero()) => return None,
            Look::Nothing => {}
        }
    }
}

/// What one look around gave.
enum Look {
    Asked(MachineEnd),
    TryAgain,
    Nothing,
}

/// Sleeps until a signal comes or the time is up, and reaps.
fn look(console: &mut Console, signals: &mut SignalInbox, limit: Option<Duration>) -> Look {
    let _ = poll::readable(&[signals.as_fd()], limit);
    let came = signals.take();
    let mut shell_ended = false;
    while let Reaped::Child(pid, _) = wait::reap() {
        shell_ended |= console.ended(pid, clock::now().mono);
    }
    match asked(&came) {
        Some(end) => Look::Asked(end),
        None if shell_ended || came.contains(&Signal::HUP) => Look::TryAgain,
        None => Look::Nothing,
    }
}

/// The end that signals ask for.
pub(super) fn asked(came: &[Signal]) -> Option<MachineEnd> {
    came.iter().find_map(|signal| machine_signals().find(|(of, _)| of == signal).map(|(_, end)| end))
}

fn pause(console: &mut Console, signals: &mut SignalInbox) -> Option<MachineEnd> {
    loop {
        let left = console.pause(clock::now().mono);
        if left.is_zero() {
            return None;
        }
        if let Look::Asked(end) = look(console, signals, Some(left)) {
            return Some(end);
        }
    }
}

fn start(console: &mut Console) -> Result<String, String> {
    let mut why = "there is no /bin/sh".to_owned();
    for words in SHELLS.iter().filter(|words| words.first().is_some_and(|file| Path::new(file).exists())) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        match console.start(&words, clock::now().mono) {
            Ok(()) => return Ok(words.join(" ")),
            Err(error) => why = format!("{}: {}", words.join(" "), reason(&error)),
        }
    }
    Err(why)
}
