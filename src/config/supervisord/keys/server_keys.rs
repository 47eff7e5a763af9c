//! `[unix_http_server]`, `[inet_http_server]` and `[rpcinterface:x]`.

use super::Default::{Nothing, Required, Text};
use super::{Form, Section, rows};

/// `[unix_http_server]`.
pub const UNIX_SERVER: Section = Section {
    name: "unix_http_server",
    form: Form::Start,
    doc: "A control socket in the file system",
    own: unix_server::ALL,
    shared: server::ALL,
    open: false,
};

/// `[inet_http_server]`.
pub const INET_SERVER: Section = Section {
    name: "inet_http_server",
    form: Form::Start,
    doc: "A control port on the network; whoever reaches it controls every program",
    own: inet_server::ALL,
    shared: server::ALL,
    open: false,
};

/// `[rpcinterface:x]`.
pub const RPC_INTERFACE: Section = Section {
    name: "rpcinterface",
    form: Form::Named,
    doc: "An XML-RPC namespace; supervisor is the one that clients need",
    own: rpc_interface::ALL,
    shared: &[],
    // No factory takes any other option; the original does not even start with one.
    open: false,
};

/// Rows of both kinds of servers.
pub mod server {
    use super::{Nothing, Text, rows};

    rows! { ALL:
        USERNAME = "username", Text, Nothing("everybody may connect"), Environment,
            "Name that clients must give", "user";
        PASSWORD = "password", Text, Nothing("everybody may connect"), Environment,
            "Password that clients must give, in clear text or as {SHA} and its SHA-1 in hexadecimal", "123";
        PROBE_PATHS = "probe_paths", Boolean, Text("false"), Environment,
            "Answer the probes /livez, /healthz and /readyz without a password", "true";
        ALLOW_GET_ACTIONS = "allow_get_actions", Boolean, Text("false"), Environment,
            "Obey action links such as /?action=stopall, from any page that a browser opens",
            "false";
        ALLOWED_HOSTS = "allowed_hosts", Hosts,
            Nothing("any; on loopback without password only this machine's"), Environment,
            "Names by which browsers may call this server, * for all", "status.example.com";
    }
}

/// Rows of `[unix_http_server]`.
pub mod unix_server {
    use super::{Nothing, Required, Text, rows};

    rows! { ALL:
        FILE = "file", Path, Required, Here,
            "Path of the socket", "/tmp/supervisor.sock";
        CHMOD = "chmod", Octal, Text("0700"), Environment,
            "Mode of the socket file", "0700";
        CHOWN = "chown", Owner, Nothing("who runs the daemon"), Environment,
            "Owner of the socket file", "nobody:nogroup";
    }
}

/// Rows of `[inet_http_server]`.
pub mod inet_server {
    use super::{Required, rows};

    rows! { ALL:
        PORT = "port", Address, Required, Environment,
            "Port to listen on, with a host in front for one address only", "127.0.0.1:9001";
    }
}

/// Rows of `[rpcinterface:x]`.
pub mod rpc_interface {
    use super::{Nothing, Required, rows};

    rows! { ALL:
        FACTORY = "supervisor.rpcinterface_factory", Callable, Required, Environment,
            "What answers the calls: this one, or supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface",
            "supervisor.rpcinterface:make_main_rpcinterface";
        WHITELIST = "whitelist", Text, Nothing("all of them"), Environment,
            "Methods of supervisor_twiddler that may be called, between commas", "getAPIVersion, getGroupNames, log";
    }
}
