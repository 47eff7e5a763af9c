//! The chunked transfer coding (RFC 9112, section 7.1).

use std::io::Write;

/// Bytes of extensions and trailers that are skipped in one message; nobody sends any.
const MAX_EXTRAS: usize = 8 * 1024;

/// Digits of a chunk's size: what fits 60 bits.
const MAX_DIGITS: usize = 15;

/// Appends `data` as one chunk to `out`. Nothing for no data: an empty chunk would end the stream.
pub fn write(data: &[u8], out: &mut Vec<u8>) {
    if data.is_empty() {
        return;
    }
    // Writing to a Vec cannot fail.
    let _ = write!(out, "{:x}\r\n", data.len());
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

/// What ends the stream of chunks.
pub const END: &[u8] = b"0\r\n\r\n";

/// The chunks are not what they should be; the connection is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// Takes chunks apart, cut anywhere.
#[derive(Debug, Clone, Default)]
pub struct Decoder {
    place: Place,
    /// Bytes of extensions and trailers seen so far.
    extras: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the size, of which that many digits were seen.
    Size {
        size: u64,
        digits: usize,
    },
    /// Behind the semicolon.
    Extension {
        size: u64,
    },
    /// Between the carriage return and the newline of a size.
    SizeEnd {
        size: u64,
    },
    /// In a chunk of which that much is missing.
    Data {
        left: u64,
    },
    /// Behind a chunk.
    DataReturn,
    DataEnd,
    /// In the trailers; `blank` at the start of a line.
    Trailer {
        blank: bool,
    },
    /// Behind the carriage return of a trailer, or of the empty line that ends them.
    TrailerEnd {
        blank: bool,
    },
    Done,
}

impl Default for Place {
    fn default() -> Self {
        Self::Size { size: 0, digits: 0 }
    }
}

impl Decoder {
    /// Takes what was read, appends what it carries to `out`, and answers how many bytes belonged to this message: all,
    /// unless [`Decoder::is_done`] afterwards.
    ///
    /// # Errors
    ///
    /// The bytes are not chunks, or there are too many extensions or trailers.
    pub fn feed(&mut self, data: &[u8], out: &mut Vec<u8>) -> Result<usize, Malformed> {
        let mut rest = data;
        while let (false, Some((&byte, after))) = (self.is_done(), rest.split_first()) {
            if let Place::Data { left } = self.place {
                let (taken, after) =
                    rest.split_at(usize::try_from(left).unwrap_or(usize::MAX).min(rest.len()));
                out.extend_from_slice(taken);
                rest = after;
                let left = left - taken.len() as u64;
                self.place = if left == 0 { Place::DataReturn } else { Place::Data { left } };
                continue;
            }
            rest = after;
            self.step(byte)?;
        }
        Ok(data.len() - rest.len())
    }

    /// Whether the last chunk and the trailers are through.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.place == Place::Done
    }

    fn step(&mut self, byte: u8) -> Result<(), Malformed> {
        self.place = match (self.place, byte) {
            (Place::Size { size, digits }, b';' | b' ' | b'\t') if digits > 0 => Place::Extension { size },
            (Place::Size { size, digits }, b'\r') if digits > 0 => Place::SizeEnd { size },
            (Place::Size { size, digits }, digit) if digits < MAX_DIGITS => {
                let value = char::from(digit).to_digit(16).ok_or(Malformed)?;
                Place::Size { size: size << 4 | u64::from(value), digits: digits + 1 }
            }
            (Place::Extension { size }, b'\r') => Place::SizeEnd { size },
            (Place::Extension { size }, other) if other != b'\n' => {
                self.skip()?;
                Place::Extension { size }
            }
            (Place::SizeEnd { size: 0 }, b'\n') => Place::Trailer { blank: true },
            (Place::SizeEnd { size }, b'\n') => Place::Data { left: size },
            (Place::DataReturn, b'\r') => Place::DataEnd,
            (Place::DataEnd, b'\n') => Place::default(),
            (Place::Trailer { blank }, b'\r') => Place::TrailerEnd { blank },
            (Place::Trailer { .. }, other) if other != b'\n' => {
                self.skip()?;
                Place::Trailer { blank: false }
            }
            (Place::TrailerEnd { blank: true }, b'\n') => Place::Done,
            (Place::TrailerEnd { blank: false }, b'\n') => Place::Trailer { blank: true },
            (_, _) => return Err(Malformed),
        };
        Ok(())
    }

    fn skip(&mut self) -> Result<(), Malformed> {
        self.extras += 1;
        if self.extras > MAX_EXTRAS { Err(Malformed) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(pieces: &[&[u8]]) -> Result<(Vec<u8>, usize, bool), Malformed> {
        let mut decoder = Decoder::default();
        let (mut out, mut used) = (Vec::new(), 0);
        for piece in pieces {
            used += decoder.feed(piece, &mut out)?;
        }
        Ok((out, used, decoder.is_done()))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut out = Vec::new();
        for piece in ["hello ", "", "wörld\r\n", "0\r\n\r\n"] {
            write(piece.as_bytes(), &mut out);
        }
        assert_eq!(&out[..11], b"6\r\nhello \r\n");
        out.extend_from_slice(END);
        let length = out.len();
        assert_eq!(decode(&[&out]), Ok(("hello wörld\r\n0\r\n\r\n".into(), length, true)));
    }

    #[test]
    fn cuts_do_not_matter() {
        let text = b"A;x=\"y\"\r\n0123456789\r\n1 \r\nx\r\n00\r\nTrailer: a\r\n\r\nnext";
        let whole = decode(&[text]);
        assert_eq!(whole, Ok((b"0123456789x".to_vec(), text.len() - 4, true)));
        for cut in 0..=text.len() {
            let (left, right) = text.split_at(cut);
            assert_eq!(decode(&[left, right]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(decode(&bytes), whole);
    }

    #[test]
    fn nonsense_is_refused() {
        let wrong: &[&[u8]] = &[
            b"\r\n",
            b"x\r\n",
            b";\r\n",
            b"1\n",
            b"1\r\nab",
            b"1\r\na\n",
            b"-1\r\n",
            b"0000000000000000\r\n",
            b"0\r\nx\n",
            b"0\r\n\rx",
        ];
        for text in wrong {
            assert_eq!(decode(&[text]), Err(Malformed), "{text:?}");
        }
        let endless = [b"1;".as_slice(), &vec![b'x'; MAX_EXTRAS + 1]].concat();
        assert_eq!(decode(&[&endless]), Err(Malformed));
    }
}
