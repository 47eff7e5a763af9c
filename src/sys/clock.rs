//! The one file that reads clocks, and the one that knows the local time zone. Everybody else is given the time as an
//! argument.

use crate::base::{Mono, Now, Wall};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime};
use std::fmt;
use std::time::Duration;

/// Both clocks at once: `CLOCK_BOOTTIME`, which also counts while the machine is suspended, and `CLOCK_REALTIME`.
#[must_use]
pub fn now() -> Now {
    Now { mono: Mono(read(ClockId::CLOCK_BOOTTIME)), wall: Wall(read(ClockId::CLOCK_REALTIME)) }
}

/// Reads one clock. These clocks exist on every Linux that can run this program (`clock_gettime(2)`), so a failure
/// is answered with the epoch rather than with an error nobody could act on.
fn read(clock: ClockId) -> Duration {
    let time = clock_gettime(clock).unwrap_or(TimeSpec::new(0, 0));
    Duration::new(u64::try_from(time.tv_sec()).unwrap_or(0), u32::try_from(time.tv_nsec()).unwrap_or(0))
}

/// A moment as RFC 3339 writes it, in UTC with milliseconds: `2026-11-22T08:34:59.557Z`.
#[must_use]
pub fn rfc3339(wall: Wall) -> String {
    format!("{:.3}", timestamp(wall))
}

fn timestamp(wall: Wall) -> Timestamp {
    let nanos = i128::try_from(wall.0.as_nanos()).unwrap_or(i128::MAX);
    Timestamp::from_nanosecond(nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The local time zone, looked up once (`$TZ`, `/etc/localtime`, else UTC).
#[derive(Debug, Clone)]
pub struct LocalZone {
    zone: TimeZone,
}

impl LocalZone {
    /// The system's zone; UTC where it has none, as in an empty image.
    #[must_use]
    pub fn system() -> LocalZone {
        LocalZone { zone: TimeZone::try_system().unwrap_or(TimeZone::UTC) }
    }

    /// That moment in local time.
    #[must_use]
    pub fn civil(&self, wall: Wall) -> LocalTime {
        LocalTime(self.zone.to_datetime(timestamp(wall)))
    }
}

/// A moment in local time; prints as a log line starts: `2026-11-22 09:34:59,557`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime(jiff::civil::DateTime);

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

impl LocalTime {
    /// As Supervisor dates the end of a process: `Nov 02 09:34 AM` (`%b %d %I:%M %p`).
    #[must_use]
    pub fn short_date(self) -> String {
        let (hour, half) = (self.0.hour(), if self.0.hour() < 12 { "AM" } else { "PM" });
        let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
        format!("{} {:02} {hour:02}:{:02} {half}", self.month(), self.0.day(), self.0.minute())
    }

    fn month(self) -> &'static str {
        usize::try_from(self.0.month() - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"Jan")
    }

    /// As `ctime(3)` writes it: `Mon Nov  2 09:34:59 2026`.
    #[must_use]
    pub fn long_date(self) -> String {
        let day = self.0.weekday().to_sunday_zero_offset();
        let day = usize::try_from(day).ok().and_then(|at| WEEKDAYS.get(at)).unwrap_or(&"Sun");
        format!("{day} {} {:04}", self.syslog_date(), self.0.year())
    }

    /// As `syslog(3)` dates a message (RFC 3164): `Nov  2 09:34:59`.
    #[must_use]
    pub fn syslog_date(self) -> String {
        let month = self.month();
        let time = self.0;
        format!("{month} {:2} {:02}:{:02}:{:02}", time.day(), time.hour(), time.minute(), time.second())
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.0;
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02},{:03}",
            t.year(),
            t.month(),
            t.day(),
            t.hour(),
            t.minute(),
            t.second(),
            t.millisecond()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_log_lines_and_syslog_do() {
        let utc = LocalZone { zone: TimeZone::UTC };
        let moment = utc.civil(Wall(Duration::from_millis(1_793_584_499_557)));
        assert_eq!(moment.to_string(), "2026-11-02 01:54:59,557");
        assert_eq!(moment.syslog_date(), "Nov  2 01:54:59");
        assert_eq!(rfc3339(Wall(Duration::from_millis(1_793_584_499_557))), "2026-11-02T01:54:59.557Z");
        assert_eq!(rfc3339(Wall(Duration::from_secs(1_793_584_499))), "2026-11-02T01:54:59.000Z");
        assert_eq!(moment.short_date(), "Nov 02 01:54 AM");
        assert_eq!(moment.long_date(), "Mon Nov  2 01:54:59 2026");
        assert_eq!(utc.civil(Wall(Duration::from_secs(1_793_577_600))).short_date(), "Nov 02 12:00 AM");
        assert_eq!(
            utc.civil(Wall(Duration::from_secs(1_793_577_600 + 43_260))).short_date(),
            "Nov 02 12:01 PM"
        );
    }
}
