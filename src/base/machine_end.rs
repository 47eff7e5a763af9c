//! How a machine ends.

use std::fmt;

/// What becomes of a machine when everything is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MachineEnd {
    /// It stops and keeps its power.
    Halt,
    /// It is switched off.
    PowerOff,
    /// It starts anew.
    Reboot,
}

impl fmt::Display for MachineEnd {
    /// A verb, for sentences and as the name of the command.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            MachineEnd::Halt => "halt",
            MachineEnd::PowerOff => "poweroff",
            MachineEnd::Reboot => "reboot",
        })
    }
}
