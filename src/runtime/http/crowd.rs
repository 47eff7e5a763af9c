//! Who comes in, and who has to leave when there are too many or when they make us keep too much, so that everybody else is
//! served and the programs notice nothing. For their number only those are turned away who send, rest or are being refused; who
//! follows a log or waits for the end of a call stays.

use crate::base::text::reason;
use crate::base::{Mono, Now};
use crate::model::LogLevel;
use crate::runtime::clients::CLIENTS_PER_TURN;
use crate::runtime::daemon::Daemon;
use crate::runtime::http::connection::{Connection, State};
use crate::runtime::http::listener::Peer;
use crate::runtime::http::server::HttpServer;
use crate::runtime::timers::RETRY_DELAY;
use crate::runtime::token::Token;
use crate::sys::clock;
use crate::sys::poller::Interest;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

/// Connections taken from one socket in one turn of the loop.
const ACCEPTS_PER_TURN: usize = 64;

/// Connections at most, whatever the descriptor limit.
const MOST_CONNECTIONS: usize = 20_000;

/// Connections that even the lowest descriptor limit allows.
const FEWEST_CONNECTIONS: usize = 16;

/// Descriptors that clients never get, at most: programs are restarted and logs are rotated with them.
const MOST_RESERVED: u64 = 1024;

/// Bytes that all clients together can make us keep: half-sent requests, answers that are not taken. A single request or answer
/// may be larger.
const MOST_HELD: usize = 64 * 1024 * 1024;

/// One in so many is turned away at once, so that a flood of connections does not cost a search for each.
const PART: usize = 16;

/// How much the clients may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    /// Connections at most.
    pub(super) connections: usize,
    /// The lowest descriptor that clients do not get. The kernel always gives the lowest that is free, so one from here on
    /// tells that almost all are taken, whoever has them.
    reserved: RawFd,
    /// The same for followed logs. Followers stay as long as they like, so they must leave something for calls.
    unfollowed: RawFd,
}

impl Allowance {
    /// For a process that may have so many files open.
    pub(super) fn of(descriptors: u64) -> Allowance {
        let half = usize::try_from(descriptors / 2).unwrap_or(MOST_CONNECTIONS);
        let reserve = (descriptors / 4).min(MOST_RESERVED);
        let raw = |number: u64| RawFd::try_from(number).unwrap_or(RawFd::MAX);
        Allowance {
            connections: half.clamp(FEWEST_CONNECTIONS, MOST_CONNECTIONS),
            reserved: raw(descriptors - reserve),
            unfollowed: raw(descriptors - reserve - descriptors / 8),
        }
    }

    /// Whether a connection with this descriptor may stay.
    pub(super) fn admits(self, socket: &impl AsFd) -> bool {
        socket.as_fd().as_raw_fd() < self.reserved
    }

    /// Whether a log with this descriptor may be followed.
    pub(super) fn admits_follower(self, log: &impl AsFd) -> bool {
        log.as_fd().as_raw_fd() < self.unfollowed
    }
}

impl HttpServer {
    /// Takes the connections that wait at one socket, for as long as one turn may take.
    pub fn accept(&mut self, number: usize, daemon: &mut Daemon, now: Now) {
        let until = now.mono + CLIENTS_PER_TURN;
        for _ in 0..ACCEPTS_PER_TURN {
            if clock::now().mono > until {
                return;
            }
            let Some(door) = self.doors.get_mut(number) else { return };
            match door.listener.get_mut().accept() {
                Ok((socket, peer)) => {
                    let full = self.open >= self.allowance.connections || !self.allowance.admits(&socket);
                    if full && !self.dismiss_idle(daemon) {
                        return self.close_doors(daemon, now.mono);
                    }
                    self.welcome(File::from(socket), peer, number, daemon, now);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted
                    ) => {}
                Err(error) => {
                    // Out of descriptors: nothing gets better by trying at once.
                    self.close_doors(daemon, now.mono);
                    daemon.log.error(&format!("cannot accept a connection: {}", reason(&error)));
                    return;
                }
            }
        }
    }

    fn welcome(&mut self, socket: File, peer: Peer, server: usize, daemon: &mut Daemon, now: Now) {
        if let (Peer::Local(Some(who)), true) = (&peer, daemon.log.wants(LogLevel::Debug)) {
            let section = self.doors.get(server).map_or("", |door| door.server.section.as_str());
            let text = format!("{section}: connection from pid {} uid {} gid {}", who.pid, who.uid, who.gid);
            daemon.log.debug(&text);
        }
        self.generation = self.generation.wrapping_add(1);
        let slot = self.free.pop().unwrap_or(self.connections.len());
        let key = Token::HttpConnection(slot, self.generation).key();
        let Ok(watch) = daemon.poller.watch(socket, key, Interest::Readable) else {
            self.free.push(slot);
            return;
        };
        let mut connection = Box::new(Connection::new(watch, peer, server, self.generation, now.mono));
        if slot == self.connections.len() {
            self.connections.push(None);
        }
        // Most clients have sent their request by now: it need not wait for the next turn.
        connection.read(&mut self.buffer, now.mono);
        self.go_on(slot, connection, daemon, now);
    }

    /// Turns some of those away who have been silent longest. Whether there was anybody.
    pub(super) fn dismiss_idle(&mut self, daemon: &mut Daemon) -> bool {
        let dispensable = self.occupied().filter(|(_, connection)| connection.is_dispensable());
        let mut idle: Vec<_> = dispensable.map(|(slot, connection)| (connection.deadline, slot)).collect();
        let count = idle.len().div_ceil(PART);
        if count < idle.len() {
            idle.select_nth_unstable(count);
        }
        for (_, slot) in idle.iter().take(count) {
            self.dismiss(*slot, daemon);
        }
        count > 0
    }

    /// Turns those away who make us keep most, until what is kept for all together is little enough. Not the client that is
    /// being dealt with: it is not among the others now.
    pub(super) fn dismiss_hungry(&mut self, daemon: &mut Daemon) {
        if self.held <= MOST_HELD {
            return;
        }
        let mut hungry: Vec<_> =
            self.occupied().map(|(slot, connection)| (connection.held(), slot)).collect();
        hungry.sort_unstable();
        while self.held > MOST_HELD - MOST_HELD / PART
            && let Some((_, slot)) = hungry.pop()
        {
            self.dismiss(slot, daemon);
        }
    }

    /// Takes no connections until somebody leaves, or for a moment.
    pub(super) fn close_doors(&mut self, daemon: &mut Daemon, now: Mono) {
        self.set_doors(Interest::Nothing);
        self.arm_sweep(now + RETRY_DELAY, daemon);
    }

    /// Takes connections, or takes none.
    pub(super) fn set_doors(&mut self, interest: Interest) {
        self.closed = interest == Interest::Nothing;
        for door in &mut self.doors {
            let _ = door.listener.set_interest(interest);
        }
    }

    fn dismiss(&mut self, slot: usize, daemon: &mut Daemon) {
        let generation =
            self.connections.get(slot).and_then(Option::as_ref).map(|connection| connection.generation);
        if let Some(mut connection) = generation.and_then(|generation| self.take(slot, generation)) {
            connection.state = State::Over;
            self.put_back(slot, connection, daemon);
        }
    }

    fn occupied(&self) -> impl Iterator<Item = (usize, &Connection)> {
        let places = self.connections.iter().enumerate();
        places.filter_map(|(slot, place)| Some((slot, place.as_deref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_a_part_of_the_descriptors() {
        let allowance = |descriptors| {
            let Allowance { connections, reserved, unfollowed } = Allowance::of(descriptors);
            (connections, reserved, unfollowed)
        };
        assert_eq!(allowance(1024), (512, 768, 640));
        assert_eq!(allowance(20_000), (10_000, 18_976, 16_476));
        assert_eq!(allowance(20), (16, 15, 13));
        assert_eq!(allowance(u64::MAX), (MOST_CONNECTIONS, RawFd::MAX, RawFd::MAX));
    }
}
