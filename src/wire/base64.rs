//! Base64 as Python's `binascii.a2b_base64` reads it: what is not of the alphabet is skipped, the padding must be there.
//!
//! The original reads both `<base64>` values and passwords with it, so a stray newline or quote in them does no harm.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// Reads what [`significant`] has left over: no padding, and bits that do not fill a byte are dropped as Python does.
const READER: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The bytes that `text` stands for, or `None` where the padding is missing.
#[must_use]
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    READER.decode(significant(text)?).ok()
}

/// `bytes` in one line, with padding.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The letters of the alphabet up to the padding that ends the text.
fn significant(text: &[u8]) -> Option<Vec<u8>> {
    let mut letters = Vec::with_capacity(text.len());
    let mut padding = 0;
    for &byte in text {
        match byte {
            b'=' if letters.len() % 4 >= 2 => {
                padding += 1;
                if letters.len() % 4 + padding >= 4 {
                    return Some(letters);
                }
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                padding = 0;
                letters.push(byte);
            }
            _ => {}
        }
    }
    letters.len().is_multiple_of(4).then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_python_reads() {
        // As `binascii.a2b_base64` of Python 3.11 answers.
        let cases: &[(&str, Option<&[u8]>)] = &[
            ("", Some(b"")),
            ("aGVsbG8=", Some(b"hello")),
            ("\naGVs\nbG8=\n", Some(b"hello")),
            ("!aGVsbG8=-", Some(b"hello")),
            ("aGVsbG8", None),
            ("!!", Some(b"")),
            ("a", None),
            ("=", Some(b"")),
            ("aGVsbG8=aGVs", Some(b"hello")),
            ("aG=VsbG8=", Some(b"hello")),
            ("/w==", Some(b"\xff")),
            ("/x==", Some(b"\xff")),
            ("aGVs====", Some(b"hel")),
        ];
        for (text, wanted) in cases {
            assert_eq!(decode(text.as_bytes()).as_deref(), *wanted, "{text:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for length in 0..20_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37)).collect();
            assert_eq!(decode(encode(&bytes).as_bytes()), Some(bytes));
        }
    }
}
