//! One conversion of Python's `%` formatting: a text or a number written with flags, width and precision. Knows no
//! names and no percent signs; `expand.rs` finds those.

use crate::base::text::python_repr;
use std::fmt::Write;

/// What stands between the percent sign and the letter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five independent flags of the format language")]
pub(crate) struct Spec {
    /// `-`: fill on the right.
    pub(crate) left: bool,
    /// `+`: a sign on positive numbers too.
    pub(crate) plus: bool,
    /// A blank in place of the plus.
    pub(crate) blank: bool,
    /// `#`: with `0x` and the like.
    pub(crate) alternate: bool,
    /// `0`: fill with zeros.
    pub(crate) zero: bool,
    /// Least width in characters.
    pub(crate) width: usize,
    /// Digits, or most characters of a text.
    pub(crate) precision: Option<usize>,
}

/// Writes a string.
///
/// # Errors
/// Where the letter wants a number.
pub(crate) fn format_text(out: &mut String, spec: &Spec, kind: char, text: &str) -> Result<(), String> {
    match kind {
        's' => pad(out, spec, &cut(text, spec)),
        'r' => pad(out, spec, &cut(&python_repr(text), spec)),
        'a' => pad(out, spec, &cut(&ascii(&python_repr(text)), spec)),
        'c' if text.chars().count() == 1 => pad(out, spec, text),
        'c' => return Err("%c requires int or char".to_owned()),
        'd' | 'i' | 'u' => return Err(format!("%{kind} format: a real number is required, not str")),
        'o' | 'x' | 'X' => return Err(format!("%{kind} format: an integer is required, not str")),
        _ => return Err("must be real number, not str".to_owned()),
    }
    Ok(())
}

/// Writes an integer.
///
/// # Errors
/// Where the letter wants a character and the number is none.
pub(crate) fn format_number(out: &mut String, spec: &Spec, kind: char, number: i64) -> Result<(), String> {
    let negative = number < 0;
    let digits = match kind {
        's' | 'r' | 'a' => {
            pad(out, spec, &cut(&number.to_string(), spec));
            return Ok(());
        }
        'c' => {
            let c = u32::try_from(number).ok().filter(|&code| code < 0x11_0000);
            let code = c.ok_or_else(|| "%c arg not in range(0x110000)".to_owned())?;
            // Python can hold half a surrogate pair; we cannot.
            let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            pad(out, spec, c.encode_utf8(&mut [0; 4]));
            return Ok(());
        }
        'd' | 'i' | 'u' => integer(spec, "", &format!("{}", number.unsigned_abs())),
        'o' => integer(spec, "0o", &format!("{:o}", number.unsigned_abs())),
        'x' => integer(spec, "0x", &format!("{:x}", number.unsigned_abs())),
        'X' => integer(spec, "0X", &format!("{:X}", number.unsigned_abs())),
        _ => ("", real(spec, kind, number.unsigned_abs())),
    };
    let sign = match (negative, spec.plus, spec.blank) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    number_padded(out, spec, sign, digits.0, &digits.1);
    Ok(())
}

/// Prefix and digits; the precision is the least number of digits.
fn integer<'p>(spec: &Spec, prefix: &'p str, digits: &str) -> (&'p str, String) {
    let missing = spec.precision.unwrap_or(0).saturating_sub(digits.len());
    let prefix = if spec.alternate { prefix } else { "" };
    (prefix, "0".repeat(missing) + digits)
}

fn number_padded(out: &mut String, spec: &Spec, sign: &str, prefix: &str, digits: &str) {
    let fill = spec.width.saturating_sub(sign.len() + prefix.len() + digits.len());
    let (before, zeros, after) = match (spec.left, spec.zero) {
        (true, _) => (0, 0, fill),
        (false, true) => (0, fill, 0),
        (false, false) => (fill, 0, 0),
    };
    out.extend(std::iter::repeat_n(' ', before));
    out.push_str(sign);
    out.push_str(prefix);
    out.extend(std::iter::repeat_n('0', zeros));
    out.push_str(digits);
    out.extend(std::iter::repeat_n(' ', after));
}

fn cut<'t>(text: &'t str, spec: &Spec) -> std::borrow::Cow<'t, str> {
    match spec.precision {
        Some(most) => text.chars().take(most).collect::<String>().into(),
        None => text.into(),
    }
}

fn pad(out: &mut String, spec: &Spec, text: &str) {
    let fill = spec.width.saturating_sub(text.chars().count());
    if !spec.left {
        out.extend(std::iter::repeat_n(' ', fill));
    }
    out.push_str(text);
    if spec.left {
        out.extend(std::iter::repeat_n(' ', fill));
    }
}

/// `ascii()`: what is beyond ASCII in a `repr` escaped too.
fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let code = c as u32;
        // Writing to a String cannot fail.
        let _ = match code {
            0..=0x7f => {
                out.push(c);
                Ok(())
            }
            0x80..=0xff => write!(out, "\\x{code:02x}"),
            0x100..=0xffff => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
    }
    out
}

/// A floating point form of a whole number, as C's `printf` writes it.
#[expect(clippy::cast_precision_loss, reason = "so does Python: float(number)")]
fn real(spec: &Spec, kind: char, magnitude: u64) -> String {
    let value = magnitude as f64;
    let precision = spec.precision.unwrap_or(6);
    let text = match kind {
        'f' | 'F' => with_point(format!("{value:.precision$}"), spec.alternate),
        'e' | 'E' => exponential(value, precision, spec.alternate),
        _ => general(value, precision.max(1), spec.alternate),
    };
    if kind.is_ascii_uppercase() { text.to_uppercase() } else { text }
}

/// `#` keeps the point even where no digit follows.
fn with_point(text: String, keep: bool) -> String {
    if keep && !text.contains('.') { text + "." } else { text }
}

fn exponential(value: f64, precision: usize, keep_point: bool) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = with_point(mantissa.to_owned(), keep_point);
    format!("{mantissa}e+{exponent:0>2}")
}

/// `%g`: whichever form is shorter, without trailing zeros.
fn general(value: f64, precision: usize, keep_zeros: bool) -> String {
    let scientific = exponential(value, precision - 1, keep_zeros);
    let exponent =
        scientific.split_once("e+").and_then(|(_, digits)| digits.parse::<usize>().ok()).unwrap_or(0);
    let (mantissa, tail) = if exponent >= precision {
        let (mantissa, tail) = scientific.split_once('e').unwrap_or((&scientific, ""));
        (mantissa.to_owned(), format!("e{tail}"))
    } else {
        let digits = precision - 1 - exponent;
        (with_point(format!("{value:.digits$}"), keep_zeros), String::new())
    };
    if keep_zeros || !mantissa.contains('.') {
        return mantissa + &tail;
    }
    mantissa.trim_end_matches('0').trim_end_matches('.').to_owned() + &tail
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line was printed by Python 3.11.
    #[test]
    fn numbers_come_out_as_in_python() {
        let spec = Spec::default();
        for (spec, kind, number, wanted) in [
            (Spec { width: 5, zero: true, ..spec }, 'd', -5, "-0005"),
            (Spec { width: 5, left: true, plus: true, ..spec }, 'd', 5, "+5   "),
            (Spec { width: 5, zero: true, blank: true, ..spec }, 'd', 5, " 0005"),
            (Spec { precision: Some(3), ..spec }, 'd', 5, "005"),
            (Spec { width: 8, zero: true, precision: Some(3), ..spec }, 'd', 5, "00000005"),
            (Spec { width: 8, zero: true, alternate: true, ..spec }, 'x', 5, "0x000005"),
            (Spec { alternate: true, ..spec }, 'o', 5, "0o5"),
            (Spec { alternate: true, ..spec }, 'X', 255, "0XFF"),
            (spec, 'e', 5, "5.000000e+00"),
            (spec, 'f', 5, "5.000000"),
            (spec, 'G', 5, "5"),
            (Spec { alternate: true, ..spec }, 'g', 5, "5.00000"),
            (Spec { alternate: true, precision: Some(0), ..spec }, 'f', 5, "5."),
            (spec, 'g', 1_234_567, "1.23457e+06"),
            (spec, 'g', 1_000_000, "1e+06"),
            (Spec { width: 10, zero: true, precision: Some(2), ..spec }, 'f', 5, "0000005.00"),
            (Spec { width: 5, ..spec }, 's', 5, "    5"),
            (Spec { precision: Some(0), ..spec }, 's', 5, ""),
            (spec, 'c', 65, "A"),
        ] {
            let mut out = String::new();
            assert_eq!(format_number(&mut out, &spec, kind, number), Ok(()));
            assert_eq!(out, wanted, "{spec:?} {kind} {number}");
        }
    }

    #[test]
    fn no_letter_and_no_width_panics() {
        for kind in "sradiuoxXeEfFgGc".chars() {
            for number in [i64::MIN, -1, 0, 1, i64::MAX] {
                for precision in [None, Some(0), Some(1), Some(300)] {
                    let spec = Spec { precision, width: 3, zero: true, alternate: true, ..Spec::default() };
                    let mut out = String::new();
                    let _ = format_number(&mut out, &spec, kind, number);
                    let _ = format_text(&mut out, &spec, kind, "ö'\u{0}");
                }
            }
        }
    }
}
