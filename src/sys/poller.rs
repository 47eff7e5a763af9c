//! Waiting for file descriptors. Wraps `polling`, whose `add` is unsafe because a descriptor must be deleted before it is
//! closed: here a `Watch` owns what it registered and deletes it when dropped.
//!
//! The waiting itself is one `epoll_wait(2)`: what `polling` does around it (a timer and a notifier, set anew each time, which
//! nobody here uses) is four system calls more, half of what it costs to pass an event to a listener.

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags, EpollTimeout};
use polling::{Event, PollMode};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
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
    /// The same set, to wait with.
    set: Rc<Epoll>,
}

/// A descriptor in the poller's set; owns the descriptor.
#[derive(Debug)]
pub struct Watch<F: AsFd> {
    // Dropped before the descriptor is closed: fields are dropped in this order.
    registration: Registration,
    fd: F,
}

/// The place of one open descriptor in the set; gives it up when dropped.
#[derive(Debug)]
struct Registration {
    poller: Rc<polling::Poller>,
    raw: RawFd,
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

/// Errors and hang-ups are told to readers and to writers.
const READABLE: EpollFlags = EpollFlags::EPOLLIN
    .union(EpollFlags::EPOLLPRI)
    .union(EpollFlags::EPOLLRDHUP)
    .union(EpollFlags::EPOLLHUP)
    .union(EpollFlags::EPOLLERR);
const WRITABLE: EpollFlags = EpollFlags::EPOLLOUT.union(EpollFlags::EPOLLHUP).union(EpollFlags::EPOLLERR);

impl Poller {
    /// An empty set.
    ///
    /// # Errors
    /// Those of `epoll_create1(2)`, `eventfd(2)` and `timerfd_create(2)`.
    pub fn new() -> io::Result<Poller> {
        let inner = polling::Poller::new()?;
        let set = Rc::new(Epoll(inner.as_fd().try_clone_to_owned()?));
        Ok(Poller { inner: Rc::new(inner), set })
    }

    /// Takes a descriptor into the set, level-triggered.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`; EPERM for a regular file, which is always ready.
    pub fn watch<F: AsFd>(&self, fd: F, key: usize, interest: Interest) -> Result<Watch<F>, (io::Error, F)> {
        let raw = fd.as_fd().as_raw_fd();
        let mut registration =
            Registration { poller: Rc::clone(&self.inner), raw, key, interest: Interest::Nothing };
        match registration.set_interest(interest) {
            Ok(()) => Ok(Watch { registration, fd }),
            Err(error) => Err((error, fd)),
        }
    }

    /// Sleeps until something is ready, for ever if need be; `at_once` only looks. Replaces the contents of `ready`.
    ///
    /// # Errors
    /// Those of `epoll_wait(2)` except EINTR.
    pub fn wait(&self, waiting: &mut Waiting, at_once: bool, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        let timeout = if at_once { EpollTimeout::ZERO } else { EpollTimeout::NONE };
        let count = match self.set.wait(&mut waiting.events, timeout) {
            Ok(count) => count,
            Err(Errno::EINTR) => 0,
            Err(error) => return Err(error.into()),
        };
        ready.extend(waiting.events.iter().take(count).map(|event| {
            let flags = event.events();
            // `polling` registers the key as it is.
            let key = usize::try_from(event.data()).unwrap_or(usize::MAX);
            Ready { key, readable: flags.intersects(READABLE), writable: flags.intersects(WRITABLE) }
        }));
        Ok(())
    }
}

/// Room for what one wait returns.
pub struct Waiting {
    events: Vec<EpollEvent>,
}

impl Default for Waiting {
    fn default() -> Waiting {
        Waiting { events: vec![EpollEvent::empty(); READY_PER_TURN] }
    }
}

impl Registration {
    fn set_interest(&mut self, interest: Interest) -> io::Result<()> {
        if self.interest == interest {
            return Ok(());
        }
        // SAFETY: the descriptor is open: the Watch that owns it drops this registration first.
        let fd = unsafe { BorrowedFd::borrow_raw(self.raw) };
        if interest == Interest::Nothing {
            self.poller.delete(fd)?;
        } else if self.interest == Interest::Nothing {
            // SAFETY: deleted again by `drop` at the latest, before the descriptor is closed.
            unsafe { self.poller.add_with_mode(self.raw, event(self.key, interest), PollMode::Level)? };
        } else {
            self.poller.modify_with_mode(fd, event(self.key, interest), PollMode::Level)?;
        }
        self.interest = interest;
        Ok(())
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Fails only where the descriptor is not in the set, which is what is wanted.
        let _ = self.set_interest(Interest::Nothing);
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
        self.registration.set_interest(interest)
    }

    /// The descriptor, to change what belongs to it; it must stay the same descriptor.
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.fd
    }

    /// Takes the descriptor out of the set.
    #[must_use]
    pub fn into_inner(self) -> F {
        let Watch { registration, fd } = self;
        drop(registration);
        fd
    }
}

impl<F: AsFd> AsFd for Watch<F> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn event(key: usize, interest: Interest) -> Event {
    match interest {
        Interest::Nothing => Event::none(key),
        Interest::Readable => Event::readable(key),
        Interest::Writable => Event::writable(key),
        Interest::Both => Event::all(key),
    }
}
