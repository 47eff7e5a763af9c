//! Lines on the console. Nothing that happens to the console may stop an init, so failures are nobody's concern.

use std::io::{self, Write};

/// Who speaks.
const NAME: &str = "init";

/// Prints a text, each of its lines with our name in front.
pub(super) fn say(text: &str) {
    let mut out = String::new();
    for line in text.lines() {
        out.push_str(&format!("{NAME}: {line}\n"));
    }
    let _ = io::stderr().write_all(out.as_bytes());
}
