//! Waiting for file descriptors. Wraps `polling`, whose `add` is unsafe because a descriptor must be deleted before it is
//! closed: here a `Watch` owns what it registered and deletes it when dropped.

use polling::{Event, Events, PollMode};
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::rc::Rc;

/// What to wake up for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    /// Nothing for now; errors and hang-ups are not reported either.
    Nothing,
    /// Data to read, end of file, hang-up.
    Readable,
    /// Room to write.
    Writable,
    /// Both.
    Both,
}

/// The set of descriptors that the loop waits for.
#[derive(Debug, Clone)]
pub struct Poller {
    inner: Rc<polling::Poller>,
}

/// A descriptor in the poller's set; owns the descriptor.
#[derive(Debug)]
pub struct Watch<F: AsFd> {
    poller: Rc<polling::Poller>,
    fd: F,
    key: usize,
    interest: Interest,
}

/// One thing that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// The key given to `watch`.
    pub key: usize,
    /// Reading would not block (data, end of file or error).
    pub readable: bool,
    /// Writing would not block, or would fail.
    pub writable: bool,
}

/// How many descriptors one turn of the loop looks at; the rest is ready in the next turn.
const READY_PER_TURN: usize = 512;

impl Poller {
    /// An empty set.
    ///
    /// # Errors
    /// Those of `epoll_create1(2)`, `eventfd(2)` and `timerfd_create(2)`.
    pub fn new() -> io::Result<Poller> {
        Ok(Poller { inner: Rc::new(polling::Poller::new()?) })
    }

    /// Takes a descriptor into the set, level-triggered.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`; EPERM for a regular file, which is always ready.
    pub fn watch<F: AsFd>(&self, fd: F, key: usize, interest: Interest) -> Result<Watch<F>, (io::Error, F)> {
        let added = if interest == Interest::Nothing { Ok(()) } else { add(&self.inner, &fd, key, interest) };
        match added {
            Ok(()) => Ok(Watch { poller: Rc::clone(&self.inner), fd, key, interest }),
            Err(error) => Err((error, fd)),
        }
    }

    /// Sleeps until something is ready, for ever if need be; `at_once` only looks. Replaces the contents of `ready`.
    ///
    /// # Errors
    /// Those of `epoll_wait(2)` except EINTR.
    pub fn wait(&self, waiting: &mut Waiting, at_once: bool, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        waiting.events.clear();
        let timeout = at_once.then_some(std::time::Duration::ZERO);
        self.inner.wait(&mut waiting.events, timeout)?;
        ready.extend(waiting.events.iter().map(|event| Ready {
            key: event.key,
            readable: event.readable,
            writable: event.writable,
        }));
        Ok(())
    }
}

/// Room for what one wait returns.
pub struct Waiting {
    events: Events,
}

impl Default for Waiting {
    fn default() -> Waiting {
        Waiting {
            events: Events::with_capacity(NonZeroUsize::new(READY_PER_TURN).unwrap_or(NonZeroUsize::MIN)),
        }
    }
}

impl<F: AsFd> Watch<F> {
    /// Changes what wakes the loop up. Costs no system call where nothing changes.
    ///
    /// epoll reports hang-ups even of descriptors that nobody is interested in, over and over, so one without interest
    /// leaves the set until it is wanted again.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`.
    pub fn set_interest(&mut self, interest: Interest) -> io::Result<()> {
        if self.interest == interest {
            return Ok(());
        }
        if interest == Interest::Nothing {
            self.poller.delete(&self.fd)?;
        } else if self.interest == Interest::Nothing {
            add(&self.poller, &self.fd, self.key, interest)?;
        } else {
            self.poller.modify_with_mode(&self.fd, event(self.key, interest), PollMode::Level)?;
        }
        self.interest = interest;
        Ok(())
    }

    /// What currently wakes the loop up.
    #[must_use]
    pub fn interest(&self) -> Interest {
        self.interest
    }

    /// The descriptor.
    #[must_use]
    pub fn get(&self) -> &F {
        &self.fd
    }

    /// The descriptor, to change what belongs to it; it must stay the same descriptor.
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.fd
    }
}

impl<F: AsFd> AsFd for Watch<F> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl<F: AsFd> Drop for Watch<F> {
    fn drop(&mut self) {
        if self.interest != Interest::Nothing {
            // Fails only where the descriptor is not in the set, which is what is wanted.
            let _ = self.poller.delete(&self.fd);
        }
    }
}

impl<F: AsFd> AsRawFd for Watch<F> {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        self.fd.as_fd().as_raw_fd()
    }
}

fn add(poller: &polling::Poller, fd: &impl AsFd, key: usize, interest: Interest) -> io::Result<()> {
    // SAFETY: only called for a descriptor that a Watch owns or is about to own; the Watch deletes it from the poller before
    // closing it.
    unsafe { poller.add_with_mode(&fd.as_fd(), event(key, interest), PollMode::Level) }
}

fn event(key: usize, interest: Interest) -> Event {
    match interest {
        Interest::Nothing => Event::none(key),
        Interest::Readable => Event::readable(key),
        Interest::Writable => Event::writable(key),
        Interest::Both => Event::all(key),
    }
}
