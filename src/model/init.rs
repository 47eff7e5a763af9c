//! What the init of a machine is told beyond the programs to run: `[init]`. In a container, and for a plain daemon, it is
//! without effect.

/// Settings of the init of a machine.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InitSettings {
    /// The machine's name; `None` takes that of `/etc/hostname`.
    pub hostname: Option<String>,
    /// Command of the shell on the console, split into words; `None` for no shell.
    pub console_shell: Option<Vec<String>>,
}
