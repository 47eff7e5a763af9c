//! One kernel timer for the earliest deadline. It runs on `CLOCK_BOOTTIME` and takes absolute times, so a deadline is
//! exact to the nanosecond, survives a suspend, and costs no wake-up before it is due.

use crate::base::Mono;
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
                // A value of zero would disarm.
                let time = time.max(Duration::from_nanos(1));
                let spec = TimeSpec::new(
                    i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
                    i64::from(time.subsec_nanos()),
                );
                self.fd.set(Expiration::OneShot(spec), TimerSetTimeFlags::TFD_TIMER_ABSTIME)?;
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
