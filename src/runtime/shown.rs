//! How the output of programs appears on the daemon's own standard output and error (`child_output=`, `log_format=`, and
//! logs at `/dev/stdout`). Decides and writes; the console has the rest.

use crate::base::{Pid, Wall};
use crate::model::{ChildOutput, OutputChannel, Service, Showing};
use crate::runtime::console::Stream;
use crate::runtime::log_file::inherited_number;
use crate::sys::clock::{self, LocalZone};
use serde::Serialize;
use std::path::Path;

/// A line longer than this is cut into several.
pub(super) const LONGEST: usize = 64 * 1024;

/// So much is read at once of what is shown: as short lines it becomes many times as much.
pub(super) const READ: usize = 4 * 1024;

/// Where and how one channel is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Where.
    pub(super) stream: Stream,
    /// How.
    pub(super) how: How,
}

/// How one channel is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// As it comes: the channel's log is our own descriptor. Nothing of it is ever dropped.
    Pieces,
    /// Whole lines.
    Raw,
    /// Whole lines behind the name, and the time if so.
    Prefix(bool),
    /// A JSON object for each line.
    Json,
}

impl Shown {
    /// How a channel is to be shown, if at all. `log` is where it is logged; what listeners say on standard output is a
    /// conversation that only an explicit log shows.
    pub(super) fn of(
        service: &Service,
        which: OutputChannel,
        log: Option<&Path>,
        is_listener: bool,
        showing: Showing,
    ) -> Option<Shown> {
        if which == OutputChannel::Stderr && service.redirect_stderr {
            return None;
        }
        let explicit = log.and_then(inherited_number).and_then(Stream::of_number);
        let talks = is_listener && which == OutputChannel::Stdout;
        let format = if talks { ChildOutput::None } else { service.shown.unwrap_or(showing.format) };
        let how = match format {
            ChildOutput::None => explicit.map(|_| How::Pieces)?,
            ChildOutput::Raw => How::Raw,
            ChildOutput::Prefix => How::Prefix(showing.timestamps),
            ChildOutput::Json => How::Json,
        };
        let usual = match which {
            OutputChannel::Stdout => Stream::Output,
            OutputChannel::Stderr => Stream::Error,
        };
        Some(Shown { stream: explicit.unwrap_or(usual), how })
    }
}

/// Whose output it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Speaker<'a> {
    pub(super) group: &'a str,
    pub(super) name: &'a str,
    pub(super) channel: OutputChannel,
    pub(super) pid: Option<Pid>,
}

/// One line as a JSON object.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    group: &'a str,
    name: &'a str,
    channel: &'static str,
    pid: Option<i32>,
    text: &'a str,
}

/// Adds a line without its newline, or a piece as it is, to what is to be printed.
pub(super) fn append(
    how: How,
    speaker: &Speaker<'_>,
    now: Wall,
    zone: &LocalZone,
    text: &[u8],
    out: &mut Vec<u8>,
) {
    let Speaker { group, name, .. } = *speaker;
    match how {
        How::Pieces => return out.extend_from_slice(text),
        How::Raw => {}
        How::Prefix(timestamps) => {
            if timestamps {
                out.extend_from_slice(format!("{} ", zone.civil(now)).as_bytes());
            }
            if group != name {
                out.extend_from_slice(group.as_bytes());
                out.push(b':');
            }
            out.extend_from_slice(name.as_bytes());
            out.extend_from_slice(b" | ");
        }
        How::Json => {
            let text = &String::from_utf8_lossy(text);
            let (time, pid) = (clock::rfc3339(now), speaker.pid.map(|pid| pid.0));
            let line = Line { time, group, name, channel: speaker.channel.name(), pid, text };
            // Text and numbers can always be written, and memory does not refuse.
            let _ = serde_json::to_writer(&mut *out, &line);
            out.push(b'\n');
            return;
        }
    }
    out.extend_from_slice(text);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn line(how: How, group: &str, text: &[u8]) -> String {
        let speaker = Speaker { group, name: "web", channel: OutputChannel::Stderr, pid: Some(Pid(7)) };
        let mut out = Vec::new();
        let wall = Wall(Duration::from_millis(1_793_584_499_557));
        append(how, &speaker, wall, &LocalZone::system(), text, &mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn lines_look_as_the_manual_says() {
        assert_eq!(line(How::Pieces, "web", b"a piece"), "a piece");
        assert_eq!(line(How::Raw, "web", b"a"), "a\n");
        assert_eq!(line(How::Prefix(false), "web", b"a"), "web | a\n");
        assert_eq!(line(How::Prefix(false), "front", b""), "front:web | \n");
        let dated = line(How::Prefix(true), "web", b"a");
        assert!(dated.starts_with("2026-11-0") && dated.ends_with(":59,557 web | a\n"), "{dated}");
        assert_eq!(
            line(How::Json, "front", b"say \"hi\"\t\xff\x1b"),
            "{\"time\":\"2026-11-02T01:54:59.557Z\",\"group\":\"front\",\"name\":\"web\",\"channel\":\"stderr\",\"pid\":7,\
             \"text\":\"say \\\"hi\\\"\\t\u{fffd}\\u001b\"}\n"
        );
    }
}
