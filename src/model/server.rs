//! Who may talk to the daemon, and where.

use indexmap::IndexMap;
use std::path::PathBuf;

/// One HTTP server section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Section name, `inet_http_server` or `unix_http_server` with whatever follows.
    pub section: String,
    /// Where it listens.
    pub listen: Listen,
    /// Who is let in; `None` lets everybody in.
    pub credentials: Option<Credentials>,
    /// Whether the page's actions can also be ordered by following a link.
    pub allow_get_actions: bool,
    /// Under which names browsers may come.
    pub hosts: Hosts,
    /// Whether the probes of an orchestrator are answered without a password.
    pub probe_paths: bool,
}

impl Server {
    /// A server with nothing set but where it listens.
    #[must_use]
    pub fn new(section: &str, listen: Listen) -> Server {
        let section = section.to_owned();
        Server {
            section,
            listen,
            credentials: None,
            allow_get_actions: false,
            hosts: Hosts::Usual,
            probe_paths: false,
        }
    }
}

/// The names of a server under which browsers may come. Another name is one that somebody else has made lead here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hosts {
    /// As is safe for the place where the server listens.
    Usual,
    /// Any name.
    Any,
    /// These, in lower case, besides the usual ones.
    Named(Vec<String>),
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// TCP.
    Inet {
        /// Lower-case host; empty listens on every address.
        host: String,
        /// 1 to 65535.
        port: u16,
    },
    /// A Unix socket.
    Unix {
        /// Absolute path of the socket file.
        path: PathBuf,
        /// Mode of the file.
        mode: u32,
        /// Owner of the file; `None` leaves it as made.
        owner: Option<Owner>,
    },
}

/// Owner of a socket file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// User id.
    pub uid: u32,
    /// Group id; `None` leaves the group as made.
    pub gid: Option<u32>,
}

/// Name and password of a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: Password,
}

/// A password; never printed.
#[derive(Clone, PartialEq, Eq)]
pub enum Password {
    /// In clear text.
    Clear(String),
    /// `{SHA}` and the lower-case hexadecimal SHA-1.
    Sha1(String),
}

/// `[rpcinterface:x]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RpcInterface {
    /// The namespace, the part after the colon.
    pub namespace: String,
    /// What answers the calls.
    pub factory: RpcFactory,
    /// All keys but that of the factory, as the original hands them to it.
    pub options: IndexMap<String, String>,
}

/// The factories of XML-RPC namespaces that exist without Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RpcFactory {
    /// `supervisor.rpcinterface:make_main_rpcinterface`.
    Main,
    /// `supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface`.
    Twiddler {
        /// The only methods that may be called; empty allows all.
        whitelist: Vec<String>,
    },
}

/// `[supervisorctl]`.
#[derive(Clone, PartialEq, Eq)]
pub struct SupervisorctlSettings {
    /// `http://host:port` or `unix:///path`.
    pub server_url: String,
    /// User name, if any.
    pub username: Option<String>,
    /// Password in clear text, if any.
    pub password: Option<String>,
    /// Prompt of the shell, without the `> `.
    pub prompt: String,
    /// Where the shell keeps its history.
    pub history_file: Option<PathBuf>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SupervisorctlSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SupervisorctlSettings").field("server_url", &self.server_url).finish_non_exhaustive()
    }
}

/// What children are told as `SUPERVISOR_SERVER_URL`: the first Unix socket, else the first TCP server
/// (`supervisor/options.py`, `get_serverurl`).
#[must_use]
pub fn server_url(servers: &[Server]) -> Option<String> {
    let unix = servers.iter().find_map(|server| match &server.listen {
        Listen::Unix { path, .. } => Some(format!("unix://{}", path.display())),
        Listen::Inet { .. } => None,
    });
    unix.or_else(|| {
        servers.iter().find_map(|server| match &server.listen {
            Listen::Inet { host, port } if host.is_empty() => Some(format!("http://localhost:{port}")),
            Listen::Inet { host, port } => Some(format!("http://{host}:{port}")),
            Listen::Unix { .. } => None,
        })
    })
}
