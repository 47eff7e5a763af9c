//! Lists, exit codes and names.

use crate::base::text::python_repr;
use crate::config::supervisord::python::strip;
use crate::config::supervisord::values::integer;

/// Items between commas, without the space around them. A trailing comma makes an empty item; an empty text has none.
#[must_use]
pub fn list_of_strings(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|item| strip(item).to_owned()).collect()
}

/// Exit codes between commas, each 0 to 255; an empty text has none.
///
/// # Errors
/// `not a valid list of exit codes: '0,256'`.
pub fn exit_codes(text: &str) -> Result<Vec<i32>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let code = |item: &str| integer(item).ok().and_then(|n| u8::try_from(n.value).ok()).map(i32::from);
    let codes: Option<Vec<i32>> = text.split(',').map(code).collect();
    codes.ok_or_else(|| format!("not a valid list of exit codes: {}", python_repr(text)))
}

/// The name of a process or a group, without the space around it.
///
/// # Errors
/// `Invalid name: 'a b' because of character: ' '`.
pub fn name(text: &str) -> Result<String, String> {
    let stripped = strip(text);
    match [' ', ':', '/'].into_iter().find(|&c| stripped.contains(c)) {
        Some(c) => Err(format!("Invalid name: {} because of character: '{c}'", python_repr(text))),
        None => Ok(stripped.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_stand_between_commas() {
        assert_eq!(list_of_strings("a, b ,"), ["a", "b", ""]);
        assert!(list_of_strings("").is_empty());
    }

    #[test]
    fn exit_codes_are_bytes() {
        assert_eq!(exit_codes(" 0, 2 ,255"), Ok(vec![0, 2, 255]));
        assert_eq!(exit_codes(""), Ok(vec![]));
        for text in ["0,256", "-1", "1,", "a", "99999999999999999999"] {
            assert_eq!(exit_codes(text), Err(format!("not a valid list of exit codes: '{text}'")));
        }
    }

    #[test]
    fn names_are_one_word() {
        assert_eq!(name(" a\t").as_deref(), Ok("a"));
        assert_eq!(name("").as_deref(), Ok(""));
        for (text, c) in [(" a b", ' '), ("a:b", ':'), ("a/b", '/'), ("a/b c", ' ')] {
            assert_eq!(name(text), Err(format!("Invalid name: '{text}' because of character: '{c}'")));
        }
    }
}
