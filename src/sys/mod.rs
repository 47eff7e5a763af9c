//! The only home of `unsafe` and of kernel calls. One subject a file; nothing here decides anything.
#![allow(unsafe_code)]

pub mod auto_file;
pub mod clock;
pub mod daemonize;
pub mod family;
pub mod file_watch;
pub mod identity;
pub mod limits;
pub mod listening_socket;
pub mod memory;
pub mod mount;
pub mod network;
pub mod notify;
pub mod output;
pub mod peer;
pub mod pipes;
pub mod poll;
pub mod poller;
pub mod process;
pub mod procfs;
pub mod random;
pub mod reboot;
mod rest;
pub mod session;
pub mod signals;
pub mod solo;
pub mod spawn;
pub mod standard_fds;
pub mod surroundings;
pub mod syslog;
pub mod terminal;
pub mod timer;
pub mod users;
pub mod wait;
