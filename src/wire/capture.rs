//! Capture mode: output between two tags is set aside, to be told to event listeners (`supervisor/dispatchers.py`,
//! `record_output`). Tags may be cut by the ends of reads at any byte.
//!
//! Wanted difference: only what may be the beginning of a tag is held back. The original holds back any read that is not
//! longer than a tag, and loses it when the process ends.

use memchr::memmem;

/// Begins the text to capture.
pub const BEGIN: &[u8] = b"<!--XSUPERVISOR:BEGIN-->";

/// Ends it.
pub const END: &[u8] = b"<!--XSUPERVISOR:END-->";

/// A part of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Ordinary output.
    Plain(&'a [u8]),
    /// Output between the tags. It is also part of the next `Captured`.
    Inside(&'a [u8]),
    /// The end tag came: all that stood between the tags, as far as it was kept.
    Captured(&'a [u8]),
    /// The output ended before the end tag came: what stood behind the begin tag, as far as it was kept.
    Abandoned(&'a [u8]),
}

/// Splits one channel's output.
#[derive(Debug)]
pub struct Capture {
    /// Bytes to keep between the tags.
    most: usize,
    /// What may be the beginning of the tag that is looked for.
    held: Vec<u8>,
    /// What stands between the tags so far; `None` outside.
    captured: Option<Vec<u8>>,
}

impl Capture {
    /// Keeps about `most` bytes between two tags.
    #[must_use]
    pub fn new(most: usize) -> Capture {
        Capture { most, held: Vec::new(), captured: None }
    }

    /// Takes one read and gives out its parts, in order.
    pub fn feed(&mut self, data: &[u8], mut each: impl FnMut(Piece<'_>)) {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(data);
        let mut rest = text.as_slice();
        loop {
            let tag = if self.captured.is_some() { END } else { BEGIN };
            let Some(at) = memmem::find(rest, tag) else { break };
            let (before, after) = rest.split_at(at);
            self.pass(before, &mut each);
            rest = after.get(tag.len()..).unwrap_or_default();
            match self.captured.take() {
                Some(captured) => each(Piece::Captured(&captured)),
                None => self.captured = Some(Vec::new()),
            }
        }
        let tag = if self.captured.is_some() { END } else { BEGIN };
        let (sure, held) = rest.split_at(rest.len() - beginning_of(tag, rest));
        self.pass(sure, &mut each);
        self.held = held.to_vec();
    }

    /// The output has ended: nothing is held back any more.
    pub fn finish(&mut self, mut each: impl FnMut(Piece<'_>)) {
        let held = std::mem::take(&mut self.held);
        self.pass(&held, &mut each);
        if let Some(captured) = self.captured.take() {
            each(Piece::Abandoned(&captured));
        }
    }

    /// Gives out a part without tags.
    fn pass(&mut self, part: &[u8], each: &mut impl FnMut(Piece<'_>)) {
        if part.is_empty() {
            return;
        }
        match &mut self.captured {
            None => each(Piece::Plain(part)),
            Some(captured) => {
                each(Piece::Inside(part));
                // As much goes at the front as comes at the end, whatever its size (`BoundIO` of the original).
                if captured.len() + part.len() > self.most {
                    captured.drain(..part.len().min(captured.len()));
                }
                captured.extend_from_slice(part);
            }
        }
    }
}

/// How many bytes at the end of the text are the beginning of the tag, but not all of it.
fn beginning_of(tag: &[u8], text: &[u8]) -> usize {
    let longest = text.len().min(tag.len() - 1);
    (1..=longest).rev().find(|&length| text.ends_with(tag.get(..length).unwrap_or_default())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that comes out of these reads: plain text, inner text, and the captures; adjacent parts joined.
    fn split<'a>(most: usize, reads: impl IntoIterator<Item = &'a [u8]>) -> (String, String, Vec<String>) {
        let (mut plain, mut inside, mut captured) = (String::new(), String::new(), Vec::new());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let mut take = |piece: Piece<'_>| match piece {
            Piece::Plain(bytes) => plain += &text(bytes),
            Piece::Inside(bytes) => inside += &text(bytes),
            Piece::Captured(bytes) => captured.push(text(bytes)),
            Piece::Abandoned(bytes) => captured.push(format!("abandoned {}", text(bytes))),
        };
        let mut capture = Capture::new(most);
        for read in reads {
            capture.feed(read, &mut take);
        }
        capture.finish(&mut take);
        (plain, inside, captured)
    }

    fn tagged(text: &str) -> Vec<u8> {
        text.replace("(", "<!--XSUPERVISOR:BEGIN-->").replace(")", "<!--XSUPERVISOR:END-->").into_bytes()
    }

    #[test]
    fn tags_may_be_cut_anywhere() {
        let text = tagged("one (two) three<!-- (four)(<!--XSUPER) five<!--XSUPERVISOR:BEGIN--");
        let whole = split(1000, [text.as_slice()]);
        assert_eq!(whole.0, "one  three<!--  five<!--XSUPERVISOR:BEGIN--");
        assert_eq!(whole.1, "twofour<!--XSUPER");
        assert_eq!(whole.2, ["two", "four", "<!--XSUPER"]);
        assert_eq!(split(1000, text.chunks(1)), whole);
        for at in 0..=text.len() {
            let (one, other) = text.split_at(at);
            assert_eq!(split(1000, [one, other]), whole, "cut at {at}");
        }
    }

    #[test]
    fn nothing_is_held_back_without_need() {
        let mut out = Vec::new();
        let mut capture = Capture::new(10);
        capture.feed(b"ok\n", |piece| out.push(format!("{piece:?}")));
        assert_eq!(out.len(), 1);
    }

    #[test]
    fn the_front_goes_when_there_is_too_much() {
        // One piece is kept whole, as in the original.
        assert_eq!(split(3, [tagged("(abcdef)").as_slice()]).2, ["abcdef"]);
        let reads = [tagged("(ab"), b"cd".to_vec(), tagged("ef)")];
        assert_eq!(split(4, reads.iter().map(Vec::as_slice)).2, ["cdef"]);
        assert_eq!(split(5, reads.iter().map(Vec::as_slice)).2, ["cdef"]);
        assert_eq!(split(6, reads.iter().map(Vec::as_slice)).2, ["abcdef"]);
    }

    #[test]
    fn what_never_ends_is_given_out_at_the_end() {
        let (plain, inside, captured) = split(100, [tagged("a(b").as_slice()]);
        assert_eq!((plain.as_str(), inside.as_str()), ("a", "b"));
        assert_eq!(captured, ["abandoned b"]);
    }
}
