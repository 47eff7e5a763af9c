//! What signals mean to the daemon. Texts mirror `supervisor/supervisord.py`, `handle_signal`.
//!
//! As the init of a machine it understands what the power commands of busybox, sysvinit and systemd send, which takes two of
//! Supervisor's own signals away: TERM reboots, and USR2 switches off.

use crate::base::{MachineEnd, Signal};
use crate::engine::{Input, Mood};
use crate::runtime::daemon::Daemon;
use crate::runtime::role::Role;

/// What one signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Stop everything and end, the machine in this way.
    End(MachineEnd),
    /// Read the configuration anew and start with it.
    Restart,
    /// Open all log files anew.
    ReopenLogs,
    /// Somebody died.
    Child,
}

type Meanings = &'static [(Signal, Meaning)];

/// The signals that a daemon catches. All others keep their default: SIGUSR1 ends it, as it ends the original.
const OF_A_SERVICE: Meanings = &[
    (Signal::TERM, Meaning::End(MachineEnd::PowerOff)),
    (Signal::INT, Meaning::End(MachineEnd::PowerOff)),
    (Signal::QUIT, Meaning::End(MachineEnd::PowerOff)),
    (Signal::PWR, Meaning::End(MachineEnd::PowerOff)),
    (Signal::HALT, Meaning::End(MachineEnd::PowerOff)),
    (Signal::POWER_OFF, Meaning::End(MachineEnd::PowerOff)),
    (Signal::REBOOT, Meaning::End(MachineEnd::PowerOff)),
    (Signal::HUP, Meaning::Restart),
    (Signal::USR2, Meaning::ReopenLogs),
    (Signal::CHLD, Meaning::Child),
];

/// Those that the init of a machine catches. The kernel keeps all others from it.
const OF_A_MACHINE: Meanings = &[
    // What busybox and sysvinit send; INT is what the kernel makes of Ctrl-Alt-Del.
    (Signal::TERM, Meaning::End(MachineEnd::Reboot)),
    (Signal::INT, Meaning::End(MachineEnd::Reboot)),
    (Signal::USR1, Meaning::End(MachineEnd::Halt)),
    (Signal::USR2, Meaning::End(MachineEnd::PowerOff)),
    (Signal::PWR, Meaning::End(MachineEnd::PowerOff)),
    (Signal::HALT, Meaning::End(MachineEnd::Halt)),
    (Signal::POWER_OFF, Meaning::End(MachineEnd::PowerOff)),
    (Signal::REBOOT, Meaning::End(MachineEnd::Reboot)),
    (Signal::HUP, Meaning::Restart),
    (Signal::CHLD, Meaning::Child),
];

fn meanings(role: &Role) -> Meanings {
    if role.is_machine() { OF_A_MACHINE } else { OF_A_SERVICE }
}

/// The signals that the daemon catches.
pub(super) fn caught(role: &Role) -> Vec<Signal> {
    meanings(role).iter().map(|(signal, _)| *signal).collect()
}

/// The signals by which the init of a machine is told to end it, and how.
pub fn machine_signals() -> impl Iterator<Item = (Signal, MachineEnd)> {
    OF_A_MACHINE.iter().filter_map(|(signal, meaning)| match meaning {
        Meaning::End(end) => Some((*signal, *end)),
        Meaning::Restart | Meaning::ReopenLogs | Meaning::Child => None,
    })
}

impl Daemon {
    /// Acts on one signal.
    pub(super) fn signal_came(&mut self, signal: Signal) {
        let meaning = meanings(&self.role).iter().find(|(of, _)| *of == signal);
        match meaning.map(|(_, meaning)| *meaning) {
            Some(Meaning::End(end)) => self.end_requested(signal, end),
            Some(Meaning::Restart) => self.restart_requested(),
            Some(Meaning::ReopenLogs) => {
                self.log.info("received SIGUSR2 indicating log reopen request");
                self.reopen_logs();
                self.serve(|http, daemon, now| http.log_changed(None, daemon, now));
            }
            // The loop deals with deaths.
            Some(Meaning::Child) | None => {}
        }
    }

    /// The first such signal stops everything in order; the second does not wait for it. Signals are counted, not shutdowns:
    /// a service manager that asks for a shutdown by other means and then sends SIGTERM is not in a hurry.
    fn end_requested(&mut self, signal: Signal, end: MachineEnd) {
        if self.role.is_machine() {
            self.log.warn(&format!("received {signal} indicating {end} request"));
            self.asked = Some(end);
        } else {
            self.log.warn(&format!("received {signal} indicating exit request"));
        }
        self.exit_signals += 1;
        self.next = None;
        self.put(if self.exit_signals == 1 { Input::Shutdown } else { Input::Hurry });
    }

    fn restart_requested(&mut self) {
        if self.engine.mood() == Mood::Shutdown {
            self.log.warn("ignored SIGHUP indicating restart request (shutdown in progress)");
        } else {
            self.log.warn("received SIGHUP indicating restart request");
            self.reload();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_keeps_the_signals_of_the_original() {
        let of = |signal| OF_A_SERVICE.iter().find(|(of, _)| *of == signal).map(|(_, meaning)| *meaning);
        assert_eq!(of(Signal::USR1), None);
        assert_eq!(of(Signal::USR2), Some(Meaning::ReopenLogs));
        assert!(matches!(of(Signal::TERM), Some(Meaning::End(_))));
    }

    #[test]
    fn a_machine_ends_as_it_is_told() {
        let of = |signal| machine_signals().find(|(of, _)| *of == signal).map(|(_, end)| end);
        for (signal, end) in [
            (Signal::TERM, Some(MachineEnd::Reboot)),
            (Signal::INT, Some(MachineEnd::Reboot)),
            (Signal::USR1, Some(MachineEnd::Halt)),
            (Signal::USR2, Some(MachineEnd::PowerOff)),
            (Signal::PWR, Some(MachineEnd::PowerOff)),
            (Signal(37), Some(MachineEnd::Halt)),
            (Signal(38), Some(MachineEnd::PowerOff)),
            (Signal(39), Some(MachineEnd::Reboot)),
            (Signal::HUP, None),
        ] {
            assert_eq!(of(signal), end, "{signal}");
        }
    }
}
