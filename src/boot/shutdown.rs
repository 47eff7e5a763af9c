//! The end of a machine, when its programs are stopped: everybody else is told to end, what is to be written is written, file
//! systems are let go, and the kernel does the rest.
//!
//! Never returns, whatever fails.

use crate::base::text::reason;
use crate::base::{MachineEnd, Pid, Signal};
use crate::boot::console::Console;
use crate::boot::say::say;
use crate::boot::{mounts, rescue};
use crate::sys::mount::{self, Mounted};
use crate::sys::signals::SignalInbox;
use crate::sys::solo::{self, Seen};
use crate::sys::{clock, poll, process, reboot, session};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long the rest has after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// How long after SIGKILL; who is left then waits for a device.
const AFTER_KILL: Duration = Duration::from_secs(5);

/// How long disks have. A dead one must not keep a machine from ending.
const DISKS: Duration = Duration::from_secs(60);

/// How long the console has for what was written to it.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Ends the machine.
pub(super) fn end(end: MachineEnd, console: &mut Console, signals: &mut SignalInbox) -> ! {
    say(&format!("{end}: stopping what is left"));
    stop_everybody(console, signals);
    let_go_of_disks(signals);
    say(&format!("{end} now"));
    // The line may be dead, and so wait for ever.
    if let Ok(pid) = process::aside(session::drain_output) {
        wait_for(Whom::One(pid), signals, LAST_WORDS);
    }
    at_once(end)
}

/// Ends every other process of the machine.
pub(super) fn stop_everybody(console: &mut Console, signals: &mut SignalInbox) {
    // What the daemon has acted on came here too; only what comes from now on is impatience.
    signals.take();
    console.hang_up();
    solo::signal_everybody(Signal::TERM);
    solo::signal_everybody(Signal::CONT);
    if !wait_for(Whom::Everybody(console), signals, GRACE) {
        say("killing what is left");
        solo::signal_everybody(Signal::KILL);
        if !wait_for(Whom::Everybody(console), signals, AFTER_KILL) {
            say("something cannot be killed; going on without it");
        }
    }
}

/// Tells the kernel, which may refuse; then there is a next best thing, and at last nothing but waiting.
pub(super) fn at_once(end: MachineEnd) -> ! {
    let error = reboot::end_machine(end);
    say(&format!("the kernel refuses to {end}: {}", reason(&error)));
    if end != MachineEnd::Halt {
        let error = reboot::end_machine(MachineEnd::Halt);
        say(&format!("the kernel refuses to halt: {}", reason(&error)));
    }
    loop {
        poll::pause(Duration::from_secs(3600));
    }
}

/// Whose end is waited for.
enum Whom<'a> {
    Everybody(&'a mut Console),
    One(Pid),
}

/// Waits until they are gone, or the time is up. Whoever asks for the end once more does not want to wait.
fn wait_for(mut whom: Whom<'_>, signals: &mut SignalInbox, limit: Duration) -> bool {
    let until = clock::now().mono + limit;
    loop {
        let now = clock::now().mono;
        loop {
            match (solo::look(), &mut whom) {
                (Seen::Alone, _) => return true,
                (Seen::Ended(pid, _), Whom::One(wanted)) if pid == *wanted => return true,
                (Seen::Ended(pid, _), Whom::Everybody(console)) => {
                    console.ended(pid, now);
                }
                (Seen::Ended(..) | Seen::Stopped(..), _) => {}
                (Seen::Quiet, _) => break,
            }
        }
        let left = until.since(now);
        if left.is_zero() {
            return false;
        }
        let _ = poll::readable(&[signals.as_fd()], Some(left));
        if rescue::asked(&signals.take()).is_some() {
            return false;
        }
    }
}

/// In a process of its own, since each of these calls can wait for a disk for ever.
fn let_go_of_disks(signals: &mut SignalInbox) {
    let work = || {
        mount::sync();
        for path in mount::swaps() {
            if let Err(error) = mount::swap_off(&path) {
                say(&format!("cannot end swapping to {}: {}", path.display(), reason(&error)));
            }
        }
        unmount_all();
        mount::sync();
    };
    match process::aside(work) {
        Ok(pid) if wait_for(Whom::One(pid), signals, DISKS) => {}
        Ok(_) => say("the disks take too long; going on without them"),
        Err(error) => {
            say(&format!("cannot make a process to unmount the disks: {}; doing it here", reason(&error)));
            work();
        }
    }
}

/// Unmounts what can be, again and again as long as that frees others, and makes the rest read-only.
fn unmount_all() {
    let mut left = to_unmount(&mount::table());
    loop {
        let before = left.len();
        left.retain(|target| mount::unmount(target).is_err());
        if left.is_empty() || left.len() == before {
            break;
        }
    }
    left.push(PathBuf::from("/"));
    for target in left {
        if let Err(error) = mount::make_read_only(&target) {
            say(&format!("cannot make {} read-only: {}", target.display(), reason(&error)));
        }
    }
}

/// What lies on something comes before it. The kernel's own file systems have nothing to write back.
fn to_unmount(table: &[Mounted]) -> Vec<PathBuf> {
    let targets = table.iter().rev().map(|mounted| mounted.target.clone());
    targets.filter(|target| target != Path::new("/") && !mounts::is_ours(target)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_mounted_goes_first() {
        let there = |target: &str| Mounted { target: target.into(), kind: "ext4".to_owned() };
        let table = ["/", "/proc", "/srv", "/dev", "/srv/data", "/run"].map(there);
        assert_eq!(to_unmount(&table), ["/srv/data", "/srv"].map(PathBuf::from));
    }
}
