//! A sink that may be slow, and what waits for it: lines are taken whole or not at all, in order, and never waited for. What
//! a stuck sink does not take is kept up to [`PATIENCE`]; beyond that lines are dropped, and the loss is said when it goes on.

use crate::runtime::log_file::LogFile;
use crate::sys::output::SharedOutput;
use std::io;

/// Bytes kept for a sink that takes nothing for now.
pub(super) const PATIENCE: usize = 256 * 1024;

/// A sink that may be slow, with what it still has to take.
#[derive(Debug)]
pub(super) struct Buffered<S> {
    /// Where everything goes.
    pub(super) sink: S,
    waiting: Vec<u8>,
    /// How much may wait.
    patience: usize,
    dropped: u64,
    /// Bytes that the sink has taken.
    taken: u64,
    /// Makes the line that tells how many were dropped.
    note: fn(u64) -> String,
}

/// Something that takes bytes without waiting.
pub(super) trait Sink {
    /// Writes as much as goes now.
    ///
    /// # Errors
    /// `WouldBlock` where nothing goes now; others as of `write(2)`.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize>;
}

impl Sink for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LogFile::write(self, bytes)
    }
}

impl Sink for SharedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        SharedOutput::write(self, bytes)
    }
}

impl<S: Sink> Buffered<S> {
    /// With nothing waiting.
    pub(super) fn new(sink: S) -> Buffered<S> {
        Buffered { sink, waiting: Vec::new(), patience: PATIENCE, dropped: 0, taken: 0, note: plain_note }
    }

    /// Lets so many bytes wait.
    pub(super) fn with_patience(self, patience: usize) -> Buffered<S> {
        Buffered { patience, ..self }
    }

    /// Has a loss told in other words.
    pub(super) fn tell_loss(&mut self, note: fn(u64) -> String) {
        self.note = note;
    }

    /// Bytes that wait.
    pub(super) fn backlog(&self) -> usize {
        self.waiting.len()
    }

    /// Bytes that the sink has taken so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether something waits to be written.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Takes one line whole, or counts it as dropped.
    pub(super) fn push(&mut self, line: &[u8]) {
        self.push_lines(line, 1);
    }

    /// Takes so many lines whole, or counts them as dropped. After a loss nothing is taken before that was told.
    pub(super) fn push_lines(&mut self, line: &[u8], count: u64) {
        if self.is_waiting() {
            self.flush();
        }
        if self.dropped > 0 || self.waiting.len() + line.len() > self.patience {
            self.dropped += count;
            return;
        }
        if self.is_waiting() {
            self.waiting.extend_from_slice(line);
            return;
        }
        let rest = self.write_now(line);
        self.waiting.extend_from_slice(line.get(line.len() - rest..).unwrap_or_default());
    }

    /// Writes as much as goes; returns how many bytes are left.
    fn write_now(&mut self, mut bytes: &[u8]) -> usize {
        while !bytes.is_empty() {
            match self.sink.write(bytes) {
                Ok(written) => {
                    self.taken += written as u64;
                    bytes = bytes.get(written..).unwrap_or_default();
                }
                Err(error) if is_passing(&error) => return bytes.len(),
                // The reader is gone or the device is broken: there is nobody to complain to.
                Err(_) => return 0,
            }
        }
        0
    }

    /// Tries to write what waits.
    pub(super) fn flush(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        let rest = self.write_now(&waiting);
        waiting.drain(..waiting.len() - rest);
        if !waiting.is_empty() {
            self.waiting = waiting;
        }
        if self.waiting.is_empty() && self.dropped > 0 {
            let note = (self.note)(self.dropped);
            self.dropped = 0;
            let rest = self.write_now(note.as_bytes());
            self.waiting.extend_from_slice(note.as_bytes().get(note.len() - rest..).unwrap_or_default());
        }
    }
}

fn plain_note(dropped: u64) -> String {
    format!("({dropped} lines of this log were dropped, it could not be written)\n")
}

/// Errors that pass by themselves.
fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Fake {
        room: usize,
        got: Vec<u8>,
    }

    impl Sink for Fake {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(self.room);
            self.room -= count;
            self.got.extend_from_slice(bytes.get(..count).unwrap_or_default());
            Ok(count)
        }
    }

    #[test]
    fn a_slow_sink_gets_everything_in_order() {
        let mut log = Buffered::new(Fake { room: 3, got: Vec::new() });
        log.push(b"one\n");
        log.push(b"two\n");
        assert!(log.is_waiting());
        log.sink.room = 100;
        log.flush();
        assert_eq!(log.sink.got, b"one\ntwo\n");
        assert!(!log.is_waiting());
    }

    #[test]
    fn a_stuck_sink_costs_bounded_memory_and_the_loss_is_said() {
        let mut log = Buffered::new(Fake::default());
        let line = vec![b'x'; 1000];
        for _ in 0..1000 {
            log.push(&line);
        }
        assert!(log.waiting.len() <= PATIENCE);
        log.sink.room = usize::MAX;
        log.flush();
        let text = String::from_utf8_lossy(&log.sink.got);
        assert!(text.contains("(738 lines of this log were dropped"), "{}", text.len());
    }
}
