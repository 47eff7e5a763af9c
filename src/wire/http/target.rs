//! Percent encoding and form fields, as Python's `urllib.parse` reads them.

use std::borrow::Cow;

/// `text` with each `%` and its two hexadecimal digits replaced by the byte they stand for. What follows a `%` otherwise
/// stays, and bytes that are not UTF-8 become U+FFFD, as `unquote` of Python does.
#[must_use]
pub fn percent_decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, after) {
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after;
                }
                (_, _) => decoded.push(byte),
            },
            (_, _) => decoded.push(byte),
        }
    }
    Cow::Owned(match String::from_utf8(decoded) {
        Ok(decoded) => decoded,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

/// Names and values of a query or of a form that was sent, in their order. Fields without a value are left out, as
/// `parse_qsl` of Python does.
pub fn form_pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    text.split('&')
        .filter_map(|field| field.split_once('='))
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (form_decode(name), form_decode(value)))
}

fn form_decode(text: &str) -> String {
    percent_decode(&text.replace('+', " ")).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding() {
        let cases = [
            ("/plain", "/plain"),
            ("/a%3Ab", "/a:b"),
            ("/a%3ab%2f", "/a:b/"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz", "%zz"),
            ("%%41", "%A"),
            ("%c3%a4ä", "ää"),
            ("%ff%41", "\u{fffd}A"),
            ("a+b", "a+b"),
        ];
        for (text, wanted) in cases {
            assert_eq!(percent_decode(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn fields_of_a_form() {
        let pairs: Vec<_> = form_pairs("a=1&b=x+y%26&c=&d&=z&a=2%3D=3").collect();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("a", "1"), ("b", "x y&"), ("", "z"), ("a", "2==3")]);
        assert_eq!(form_pairs("").count(), 0);
    }
}
