//! `supervisord.conf`, native: files in, model and diagnostics out. The daemon, `check` and a reload all come in through
//! `load`; supervisorctl through `load_control`. Keeps nothing between two calls.

pub mod command_line;
pub mod dotenv;
pub mod environment;
pub mod expand;
mod facts;
mod format;
pub mod getopt;
pub mod keys;
pub mod lexer;
mod load;
mod lower;
pub mod python;
mod report;
mod single;
mod source;
pub mod text;
mod unknown;
pub mod values;
pub mod words;

pub use command_line::{Arguments, Overrides};
pub use load::{Loaded, Request, explanation, find_control, first_error, load, load_control, usage_error};
pub use lower::listener::EVENTS;
pub use lower::program::MOST_PROCESSES;
pub use single::{Lowered, Single, program};

#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod load_tests;
