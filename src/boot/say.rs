//! Lines on the console. Nothing that happens to the console may stop an init, so failures are nobody's concern, and who has
//! stopped its output (Ctrl-S) does not stop a shutdown.

use crate::sys::output::SharedOutput;
use crate::sys::poll;
use std::io;
use std::time::Duration;

/// Who speaks.
const NAME: &str = "init";

/// How long to try again where there is no room, and how often.
const PAUSE: Duration = Duration::from_millis(20);
const TRIES: u32 = 50;

/// Prints a text, each of its lines with our name in front.
pub(super) fn say(text: &str) {
    let mut out = String::new();
    for line in text.trim_end().lines() {
        out.push_str(&format!("{NAME}: {line}\n"));
    }
    let Ok(mut console) = SharedOutput::inherit(2) else { return };
    let (mut rest, mut tries) = (out.as_bytes(), TRIES);
    while !rest.is_empty() && tries > 0 {
        match console.write(rest) {
            Ok(count) => rest = rest.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tries -= 1;
                poll::pause(PAUSE);
            }
            Err(_) => return,
        }
    }
}
