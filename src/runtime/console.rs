//! The daemon's own standard output and error: everything that goes there passes through here, the daemon's log, what
//! programs say, what `supervisor_stdout:event_handler` prints. So lines stay whole, in order, and never mix.
//!
//! Never waits for a reader, see `buffered`. Who brings output of programs asks first whether there is room, and otherwise
//! lets the program wait; where a reader takes nothing for [`STALL`], lines are dropped and counted instead.

use crate::runtime::buffered::Buffered;
use crate::sys::output::SharedOutput;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// With so many bytes waiting, programs wait too.
const ROOM: usize = 64 * 1024;

/// More than this never waits. One read of a program's output, as short lines with all that is written around them, fits in
/// between.
const PATIENCE: usize = 2 * 1024 * 1024;

/// A reader that takes nothing for so long is stuck.
pub(super) const STALL: Duration = Duration::from_secs(5);

/// One of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// Standard output.
    Output,
    /// Standard error.
    Error,
}

impl Stream {
    /// The one with that number.
    pub(super) fn of_number(number: i32) -> Option<Stream> {
        match number {
            1 => Some(Stream::Output),
            2 => Some(Stream::Error),
            _ => None,
        }
    }
}

/// Both; opened when the first line comes.
#[derive(Debug, Default)]
pub(super) struct Console {
    lanes: Option<Lanes>,
    note: Option<fn(u64) -> String>,
}

/// The second is missing where both lead to the same place: then one order holds for all.
#[derive(Debug)]
struct Lanes {
    output: Option<Lane>,
    error: Option<Lane>,
    same: bool,
}

#[derive(Debug)]
struct Lane {
    buffer: Buffered<SharedOutput>,
    /// The reader takes nothing: lines are dropped rather than waited for.
    stuck: bool,
    /// What the reader had taken when somebody last looked.
    seen: u64,
}

impl Lanes {
    fn open(note: Option<fn(u64) -> String>) -> Lanes {
        let lane = |number| {
            // Without a descriptor there is nobody to read.
            let mut buffer = Buffered::new(SharedOutput::inherit(number).ok()?).with_patience(PATIENCE);
            if let Some(note) = note {
                buffer.tell_loss(note);
            }
            Some(Lane { buffer, stuck: false, seen: 0 })
        };
        let (output, error) = (lane(1), lane(2));
        let same = match (&output, &error) {
            (Some(output), Some(error)) => output.buffer.sink.is_same(&error.buffer.sink),
            _ => false,
        };
        Lanes { output, error: error.filter(|_| !same), same }
    }

    fn of(&mut self, stream: Stream) -> Option<&mut Lane> {
        if stream == Stream::Output || self.same { self.output.as_mut() } else { self.error.as_mut() }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Lane> {
        self.output.iter_mut().chain(self.error.iter_mut())
    }
}

impl Console {
    /// Has losses told in other words.
    pub(super) fn tell_loss(&mut self, note: fn(u64) -> String) {
        self.note = Some(note);
    }

    /// Takes hold of the descriptors as they are now.
    pub(super) fn open(&mut self) {
        let note = self.note;
        self.lanes.get_or_insert_with(|| Lanes::open(note));
    }

    fn lane(&mut self, stream: Stream) -> Option<&mut Lane> {
        self.open();
        self.lanes.as_mut()?.of(stream)
    }

    /// Writes whole lines, or keeps them for when there is room; `count` is how many are lost if there is none.
    pub(super) fn print(&mut self, stream: Stream, lines: &[u8], count: u64) {
        if let Some(lane) = self.lane(stream) {
            lane.buffer.push_lines(lines, count);
        }
    }

    /// Whether a program's output may come now. `may_lose` is whether dropping it is better than waiting for a stuck reader.
    pub(super) fn has_room(&mut self, stream: Stream, may_lose: bool) -> bool {
        self.lane(stream).is_none_or(|lane| lane.buffer.backlog() <= ROOM || (may_lose && lane.stuck))
    }

    /// Tries to write what waits. Whether anybody who waits for room should look again.
    pub(super) fn flush(&mut self) -> bool {
        let mut room = true;
        for lane in self.lanes.iter_mut().flat_map(Lanes::all) {
            let before = lane.buffer.taken();
            lane.buffer.flush();
            lane.stuck &= lane.buffer.taken() == before;
            room &= lane.buffer.backlog() <= ROOM;
        }
        room
    }

    /// Whether lines wait for a reader.
    pub(super) fn is_waiting(&self) -> bool {
        let lanes = self.lanes.as_ref();
        let waits = |lane: &Option<Lane>| lane.as_ref().is_some_and(|lane| lane.buffer.is_waiting());
        lanes.is_some_and(|lanes| waits(&lanes.output) || waits(&lanes.error))
    }

    /// Looks whether readers have taken anything since this was last called. Tells whether one is found stuck only now.
    pub(super) fn find_stuck(&mut self) -> bool {
        let mut found = false;
        for lane in self.lanes.iter_mut().flat_map(Lanes::all) {
            let taken = lane.buffer.taken();
            if lane.buffer.is_waiting() && taken == lane.seen && !lane.stuck {
                lane.stuck = true;
                found = true;
            }
            lane.seen = taken;
        }
        found
    }

    /// Whether a stuck reader could still be found.
    pub(super) fn may_be_stuck(&mut self) -> bool {
        self.lanes.iter_mut().flat_map(Lanes::all).any(|lane| lane.buffer.is_waiting() && !lane.stuck)
    }

    /// The streams whose readers are waited for, where polling them makes sense.
    pub(super) fn waits_on(&self) -> impl Iterator<Item = (Stream, BorrowedFd<'_>)> {
        let lanes = self.lanes.iter();
        let each = lanes.flat_map(|lanes| [(Stream::Output, &lanes.output), (Stream::Error, &lanes.error)]);
        let waiting = each.filter_map(|(stream, lane)| Some((stream, lane.as_ref()?)));
        waiting
            .filter(|(_, lane)| lane.buffer.is_waiting() && !lane.buffer.sink.never_waits())
            .map(|(stream, lane)| (stream, lane.buffer.sink.as_fd()))
    }
}
