//! What signals mean to the daemon. Texts mirror `supervisor/supervisord.py`, `handle_signal`.

use crate::base::Signal;
use crate::engine::{Input, Mood};
use crate::runtime::daemon::Daemon;

/// The signals that the daemon catches. All others keep their default: SIGUSR1 ends it, as it ends the original.
pub(super) const CAUGHT: [Signal; 10] = [
    Signal::TERM,
    Signal::INT,
    Signal::QUIT,
    Signal::PWR,
    HALT,
    POWER_OFF,
    REBOOT,
    Signal::HUP,
    Signal::USR2,
    Signal::CHLD,
];

/// SIGRTMIN+3 to +5: how podman, nspawn and systemd tell an init to halt, to power off, to reboot (`systemd(1)`).
const HALT: Signal = Signal(37);
const POWER_OFF: Signal = Signal(38);
const REBOOT: Signal = Signal(39);

impl Daemon {
    /// Acts on one signal.
    pub(super) fn signal_came(&mut self, signal: Signal) {
        match signal {
            Signal::TERM | Signal::INT | Signal::QUIT | Signal::PWR | HALT | POWER_OFF | REBOOT => {
                self.exit_requested(signal);
            }
            Signal::HUP => self.restart_requested(),
            Signal::USR2 => {
                self.log.info("received SIGUSR2 indicating log reopen request");
                self.reopen_logs();
                self.serve(|http, daemon, now| http.log_changed(None, daemon, now));
            }
            _ => {}
        }
    }

    /// The first exit signal stops everything in order; the second does not wait for it. Signals are counted, not shutdowns:
    /// a service manager that asks for a shutdown by other means and then sends SIGTERM is not in a hurry.
    fn exit_requested(&mut self, signal: Signal) {
        self.log.warn(&format!("received {signal} indicating exit request"));
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
