//! Lines of the activity log about event listeners, with the words of the original (`supervisor/process.py`,
//! `supervisor/dispatchers.py` of 4.3.0).

use crate::base::text::python_bytes_repr;
use crate::engine::ListenerState;
use crate::model::LogLevel;
use std::fmt;

/// One line. `listener` is the process name without its group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerNote {
    /// A full buffer lost its oldest event.
    Discarded {
        /// The pool.
        pool: String,
        /// The event.
        serial: u64,
    },
    /// An event waits once more.
    Rebuffered {
        /// The event.
        serial: u64,
        /// The pool.
        pool: String,
        /// Events that wait already.
        buffered: usize,
        /// `buffer_size`.
        most: i64,
    },
    /// An event is on its way.
    Sent {
        /// The event.
        serial: u64,
        /// To whom.
        listener: String,
    },
    /// A listener has closed its standard input.
    BrokenPipe {
        /// The event.
        serial: u64,
        /// Whose.
        listener: String,
    },
    /// A listener's part of the conversation goes on.
    Changed {
        /// Whose.
        listener: String,
        /// What it was at.
        from: ListenerState,
        /// What it is at now.
        to: ListenerState,
    },
    /// A listener broke the protocol.
    Lost {
        /// Which.
        listener: String,
    },
    /// A listener's answer begins with a line that announces no result.
    BadResultLine {
        /// Whose.
        listener: String,
        /// The line.
        line: Vec<u8>,
    },
    /// The result says that all is well.
    Processed {
        /// Whose.
        listener: String,
    },
    /// The result says that the event is to be given to somebody else.
    Rejected {
        /// Whose.
        listener: String,
    },
    /// The result makes no sense to the result handler.
    Failed {
        /// Whose.
        listener: String,
    },
}

impl ListenerNote {
    /// The level at which the original logs it.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        match self {
            ListenerNote::Discarded { .. } => LogLevel::Error,
            ListenerNote::Lost { .. }
            | ListenerNote::BadResultLine { .. }
            | ListenerNote::Rejected { .. }
            | ListenerNote::Failed { .. } => LogLevel::Warn,
            ListenerNote::Rebuffered { .. }
            | ListenerNote::Sent { .. }
            | ListenerNote::BrokenPipe { .. }
            | ListenerNote::Changed { .. }
            | ListenerNote::Processed { .. } => LogLevel::Debug,
        }
    }
}

impl fmt::Display for ListenerNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ListenerNote::Discarded { pool, serial } => {
                write!(f, "pool {pool} event buffer overflowed, discarding event {serial}")
            }
            ListenerNote::Rebuffered { serial, pool, buffered, most } => {
                write!(f, "rebuffering event {serial} for pool {pool} (buf size={buffered}, max={most})")
            }
            ListenerNote::Sent { serial, listener } => {
                write!(f, "event {serial} sent to listener {listener}")
            }
            ListenerNote::BrokenPipe { serial, listener } => write!(
                f,
                "epipe occurred while sending event {serial} to listener {listener}, listener state unchanged"
            ),
            ListenerNote::Changed { listener, from, to } => write!(f, "{listener}: {from} -> {to}"),
            ListenerNote::Lost { listener } => write!(
                f,
                "{listener}: has entered the UNKNOWN state and will no longer receive events, this usually indicates \
                 the process violated the eventlistener protocol"
            ),
            ListenerNote::BadResultLine { listener, line } => match std::str::from_utf8(line) {
                Ok(line) => write!(f, "{listener}: bad result line: '{line}'"),
                Err(_) => {
                    write!(f, "{listener}: bad result line: 'Undecodable: {}'", python_bytes_repr(line))
                }
            },
            ListenerNote::Processed { listener } => write!(f, "{listener}: event was processed"),
            ListenerNote::Rejected { listener } => write!(f, "{listener}: event was rejected"),
            ListenerNote::Failed { listener } => write!(f, "{listener}: event caused an error"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_original_writes_it() {
        let listener = || "mon".to_owned();
        let table = [
            (
                ListenerNote::Discarded { pool: "p".to_owned(), serial: 3 },
                "ERRO pool p event buffer overflowed, discarding event 3",
            ),
            (
                ListenerNote::Rebuffered { serial: 3, pool: "p".to_owned(), buffered: 1, most: 10 },
                "DEBG rebuffering event 3 for pool p (buf size=1, max=10)",
            ),
            (ListenerNote::Sent { serial: 3, listener: listener() }, "DEBG event 3 sent to listener mon"),
            (
                ListenerNote::BrokenPipe { serial: 3, listener: listener() },
                "DEBG epipe occurred while sending event 3 to listener mon, listener state unchanged",
            ),
            (
                ListenerNote::Changed {
                    listener: listener(),
                    from: ListenerState::Busy,
                    to: ListenerState::Acknowledged,
                },
                "DEBG mon: BUSY -> ACKNOWLEDGED",
            ),
            (
                ListenerNote::BadResultLine { listener: listener(), line: b"RESULT x".to_vec() },
                "WARN mon: bad result line: 'RESULT x'",
            ),
            (
                ListenerNote::BadResultLine { listener: listener(), line: b"\xff".to_vec() },
                "WARN mon: bad result line: 'Undecodable: b'\\xff''",
            ),
            (ListenerNote::Processed { listener: listener() }, "DEBG mon: event was processed"),
            (ListenerNote::Rejected { listener: listener() }, "WARN mon: event was rejected"),
            (ListenerNote::Failed { listener: listener() }, "WARN mon: event caused an error"),
        ];
        for (note, expected) in table {
            assert_eq!(format!("{} {note}", note.level()), expected);
        }
    }
}
