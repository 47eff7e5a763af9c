//! What runs: the poll loop, and everything that executes the engine's decisions.

pub mod activity_log;
pub mod auto_logs;
pub mod background;
mod buffered;
pub mod channel;
pub mod client;
mod console;
pub mod daemon;
mod execute;
pub mod fastcgi;
mod flow;
pub mod fresh;
pub mod glob;
mod host;
pub mod http;
mod last_word;
pub mod launch;
mod listening;
pub mod log_file;
pub mod pid_file;
pub mod program;
pub mod proxy;
mod reload;
mod shown;
mod signals;
pub mod solo;
pub mod startup;
pub mod stdin;
pub mod timers;
pub mod token;
pub mod world;

pub use daemon::Daemon;
pub use fresh::{Fresh, Loader};
pub use startup::{StartError, supervise};
pub use world::Machine;
