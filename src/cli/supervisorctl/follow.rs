//! What goes on until Ctrl-C: `tail -f`, `maintail -f`, `fg`. One loop around poll(2) over log streams, signals and, for `fg`,
//! standard input; no threads.

use crate::base::Signal;
use crate::cli::supervisorctl::names::{Info, code, state};
use crate::cli::supervisorctl::session::{Done, Failure, Flow, Session, status};
use crate::cli::supervisorctl::{help, output};
use crate::runtime::client::{CallError, Client, LogStream};
use crate::sys::poll::readable;
use crate::sys::signals::SignalInbox;
use crate::wire::xmlrpc::Value;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsFd;
use std::time::Duration;

/// Shows a log as it grows (`_tailf` of the original). Its bytes are passed on as they are.
///
/// That there is no such log goes to standard error and leaves the exit status alone, as in the original.
pub(super) fn tail(session: &mut Session, path: &str) -> Done {
    session.say(output::PRESS_CTRL_C);
    session.flush();
    let mut interrupts = SignalInbox::new(&[Signal::INT]).map_err(CallError::Io)?;
    let url = session.options.server_url.clone();
    let complain = |error: &CallError| eprintln!("{}", output::cannot_follow(&url, path, error));
    let mut stream = match session.new_client().and_then(|client| client.follow(path)) {
        Ok(stream) => stream,
        Err(error) => {
            complain(&error);
            return Ok(Flow::Stay);
        }
    };
    loop {
        let ready = readable(&[interrupts.as_fd(), stream.as_fd()], None).map_err(CallError::Io)?;
        if !interrupts.take().is_empty() {
            session.say("");
            return Ok(Flow::Stay);
        }
        if !ready.get(1).copied().unwrap_or(false) {
            continue;
        }
        match pass_on(session, &mut stream) {
            Ok(true) => {}
            Ok(false) => return Ok(Flow::Stay),
            Err(error) => {
                complain(&error);
                return Ok(Flow::Stay);
            }
        }
    }
}

/// Prints what came. Answers whether to go on: the stream has more and somebody reads it.
fn pass_on(session: &mut Session, stream: &mut LogStream) -> Result<bool, CallError> {
    let mut text = Vec::new();
    let more = stream.read_some(&mut text)?;
    session.write(&text);
    Ok(session.flush() && more)
}

/// `fg NAME`: the program's output, and what is typed goes to its standard input.
pub(super) fn fg(session: &mut Session, arg: &str) -> Done {
    if !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let mut names = arg.split_whitespace();
    let name = match (names.next(), names.next()) {
        (None, _) => {
            session.say(output::FG_NO_NAME);
            return refuse(session, help::FG);
        }
        (Some(_), Some(_)) => return refuse(session, output::FG_MANY_NAMES),
        (Some(name), None) => name,
    };
    match session.call("getProcessInfo", &[name.into()]) {
        Ok(info) if Info::new(info.clone()).state == state::RUNNING => {}
        Ok(_) => return refuse(session, output::FG_NOT_RUNNING),
        Err(CallError::Fault(fault)) if fault.code == code::BAD_NAME => {
            return refuse(session, output::FG_BAD_NAME);
        }
        Err(error @ CallError::Fault(_)) => {
            session.say(&output::plain_error(&error));
            return Ok(Flow::Stay);
        }
        Err(error) => return Err(error.into()),
    }
    session.say(output::PRESS_CTRL_C);
    session.flush();
    let end = Foreground::new(session, name).and_then(|mut foreground| foreground.run(session))?;
    match end {
        End::Left => {}
        End::Killed => session.say(output::FG_KILLED),
        End::Refused(error) => session.say(&output::plain_error(&error)),
    }
    session.say(output::FG_EXIT);
    Ok(Flow::Stay)
}

fn refuse(session: &mut Session, why: &str) -> Done {
    session.say(why);
    session.status = status::GENERIC;
    Ok(Flow::Stay)
}

/// Why the foreground is over.
enum End {
    /// The user has had enough.
    Left,
    /// The program does not run any more.
    Killed,
    /// The daemon does not take the input.
    Refused(CallError),
}

/// How often to look whether a silent program still runs. The original looks only after a line was typed.
const LOOK: Duration = Duration::from_secs(1);

struct Foreground {
    name: String,
    client: Client,
    /// Output and error output, as far as there is a log of them.
    streams: Vec<LogStream>,
    interrupts: SignalInbox,
    input: File,
    /// What was typed and has no end of line yet.
    typed: Vec<u8>,
}

impl Foreground {
    fn new(session: &Session, name: &str) -> Result<Self, Failure> {
        let client = session.new_client()?;
        let interrupts = SignalInbox::new(&[Signal::INT]).map_err(CallError::Io)?;
        let input = std::io::stdin().as_fd().try_clone_to_owned().map_err(CallError::Io)?;
        let streams = ["stdout", "stderr"]
            .iter()
            .filter_map(|channel| client.follow(&format!("/logtail/{name}/{channel}")).ok())
            .collect();
        let name = name.to_owned();
        Ok(Self { name, client, streams, interrupts, input: File::from(input), typed: Vec::new() })
    }

    fn run(&mut self, session: &mut Session) -> Result<End, Failure> {
        loop {
            let mut fds = vec![self.interrupts.as_fd(), self.input.as_fd()];
            fds.extend(self.streams.iter().map(AsFd::as_fd));
            let ready = readable(&fds, Some(LOOK)).map_err(CallError::Io)?;
            if !self.interrupts.take().is_empty() {
                return Ok(End::Left);
            }
            let is_ready = |at: usize| ready.get(at).copied().unwrap_or(false);
            let mut at = 2;
            // A stream that cannot be had, such as that of a program without a log, is left out silently.
            self.streams.retain_mut(|stream| {
                let keep = !is_ready(at) || pass_on(session, stream).unwrap_or(false);
                at += 1;
                keep
            });
            if is_ready(1) {
                if let Some(end) = self.pass_input()? {
                    return Ok(end);
                }
            } else if !ready.contains(&true) && !self.still_runs(false)? {
                return Ok(End::Killed);
            }
        }
    }

    /// Sends every whole line on.
    fn pass_input(&mut self) -> Result<Option<End>, Failure> {
        let mut buffer = [0; 4096];
        let count = match self.input.read(&mut buffer) {
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => return Ok(None),
            Err(error) => return Err(CallError::Io(error).into()),
        };
        if count == 0 {
            return Ok(Some(End::Left));
        }
        self.typed.extend_from_slice(buffer.get(..count).unwrap_or_default());
        while let Some(end) = self.typed.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.typed.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line).into_owned();
            match self.client.call("supervisor.sendProcessStdin", &[self.name.as_str().into(), text.into()]) {
                Ok(_) => {}
                Err(CallError::Fault(fault)) if fault.code == code::NOT_RUNNING => {
                    return Ok(Some(End::Killed));
                }
                Err(error @ CallError::Fault(_)) => return Ok(Some(End::Refused(error))),
                Err(error) => return Err(error.into()),
            }
            if !self.still_runs(true)? {
                return Ok(Some(End::Killed));
            }
        }
        Ok(None)
    }

    /// Whether the program runs; unless `exactly`, one that is about to run again counts.
    fn still_runs(&mut self, exactly: bool) -> Result<bool, Failure> {
        let info: Value = self.client.call("supervisor.getProcessInfo", &[self.name.as_str().into()])?;
        let info = Info::new(info);
        Ok(if exactly { info.state == state::RUNNING } else { !info.is_stopped() })
    }
}
