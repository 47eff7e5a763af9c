//! The writing end of a child's standard input. Writing never waits: what the child does not take is kept, up to a limit.

use crate::api::StdinError;
use crate::sys::poller::{Interest, Poller, Watch};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

/// Bytes kept for a child that does not read.
const MOST: usize = 1024 * 1024;

/// An open standard input.
#[derive(Debug)]
pub struct Stdin {
    pipe: Watch<File>,
    pending: Vec<u8>,
}

impl Stdin {
    /// Takes the daemon's end of the pipe; it is polled only while something waits to be written.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`.
    pub fn new(poller: &Poller, pipe: OwnedFd, key: usize) -> io::Result<Stdin> {
        let pipe = poller.watch(File::from(pipe), key, Interest::Nothing).map_err(|(error, _)| error)?;
        Ok(Stdin { pipe, pending: Vec::new() })
    }

    /// Writes, or keeps what does not go now.
    ///
    /// # Errors
    /// The child closed its end, or too much waits already; nothing of `bytes` is kept then.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StdinError> {
        if self.pending.len() + bytes.len() > MOST {
            return Err(StdinError::Full);
        }
        self.pending.extend_from_slice(bytes);
        self.flush()
    }

    /// Writes an event, of any size: a listener gets the next one only after its answer to this one.
    ///
    /// # Errors
    /// The child closed its end.
    pub fn write_event(&mut self, envelope: &[u8]) -> Result<(), StdinError> {
        self.pending.extend_from_slice(envelope);
        self.flush()
    }

    /// The child takes input again.
    ///
    /// # Errors
    /// The child closed its end.
    pub fn flush(&mut self) -> Result<(), StdinError> {
        while !self.pending.is_empty() {
            match self.pipe.get_mut().write(&self.pending) {
                Ok(count) => drop(self.pending.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return self.pipe.set_interest(Interest::Writable).map_err(|_| StdinError::Closed);
                }
                Err(_) => {
                    self.pending = Vec::new();
                    let _ = self.pipe.set_interest(Interest::Nothing);
                    return Err(StdinError::Closed);
                }
            }
        }
        self.pending = Vec::new();
        self.pipe.set_interest(Interest::Nothing).map_err(|_| StdinError::Closed)
    }
}
