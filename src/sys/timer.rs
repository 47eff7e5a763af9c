//! One kernel timer for the earliest deadline. It runs on `CLOCK_BOOTTIME` and takes absolute times, so a deadline is
//! exact to the nanosecond, survives a suspend, and costs no wake-up before it is due. A second one, on the wall clock, is
//! for what is due at a time of day.

use crate::base::{Mono, Wall};
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// An alarm clock with a file descriptor to poll.
#[derive(Debug)]
pub struct AlarmClock {
    fd: TimerFd,
    armed: Option<Mono>,
}

impl AlarmClock {
    /// A clock that is not armed.
    ///
    /// # Errors
    /// Those of `timerfd_create(2)`.
    pub fn new() -> io::Result<AlarmClock> {
        let fd = TimerFd::new(ClockId::CLOCK_BOOTTIME, TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK)?;
        Ok(AlarmClock { fd, armed: None })
    }

    /// Rings at `deadline`, or never. Costs no system call where that is already so.
    ///
    /// # Errors
    /// Those of `timerfd_settime(2)`.
    pub fn set(&mut self, deadline: Option<Mono>) -> io::Result<()> {
        if self.armed == deadline {
            return Ok(());
        }
        match deadline {
            Some(Mono(time)) => {
                self.fd.set(Expiration::OneShot(absolute(time)), TimerSetTimeFlags::TFD_TIMER_ABSTIME)?;
            }
            None => self.fd.unset()?,
        }
        self.armed = deadline;
        Ok(())
    }

    /// Takes note that it rang.
    pub fn acknowledge(&mut self) {
        // EAGAIN only says that it did not ring after all.
        let _ = self.fd.wait();
        self.armed = None;
    }
}

impl AsFd for AlarmClock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// For `timerfd_settime(2)`, where a value of zero would disarm.
fn absolute(time: Duration) -> TimeSpec {
    let time = time.max(Duration::from_nanos(1));
    TimeSpec::new(i64::try_from(time.as_secs()).unwrap_or(i64::MAX), i64::from(time.subsec_nanos()))
}

/// An alarm clock on the wall clock. It also rings when somebody sets the clock, since then it may have to ring at another
/// moment.
#[derive(Debug)]
pub struct WallAlarm {
    fd: TimerFd,
}

impl WallAlarm {
    /// A clock that is not armed.
    ///
    /// # Errors
    /// Those of `timerfd_create(2)`.
    pub fn new() -> io::Result<WallAlarm> {
        let fd = TimerFd::new(ClockId::CLOCK_REALTIME, TimerFlags::TFD_CLOEXEC | TimerFlags::TFD_NONBLOCK)?;
        Ok(WallAlarm { fd })
    }

    /// Rings once, when the clock reaches `at` or is set.
    ///
    /// # Errors
    /// Those of `timerfd_settime(2)`.
    pub fn set(&mut self, at: Wall) -> io::Result<()> {
        let flags = TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
        Ok(self.fd.set(Expiration::OneShot(absolute(at.0)), flags)?)
    }

    /// Takes note that it rang.
    pub fn acknowledge(&mut self) {
        // ECANCELED says that the clock was set, EAGAIN that it did not ring after all.
        let _ = self.fd.wait();
    }
}

impl AsFd for WallAlarm {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}
