//! Sending lines to the system log. The socket never waits: a system log that does not read costs us messages, which are
//! counted, and never time.

use crate::sys::clock::LocalTime;
use std::fmt::Display;
use std::io::{self, Write};
use std::os::unix::net::UnixDatagram;
use syslog::{Facility, LogFormat, Severity};

/// Where the system log listens.
const SOCKET: &str = "/dev/log";

/// The line format of `syslog(3)` as the original's Python uses it: no process id after the name.
struct Frame<'a> {
    ident: &'a str,
    date: String,
}

impl<T: Display> LogFormat<T> for Frame<'_> {
    fn format<W: Write>(&self, to: &mut W, severity: Severity, message: T) -> syslog::Result<()> {
        let priority = Facility::LOG_USER as u8 | severity as u8;
        write!(to, "<{priority}>{} {}: {message}", self.date, self.ident).map_err(syslog::Error::Write)
    }
}

/// A connection to the system log, made when first needed and made anew when the log was restarted.
#[derive(Debug, Default)]
pub struct SystemLog {
    socket: Option<UnixDatagram>,
    dropped: u64,
}

impl SystemLog {
    /// Sends one message (LOG_USER, LOG_INFO). Returns false where it was dropped.
    pub fn send(&mut self, ident: &str, time: LocalTime, message: &str) -> bool {
        let mut datagram = Vec::with_capacity(message.len() + 64);
        let frame = Frame { ident, date: time.syslog_date() };
        let framed = frame.format(&mut datagram, Severity::LOG_INFO, message).is_ok();
        let sent = framed && (self.try_send(&datagram).is_ok() || self.retry_send(&datagram).is_ok());
        self.dropped += u64::from(!sent);
        sent
    }

    /// How many messages were dropped since this was last asked.
    pub fn take_dropped(&mut self) -> u64 {
        std::mem::take(&mut self.dropped)
    }

    fn try_send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let socket = match &self.socket {
            Some(socket) => socket,
            None => self.socket.insert(connect()?),
        };
        socket.send(datagram).map(drop)
    }

    /// After a failure other than "no room" the log may have been restarted: connects once more.
    fn retry_send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.socket = None;
        self.try_send(datagram)
    }
}

fn connect() -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(SOCKET)?;
    Ok(socket)
}
