//! Decides what happens; performs nothing. `Engine::step(now, input)` returns actions, the runtime executes them and
//! feeds the results back. No clock, no system call, no log line is made here.
#![forbid(unsafe_code)]

pub mod batch;
pub mod event;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod input;
pub mod listeners;
pub mod note;
pub mod process;
pub mod reload;
mod roster;
mod shutdown;
pub mod spawn_error;
pub mod state;
pub mod supervisor;
pub mod view;

pub use event::{Event, Period};
pub use input::{Action, Input, SignalTarget, Timer};
pub use listeners::{ListenerNote, ListenerState, PoolView};
pub use note::Note;
pub use process::Process;
pub use spawn_error::SpawnError;
pub use state::{Mood, State};
pub use supervisor::Engine;
pub use view::{GroupView, ServiceView};
