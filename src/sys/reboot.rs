//! reboot(2): how a machine ends, and what Ctrl-Alt-Del does.

use crate::base::MachineEnd;
use nix::sys::reboot::{RebootMode, reboot, set_cad_enabled};
use std::io;

/// From now on Ctrl-Alt-Del sends SIGINT to PID 1 instead of resetting the machine at once.
///
/// # Errors
/// EINVAL in a pid namespace of its own, EPERM without the capability: this is a container then.
pub fn catch_ctrl_alt_del() -> io::Result<()> {
    Ok(set_cad_enabled(false)?)
}

/// Ends the machine at once. Nothing is stopped, written or unmounted.
///
/// # Errors
/// Returns only when the kernel refuses.
pub fn end_machine(end: MachineEnd) -> io::Error {
    let mode = match end {
        MachineEnd::Halt => RebootMode::RB_HALT_SYSTEM,
        MachineEnd::PowerOff => RebootMode::RB_POWER_OFF,
        MachineEnd::Reboot => RebootMode::RB_AUTOBOOT,
    };
    match reboot(mode) {
        Err(error) => error.into(),
        Ok(never) => match never {},
    }
}
