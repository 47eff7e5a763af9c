//! Calls, answers and faults as text, byte for byte as `xmlrpc.client.dumps` of Python 3 writes them.

use super::number::double_repr;
use super::value::Value;
use std::fmt;

/// What stands for a character that XML 1.0 cannot carry.
const REPLACEMENT: &str = "\u{fffd}";

/// A whole number outside of −2³¹ to 2³¹−1, which XML-RPC cannot carry. The original answers 500.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IntOutOfRange(pub i64);

impl fmt::Display for IntOutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} exceeds XML-RPC limits", self.0)
    }
}

impl std::error::Error for IntOutOfRange {}

/// The answer of a method that returned `value`.
///
/// # Errors
///
/// A whole number in it does not fit into 32 bits.
pub fn response(value: &Value) -> Result<String, IntOutOfRange> {
    let mut out = String::with_capacity(estimate(value) + 128);
    out.push_str("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n");
    write_value(value, &mut out)?;
    out.push_str("</param>\n</params>\n</methodResponse>\n");
    Ok(out)
}

/// The answer of a method that failed.
#[must_use]
pub fn fault(code: i32, text: &str) -> String {
    let mut out = String::with_capacity(320 + text.len());
    out.push_str("<?xml version='1.0'?>\n<methodResponse>\n<fault>\n<value><struct>\n");
    out.push_str("<member>\n<name>faultCode</name>\n");
    write_int(code, &mut out);
    out.push_str("</member>\n<member>\n<name>faultString</name>\n<value><string>");
    write_escaped(text, &mut out);
    out.push_str("</string></value>\n</member>\n</struct></value>\n</fault>\n</methodResponse>\n");
    out
}

/// A call of `method`.
///
/// # Errors
///
/// A whole number in the parameters does not fit into 32 bits.
pub fn call(method: &str, params: &[Value]) -> Result<String, IntOutOfRange> {
    let mut out = String::with_capacity(params.iter().map(estimate).sum::<usize>() + 160 + method.len());
    out.push_str("<?xml version='1.0'?>\n<methodCall>\n<methodName>");
    write_escaped(method, &mut out);
    out.push_str("</methodName>\n<params>\n");
    for value in params {
        out.push_str("<param>\n");
        write_value(value, &mut out)?;
        out.push_str("</param>\n");
    }
    out.push_str("</params>\n</methodCall>\n");
    Ok(out)
}

/// About how long a value gets, so that the text is seldom moved while it grows.
fn estimate(value: &Value) -> usize {
    match value {
        Value::Text(text) => 40 + text.len(),
        Value::Array(items) => 48 + items.iter().map(estimate).sum::<usize>(),
        Value::Struct(members) => {
            40 + members.iter().map(|(name, value)| 36 + name.len() + estimate(value)).sum::<usize>()
        }
        Value::Nil | Value::Int(_) | Value::Bool(_) | Value::Double(_) | Value::DateTime(_) => 48,
    }
}

fn write_value(value: &Value, out: &mut String) -> Result<(), IntOutOfRange> {
    match value {
        Value::Nil => out.push_str("<value><nil/></value>"),
        Value::Int(number) => write_int(i32::try_from(*number).map_err(|_| IntOutOfRange(*number))?, out),
        Value::Bool(true) => out.push_str("<value><boolean>1</boolean></value>\n"),
        Value::Bool(false) => out.push_str("<value><boolean>0</boolean></value>\n"),
        Value::Double(number) => write_simple("double", &double_repr(*number), out),
        Value::Text(text) => write_simple("string", text, out),
        Value::DateTime(text) => write_simple("dateTime.iso8601", text, out),
        Value::Array(items) => {
            out.push_str("<value><array><data>\n");
            for item in items {
                write_value(item, out)?;
            }
            out.push_str("</data></array></value>\n");
        }
        Value::Struct(members) => {
            out.push_str("<value><struct>\n");
            for (name, value) in members {
                out.push_str("<member>\n<name>");
                write_escaped(name, out);
                out.push_str("</name>\n");
                write_value(value, out)?;
                out.push_str("</member>\n");
            }
            out.push_str("</struct></value>\n");
        }
    }
    Ok(())
}

fn write_int(number: i32, out: &mut String) {
    out.push_str("<value><int>");
    write_decimal(number, out);
    out.push_str("</int></value>\n");
}

/// What `format!` makes of a number, without its detours: half of an answer about processes is numbers.
fn write_decimal(number: i32, out: &mut String) {
    const LONGEST: usize = 10;
    let mut digits = [0_u8; LONGEST];
    let mut left = number.unsigned_abs();
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (left % 10) as u8;
        left /= 10;
        length += 1;
        if left == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    let digits = digits.get(LONGEST - length..).unwrap_or_default();
    out.push_str(std::str::from_utf8(digits).unwrap_or_default());
}

fn write_simple(tag: &str, text: &str, out: &mut String) {
    for piece in ["<value><", tag, ">"] {
        out.push_str(piece);
    }
    write_escaped(text, out);
    for piece in ["</", tag, "></value>\n"] {
        out.push_str(piece);
    }
}

/// Copies whole runs between the characters that need something else in their place. A carriage return stays: the
/// original does not escape it either, and readers take it for a newline.
fn write_escaped(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some((at, length, instead)) = next_special(rest) {
        out.push_str(rest.get(..at).unwrap_or_default());
        out.push_str(instead);
        rest = rest.get(at + length..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Which bytes need a closer look: the rest is copied as it is.
const SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = !matches!(byte as u8, b'\t' | b'\n' | b'\r');
        byte += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    // The first byte of U+FFFE and U+FFFF, among others.
    special[0xef] = true;
    special
};

/// Place and length in bytes of the first character that cannot stay, and what takes its place.
fn next_special(text: &str) -> Option<(usize, usize, &'static str)> {
    let bytes = text.as_bytes();
    let is_special = |byte: &u8| SPECIAL.get(usize::from(*byte)).is_some_and(|special| *special);
    bytes.iter().enumerate().filter(|(_, byte)| is_special(byte)).find_map(|(at, byte)| match byte {
        b'&' => Some((at, 1, "&amp;")),
        b'<' => Some((at, 1, "&lt;")),
        b'>' => Some((at, 1, "&gt;")),
        0..=0x1f => Some((at, 1, REPLACEMENT)),
        0xef if matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])) => Some((at, 3, REPLACEMENT)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_as_python_writes_it() {
        let value = Value::record([("statecode", 1.into()), ("statename", "RUNNING".into())]);
        let wanted = "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><struct>\n<member>\n\
            <name>statecode</name>\n<value><int>1</int></value>\n</member>\n<member>\n<name>statename</name>\n\
            <value><string>RUNNING</string></value>\n</member>\n</struct></value>\n</param>\n</params>\n\
            </methodResponse>\n";
        assert_eq!(response(&value).unwrap(), wanted);
    }

    #[test]
    fn text_is_escaped() {
        let mut out = String::new();
        write_escaped("a<b>&c\t\n\r\u{1b}[0m\0ü\u{fffe}\u{ffff}\u{7f}\u{ef00}\u{fffd}]]>", &mut out);
        assert_eq!(
            out,
            "a&lt;b&gt;&amp;c\t\n\r\u{fffd}[0m\u{fffd}ü\u{fffd}\u{fffd}\u{7f}\u{ef00}\u{fffd}]]&gt;"
        );
    }

    #[test]
    fn numbers_are_written_as_usual() {
        let powers = (0..10).flat_map(|exponent| [10_i32.pow(exponent), 10_i32.pow(exponent) - 1]);
        for number in
            powers.flat_map(|number| [number, -number]).chain([i32::MIN, i32::MAX, 0, 1_234_567_890])
        {
            let mut out = String::new();
            write_decimal(number, &mut out);
            assert_eq!(out, number.to_string());
        }
    }

    #[test]
    fn numbers_have_a_range() {
        for edge in [i32::MIN, i32::MAX] {
            assert!(response(&edge.into()).unwrap().contains(&format!("<int>{edge}</int>")));
        }
        let beyond = i64::from(i32::MAX) + 1;
        assert_eq!(response(&Value::Array(vec![Value::Int(beyond)])), Err(IntOutOfRange(beyond)));
        assert_eq!(call("m", &[Value::Int(-beyond - 1)]), Err(IntOutOfRange(-beyond - 1)));
        assert_eq!(Value::capped(beyond), i32::MAX.into());
        assert_eq!(Value::capped(i64::MIN), i32::MIN.into());
    }
}
