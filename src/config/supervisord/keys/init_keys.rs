//! `[init]`. Ours: the original passes over such a section without a word.

use super::Default::{Nothing, Text};
use super::{Form, Section, rows};

/// `[init]`.
pub const INIT: Section = Section {
    name: "init",
    form: Form::Exact,
    doc: "The machine, where this program is its init; without effect in a container and for a daemon",
    own: init::ALL,
    shared: &[],
    open: false,
};

/// Rows of `[init]`.
pub mod init {
    use super::{Nothing, Text, rows};

    rows! { ALL:
        HOSTNAME = "hostname", HostName, Nothing("what /etc/hostname says"), Environment,
            "Name of the machine, set at boot", "web-1";
        CONSOLE_SHELL = "console_shell", Shell, Text("no"), Environment,
            "A root shell on the console, without a password, started again when it ends: yes for /bin/sh, no, or a command",
            "/bin/sh -l";
    }
}
