//! Removes ANSI control sequences from child output (`strip_ansi=true`).
//!
//! As the original does (`supervisor/dispatchers.py`, `stripEscapes`), a sequence begins with `ESC [` and ends with one of
//! a fixed set of letters. Unlike there, a sequence that is cut by the end of a read goes on in the next one.

use memchr::memchr;
use std::borrow::Cow;

const ESCAPE: u8 = 0x1b;

/// Letters that end a sequence; the original's list.
const TERMINATORS: &[u8] = b"HfABCDRsuJKhlpm";

/// Where in a sequence the input stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Text,
    /// ESC was the last byte of a read; what follows decides.
    AfterEscape,
    /// Between `ESC [` and the terminator.
    Inside,
}

/// Strips one stream, read by read.
#[derive(Debug, Clone, Default)]
pub struct Stripper {
    place: Place,
}

impl Stripper {
    /// The text of this read without control sequences. Borrows where there was nothing to remove.
    pub fn strip<'a>(&mut self, data: &'a [u8]) -> Cow<'a, [u8]> {
        if self.place == Place::Text && memchr(ESCAPE, data).is_none() {
            return Cow::Borrowed(data);
        }
        let mut kept = Vec::with_capacity(data.len());
        for &byte in data {
            self.step(byte, &mut kept);
        }
        Cow::Owned(kept)
    }

    /// What is left when the stream ends: an ESC that nothing followed.
    pub fn finish(&mut self) -> &'static [u8] {
        let left: &[u8] = if self.place == Place::AfterEscape { &[ESCAPE] } else { &[] };
        self.place = Place::Text;
        left
    }

    fn step(&mut self, byte: u8, kept: &mut Vec<u8>) {
        self.place = match (self.place, byte) {
            (Place::Text, ESCAPE) => Place::AfterEscape,
            (Place::AfterEscape, b'[') => Place::Inside,
            (Place::AfterEscape, ESCAPE) => {
                kept.push(ESCAPE);
                Place::AfterEscape
            }
            (Place::AfterEscape, other) => {
                kept.extend([ESCAPE, other]);
                Place::Text
            }
            (Place::Text, other) => {
                kept.push(other);
                Place::Text
            }
            (Place::Inside, other) if TERMINATORS.contains(&other) => Place::Text,
            (Place::Inside, _) => Place::Inside,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(pieces: &[&[u8]]) -> Vec<u8> {
        let mut stripper = Stripper::default();
        let mut out = Vec::new();
        for piece in pieces {
            out.extend_from_slice(&stripper.strip(piece));
        }
        out.extend_from_slice(stripper.finish());
        out
    }

    #[test]
    fn colours_go_and_text_stays() {
        assert_eq!(stripped(&[b"\x1b[1;31mred\x1b[0m and \x1b[2Jplain\n"]), b"red and plain\n");
        assert_eq!(stripped(&[b"no escapes"]), b"no escapes");
        assert_eq!(stripped(&[b"\x1b]0;title\x07kept"]), b"\x1b]0;title\x07kept");
    }

    #[test]
    fn cuts_do_not_matter() {
        let text = b"a\x1b[1;31mred\x1b[0m\x1b\x1b[mb\x1b";
        let whole = stripped(&[text]);
        for cut in 0..=text.len() {
            let (left, right) = text.split_at(cut);
            assert_eq!(stripped(&[left, right]), whole, "cut at {cut}");
        }
        assert_eq!(whole, b"ared\x1bb\x1b");
    }
}
