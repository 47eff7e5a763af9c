//! `env_file=`: `NAME=value` lines as Docker Compose, dotenv libraries and shells agree on them. Pure text; no `$` is
//! expanded, so a value means the same whatever else is set.
//!
//! A line is empty, a comment (`#`), or `NAME=value`, with `export` before it if wanted and space around the `=`. A bare value
//! ends with the line, or before ` #`. In single quotes everything stands for itself, in double quotes `\n`, `\r`, `\t`, `\"`,
//! `\\` and `\$` are what they are in most languages; both may go over several lines.

use std::iter::Peekable;
use std::str::Chars;

/// What is wrong, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Counted from one.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

/// Reads the variables, in order; a name may come twice.
///
/// # Errors
/// The first line that is none.
pub fn variables(text: &str) -> Result<Vec<(String, String)>, Mistake> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { chars: text.chars().peekable(), line: 1 };
    let mut found = Vec::new();
    while let Some(variable) = reader.next_variable()? {
        found.push(variable);
    }
    Ok(found)
}

/// Whether that can be the name of a variable.
#[must_use]
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && text.chars().all(is_name_part)
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

struct Reader<'t> {
    chars: Peekable<Chars<'t>>,
    line: usize,
}

impl Reader<'_> {
    fn mistake<T>(&self, why: impl Into<String>) -> Result<T, Mistake> {
        Err(Mistake { line: self.line, why: why.into() })
    }

    fn take(&mut self) -> Option<char> {
        let c = self.chars.next();
        self.line += usize::from(c == Some('\n'));
        c
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut found = String::new();
        while let Some(c) = self.chars.next_if(|c| fits(*c)) {
            self.line += usize::from(c == '\n');
            found.push(c);
        }
        found
    }

    fn skip_blanks(&mut self) {
        self.take_while(|c| matches!(c, ' ' | '\t'));
    }

    fn next_variable(&mut self) -> Result<Option<(String, String)>, Mistake> {
        loop {
            self.take_while(char::is_whitespace);
            match self.chars.peek() {
                None => return Ok(None),
                Some('#') => {
                    self.take_while(|c| c != '\n');
                }
                Some(_) => break,
            }
        }
        let mut name = self.take_while(is_name_part);
        self.skip_blanks();
        if name == "export" && self.chars.peek() != Some(&'=') {
            name = self.take_while(is_name_part);
            self.skip_blanks();
        }
        if !is_name(&name) {
            return self.mistake("a line is NAME=value, a comment or empty");
        }
        if self.chars.next_if_eq(&'=').is_none() {
            return self.mistake(format!("there is no = behind the name {name}"));
        }
        self.skip_blanks();
        Ok(Some((name, self.value()?)))
    }

    fn value(&mut self) -> Result<String, Mistake> {
        let value = match self.chars.peek() {
            Some('\'') => self.single()?,
            Some('"') => self.double()?,
            _ => return self.bare(),
        };
        self.skip_blanks();
        match self.chars.peek() {
            None | Some('\n' | '\r' | '#') => {
                self.take_while(|c| c != '\n');
                Ok(value)
            }
            Some(_) => self.mistake("only a comment can stand behind a quoted value"),
        }
    }

    fn bare(&mut self) -> Result<String, Mistake> {
        let line = self.take_while(|c| c != '\n');
        if line.contains('\0') {
            return self.mistake("a value cannot contain a NUL byte");
        }
        let comment = line.starts_with('#').then_some(0);
        let end = comment.or_else(|| line.find(" #")).or_else(|| line.find("\t#")).unwrap_or(line.len());
        Ok(line.get(..end).unwrap_or_default().trim_end().to_owned())
    }

    fn single(&mut self) -> Result<String, Mistake> {
        self.quoted('\'', |_, c| Ok(Some(c)))
    }

    fn double(&mut self) -> Result<String, Mistake> {
        self.quoted('"', |reader, c| {
            if c != '\\' {
                return Ok(Some(c));
            }
            let is_special = |c: &char| matches!(c, 'n' | 'r' | 't' | '"' | '\\' | '$' | '\n');
            Ok(match reader.chars.next_if(is_special) {
                Some('n') => Some('\n'),
                Some('r') => Some('\r'),
                Some('t') => Some('\t'),
                // The line goes on.
                Some('\n') => {
                    reader.line += 1;
                    None
                }
                Some(c) => Some(c),
                None => Some('\\'),
            })
        })
    }

    /// What stands between two quotes; `each` says what a character means.
    fn quoted(
        &mut self,
        quote: char,
        each: impl Fn(&mut Self, char) -> Result<Option<char>, Mistake>,
    ) -> Result<String, Mistake> {
        let begun = self.line;
        self.take();
        let mut value = String::new();
        loop {
            match self.take() {
                None => return Err(Mistake { line: begun, why: format!("the closing {quote} is missing") }),
                Some('\0') => return self.mistake("a value cannot contain a NUL byte"),
                Some(c) if c == quote => return Ok(value),
                Some(c) => value.extend(each(self, c)?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match variables(text) {
            Ok(found) => {
                let pairs: Vec<String> =
                    found.iter().map(|(name, value)| format!("{name}={value}")).collect();
                pairs.join("|")
            }
            Err(Mistake { line, why }) => format!("{line}: {why}"),
        }
    }

    #[test]
    fn variables_are_found() {
        for (text, wanted) in [
            ("", ""),
            ("\n# c\n  # d\n", ""),
            ("A=1\nB=2", "A=1|B=2"),
            ("A=1\r\nB=2\r\n", "A=1|B=2"),
            ("\u{feff}A=1", "A=1"),
            ("export A=1\nexport\tB = 2 ", "A=1|B=2"),
            ("export=1", "export=1"),
            ("A=", "A="),
            ("A= # c\nB=#c", "A=|B="),
            ("A=x y # c", "A=x y"),
            ("A=x#y", "A=x#y"),
            ("A=a'b\"c", "A=a'b\"c"),
            ("A=$HOME ${B}", "A=$HOME ${B}"),
            ("A='x # \\n $y' # c", "A=x # \\n $y"),
            ("A='x\ny'\nB=1", "A=x\ny|B=1"),
            (r#"A="x\ny\t\"\\\$\d" # c"#, "A=x\ny\t\"\\$\\d"),
            ("A=\"x\ny \\\nz\"", "A=x\ny z"),
            ("A=1\nA=2", "A=1|A=2"),
            ("a.b-c_1=\u{f6}", "a.b-c_1=\u{f6}"),
            ("A=b=c", "A=b=c"),
        ] {
            assert_eq!(shown(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (text, wanted) in [
            ("A=1\nB", "2: there is no = behind the name B"),
            ("\n\n=1", "3: a line is NAME=value, a comment or empty"),
            ("1A=1", "1: a line is NAME=value, a comment or empty"),
            ("export", "1: a line is NAME=value, a comment or empty"),
            ("A='x\ny", "1: the closing ' is missing"),
            ("A='x\ny' z", "2: only a comment can stand behind a quoted value"),
            ("A=\"x\"y", "1: only a comment can stand behind a quoted value"),
            ("A=x\0", "1: a value cannot contain a NUL byte"),
            ("A=\n\n\"x", "3: a line is NAME=value, a comment or empty"),
        ] {
            assert_eq!(shown(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn names_are_words() {
        assert!(is_name("A_1") && is_name("_x.y-z"));
        assert!(!is_name("") && !is_name("1A") && !is_name("A B"));
    }
}
