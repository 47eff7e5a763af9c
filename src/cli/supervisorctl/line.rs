//! A command line taken apart as Python's `cmd.Cmd.parseline` does it: the name ends where its letters end, so `tail-f x` is
//! `tail` with `-f x`, and `?x` is `help x`.

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing.
    Empty,
    /// A name, not yet looked up, and what stands behind it, stripped. `whole` is the line as errors show it.
    Command {
        /// The name.
        name: String,
        /// The arguments.
        arg: String,
        /// The whole line.
        whole: String,
    },
    /// It begins with no name.
    Unknown(String),
}

/// Takes a line apart.
pub(super) fn parse(line: &str) -> Line {
    let line = line.trim();
    if line.is_empty() {
        return Line::Empty;
    }
    let whole = match line.strip_prefix('?') {
        Some(rest) => format!("help {rest}"),
        None => line.to_owned(),
    };
    let end = whole.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(whole.len());
    let (name, arg) = whole.split_at(end);
    if name.is_empty() {
        return Line::Unknown(whole);
    }
    Line::Command { name: name.to_owned(), arg: arg.trim().to_owned(), whole: whole.clone() }
}

/// Takes our own options (`--json`, `--watch=2`) out of the arguments, wherever they stand. All other words stay as they
/// are.
pub(super) fn take_option(words: &mut Vec<String>, name: &str) -> Option<Option<String>> {
    let value_of = |word: &str| match word.strip_prefix(name) {
        Some("") => Some(None),
        Some(rest) => rest.strip_prefix('=').map(|value| Some(value.to_owned())),
        None => None,
    };
    let at = words.iter().position(|word| value_of(word).is_some())?;
    value_of(&words.remove(at))
}

/// The words of the arguments.
pub(super) fn words(arg: &str) -> Vec<String> {
    arg.split_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_taken_apart_as_python_does() {
        let command = |name: &str, arg: &str, whole: &str| Line::Command {
            name: name.to_owned(),
            arg: arg.to_owned(),
            whole: whole.to_owned(),
        };
        for (line, wanted) in [
            ("", Line::Empty),
            ("  \t", Line::Empty),
            (" status  a  b ", command("status", "a  b", "status  a  b")),
            ("tail-f x", command("tail", "-f x", "tail-f x")),
            ("?", command("help", "", "help ")),
            ("?start", command("help", "start", "help start")),
            ("!x", Line::Unknown("!x".to_owned())),
            (":x", Line::Unknown(":x".to_owned())),
            ("ü", Line::Unknown("ü".to_owned())),
        ] {
            assert_eq!(parse(line), wanted, "{line:?}");
        }
    }

    #[test]
    fn our_options_are_taken_out() {
        let mut words = words("a --wait=5 b --waiting");
        assert_eq!(take_option(&mut words, "--wait"), Some(Some("5".to_owned())));
        assert_eq!(take_option(&mut words, "--wait"), None);
        assert_eq!(words, ["a", "b", "--waiting"]);
        assert_eq!(take_option(&mut vec!["--json".to_owned()], "--json"), Some(None));
    }
}
