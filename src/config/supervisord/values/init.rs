//! Values of `[init]`: the machine's name, and whether there is a shell on its console. Both are ours.

use crate::base::text::python_repr;
use crate::config::supervisord::python::strip;
use crate::config::supervisord::values::boolean;
use crate::config::supervisord::words;

/// What `yes` means.
const SHELL: &str = "/bin/sh";

/// The kernel's limit (`gethostname(2)`).
const LONGEST_NAME: usize = 64;

/// The name of a machine.
///
/// # Errors
/// `invalid host name 'a b'`.
pub fn host_name(text: &str) -> Result<String, String> {
    let name = strip(text);
    let fits = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.chars().all(inner) && !label.starts_with('-') && !label.ends_with('-')
    };
    if name.len() <= LONGEST_NAME && name.split('.').all(fits) {
        Ok(name.to_owned())
    } else {
        Err(format!("invalid host name {}", python_repr(text)))
    }
}

/// The words of the command of the console's shell, if there is to be one.
///
/// # Errors
/// `console_shell cannot be split into words: No closing quotation`.
pub fn console_shell(text: &str) -> Result<Option<Vec<String>>, String> {
    match boolean(strip(text)) {
        Ok(true) => return Ok(Some(vec![SHELL.to_owned()])),
        Ok(false) => return Ok(None),
        Err(_) => {}
    }
    let words =
        words::split(text).map_err(|why| format!("console_shell cannot be split into words: {why}"))?;
    Ok(Some(words).filter(|words| !words.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_network_knows() {
        for name in ["a", "web-1", "web-1.example.com", "9", " padded "] {
            assert_eq!(host_name(name), Ok(name.trim().to_owned()));
        }
        let long = "a".repeat(65);
        for name in ["", "a b", "-a", "a-", "a..b", "ö", "a_b", &long] {
            assert_eq!(host_name(name), Err(format!("invalid host name '{name}'")));
        }
    }

    #[test]
    fn a_shell_is_a_word_or_a_command() {
        assert_eq!(console_shell("yes"), Ok(Some(vec!["/bin/sh".to_owned()])));
        assert_eq!(console_shell("No"), Ok(None));
        assert_eq!(console_shell(""), Ok(None));
        let login = ["/bin/login", "-f", "root"].map(str::to_owned).to_vec();
        assert_eq!(console_shell("/bin/login -f 'root'"), Ok(Some(login)));
        assert!(console_shell("sh '").is_err_and(|why| why.ends_with("No closing quotation")));
    }
}
