//! Bytes of a file to text as Python opens it: strict UTF-8, every kind of line end one `\n`. Knows nothing of the grammar.

/// Python decodes a file in pieces of this size, and counts the position of a bad byte from the start of the piece.
const PIECE: usize = 8192;

/// Text of a file, and what is wrong with its encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text; what could not be decoded is replaced, so that reading can go on.
    pub text: String,
    /// The original's message about the first bad byte, and how many bytes stand before it.
    pub error: Option<(String, usize)>,
}

/// Decodes the bytes of a file.
#[must_use]
pub fn decode(bytes: Vec<u8>) -> Decoded {
    match String::from_utf8(bytes) {
        Ok(text) => Decoded { text, error: None },
        Err(error) => {
            let (start, length) = (error.utf8_error().valid_up_to(), error.utf8_error().error_len());
            let message = message(error.as_bytes(), start, length);
            Decoded {
                text: String::from_utf8_lossy(error.as_bytes()).into_owned(),
                error: Some((message, start)),
            }
        }
    }
}

/// `'utf-8' codec can't decode byte 0xff in position 3: invalid start byte`.
fn message(bytes: &[u8], start: usize, length: Option<usize>) -> String {
    let first = bytes.get(start).copied().unwrap_or_default();
    let reason = match (first, length) {
        (0x80..=0xc1 | 0xf5..=0xff, _) => "invalid start byte",
        (_, Some(_)) => "invalid continuation byte",
        (_, None) => "unexpected end of data",
    };
    let at_end = length.is_none();
    let length = length.unwrap_or(bytes.len() - start);
    let position = if at_end {
        // A character cut by the end of the file has waited for more, and stands alone when none comes.
        0
    } else if start / PIECE < (start + length) / PIECE && (start + length) < bytes.len() {
        // The sequence was cut by the end of a piece, and stands at the start of what is decoded next.
        0
    } else {
        start % PIECE + carried_over(bytes, start / PIECE * PIECE)
    };
    if length <= 1 {
        return format!("'utf-8' codec can't decode byte 0x{first:02x} in position {position}: {reason}");
    }
    let end = position + length - 1;
    format!("'utf-8' codec can't decode bytes in position {position}-{end}: {reason}")
}

/// Bytes of a character that the boundary at `at` cuts.
fn carried_over(bytes: &[u8], at: usize) -> usize {
    let is_inside = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    if !is_inside(at) {
        return 0;
    }
    (1..=3).take_while(|back| at >= *back).find(|back| !is_inside(at - back)).unwrap_or(0)
}

/// Lines of a text with universal newlines, without their ends; the second part tells whether there was one.
pub fn lines(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let Some(at) = memchr::memchr2(b'\n', b'\r', rest.as_bytes()) else {
            return Some((std::mem::take(&mut rest), false));
        };
        let (line, end) = rest.split_at(at);
        let end_length = if end.starts_with("\r\n") { 2 } else { 1 };
        rest = end.get(end_length..).unwrap_or_default();
        Some((line, true))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_end_is_one() {
        let found: Vec<_> = lines("a\r\nb\rc\n\nd").collect();
        assert_eq!(found, [("a", true), ("b", true), ("c", true), ("", true), ("d", false)]);
        assert_eq!(lines("").count(), 0);
    }

    /// Every message was printed by Python 3.11.
    #[test]
    fn bad_bytes_are_described_as_python_does() {
        for (bytes, why) in [
            (&b"ab\xffc"[..], "'utf-8' codec can't decode byte 0xff in position 2: invalid start byte"),
            (b"\xc3(", "'utf-8' codec can't decode byte 0xc3 in position 0: invalid continuation byte"),
            (b"\xe2\x82(", "'utf-8' codec can't decode bytes in position 0-1: invalid continuation byte"),
            (b"a\xe2\x82", "'utf-8' codec can't decode bytes in position 0-1: unexpected end of data"),
            (b"\xc3", "'utf-8' codec can't decode byte 0xc3 in position 0: unexpected end of data"),
            (
                b"\xed\xa0\x80",
                "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte",
            ),
        ] {
            assert_eq!(decode(bytes.to_vec()).error.map(|(why, _)| why).as_deref(), Some(why));
        }
    }

    #[test]
    fn positions_count_from_the_piece() {
        let mut bytes = vec![b'a'; PIECE + 10];
        bytes[PIECE + 3] = 0xff;
        assert!(decode(bytes.clone()).error.unwrap().0.contains("position 3:"));
        bytes[PIECE - 1] = 0xc3;
        bytes[PIECE] = 0xb6;
        assert!(decode(bytes).error.unwrap().0.contains("position 4:"));
    }
}
