//! Numbers and dates as Python reads and writes them.

use jiff::civil::Date;
use std::borrow::Cow;

/// `int(text)`: white space around it, a sign, underscores between digits. ASCII digits only, and it must fit.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    without_underscores(text.trim())?.parse().ok()
}

/// `float(text)`: as [`parse_int`], and `inf`, `infinity` and `nan` in any case.
pub(super) fn parse_double(text: &str) -> Option<f64> {
    without_underscores(text.trim())?.parse().ok()
}

/// The text without the underscores that Python allows between two digits; `None` if one stands elsewhere.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let allowed = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_').all(|(at, _)| {
        at.checked_sub(1).is_some_and(|before| is_digit(bytes.get(before))) && is_digit(bytes.get(at + 1))
    });
    allowed.then(|| Cow::Owned(text.replace('_', "")))
}

/// `repr(number)` of a float: the shortest digits that read back as the same number, with an exponent outside of
/// 10⁻⁴ to 10¹⁶.
pub(super) fn double_repr(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf".to_owned() } else { "-inf".to_owned() };
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..16).contains(&exponent) {
        let plain = number.to_string();
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Checks `YYYYMMDDTHH:MM:SS` and gives it out with an upper-case T.
///
/// Every field has all its digits; the original also takes single ones after the T.
pub(super) fn parse_date_time(text: &str) -> Option<String> {
    let (date, time) = text.split_once(['T', 't'])?;
    let number =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i16>().ok()).flatten();
    let part = |from: usize, to: usize| date.get(from..to).and_then(number);
    let small = |value: i16| i8::try_from(value).ok();
    let (year, month, day) = (part(0, 4)?, small(part(4, 6)?)?, small(part(6, 8)?)?);
    if date.len() != 8 || year == 0 || Date::new(year, month, day).is_err() {
        return None;
    }
    let mut fields = time.split(':');
    for limit in [24, 60, 60] {
        let field = fields.next()?;
        if field.len() != 2 || number(field)? >= limit {
            return None;
        }
    }
    fields.next().is_none().then(|| format!("{date}T{time}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_as_python() {
        let cases = [
            ("5", Some(5)),
            (" 5\n", Some(5)),
            ("\u{a0}5", Some(5)),
            ("+5", Some(5)),
            ("-0", Some(0)),
            ("007", Some(7)),
            ("1_0", Some(10)),
            ("1__0", None),
            ("_1", None),
            ("5_", None),
            ("-_5", None),
            ("- 5", None),
            ("--5", None),
            ("5.0", None),
            ("", None),
            ("0x10", None),
            ("9223372036854775807", Some(i64::MAX)),
            ("9223372036854775808", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(parse_int(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn floats_as_python() {
        for text in ["1.5", " 1_0.5 ", ".5", "5.", "1e400", "inf", "-Infinity", "NAN", "+1e-3"] {
            assert!(parse_double(text).is_some(), "{text:?}");
        }
        for text in ["", "0x1p3", "1e", "1_.5", "infin", "1 2"] {
            assert!(parse_double(text).is_none(), "{text:?}");
        }
    }

    #[test]
    fn floats_are_written_as_python_writes_them() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.5, "1.5"),
            (100.0, "100.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e-7, "1.25e-07"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (0.1, "0.1"),
        ];
        for (number, wanted) in cases {
            assert_eq!(double_repr(number), wanted);
        }
        assert_eq!(double_repr(f64::NAN), "nan");
    }

    #[test]
    fn dates_are_checked() {
        assert_eq!(parse_date_time("20200229t03:04:05").as_deref(), Some("20200229T03:04:05"));
        for wrong in [
            "",
            "T",
            "20200230T03:04:05",
            "20200102T03:04:60",
            "20200102T24:04:05",
            "2020-01-02T03:04:05",
            " 20200102T03:04:05",
            "20200102T03:04",
            "20200102T03:04:05:06",
            "00000102T03:04:05",
            "+0200102T03:04:05",
            "２0200102T03:04:05",
            "20200102T03:04:05Z",
        ] {
            assert_eq!(parse_date_time(wrong), None, "{wrong:?}");
        }
    }
}
