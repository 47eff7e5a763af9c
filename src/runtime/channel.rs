//! One output channel of one program: pipe → strip ANSI → capture → file and syslog. Knows when to stop reading.
//!
//! A sink that cannot take more stops the reading of its pipe, so the program waits in its own write and nothing grows here:
//! at most one read is kept aside. The pipe of an ended program that others still hold open is read until it ends.

use crate::model::ChannelLog;
use crate::runtime::log_file::{LogFile, Rotation};
use crate::sys::pipes::{self, Read};
use crate::sys::poller::{Interest, Poller, Watch};
use crate::wire::ansi::Stripper;
use crate::wire::capture::{Capture, Piece};
use crate::wire::lines::Lines;
use std::borrow::Cow;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Why a channel does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// The disk is full; tried again by a timer.
    NoRoom,
    /// The reader of our output is slow; the poller says when there is room.
    SlowReader,
}

/// Something that an operator should hear of.
#[derive(Debug)]
pub enum Trouble {
    /// The log cannot be written for now, and its program's output waits.
    Waiting(PathBuf, io::Error),
    /// The log can be written again.
    Resumed(PathBuf),
    /// The log cannot be written, and output is thrown away.
    Discarding(PathBuf, io::Error),
}

/// Where output goes after stripping, beside the file.
pub trait Tap {
    /// Called with each read, before anything is done to it.
    fn raw(&mut self, data: &[u8]);
    /// Called with each piece of output as it will be logged, or captured.
    fn piece(&mut self, data: &[u8]);
    /// Called with all that stood between two capture tags.
    fn captured(&mut self, data: &[u8]);
    /// Called with each line for syslog.
    fn syslog_line(&mut self, line: &[u8]);
    /// Called when something is wrong with the log, or right again.
    fn trouble(&mut self, trouble: Trouble);
}

/// One channel.
#[derive(Debug, Default)]
pub struct Channel {
    sources: Vec<Source>,
    file: Option<Box<LogFile>>,
    /// Polls the log's descriptor for room while it has none.
    room: Option<Watch<OwnedFd>>,
    stripper: Option<Stripper>,
    capture: Option<Box<Capture>>,
    lines: Option<Lines>,
    /// Output that the log could not take yet; at most one read.
    pending: Vec<u8>,
    blocked: Option<Blocked>,
    /// Somebody was told that the log has no room.
    told: bool,
    /// Somebody was told that output is thrown away.
    discarding: bool,
    next_generation: u16,
    /// Bytes of output taken so far.
    bytes: u64,
}

#[derive(Debug)]
struct Source {
    generation: u16,
    pipe: Watch<OwnedFd>,
}

/// How much of one pipe is read in one turn of the loop, in bytes, before others have theirs.
const TURN: usize = 2 * 1024 * 1024;

/// How much of an ended program's output is read at once; what is beyond (others still write) follows in later turns.
const LAST_WORDS: usize = 1024 * 1024;

impl Channel {
    /// Prepares the log for a program that is about to start: opens it, unless it still has something to write.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn open(&mut self, path: Option<&Path>, config: &ChannelLog, strip_ansi: bool) -> io::Result<()> {
        if self.pending.is_empty() {
            self.close_file();
            self.discarding = false;
        }
        if self.file.is_none()
            && let Some(path) = path
        {
            let rotation = Rotation::new(config.max_bytes, config.backups);
            self.file = Some(Box::new(LogFile::open(path, rotation)?));
        }
        self.stripper = strip_ansi.then(Stripper::default);
        self.lines = config.syslog.then(Lines::default);
        let most = usize::try_from(config.capture_max_bytes).unwrap_or(0);
        self.capture = (most > 0).then(|| Box::new(Capture::new(most)));
        Ok(())
    }

    /// Begins to read a pipe. `key` makes the poller's key of a generation number.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`.
    pub fn attach(&mut self, poller: &Poller, pipe: OwnedFd, key: impl Fn(u16) -> usize) -> io::Result<()> {
        let generation = self.next_generation;
        self.next_generation = generation.wrapping_add(1);
        let interest = if self.blocked.is_some() { Interest::Nothing } else { Interest::Readable };
        let pipe = poller.watch(pipe, key(generation), interest).map_err(|(error, _)| error)?;
        // One is all that most channels ever have.
        self.sources.reserve_exact(1);
        self.sources.push(Source { generation, pipe });
        Ok(())
    }

    /// A pipe is readable: moves what is there, as far as the sinks take it.
    pub fn readable(&mut self, generation: u16, buffer: &mut [u8], tap: &mut impl Tap) {
        if let Some(at) = self.sources.iter().position(|source| source.generation == generation) {
            let mut moved = 0;
            while let Some(count) = self.take(at, buffer, tap) {
                moved += count;
                // What did not fill the buffer has emptied the pipe. If it has ended as well, the poller will say so.
                if count < buffer.len() || moved >= TURN {
                    break;
                }
            }
            self.finish_if_over(tap);
        }
    }

    /// The program has ended: moves its last words and closes what nobody holds open any more.
    pub fn ended(&mut self, buffer: &mut [u8], tap: &mut impl Tap) {
        for at in (0..self.sources.len()).rev() {
            let mut moved = 0;
            while moved < LAST_WORDS
                && let Some(count) = self.take(at, buffer, tap)
            {
                moved += count;
            }
        }
        self.finish_if_over(tap);
    }

    /// Tries again to write what was kept aside.
    pub fn retry(&mut self, tap: &mut impl Tap) {
        self.blocked = None;
        self.room = None;
        let pending = std::mem::take(&mut self.pending);
        self.write(&pending, tap);
        if self.blocked.is_some() {
            return;
        }
        if std::mem::take(&mut self.told)
            && let Some(file) = &self.file
        {
            tap.trouble(Trouble::Resumed(file.path().to_owned()));
        }
        self.set_reading(Interest::Readable);
        self.finish_if_over(tap);
    }

    /// Opens the log anew (SIGUSR2).
    ///
    /// # Errors
    /// Those of `open(2)`; the old one stays in use then.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.reopen())
    }

    /// Empties the log.
    ///
    /// # Errors
    /// Those of `unlink(2)` and `open(2)`.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.clear())
    }

    /// Bytes of output that were taken since the daemon started.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Why the channel does not read, if so.
    #[must_use]
    pub fn blocked(&self) -> Option<Blocked> {
        self.blocked
    }

    /// Asks the poller to say when a slow reader has room again.
    ///
    /// # Errors
    /// Those of `dup(2)` and `epoll_ctl(2)`.
    pub fn wait_for_room(&mut self, poller: &Poller, key: usize) -> io::Result<()> {
        if self.room.is_none()
            && let Some(fd) = self.file.as_ref().and_then(|file| file.waits_on())
        {
            let copy = fd.try_clone_to_owned()?;
            self.room = Some(poller.watch(copy, key, Interest::Writable).map_err(|(error, _)| error)?);
        }
        Ok(())
    }

    /// Whether a program or somebody who inherited its output can still write here.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.sources.is_empty() && self.pending.is_empty()
    }

    /// Reads one source once; gives the number of bytes. `None` when it is blocked, empty or ended.
    fn take(&mut self, at: usize, buffer: &mut [u8], tap: &mut impl Tap) -> Option<usize> {
        if self.blocked.is_some() {
            return None;
        }
        match pipes::read(&self.sources.get(at)?.pipe, buffer) {
            Read::Bytes(count) => {
                self.bytes += count as u64;
                self.accept(buffer.get(..count).unwrap_or_default(), tap);
                Some(count)
            }
            Read::Empty => None,
            Read::End => {
                self.sources.remove(at);
                None
            }
        }
    }

    /// One read: strip, capture, tell the taps, write to the log.
    fn accept(&mut self, data: &[u8], tap: &mut impl Tap) {
        tap.raw(data);
        let data = match &mut self.stripper {
            Some(stripper) => stripper.strip(data),
            None => Cow::Borrowed(data),
        };
        self.sort(&data, tap);
    }

    /// Sets aside what stands between capture tags.
    fn sort(&mut self, data: &[u8], tap: &mut impl Tap) {
        let Some(mut capture) = self.capture.take() else { return self.deliver(data, tap) };
        capture.feed(data, |piece| self.take_piece(piece, tap));
        self.capture = Some(capture);
    }

    fn take_piece(&mut self, piece: Piece<'_>, tap: &mut impl Tap) {
        match piece {
            Piece::Plain(data) => self.deliver(data, tap),
            Piece::Inside(data) => tap.piece(data),
            Piece::Captured(data) => tap.captured(data),
            // Better in the log, where somebody may look for it, than nowhere.
            Piece::Abandoned(data) => self.write(data, tap),
        }
    }

    fn deliver(&mut self, data: &[u8], tap: &mut impl Tap) {
        if data.is_empty() {
            return;
        }
        tap.piece(data);
        if let Some(lines) = &mut self.lines {
            lines.feed(data, |line| tap.syslog_line(line));
        }
        self.write(data, tap);
    }

    /// Writes to the log; keeps aside what it cannot take now.
    fn write(&mut self, mut data: &[u8], tap: &mut impl Tap) {
        if self.blocked.is_some() && self.file.is_some() {
            self.pending.extend_from_slice(data);
            return;
        }
        while !data.is_empty() {
            let Some(file) = &mut self.file else { return };
            match file.write(data) {
                Ok(written) => {
                    self.discarding = false;
                    data = data.get(written..).unwrap_or_default();
                }
                Err(error) => {
                    self.write_failed(error, data, tap);
                    return;
                }
            }
        }
    }

    fn write_failed(&mut self, error: io::Error, rest: &[u8], tap: &mut impl Tap) {
        let Some(file) = &self.file else { return };
        match error.kind() {
            io::ErrorKind::WouldBlock => self.block(Blocked::SlowReader, rest),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                if !std::mem::replace(&mut self.told, true) {
                    tap.trouble(Trouble::Waiting(file.path().to_owned(), error));
                }
                self.block(Blocked::NoRoom, rest);
            }
            _ if self.discarding => {}
            _ => {
                self.discarding = true;
                tap.trouble(Trouble::Discarding(file.path().to_owned(), error));
            }
        }
    }

    fn block(&mut self, why: Blocked, rest: &[u8]) {
        self.blocked = Some(why);
        self.pending.extend_from_slice(rest);
        self.set_reading(Interest::Nothing);
    }

    fn set_reading(&mut self, interest: Interest) {
        for source in &mut self.sources {
            // A source that cannot be put back into the poller's set is as good as ended.
            let _ = source.pipe.set_interest(interest);
        }
    }

    /// After the last writer is gone: gives out held-back pieces and closes the log.
    fn finish_if_over(&mut self, tap: &mut impl Tap) {
        if !self.sources.is_empty() {
            return;
        }
        if let Some(stripper) = &mut self.stripper {
            let rest = stripper.finish();
            self.sort(rest, tap);
        }
        if let Some(mut capture) = self.capture.take() {
            capture.finish(|piece| self.take_piece(piece, tap));
            self.capture = Some(capture);
        }
        if let Some(lines) = &mut self.lines {
            lines.finish(|line| tap.syslog_line(line));
        }
        if self.is_idle() {
            self.close_file();
        }
    }

    fn close_file(&mut self) {
        self.file = None;
        self.room = None;
    }
}
