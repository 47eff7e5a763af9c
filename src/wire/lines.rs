//! Cuts a stream of bytes into lines, for sinks that take messages. Bounded: a line without end is cut.

use memchr::memchr;

/// A line longer than this is given out in pieces, unless told otherwise.
const LONGEST: usize = 8 * 1024;

/// Collects one stream.
#[derive(Debug, Clone)]
pub struct Lines {
    partial: Vec<u8>,
    longest: usize,
}

impl Default for Lines {
    fn default() -> Lines {
        Lines::with_longest(LONGEST)
    }
}

impl Lines {
    /// Lines of at most so many bytes, at least one; longer ones are given out in pieces.
    #[must_use]
    pub fn with_longest(longest: usize) -> Lines {
        Lines { partial: Vec::new(), longest: longest.max(1) }
    }

    /// Takes a read and gives out each line that is complete now, without its newline.
    pub fn feed(&mut self, mut data: &[u8], mut each: impl FnMut(&[u8])) {
        while let Some(end) = memchr(b'\n', data) {
            let (line, rest) = data.split_at(end);
            data = rest.get(1..).unwrap_or_default();
            if self.partial.is_empty() {
                line.chunks(self.longest).for_each(&mut each);
                if line.is_empty() {
                    each(line);
                }
            } else {
                self.partial.extend_from_slice(line);
                std::mem::take(&mut self.partial).chunks(self.longest).for_each(&mut each);
            }
        }
        self.partial.extend_from_slice(data);
        while self.partial.len() >= self.longest {
            let rest = self.partial.split_off(self.longest);
            each(&std::mem::replace(&mut self.partial, rest));
        }
    }

    /// Gives out what is left when the stream ends without a newline.
    pub fn finish(&mut self, mut each: impl FnMut(&[u8])) {
        let rest = std::mem::take(&mut self.partial);
        if !rest.is_empty() {
            each(&rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Lines::default();
        let mut out = Vec::new();
        for piece in pieces {
            lines.feed(piece, |line| out.push(String::from_utf8_lossy(line).into_owned()));
        }
        lines.finish(|line| out.push(String::from_utf8_lossy(line).into_owned()));
        out
    }

    #[test]
    fn cuts_do_not_matter() {
        let text = b"one\n\ntwo\nthree";
        for cut in 0..=text.len() {
            let (left, right) = text.split_at(cut);
            assert_eq!(lines(&[left, right]), ["one", "", "two", "three"], "cut at {cut}");
        }
    }

    #[test]
    fn a_line_without_end_is_given_out_in_pieces() {
        let long = vec![b'x'; LONGEST * 2 + 5];
        let got = lines(&[&long]);
        assert_eq!(got.iter().map(String::len).collect::<Vec<_>>(), [LONGEST, LONGEST, 5]);
    }
}
