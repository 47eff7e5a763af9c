//! `environment=`: `KEY=value` pairs taken apart as Supervisor 4.3.0 does it, by the non-POSIX mode of Python's `shlex`
//! with some more word characters, four tokens at a time (`supervisor/datatypes.py`, `dict_of_key_value_pairs`).

use indexmap::IndexMap;

/// Takes `KEY=value,…` apart; a key given twice keeps its last value.
///
/// # Errors
/// The original's texts: an unclosed quote, or something that is no pair.
pub fn pairs(text: &str) -> Result<IndexMap<String, String>, String> {
    let mut tokens = Tokens { rest: text, pushed_back: None }.collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut found = IndexMap::new();
    while let Some(key) = tokens.next() {
        let (Some("="), Some(value)) = (tokens.next().as_deref(), tokens.next()) else {
            return Err(format!("Unexpected end of key/value pairs in value '{text}'"));
        };
        found.insert(key, value.trim_matches(['\'', '"']).to_owned());
        // What stands between two pairs is not looked at.
        tokens.next();
    }
    Ok(found)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '/' | '.' | '+' | '-' | '(' | ')' | ':')
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '"')
}

struct Tokens<'t> {
    rest: &'t str,
    pushed_back: Option<char>,
}

impl Tokens<'_> {
    fn take(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next();
        self.rest = chars.as_str();
        c
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, after)| after);
    }

    /// A quoted token keeps its quotes and ends with the second one, whatever follows.
    fn quoted(&mut self, quote: char) -> Result<String, String> {
        match self.rest.split_once(quote) {
            Some((inside, after)) => {
                self.rest = after;
                Ok(format!("{quote}{inside}{quote}"))
            }
            None => {
                self.rest = "";
                Err("No closing quotation".to_owned())
            }
        }
    }

    /// A bare token. Quotes inside it mean nothing, and a comment inside it does not end it: the word goes on in the
    /// next line.
    fn bare(&mut self, first: char) -> String {
        let mut token = String::from(first);
        while let Some(c) = self.take() {
            if is_blank(c) {
                break;
            } else if c == '#' {
                self.skip_line();
            } else if is_word(c) || is_quote(c) {
                token.push(c);
            } else {
                self.pushed_back = Some(c);
                break;
            }
        }
        token
    }
}

impl Iterator for Tokens<'_> {
    type Item = Result<String, String>;

    fn next(&mut self) -> Option<Result<String, String>> {
        if let Some(c) = self.pushed_back.take() {
            return Some(Ok(c.to_string()));
        }
        loop {
            let c = self.take()?;
            if is_blank(c) {
                continue;
            } else if c == '#' {
                self.skip_line();
            } else if is_word(c) {
                return Some(Ok(self.bare(c)));
            } else if is_quote(c) {
                return Some(self.quoted(c));
            } else {
                return Some(Ok(c.to_string()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match pairs(text) {
            Ok(pairs) => {
                pairs.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("|")
            }
            Err(why) => why,
        }
    }

    /// Every pair was printed by Supervisor 4.3.0.
    #[test]
    fn pairs_are_found_as_in_the_original() {
        for (text, wanted) in [
            ("", ""),
            ("A=1,B=\"x,y\"", "A=1|B=x,y"),
            ("A=1;B=2", "A=1|B=2"),
            ("A=1,", "A=1"),
            ("A=''", "A="),
            ("A=\"x\\\"y\"", "A=x\\"),
            ("A=\"x\"\"y\"", "A=x"),
            ("A=a\"b c\"d", "A=a\"b"),
            ("A=a'b", "A=a'b"),
            ("A=a b", "A=a"),
            ("A=~/x", "A=~"),
            ("A=$HOME", "A=$"),
            ("\nA=1,\nB=2,#c\nC=3", "A=1|B=2|C=3"),
            ("A=b#c\nd", "A=bd"),
            ("A=1,A=2", "A=2"),
            ("A=/a.b+c-(d):e", "A=/a.b+c-(d):e"),
            ("A=", "Unexpected end of key/value pairs in value 'A='"),
            ("A", "Unexpected end of key/value pairs in value 'A'"),
            ("A=b\\ c", "Unexpected end of key/value pairs in value 'A=b\\ c'"),
            ("A='x", "No closing quotation"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }
}
