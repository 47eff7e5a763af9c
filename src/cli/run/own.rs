//! The command line of `onevisor run`.

use super::{Asked, command, rewrite, status};
use crate::cli::USAGE;
use crate::runtime::solo::Solo;
use std::ffi::OsString;
use std::time::Duration;

const HELP: &str = "\
Runs one command as a correct init: reaps orphans, passes signals on, and ends with the command's exit status
(128 + number where a signal ended it, 126 where it cannot be executed, 127 where it does not exist).

Usage: onevisor run [OPTIONS] [--] COMMAND [ARG…]

Options:
      --signal FROM:TO     send TO where FROM comes, by numbers or names; TO 0 sends nothing; may be repeated
  -g, --group              signals go to the command's whole process group, not to the command alone
      --remap-exit FROM:TO end with TO where the command ends with FROM; may be repeated
      --grace SECONDS      after TERM, INT, QUIT or HUP the command has this long before SIGKILL; after its end
                           what is left is told to end and has this long too
  -v, --verbose            say on standard error which signals are passed on and which orphans are reaped
  -h, --help               print this
";

/// Reads it.
pub(super) fn read(args: &[OsString]) -> Asked {
    match parse(args) {
        Ok(asked) => asked,
        Err(why) => Asked::Wrong(format!("{why} (see onevisor run --help)"), USAGE),
    }
}

fn parse(args: &[OsString]) -> Result<Asked, String> {
    let mut solo = Solo { verbosity: 1, ..Solo::default() };
    let mut rest = args;
    while let [word, more @ ..] = rest {
        let Some(option) = word.to_str().filter(|text| text.starts_with('-')) else { break };
        rest = more;
        let (name, attached) = match option.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value.to_owned())),
            _ => (option, None),
        };
        let mut value = || match (&attached, rest) {
            (Some(value), _) => Ok(value.clone()),
            (None, [next, more @ ..]) => {
                rest = more;
                next.to_str().map(str::to_owned).ok_or_else(|| format!("{name} needs a readable value"))
            }
            (None, []) => Err(format!("{name} needs a value")),
        };
        match name {
            "--" => break,
            "-h" | "--help" => return Ok(Asked::Print(HELP.to_owned())),
            "-g" | "--group" => solo.group = true,
            "-v" | "--verbose" => solo.verbosity = 2,
            "--signal" => solo.rewrite.extend([rewrite(&value()?)?]),
            "--remap-exit" => solo.remap.extend([remap(&value()?)?]),
            "--grace" => solo.grace = Some(seconds(&value()?)?),
            other => return Err(format!("there is no option {other}")),
        }
    }
    if rest.is_empty() {
        return Err("there is no command to run".to_owned());
    }
    solo.argv = command(rest)?;
    Ok(Asked::Run(Box::new(solo)))
}

fn remap(text: &str) -> Result<(u8, u8), String> {
    let (from, to) =
        text.split_once(':').ok_or_else(|| format!("'{text}' is no pair of exit statuses: write 143:0"))?;
    Ok((status(from)?, status(to)?))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || format!("'{text}' is no time: give seconds, such as 10 or 0.5");
    let seconds: f64 = text.parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Signal;

    fn told(line: &str) -> Asked {
        read(&line.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn everything_before_the_command_is_ours() {
        let Asked::Run(solo) =
            told("--signal 15:3 --signal=INT:0 -g --remap-exit 143:0 --grace 1.5 -v -- sh -c -g")
        else {
            panic!("a command")
        };
        assert_eq!(
            solo.argv.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>(),
            ["sh", "-c", "-g"]
        );
        assert_eq!(solo.rewrite.get(&15), Some(&Some(Signal::QUIT)));
        assert_eq!(solo.rewrite.get(&2), Some(&None));
        assert_eq!(solo.remap.get(&143), Some(&0));
        assert_eq!((solo.group, solo.verbosity), (true, 2));
        assert_eq!(solo.grace, Some(Duration::from_millis(1500)));
        assert!(matches!(told("true -x"), Asked::Run(_)));
    }

    #[test]
    fn mistakes_are_told() {
        for (line, why) in [
            ("", "there is no command to run"),
            ("--", "there is no command to run"),
            ("--nope true", "there is no option --nope"),
            ("--signal 15 true", "'15' is no pair of signals"),
            ("--signal 15:99 true", "'99' is no signal"),
            ("--remap-exit 300:0 true", "'300' is no exit status"),
            ("--grace x true", "'x' is no time"),
            ("--grace -1 true", "'-1' is no time"),
            ("--grace", "--grace needs a value"),
        ] {
            let Asked::Wrong(text, USAGE) = told(line) else { panic!("{line} is taken") };
            assert!(text.starts_with(why), "{line}: {text}");
        }
    }
}
