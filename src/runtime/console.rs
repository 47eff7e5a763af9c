//! Lines for the daemon's standard output that are not its own log: what `supervisor_stdout:event_handler` prints. Never
//! waits for a reader, see `buffered`.

use crate::runtime::buffered::Buffered;
use crate::sys::output::SharedOutput;
use std::os::fd::{AsFd, OwnedFd};

/// Standard output; opened when the first line comes.
#[derive(Debug, Default)]
pub(super) struct Console {
    output: Option<Buffered<SharedOutput>>,
}

impl Console {
    /// Writes whole lines, or keeps them for when there is room.
    pub(super) fn print(&mut self, lines: &[u8]) {
        if self.output.is_none() {
            // Without a standard output there is nobody to read.
            self.output = SharedOutput::inherit(1).ok().map(Buffered::new);
        }
        if let Some(output) = &mut self.output {
            output.push(lines);
        }
    }

    /// Tries to write what waits.
    pub(super) fn flush(&mut self) {
        if let Some(output) = &mut self.output {
            output.flush();
        }
    }

    /// Whether lines wait for a reader.
    pub(super) fn is_waiting(&self) -> bool {
        self.output.as_ref().is_some_and(Buffered::is_waiting)
    }

    /// A copy of the descriptor to poll for room, where that makes sense.
    pub(super) fn waits_on(&self) -> Option<OwnedFd> {
        let output =
            self.output.as_ref().filter(|output| output.is_waiting() && !output.sink.never_waits())?;
        output.sink.as_fd().try_clone_to_owned().ok()
    }
}
