//! Splits a command into words as Python's `shlex.split` does: the quoting of a POSIX shell, nothing else of a shell.

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Word,
    Single,
    Double,
}

/// The words of a command line.
///
/// # Errors
/// `No closing quotation` or `No escaped character`.
pub fn split(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut state = State::Between;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        state = match (state, c) {
            (State::Between, ' ' | '\t' | '\r' | '\n') => State::Between,
            (State::Word, ' ' | '\t' | '\r' | '\n') => {
                words.push(std::mem::take(&mut word));
                State::Between
            }
            (State::Between | State::Word, '\'') => State::Single,
            (State::Between | State::Word, '"') => State::Double,
            (State::Single, '\'') | (State::Double, '"') => State::Word,
            (State::Between | State::Word, '\\') => {
                word.push(chars.next().ok_or("No escaped character")?);
                State::Word
            }
            (State::Double, '\\') => {
                let escaped = chars.next().ok_or("No escaped character")?;
                // Within double quotes only the quote and the backslash can be escaped.
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
                State::Double
            }
            (State::Between | State::Word, _) => {
                word.push(c);
                State::Word
            }
            (State::Single | State::Double, _) => {
                word.push(c);
                state
            }
        };
    }
    match state {
        State::Single | State::Double => return Err("No closing quotation".to_owned()),
        State::Word => words.push(word),
        State::Between => {}
    }
    words.shrink_to_fit();
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line was printed by Python 3.11.
    #[test]
    fn splits_as_shlex_does() {
        for (text, wanted) in [
            ("", Ok(vec![])),
            (" a  b\tc\nd ", Ok(vec!["a", "b", "c", "d"])),
            ("a 'b c' \"d e\"", Ok(vec!["a", "b c", "d e"])),
            ("a'b'\"c\"d", Ok(vec!["abcd"])),
            ("'' \"\"", Ok(vec!["", ""])),
            ("a\\ b \\\\ \"\\a\\\"\\\\\"", Ok(vec!["a b", "\\", "\\a\"\\"])),
            ("'a\\'", Ok(vec!["a\\"])),
            ("a#b #c", Ok(vec!["a#b", "#c"])),
            ("a\\\nb", Ok(vec!["a\nb"])),
            ("a \"b", Err("No closing quotation".to_owned())),
            ("a 'b", Err("No closing quotation".to_owned())),
            ("a\\", Err("No escaped character".to_owned())),
            ("\"a\\", Err("No escaped character".to_owned())),
        ] {
            assert_eq!(split(text), wanted.map(|w| w.into_iter().map(str::to_owned).collect()), "{text}");
        }
    }
}
