//! One client: its socket, what it is sending, what it still has to be sent, and what it waits for. Never blocks, and never
//! holds more than one request and a bounded answer.

use crate::api::Host;
use crate::api::Job;
use crate::base::Mono;
use crate::runtime::daemon::Daemon;
use crate::runtime::http::follow::Follower;
use crate::runtime::http::listener::Peer;
use crate::runtime::http::rpc;
use crate::sys::poller::{Interest, Watch};
use crate::wire::http::{Connection as Codec, Exchange, Response, chunked, date};
use std::fs::File;
use std::io::{self, IoSlice, Read, Write};
use std::time::Duration;

/// A request must be complete within this time from its first byte.
pub const REQUEST_TIME: Duration = Duration::from_secs(60);

/// A connection on which nothing happens is dropped after this, as in the original.
pub const IDLE_TIME: Duration = Duration::from_secs(30 * 60);

/// A client that takes nothing of its answer for this long is dropped.
pub const WRITE_TIME: Duration = Duration::from_secs(120);

/// After a refusal the client may still be sending; it is read out this long, so that the answer is not lost in a reset.
pub const DRAIN_TIME: Duration = Duration::from_secs(5);

/// What is read of a client after a refusal: a body that was too long by a little. Who has more to say is cut off.
const DRAIN_BYTES: usize = 4 * 1024 * 1024;

/// Bytes read from a client at once.
const READ_SIZE: usize = 64 * 1024;

/// Pieces of a log that one follower gets in one turn of the loop.
const PIECES_PER_TURN: usize = 4;

/// What a client is doing.
pub enum State {
    /// It sends a request, or rests.
    Reading,
    /// Its answer is not known yet.
    Waiting(Box<dyn Job>, Exchange, rpc::Encoding),
    /// It is told what comes, until it leaves.
    Streaming(Box<Follower>, Encoding),
    /// It is told what the web page shows, until it leaves. Whether it has missed a change.
    Watching(Encoding, bool),
    /// Its refusal is held back.
    Held(Response, Exchange),
    /// Its last answer is being sent, then the connection ends.
    Closing,
    /// Its last answer was sent; what it still says is thrown away.
    Draining,
    /// It is gone.
    Over,
}

/// How the pieces of a stream are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// As they are; the end of the connection is the end.
    Plain,
    /// In chunks.
    Chunked,
}

/// A connection.
pub struct Connection {
    socket: Watch<File>,
    /// Where it comes from.
    pub peer: Peer,
    /// Which server it came to.
    pub server: usize,
    /// Tells it from an earlier connection in the same place.
    pub generation: u16,
    /// What it sends.
    pub codec: Codec,
    /// What it is doing.
    pub state: State,
    /// When it is dropped unless something happens.
    pub deadline: Mono,
    /// Its next request may be here already, and is left for the next turn.
    pub has_more: bool,
    /// Bytes of the request that is being answered.
    pub asked: usize,
    out: Vec<u8>,
    /// A large body, to be sent behind `out`.
    body: Vec<u8>,
    sent: usize,
    drained: usize,
}

impl Connection {
    /// A client that has said nothing yet.
    #[must_use]
    pub fn new(socket: Watch<File>, peer: Peer, server: usize, generation: u16, now: Mono) -> Connection {
        Connection {
            socket,
            peer,
            server,
            generation,
            codec: Codec::default(),
            state: State::Reading,
            deadline: now + REQUEST_TIME,
            has_more: false,
            asked: 0,
            out: Vec::new(),
            body: Vec::new(),
            sent: 0,
            drained: 0,
        }
    }

    /// Reads once. What comes while the client waits for something is thrown away, unless it is the next request.
    pub fn read(&mut self, buffer: &mut [u8], now: Mono) {
        let room = READ_SIZE.min(buffer.len());
        let Some(buffer) = buffer.get_mut(..room) else { return };
        match self.socket.get_mut().read(buffer) {
            Ok(0) => self.ended(),
            Ok(count) => self.take(buffer.get(..count).unwrap_or_default(), now),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
            Err(_) => self.state = State::Over,
        }
    }

    fn take(&mut self, data: &[u8], now: Mono) {
        match self.state {
            State::Reading => {
                if !self.codec.is_mid_request() {
                    self.deadline = now + REQUEST_TIME;
                }
                self.codec.feed(data);
            }
            State::Draining => {
                self.drained += data.len();
                if self.drained > DRAIN_BYTES {
                    self.state = State::Over;
                }
            }
            _ => {}
        }
    }

    /// The client has said all it wants to. What it waits for it may still want to hear.
    fn ended(&mut self) {
        if self.is_flushed()
            || matches!(self.state, State::Streaming(..) | State::Watching(..) | State::Draining)
        {
            self.state = State::Over;
        } else {
            self.state = State::Closing;
        }
    }

    /// Queues an answer.
    pub fn answer(&mut self, exchange: Exchange, response: Response, seconds: i64) {
        let (delivery, body) = response.deliver(exchange, &date::format(seconds), &mut self.out);
        self.body = body;
        self.state = if delivery.close { State::Closing } else { State::Reading };
    }

    /// Queues the head of a stream and begins to follow.
    pub fn stream(&mut self, exchange: Exchange, response: Response, follower: Follower, seconds: i64) {
        let delivery = response.with_stream().write(exchange, &date::format(seconds), &mut self.out);
        let encoding = if delivery.chunked { Encoding::Chunked } else { Encoding::Plain };
        self.state = State::Streaming(Box::new(follower), encoding);
    }

    /// Queues the head of a stream of events; the first event is still missing.
    pub fn watch(&mut self, exchange: Exchange, response: Response, seconds: i64) {
        let delivery = response.with_stream().write(exchange, &date::format(seconds), &mut self.out);
        let encoding = if delivery.chunked { Encoding::Chunked } else { Encoding::Plain };
        self.state = State::Watching(encoding, true);
    }

    /// Tells a watcher; remembers that it has missed something if it still has something else to take.
    pub fn tell(&mut self, event: &[u8]) {
        let flushed = self.is_flushed();
        let State::Watching(encoding, missed) = &mut self.state else { return };
        *missed = !flushed;
        match encoding {
            _ if !flushed => {}
            Encoding::Plain => self.out.extend_from_slice(event),
            Encoding::Chunked => chunked::write(event, &mut self.out),
        }
    }

    /// Queues bytes that are no answer of their own, such as `100 Continue`.
    pub fn push(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Sends what a followed log has got since, as far as the client keeps up and for as long as one turn may take: what is
    /// left over then waits in `out`, and the socket's room for it brings the next turn.
    pub fn pull(&mut self, buffer: &mut [u8], daemon: &Daemon, now: Mono) {
        for _ in 0..PIECES_PER_TURN {
            self.flush(now);
            if !self.is_flushed() || !self.fetch(buffer, daemon) {
                return;
            }
        }
    }

    /// Queues the next piece of a followed log; whether there was one.
    fn fetch(&mut self, buffer: &mut [u8], daemon: &Daemon) -> bool {
        let State::Streaming(follower, encoding) = &mut self.state else { return false };
        let memory = daemon.memory_of(follower.log());
        let count = follower.read(buffer, memory);
        let piece = buffer.get(..count).unwrap_or_default();
        match encoding {
            Encoding::Plain => self.out.extend_from_slice(piece),
            Encoding::Chunked => chunked::write(piece, &mut self.out),
        }
        count > 0
    }

    /// Bytes of memory that are kept for this client, as far as the client itself can make them more. A stream takes no more
    /// than one piece.
    #[must_use]
    pub fn held(&self) -> usize {
        match self.state {
            State::Streaming(..) => 0,
            _ => self.codec.held() + self.out.capacity() + self.body.capacity() + self.asked,
        }
    }

    /// Whether nothing of worth is lost when this client is turned away: it sends, rests, or is being refused.
    #[must_use]
    pub fn is_dispensable(&self) -> bool {
        !matches!(self.state, State::Waiting(..) | State::Streaming(..) | State::Watching(..))
    }

    /// Sends what goes now.
    pub fn flush(&mut self, now: Mono) {
        if self.out.is_empty() {
            return;
        }
        while !self.is_flushed() {
            let head = self.out.get(self.sent..).unwrap_or_default();
            let body = self.body.get(self.sent.saturating_sub(self.out.len())..).unwrap_or_default();
            match self.socket.get_mut().write_vectored(&[IoSlice::new(head), IoSlice::new(body)]) {
                Ok(0) => break,
                Ok(count) => {
                    self.sent += count;
                    self.deadline = now + WRITE_TIME;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(_) => {
                    self.state = State::Over;
                    return;
                }
            }
        }
        self.flushed(now);
    }

    fn flushed(&mut self, now: Mono) {
        if !matches!(self.state, State::Waiting(..) | State::Held(..)) {
            self.asked = 0;
        }
        // A large answer's memory is not kept for the next, probably small one.
        self.out = Vec::new();
        self.body = Vec::new();
        self.sent = 0;
        match self.state {
            State::Closing => {
                let _ = crate::sys::peer::end_sending(&self.socket);
                self.state = State::Draining;
                self.deadline = now + DRAIN_TIME;
            }
            State::Reading if !self.codec.is_mid_request() => self.deadline = now + IDLE_TIME,
            _ => {}
        }
    }

    /// Whether everything queued was sent.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.sent >= self.out.len() + self.body.len()
    }

    /// Whether the client must be given up for its slowness. Who waits for us is never too slow.
    #[must_use]
    pub fn is_overdue(&self, now: Mono) -> bool {
        let waits = matches!(self.state, State::Waiting(..) | State::Held(..))
            || (matches!(self.state, State::Streaming(..) | State::Watching(..)) && self.is_flushed());
        now >= self.deadline && !waits
    }

    /// When this connection is to be looked at again, if time alone can change something for it.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Mono> {
        match &self.state {
            State::Waiting(..) | State::Over => None,
            State::Streaming(..) | State::Watching(..) if self.is_flushed() => None,
            _ => Some(self.deadline),
        }
    }

    /// Tells the poller what this connection waits for.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`.
    pub fn update_interest(&mut self) -> io::Result<()> {
        let reads = match self.state {
            State::Reading => !self.has_more,
            State::Streaming(..) | State::Watching(..) | State::Draining => true,
            State::Waiting(..) | State::Held(..) | State::Closing | State::Over => false,
        };
        // A socket has room as good as always: asking for it brings the next turn, and with it the next request.
        let writes = !self.is_flushed() || (matches!(self.state, State::Reading) && self.has_more);
        let interest = match (reads, writes) {
            (true, true) => Interest::Both,
            (true, false) => Interest::Readable,
            (false, true) => Interest::Writable,
            (false, false) => Interest::Nothing,
        };
        self.socket.set_interest(interest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::poller::Poller;
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixStream;

    fn at(seconds: u64) -> Mono {
        Mono(Duration::from_secs(1000 + seconds))
    }

    fn pair() -> (UnixStream, Connection) {
        let (client, server) = UnixStream::pair().expect("sockets");
        server.set_nonblocking(true).expect("a socket");
        let poller = Poller::new().expect("a poller");
        let watch = poller.watch(File::from(OwnedFd::from(server)), 0, Interest::Readable);
        let watch = watch.unwrap_or_else(|(error, _)| unreachable!("{error}"));
        (client, Connection::new(watch, Peer::Local(None), 0, 1, at(0)))
    }

    fn say(client: &mut UnixStream, connection: &mut Connection, text: &[u8], now: Mono) {
        client.write_all(text).expect("room");
        connection.read(&mut [0; 1024], now);
        connection.flush(now);
    }

    #[test]
    fn who_dribbles_is_dropped_in_time() {
        let (mut client, mut connection) = pair();
        assert!(!connection.is_overdue(at(59)) && connection.is_overdue(at(60)), "who says nothing");
        say(&mut client, &mut connection, b"GET / HTTP/1.1\r\n", at(50));
        // The time counts from the first byte, and no further one makes it longer.
        for second in 51..110 {
            say(&mut client, &mut connection, b"X: y\r\n", at(second));
            assert!(!connection.is_overdue(at(second)));
        }
        assert!(connection.codec.next(|_| Ok(())).is_none());
        assert!(connection.is_overdue(at(110)));
    }

    #[test]
    fn who_rests_between_requests_may_stay_longer() {
        let (mut client, mut connection) = pair();
        say(&mut client, &mut connection, b"GET / HTTP/1.1\r\n\r\n", at(1));
        let exchange = match connection.codec.next(|_| Ok(())) {
            Some(crate::wire::http::Event::Request(request)) => request.head.exchange(),
            other => unreachable!("{other:?}"),
        };
        connection.answer(exchange, Response::error(404), 0);
        connection.flush(at(2));
        assert!(
            connection.is_flushed() && !connection.is_overdue(at(1800)) && connection.is_overdue(at(1802))
        );
    }

    #[test]
    fn who_is_refused_is_read_out_to_a_limit() {
        let (mut client, mut connection) = pair();
        connection.state = State::Draining;
        let (piece, mut taken) = (vec![b'x'; READ_SIZE], 0);
        while !matches!(connection.state, State::Over) {
            client.write_all(&piece).expect("room");
            connection.read(&mut vec![0; READ_SIZE], at(1));
            taken += READ_SIZE;
            assert!(taken <= DRAIN_BYTES + READ_SIZE);
        }
        assert!(taken > DRAIN_BYTES);
    }
}
