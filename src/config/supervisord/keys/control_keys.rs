//! `[supervisorctl]` and `[ctlplugin:x]`.

use super::Default::{Nothing, Required, Text};
use super::{Form, Section, rows};

/// `[supervisorctl]`.
pub const CONTROL: Section = Section {
    name: "supervisorctl",
    form: Form::Exact,
    doc: "How supervisorctl reaches the daemon",
    own: control::ALL,
    shared: &[],
    open: false,
};

/// `[ctlplugin:x]`.
pub const PLUGIN: Section = Section {
    name: "ctlplugin",
    form: Form::Named,
    doc: "More commands for supervisorctl, from a Python package",
    own: plugin::ALL,
    shared: &[],
    open: true,
};

/// Rows of `[supervisorctl]`.
pub mod control {
    use super::{Nothing, Text, rows};

    rows! { ALL:
        SERVERURL = "serverurl", Url, Text("http://localhost:9001"), Here,
            "Where the daemon listens", "unix:///tmp/supervisor.sock";
        USERNAME = "username", Text, Nothing("none"), Environment,
            "Name to give to the daemon", "user";
        PASSWORD = "password", Text, Nothing("none"), Environment,
            "Password to give to the daemon, in clear text", "123";
        PROMPT = "prompt", Text, Text("supervisor"), Environment,
            "Prompt of the shell, without the > behind it", "supervisor";
        HISTORY_FILE = "history_file", Path, Nothing("no history"), Here,
            "File in which the shell remembers its commands", "~/.sc_history";
    }
}

/// Rows of `[ctlplugin:x]`.
pub mod plugin {
    use super::{Required, rows};

    rows! { ALL:
        FACTORY = "supervisor.ctl_factory", Callable, Required, Environment,
            "What adds the commands; Python packages cannot be loaded here, so only the built-in ones are there",
            "supervisor.supervisorctl:DefaultControllerPlugin";
    }
}
