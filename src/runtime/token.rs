//! What the poller's keys mean: which descriptor of whom is ready.

use crate::base::ServiceId;
use crate::model::OutputChannel;

/// What the poller's key of a descriptor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// Signals came.
    Signals,
    /// The alarm clock rang.
    Alarm,
    /// The activity log has room again.
    ActivityRoom,
    /// Followed files have changed.
    Files,
    /// Standard output has room again.
    ConsoleRoom,
    /// The wall clock reached the next tick, or was set.
    Clock,
    /// A program's output.
    Output(ServiceId, OutputChannel, u16),
    /// A program's log has room again.
    LogRoom(ServiceId, OutputChannel),
    /// A program takes input again.
    Input(ServiceId),
    /// Connections wait at an HTTP server.
    HttpListener(usize),
    /// An HTTP client's socket is ready: its place, and which of the place's tenants it is.
    HttpConnection(usize, u16),
}

const KIND_SHIFT: u32 = 56;
const WHICH_SHIFT: u32 = 48;
const GENERATION_SHIFT: u32 = 32;
const LOW: usize = 0xffff_ffff;

impl Token {
    /// The key to give to the poller.
    #[must_use]
    pub fn key(self) -> usize {
        match self {
            Token::Signals => 0,
            Token::Alarm => 1,
            Token::ActivityRoom => 2,
            Token::Files => 3,
            Token::ConsoleRoom => 4,
            Token::Clock => 5,
            Token::Output(id, which, generation) => {
                1 << KIND_SHIFT
                    | (which as usize) << WHICH_SHIFT
                    | usize::from(generation) << GENERATION_SHIFT
                    | id.0 as usize
            }
            Token::Input(id) => 3 << KIND_SHIFT | id.0 as usize,
            Token::HttpListener(number) => 4 << KIND_SHIFT | (number & LOW),
            Token::HttpConnection(place, generation) => {
                5 << KIND_SHIFT | usize::from(generation) << GENERATION_SHIFT | (place & LOW)
            }
            Token::LogRoom(id, which) => 2 << KIND_SHIFT | (which as usize) << WHICH_SHIFT | id.0 as usize,
        }
    }

    /// What a key means.
    #[must_use]
    pub fn from_key(key: usize) -> Option<Token> {
        let id = ServiceId(u32::try_from(key & LOW).ok()?);
        let generation = u16::try_from(key >> GENERATION_SHIFT & 0xffff).ok()?;
        let which = if key >> WHICH_SHIFT & 1 == 0 { OutputChannel::Stdout } else { OutputChannel::Stderr };
        match (key >> KIND_SHIFT, key) {
            (0, 0) => Some(Token::Signals),
            (0, 1) => Some(Token::Alarm),
            (0, 2) => Some(Token::ActivityRoom),
            (0, 3) => Some(Token::Files),
            (0, 4) => Some(Token::ConsoleRoom),
            (0, 5) => Some(Token::Clock),
            (1, _) => Some(Token::Output(id, which, generation)),
            (2, _) => Some(Token::LogRoom(id, which)),
            (3, _) => Some(Token::Input(id)),
            (4, _) => Some(Token::HttpListener(key & LOW)),
            (5, _) => Some(Token::HttpConnection(key & LOW, generation)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_were() {
        for token in [
            Token::Signals,
            Token::Alarm,
            Token::ActivityRoom,
            Token::Files,
            Token::ConsoleRoom,
            Token::Clock,
            Token::Output(ServiceId(u32::MAX), OutputChannel::Stderr, u16::MAX),
            Token::Output(ServiceId(0), OutputChannel::Stdout, 0),
            Token::LogRoom(ServiceId(7), OutputChannel::Stderr),
            Token::Input(ServiceId(8)),
            Token::HttpListener(3),
            Token::HttpConnection(1_000_000, 65_535),
        ] {
            assert_eq!(Token::from_key(token.key()), Some(token));
        }
        assert_eq!(Token::from_key(99), None);
    }
}
