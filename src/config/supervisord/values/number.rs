//! Whole numbers as Python's `int()` reads them, byte sizes and octal modes.

use crate::base::text::python_repr;
use crate::config::supervisord::python::strip;
use std::fmt;

/// Most digits that Python converts (`sys.get_int_max_str_digits`).
const MOST_DIGITS: usize = 4300;

/// The zeros of every script's decimal digits beyond ASCII (Unicode 14, category Nd); each is followed by its nine others.
/// Python reads them all.
#[rustfmt::skip]
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
    0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// The value of a decimal digit of any script.
#[must_use]
pub fn decimal(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let code = c as u32;
    let before = ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?;
    let value = code - ZEROS.get(before)?;
    (value < 10).then_some(value)
}

/// A whole number. Python's have no end; ours stop at 64 bits and remember what was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Integer {
    /// The number, or the nearest that 64 bits can hold.
    pub value: i64,
    /// The number in full where 64 bits cannot hold it.
    pub beyond: Option<String>,
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.beyond {
            Some(digits) => f.write_str(digits),
            None => self.value.fmt(f),
        }
    }
}

impl From<i64> for Integer {
    fn from(value: i64) -> Integer {
        Integer { value, beyond: None }
    }
}

fn invalid(text: &str, base: u32) -> String {
    // Python cuts the quoted text after 200 characters.
    let shown: String = python_repr(text).chars().take(200).collect();
    format!("invalid literal for int() with base {base}: {shown}")
}

/// Sign and bare digits of a number in that base; `None` where it is none. One underscore may stand between digits.
fn digits(text: &str, base: u32) -> Option<(bool, String)> {
    let text = strip(text);
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let octal = if base == 8 { text.strip_prefix("0o").or_else(|| text.strip_prefix("0O")) } else { None };
    // After `0o` an underscore may come first.
    let text = octal.map_or(text, |rest| rest.strip_prefix('_').unwrap_or(rest));
    let mut digits = String::with_capacity(text.len());
    let mut after_digit = false;
    for c in text.chars() {
        if let Some(digit) = decimal(c).filter(|&digit| digit < base) {
            digits.extend(char::from_digit(digit, base));
            after_digit = true;
        } else if c == '_' && after_digit {
            after_digit = false;
        } else {
            return None;
        }
    }
    after_digit.then_some((negative, digits))
}

fn number((negative, digits): (bool, String), base: u32) -> Integer {
    let sign = if negative { "-" } else { "" };
    match i64::from_str_radix(&format!("{sign}{digits}"), base) {
        Ok(value) => value.into(),
        Err(_) => {
            let shown = format!("{sign}{}", digits.trim_start_matches('0'));
            Integer { value: if negative { i64::MIN } else { i64::MAX }, beyond: Some(shown) }
        }
    }
}

/// A number in base ten.
///
/// # Errors
/// `invalid literal for int() with base 10: '1.5'`.
pub fn integer(text: &str) -> Result<Integer, String> {
    let (negative, digits) = digits(text, 10).ok_or_else(|| invalid(text, 10))?;
    if digits.len() > MOST_DIGITS {
        return Err(format!(
            "Exceeds the limit ({MOST_DIGITS} digits) for integer string conversion: value has {} digits; \
             use sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        ));
    }
    Ok(number((negative, digits), 10))
}

/// A number of bytes, with `KB`, `MB` or `GB` in any case.
///
/// # Errors
/// As `integer`, about the text in lower case and without its unit.
pub fn byte_size(text: &str) -> Result<Integer, String> {
    let lower = text.to_lowercase();
    let (digits, unit) = [("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30)]
        .into_iter()
        .find_map(|(suffix, unit)| lower.strip_suffix(suffix).map(|digits| (digits, unit)))
        .unwrap_or((&lower, 1_i64));
    let count = integer(digits)?;
    Ok(match (&count.beyond, count.value.checked_mul(unit)) {
        (None, Some(value)) => value.into(),
        _ => Integer {
            value: if count.value < 0 { i64::MIN } else { i64::MAX },
            beyond: Some(text.to_owned()),
        },
    })
}

/// A mode or mask in base eight.
///
/// # Errors
/// `999 can not be converted to an octal type`.
pub fn octal(text: &str) -> Result<Integer, String> {
    digits(text, 8)
        .map(|parts| number(parts, 8))
        .ok_or_else(|| format!("{text} can not be converted to an octal type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_python_reads_them() {
        for (text, value) in
            [(" 7 ", 7), ("+5", 5), ("-3", -3), ("1_000", 1000), ("007", 7), ("\u{663}\u{ff15}", 35)]
        {
            assert_eq!(integer(text), Ok(value.into()), "{text}");
        }
        for text in ["", "1.5", "- 5", "1__0", "_1", "1_", "0x10", "ten", "--1"] {
            let wanted = format!("invalid literal for int() with base 10: {}", python_repr(text));
            assert_eq!(integer(text), Err(wanted));
        }
    }

    #[test]
    fn numbers_beyond_64_bits_are_kept_in_full() {
        let big = integer("0099999999999999999999").unwrap();
        assert_eq!((big.value, big.to_string().as_str()), (i64::MAX, "99999999999999999999"));
        assert!(integer(&"9".repeat(4301)).unwrap_err().starts_with("Exceeds the limit (4300 digits)"));
        assert_eq!(integer(&"x".repeat(300)).unwrap_err().len(), 40 + 200);
    }

    #[test]
    fn sizes_have_units() {
        for (text, value) in [("10", 10), ("1KB", 1024), ("2 mb", 2 << 20), ("1Gb", 1 << 30), ("-1kb", -1024)]
        {
            assert_eq!(byte_size(text), Ok(value.into()), "{text}");
        }
        for (text, shown) in [("1M", "'1m'"), ("1.5MB", "'1.5'"), ("1TB", "'1tb'"), ("kb", "''"), ("", "''")]
        {
            assert_eq!(byte_size(text), Err(format!("invalid literal for int() with base 10: {shown}")));
        }
        assert_eq!(byte_size("99999999999GB").unwrap().value, i64::MAX);
    }

    #[test]
    fn modes_are_octal() {
        for (text, value) in [("022", 0o22), ("22", 0o22), ("0o22", 0o22), ("0O_22", 0o22), (" 7_7 ", 0o77)] {
            assert_eq!(octal(text), Ok(value.into()), "{text}");
        }
        for text in ["999", "", "0x1", "0o", "rwx"] {
            assert_eq!(octal(text), Err(format!("{text} can not be converted to an octal type")));
        }
    }
}
