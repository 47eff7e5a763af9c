//! Groups of services: of one program, of several, a pool of event listeners, or FastCGI workers on one socket.

use crate::model::Service;
use crate::model::server::Owner;
use std::path::PathBuf;

/// A named set of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, unique.
    pub name: String,
    /// Lower starts earlier and stops later.
    pub priority: i64,
    /// What the members are.
    pub kind: GroupKind,
    /// Members in autostart order.
    pub services: Vec<Service>,
}

/// What a group's members are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupKind {
    /// Ordinary programs.
    Programs,
    /// `[eventlistener:x]`.
    EventListeners(EventPool),
    /// `[fcgi-program:x]`.
    FastCgi(FastCgiSocket),
}

/// The pool of an event listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPool {
    /// Subscribed event type names in upper case, sorted, each once; every one is known.
    pub events: Vec<String>,
    /// Events kept while no listener is ready; at least 1.
    pub buffer_size: i64,
    /// `result_handler=`.
    pub result_handler: ResultHandler,
}

/// What a listener's answer to an event means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultHandler {
    /// `supervisor.dispatchers:default_handler`: `OK` is success, anything else gives the event back.
    Default,
    /// `supervisor_stdout:event_handler`: the answer repeats a PROCESS_LOG event, whose lines go to the daemon's standard
    /// output with the process's name and channel in front.
    PrefixedStdout,
}

/// The listening socket of a FastCGI program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FastCgiSocket {
    /// `socket=` with a normal path or a lower-case host, as the log shows it and as two are compared.
    pub url: String,
    /// What it means.
    pub address: SocketAddress,
    /// Queue length, 1 to 65535; `None` takes the kernel's default.
    pub backlog: Option<u32>,
    /// Owner of a Unix socket file.
    pub owner: Option<Owner>,
    /// Mode of a Unix socket file.
    pub mode: u32,
}

/// Where a FastCGI socket listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketAddress {
    /// `unix:///path`.
    Unix(PathBuf),
    /// `tcp://host:port`.
    Tcp {
        /// Lower-case host name or address.
        host: String,
        /// 1 to 65535.
        port: u16,
    },
}
