//! Python's way of showing a string, since the original's messages carry it and people compare them.

use std::fmt::{Display, Write};

/// `repr(text)` of Python 3: single quotes, double ones where the text has single but no double quotes; what is not
/// printable escaped as `\\x..`, `\\u....` or `\\U........`.
#[must_use]
pub fn python_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = c as u32;
                // Writing to a String cannot fail.
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02x}"),
                    0x100..=0xffff => write!(out, "\\u{code:04x}"),
                    _ => write!(out, "\\U{code:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

/// Whether Python shows the character as it is: the categories that Rust's own debug form escapes are the same
/// (control, format, surrogate, private, unassigned, separators but for the space). The letter in front keeps the
/// standard library from escaping combining marks, which it does only at the start of a text.
fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    let mut pair = String::with_capacity(5);
    pair.push('a');
    pair.push(c);
    pair.escape_debug().nth(1) == Some(c)
}

/// `repr(bytes)` of Python 3: `b'…'` with everything that is not printable ASCII as `\x..`.
#[must_use]
pub fn python_bytes_repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    let mut out = String::with_capacity(bytes.len() + 3);
    out.push('b');
    out.push(quote as char);
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b if b == quote => {
                out.push('\\');
                out.push(b as char);
            }
            0x20..=0x7e => out.push(byte as char),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push(quote as char);
    out
}

/// What went wrong, for people: an error's text without the number that Rust appends (`(os error 28)`).
#[must_use]
pub fn reason(error: &dyn Display) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_no_number() {
        let error = std::io::Error::from_raw_os_error(28);
        assert_eq!(reason(&error), "No space left on device");
    }

    #[test]
    fn quotes_as_python_does() {
        assert_eq!(python_repr("a"), "'a'");
        assert_eq!(python_repr("it's"), "\"it's\"");
        assert_eq!(python_repr("it's \"x\""), "'it\\'s \"x\"'");
        assert_eq!(python_repr("a\nb\\\u{7f}ö"), "'a\\nb\\\\\\x7fö'");
        assert_eq!(
            python_repr("\u{feff}e\u{301}\u{2028}\u{ad}\u{e000}\u{100000}"),
            "'\\ufeffe\u{301}\\u2028\\xad\\ue000\\U00100000'"
        );
        assert_eq!(python_bytes_repr(b"\x88\n"), "b'\\x88\\n'");
    }
}
