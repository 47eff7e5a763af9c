//! Processes that programs have left behind: daemons of their own, background jobs of scripts. When everything else is stopped they
//! are told to end as well, and killed if they do not. Only as the first process and in a container, where all that runs is ours;
//! elsewhere they stay, as with the original.

use crate::base::{Pid, Signal};
use crate::runtime::daemon::Daemon;
use crate::runtime::timers::Timer;
use crate::sys::poller::{Ready, Waiting};
use crate::sys::process::{self, Reach};
use crate::sys::{clock, family, solo, surroundings, wait};
use std::time::Duration;

/// How long they have after SIGTERM, and after SIGKILL before we leave them to the kernel.
const PATIENCE: Duration = Duration::from_secs(3);
const LAST_PATIENCE: Duration = Duration::from_secs(1);

/// Makes orphans come to us, where they are our concern. Must be called by the daemon itself: a child does not inherit it.
pub(super) fn adopt() {
    if !surroundings::is_first_process() && surroundings::is_container() {
        // Before Linux 3.4 they go to whoever is the first process.
        let _ = solo::become_subreaper();
    }
}

impl Daemon {
    /// Ends what is left, if that is our concern.
    pub(super) fn stop_strays(&mut self, waiting: &mut Waiting, ready: &mut Vec<Ready>) {
        // The init of a machine has more to stop, and does so itself.
        if self.role.is_machine() || !(surroundings::is_first_process() || surroundings::is_container()) {
            return;
        }
        self.collect_deaths();
        if wait::is_childless() {
            return;
        }
        self.log.info("stopping processes that programs have left behind");
        let asked = self.exit_signals;
        self.signal_strays(Signal::TERM);
        self.wait_for_strays(PATIENCE, asked, waiting, ready);
        if !wait::is_childless() {
            self.log.warn("killing processes that programs have left behind");
            self.signal_strays(Signal::KILL);
            self.wait_for_strays(LAST_PATIENCE, u32::MAX, waiting, ready);
        }
    }

    /// Until all are gone, the time is over, or somebody is in a hurry.
    fn wait_for_strays(
        &mut self,
        patience: Duration,
        asked: u32,
        waiting: &mut Waiting,
        ready: &mut Vec<Ready>,
    ) {
        let until = clock::now().mono + patience;
        self.timers.arm(Timer::Strays, until);
        while !wait::is_childless() && clock::now().mono < until && self.exit_signals <= asked {
            self.turn(waiting, ready);
        }
        self.timers.disarm(Timer::Strays);
    }

    fn signal_strays(&self, signal: Signal) {
        if surroundings::is_first_process() {
            solo::signal_everybody(signal);
            return;
        }
        for pid in family::descendants(process::own_pid()) {
            let _: process::Sent = process::send(Pid(pid.0), signal, Reach::Process);
        }
    }
}
