//! `%(name)s`: Python's `%` formatting of a text with a mapping, with its error texts (`supervisor/options.py`, `expand`).
//! Knows nothing of sections; the caller says which names there are.

use crate::base::text::python_repr;
use crate::config::supervisord::format::{Spec, format_number, format_text};
use indexmap::IndexMap;
use std::borrow::Cow;

/// Longest result of one expansion, in bytes: an `execve` cannot take more, and a hostile file cannot eat the memory.
const LONGEST_RESULT: usize = 4 << 20;

/// Largest width or precision of one conversion.
const LARGEST_FIELD: i64 = 65_535;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// A string of Python.
    Text(String),
    /// An `int` of Python.
    Number(i64),
}

/// The names that may be used in a value: the environment, and what the place adds, which goes before.
#[derive(Debug, Clone)]
pub struct Names<'a> {
    environment: &'a IndexMap<String, String>,
    own: IndexMap<String, Scalar>,
}

/// Why a text could not be expanded, and where in it, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The original's whole message.
    pub message: String,
    /// Where the conversion starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    /// What would be right.
    pub help: &'static str,
}

impl<'a> Names<'a> {
    /// The variables of an environment, already with `ENV_` in front.
    #[must_use]
    pub fn new(environment: &'a IndexMap<String, String>) -> Names<'a> {
        Names { environment, own: IndexMap::new() }
    }

    /// Adds a text, or replaces it.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.own.insert(name.into(), Scalar::Text(value.into()));
    }

    /// Adds a number, or replaces it.
    pub fn set_number(&mut self, name: &str, value: i64) {
        match self.own.get_mut(name) {
            Some(old) => *old = Scalar::Number(value),
            None => {
                self.own.insert(name.to_owned(), Scalar::Number(value));
            }
        }
    }

    /// Lets the environment win over variables added earlier, as the original does before each process.
    pub fn restore_environment(&mut self) {
        let environment = self.environment;
        self.own.retain(|name, _| !environment.contains_key(name));
    }

    fn get(&self, name: &str) -> Option<Cow<'_, Scalar>> {
        match self.own.get(name) {
            Some(value) => Some(Cow::Borrowed(value)),
            None => self.environment.get(name).map(|text| Cow::Owned(Scalar::Text(text.clone()))),
        }
    }

    /// All names, sorted, as the error message lists them.
    fn available(&self) -> String {
        let mut names: Vec<&str> = self.own.keys().map(String::as_str).collect();
        names
            .extend(self.environment.keys().filter(|name| !self.own.contains_key(*name)).map(String::as_str));
        names.sort_unstable();
        names.join(", ")
    }
}

/// Expands a text. `label` is what the message calls it, `section.option` or an option's name.
///
/// # Errors
/// The original's text about a name that there is not, or a malformed conversion.
pub fn expand<'t>(text: &'t str, names: &Names<'_>, label: &str) -> Result<Cow<'t, str>, Failure> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    let mut formatter = Formatter { text, at: 0, names, out: String::with_capacity(text.len()) };
    match formatter.run() {
        Ok(()) => Ok(Cow::Owned(formatter.out)),
        Err((problem, start)) => Err(Failure {
            start,
            end: formatter.end().max(start + 1),
            message: problem.message(text, label, names),
            help: problem.help(),
        }),
    }
}

/// What is wrong with one conversion.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Problem {
    Unknown(String),
    Malformed(String),
}

impl Problem {
    fn message(&self, text: &str, label: &str, names: &Names<'_>) -> String {
        let (text, label) = (python_repr(text), python_repr(label));
        match self {
            Problem::Unknown(name) => format!(
                "Format string {text} for {label} contains names ({}) which cannot be expanded. Available names: {}",
                python_repr(name),
                names.available()
            ),
            Problem::Malformed(why) => format!("Format string {text} for {label} is badly formatted: {why}"),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Problem::Unknown(_) => {
                "only the names listed can be used here; a literal percent sign is written %%"
            }
            Problem::Malformed(_) => "write %(name)s to insert a value and %% for a percent sign",
        }
    }
}

struct Formatter<'t, 'n> {
    text: &'t str,
    /// Bytes read so far.
    at: usize,
    names: &'n Names<'n>,
    out: String,
}

type Step<T> = Result<T, Problem>;

fn malformed<T>(why: impl Into<String>) -> Step<T> {
    Err(Problem::Malformed(why.into()))
}

impl<'n> Formatter<'_, 'n> {
    fn run(&mut self) -> Result<(), (Problem, usize)> {
        while let Some(length) = memchr::memchr(b'%', self.rest().as_bytes()) {
            let start = self.at + length;
            self.out.push_str(self.text.get(self.at..start).unwrap_or_default());
            self.at = start + 1;
            self.conversion().map_err(|problem| (problem, start))?;
            if self.out.len() > LONGEST_RESULT {
                return Err((Problem::Malformed("result too big".to_owned()), start));
            }
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.out.push_str(rest);
        Ok(())
    }

    /// Where the conversion ends at which reading stopped: behind its letter, if it has come to its letter or its name.
    fn end(&self) -> usize {
        let is_modifier = |c: char| "-+ #0123456789.*".contains(c);
        let rest = self.rest();
        let letter = rest.trim_start_matches(is_modifier).chars().next();
        match letter {
            Some(c) if c.is_alphabetic() => {
                self.at + rest.len() - rest.trim_start_matches(is_modifier).len() + c.len_utf8()
            }
            Some(_) | None => self.at,
        }
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Step<char> {
        self.rest().chars().next().map_or_else(|| malformed("incomplete format"), Ok)
    }

    /// Reads the next character if it is this one.
    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    /// One conversion after its percent sign (`unicode_format_arg` of CPython 3.11).
    fn conversion(&mut self) -> Step<()> {
        if self.take('%') {
            self.out.push('%');
            return Ok(());
        }
        let value = if self.take('(') { Some(self.key()?) } else { None };
        let mut spec = self.flags()?;
        spec.width = self.number("width too big", i64::MAX, value.is_some())?.unwrap_or(0);
        if self.take('.') {
            spec.precision =
                Some(self.number("precision too big", i64::from(i32::MAX), value.is_some())?.unwrap_or(0));
        }
        // One length modifier of C means nothing and is skipped; a second one is an unknown conversion.
        let _ = self.take('h') || self.take('l') || self.take('L');
        let kind = self.peek()?;
        if !"sradiuoxXeEfFgGc".contains(kind) {
            return self.unsupported(kind);
        }
        self.at += kind.len_utf8();
        match value.as_deref() {
            Some(Scalar::Text(text)) => format_text(&mut self.out, &spec, kind, text),
            Some(Scalar::Number(number)) => format_number(&mut self.out, &spec, kind, *number),
            None => Err(keyless(kind)),
        }
        .map_err(Problem::Malformed)
    }

    /// The index in the message counts characters.
    fn unsupported(&self, kind: char) -> Step<()> {
        let shown = if (31..127).contains(&(kind as u32)) { kind } else { '?' };
        let index = self.text.get(..self.at).unwrap_or_default().chars().count();
        malformed(format!("unsupported format character '{shown}' (0x{:x}) at index {index}", kind as u32))
    }

    /// The name in parentheses; inner ones belong to it.
    fn key(&mut self) -> Step<Cow<'n, Scalar>> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let mut depth = 1;
        for (at, byte) in rest.bytes().enumerate() {
            match byte {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                let name = rest.get(..at).unwrap_or_default();
                self.at += at + 1;
                return self.value(name);
            }
        }
        self.at = self.text.len();
        malformed("incomplete format key")
    }

    /// What a name stands for. `ENV_X:-default`, which the original does not have, is the variable, or the default where that
    /// is not set or empty, as in a shell.
    fn value(&self, name: &str) -> Step<Cow<'n, Scalar>> {
        if let Some(value) = self.names.get(name) {
            return Ok(value);
        }
        let Some((variable, default)) = name.split_once(":-").filter(|_| name.starts_with("ENV_")) else {
            return Err(Problem::Unknown(name.to_owned()));
        };
        if default.contains("%(") {
            return malformed("a default is plain text");
        }
        let set = self
            .names
            .get(variable)
            .filter(|value| !matches!(&**value, Scalar::Text(text) if text.is_empty()));
        Ok(set.unwrap_or_else(|| Cow::Owned(Scalar::Text(default.to_owned()))))
    }

    fn flags(&mut self) -> Step<Spec> {
        let mut spec = Spec::default();
        loop {
            match self.peek()? {
                '-' => spec.left = true,
                '+' => spec.plus = true,
                ' ' => spec.blank = true,
                '#' => spec.alternate = true,
                '0' => spec.zero = true,
                _ => return Ok(spec),
            }
            self.at += 1;
        }
    }

    /// A width or a precision. Python takes more than `LARGEST_FIELD`, and gigabytes with it; we do not.
    fn number(&mut self, too_big: &str, most: i64, keyed: bool) -> Step<Option<usize>> {
        if self.take('*') {
            return malformed(if keyed { "not enough arguments for format string" } else { "* wants int" });
        }
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        let text = self.text.get(self.at..self.at + digits).unwrap_or_default();
        if digits == 0 {
            return Ok(None);
        }
        self.at += digits;
        match text.parse::<i64>() {
            Ok(number) if number <= most && number <= LARGEST_FIELD => Ok(usize::try_from(number).ok()),
            _ => malformed(too_big),
        }
    }
}

/// What a conversion without a name says. For `%s` Python would print the whole mapping, every variable of the
/// environment with it; that is never meant, so it is an error here. The other kinds are errors there too.
fn keyless(kind: char) -> String {
    match kind {
        'd' | 'i' | 'u' => format!("%{kind} format: a real number is required, not dict"),
        'o' | 'x' | 'X' => format!("%{kind} format: an integer is required, not dict"),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => "must be real number, not dict".to_owned(),
        'c' => "%c requires int or char".to_owned(),
        _ => "not enough arguments for format string".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str) -> Result<String, String> {
        let environment = IndexMap::from([("ENV_A".to_owned(), "50%".to_owned())]);
        let mut names = Names::new(&environment);
        names.set("s", "ab");
        names.set_number("x", 5);
        expand(text, &names, "l").map(Cow::into_owned).map_err(|failure| failure.message)
    }

    /// Every pair was printed by Python 3.11.
    #[test]
    fn formats_as_python_does() {
        for (text, wanted) in [
            ("a", "a"),
            ("%%d", "%d"),
            ("%(ENV_A)s%%", "50%%"),
            ("%(x)s%(s)s", "5ab"),
            ("%(x)ls", "5"),
            ("%(x)5.2f|", " 5.00|"),
            ("%(x)02d", "05"),
            ("%(s)r", "'ab'"),
            ("%(s).1s", "a"),
        ] {
            assert_eq!(with(text).as_deref(), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn a_variable_may_have_a_default() {
        let environment =
            IndexMap::from([("ENV_A".to_owned(), "a".to_owned()), ("ENV_EMPTY".to_owned(), String::new())]);
        let mut names = Names::new(&environment);
        names.set("s", "");
        for (text, wanted) in [
            ("%(ENV_A:-x)s", "a"),
            ("%(ENV_EMPTY:-x)s|%(ENV_EMPTY)s", "x|"),
            ("%(ENV_NO:-x:-y (z))s", "x:-y (z)"),
            ("%(ENV_NO:-)s", ""),
            ("%(ENV_NO:-x)5s|", "    x|"),
            ("%(ENV_NO:-50%%)s", "50%%"),
        ] {
            assert_eq!(expand(text, &names, "l").as_deref(), Ok(wanted), "{text}");
        }
        let why = |text: &str| expand(text, &names, "l").expect_err("an error").message;
        assert!(why("%(s:-x)s").contains("contains names ('s:-x') which cannot be expanded"));
        assert!(why("%(ENV_NO:-%(ENV_A)s)s").ends_with("badly formatted: a default is plain text"));
        assert!(why("%(ENV_NO:-x)d").ends_with("%d format: a real number is required, not str"));
    }

    #[test]
    fn complains_as_python_does() {
        for (text, why) in [
            ("%", "incomplete format"),
            ("%(", "incomplete format key"),
            ("%(x", "incomplete format key"),
            ("%(x)", "incomplete format"),
            ("%(x).", "incomplete format"),
            ("%(x)H", "unsupported format character 'H' (0x48) at index 4"),
            ("ö%(x)é", "unsupported format character '?' (0xe9) at index 5"),
            ("%(x)%", "unsupported format character '%' (0x25) at index 4"),
            ("%5%", "unsupported format character '%' (0x25) at index 2"),
            ("%(x)hhs", "unsupported format character 'h' (0x68) at index 5"),
            ("%(s)(x)s", "unsupported format character '(' (0x28) at index 4"),
            ("%(s)d", "%d format: a real number is required, not str"),
            ("%d", "%d format: a real number is required, not dict"),
            ("%*d", "* wants int"),
            ("%(x).*d", "not enough arguments for format string"),
            ("%(s)99999999999999999999s", "width too big"),
            ("%(s).99999999999999999999s", "precision too big"),
            ("%(x)999999999d", "width too big"),
        ] {
            let wanted = format!("Format string {} for 'l' is badly formatted: {why}", python_repr(text));
            assert_eq!(with(text), Err(wanted), "{text}");
        }
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        for (text, name) in [("%(nope)s", "'nope'"), ("%((x))s", "'(x)'"), ("%()s", "''")] {
            let wanted = format!(
                "Format string {} for 'l' contains names ({name}) which cannot be expanded. Available names: ENV_A, s, x",
                python_repr(text)
            );
            assert_eq!(with(text), Err(wanted));
        }
    }

    #[test]
    fn the_conversion_at_fault_is_marked() {
        let environment = IndexMap::new();
        let failure = expand("ab %(no)s c", &Names::new(&environment), "l").unwrap_err();
        assert_eq!((failure.start, failure.end), (3, 9));
        let failure = expand("%(no)-02d|", &Names::new(&environment), "l").unwrap_err();
        assert_eq!((failure.start, failure.end), (0, 9));
    }
}
