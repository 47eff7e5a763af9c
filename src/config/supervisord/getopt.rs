//! Python's `getopt.getopt`, which both supervisord and supervisorctl read their arguments with: `-nc FILE`, `--conf=F`,
//! options up to the first argument that is none. Knows no option by itself.

/// The form of one option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flag<'a> {
    /// Its letter.
    pub short: Option<char>,
    /// A second letter for the same.
    pub also: Option<char>,
    /// Its long name, without dashes.
    pub long: &'a str,
    /// Whether a value follows.
    pub takes_value: bool,
}

/// An option as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which one, by its place in the list.
    pub index: usize,
    /// Its full name with dashes.
    pub name: String,
    /// Its value; empty where it takes none.
    pub value: String,
}

/// Splits arguments into options and the rest.
///
/// # Errors
/// Python's words about an option that is unknown, ambiguous, without its value or with one too many.
pub fn split<'a>(flags: &[Flag<'_>], arguments: &'a [String]) -> Result<(Vec<Found>, &'a [String]), String> {
    let mut found = Vec::new();
    let mut rest = arguments;
    while let Some((first, after)) = rest.split_first() {
        if !first.starts_with('-') || first == "-" {
            break;
        }
        rest = after;
        if first == "--" {
            break;
        }
        match first.strip_prefix("--") {
            Some(long) => found.push(long_option(flags, long, &mut rest)?),
            None => {
                short_options(flags, first.strip_prefix('-').unwrap_or_default(), &mut rest, &mut found)?;
            }
        }
    }
    Ok((found, rest))
}

fn take(rest: &mut &[String]) -> Option<String> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(first.clone())
}

fn long_option(flags: &[Flag<'_>], text: &str, rest: &mut &[String]) -> Result<Found, String> {
    let (name, given) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (text, None),
    };
    let mut possible = flags.iter().enumerate().filter(|(_, flag)| flag.long.starts_with(name));
    let exact = flags.iter().enumerate().find(|(_, flag)| flag.long == name);
    let (index, flag) = match (exact, possible.next(), possible.next()) {
        (Some(flag), _, _) | (None, Some(flag), None) => flag,
        (None, None, _) => return Err(format!("option --{name} not recognized")),
        (None, Some(_), Some(_)) => return Err(format!("option --{name} not a unique prefix")),
    };
    let value = match (flag.takes_value, given) {
        (true, Some(value)) => value,
        (true, None) => take(rest).ok_or_else(|| format!("option --{} requires argument", flag.long))?,
        (false, None) => String::new(),
        (false, Some(_)) => return Err(format!("option --{} must not have an argument", flag.long)),
    };
    Ok(Found { index, name: format!("--{}", flag.long), value })
}

fn short_options(
    flags: &[Flag<'_>],
    text: &str,
    rest: &mut &[String],
    found: &mut Vec<Found>,
) -> Result<(), String> {
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let known = |flag: &Flag<'_>| flag.short == Some(letter) || flag.also == Some(letter);
        let (index, flag) = flags
            .iter()
            .enumerate()
            .find(|(_, flag)| known(flag))
            .ok_or_else(|| format!("option -{letter} not recognized"))?;
        let value = match flag.takes_value {
            false => String::new(),
            true if letters.as_str().is_empty() => {
                take(rest).ok_or_else(|| format!("option -{letter} requires argument"))?
            }
            true => std::mem::replace(&mut letters, "".chars()).as_str().to_owned(),
        };
        found.push(Found { index, name: format!("-{letter}"), value });
    }
    Ok(())
}
