//! Whoever else starts processes beside the programs: on a machine, the shell on its console. The loop reaps for it and wakes
//! it up, and knows nothing more about it.

use crate::base::{Mono, Pid};
use crate::model::InitSettings;

/// Has processes of its own in the loop of the daemon.
pub trait Companion {
    /// From now on these settings hold.
    fn configure(&mut self, settings: &InitSettings);

    /// A child that is no program has ended; whether it was the companion's.
    fn ended(&mut self, pid: Pid, now: Mono) -> bool;

    /// Does what is due, and answers lines to log.
    fn attend(&mut self, now: Mono) -> Vec<String>;

    /// When it wants to be called again.
    fn next(&self) -> Option<Mono>;
}
