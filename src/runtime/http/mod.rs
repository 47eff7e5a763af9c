//! The HTTP servers in the poll loop: sockets, connections, log streams. What is answered is decided in `api`.

pub mod connection;
mod crowd;
mod figures;
pub mod follow;
pub mod listener;
pub mod routes;
pub mod rpc;
pub mod server;
pub mod throttle;
pub mod web;

pub use listener::{ListenError, Listener};
pub use server::HttpServer;
