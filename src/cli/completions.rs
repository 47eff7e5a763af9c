//! `onevisor completions bash|zsh|fish`: completion of this program's names. That of supervisorctl knows the processes that are
//! there: it asks through the hidden action `__complete`, with the options on the line, and is silent where nobody answers.

use crate::cli::{Call, JOBS, emit, parse, supervisorctl};
use std::process::ExitCode;

/// Print the completion of all names for a shell.
///
/// bash: source <(onevisor completions bash)
/// zsh: source <(onevisor completions zsh), after compinit
/// fish: onevisor completions fish | source
#[derive(clap::Parser)]
#[command(name = "onevisor completions", verbatim_doc_comment)]
struct Arguments {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    match parse::<Arguments>("completions", &call.args) {
        Ok(arguments) => {
            emit(&script(arguments.shell));
            ExitCode::SUCCESS
        }
        Err(status) => status,
    }
}

const DAEMON_OPTIONS: &str = "-c -n -s -h -v -u -m -d -l -y -z -e -j -i -q -k -a -t --configuration --nodaemon --silent \
    --help --version --user --umask --directory --logfile --logfile_maxbytes --logfile_backups --loglevel --pidfile \
    --identifier --childlogdir --nocleanup --minfds --strip_ansi --minprocs";
const CONTROL_OPTIONS: &str = "-c -h -i -s -u -p -r --configuration --help --interactive --serverurl --username \
    --password --history-file";

fn script(shell: Shell) -> String {
    let text = match shell {
        Shell::Bash => BASH,
        Shell::Zsh => ZSH,
        Shell::Fish => FISH,
    };
    let jobs: Vec<&str> = JOBS.iter().map(|job| job.name).collect();
    let actions: Vec<&str> = supervisorctl::actions().collect();
    text.replace("@JOBS@", &jobs.join(" "))
        .replace("@ACTIONS@", &actions.join(" "))
        .replace("@DAEMON@", DAEMON_OPTIONS)
        .replace("@CONTROL@", CONTROL_OPTIONS)
}

const BASH: &str = r#"# Completion of onevisor's names for bash.
# The line is read anew at white space only: names of processes have colons in them.
_onevisor_control() {
    local line=${COMP_LINE:0:COMP_POINT} word= action= given=() words at first=$1 count
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    count=${#words[@]}
    word=${words[count-1]}
    for ((at = first; at < count - 1; at++)); do
        case ${words[at]} in
            -c|-s|-u|-p|-r|--configuration|--serverurl|--username|--password|--history-file)
                given+=("${words[at]}" "${words[at+1]}")
                ((at++)) ;;
            -i|--interactive) ;;
            -*) given+=("${words[at]}") ;;
            *) action=${words[at]}; break ;;
        esac
    done
    local names= program=("${words[@]:0:first}")
    case $action in
        "")
            case ${words[count-2]} in
                -c|-r|--configuration|--history-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
                -s|-u|-p) return ;;
            esac
            names="@ACTIONS@"
            [[ $word == -* ]] && names="@CONTROL@" ;;
        help) names="@ACTIONS@" ;;
        add|remove|update) names=$("${program[@]}" "${given[@]}" __complete groups 2>/dev/null) || return ;;
        clear|fg|pid|restart|signal|start|status|stop|tail)
            if [[ $word == -* ]]; then
                case $action in
                    status) names="--json --watch" ;;
                    start|stop|restart) names="--wait --wait= --no-wait" ;;
                    tail) names="-f" ;;
                esac
            else
                names="$("${program[@]}" "${given[@]}" __complete processes 2>/dev/null) all" || return
            fi ;;
        avail) names="--json" ;;
        maintail) names="-f" ;;
    esac
    local name head=
    # What bash takes for words ends at a colon; only what is behind the last one may be answered.
    [[ $word == *:* && $COMP_WORDBREAKS == *:* ]] && head=${word%:*}:
    COMPREPLY=()
    for name in $names; do
        [[ $name == "$word"* ]] && COMPREPLY+=("${name#"$head"}")
    done
}
_onevisor_supervisorctl() { _onevisor_control 1; }
_onevisor_supervisord() {
    local word=${COMP_WORDS[COMP_CWORD]}
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "@DAEMON@" -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
_onevisor() {
    local word=${COMP_WORDS[COMP_CWORD]}
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W "@JOBS@" -- "$word"))
        return
    fi
    case ${COMP_WORDS[1]} in
        supervisorctl) _onevisor_control 2 ;;
        supervisord) _onevisor_supervisord ;;
        completions) COMPREPLY=($(compgen -W "bash zsh fish" -- "$word")) ;;
        *) COMPREPLY=($(compgen -f -- "$word")) ;;
    esac
}
complete -F _onevisor_supervisorctl supervisorctl
complete -F _onevisor_supervisord supervisord
complete -F _onevisor onevisor
"#;

const ZSH: &str = r#"# Completion of onevisor's names for zsh.
_onevisor_control() {
    local first=$1 at action= given=() names
    for ((at = first + 1; at < CURRENT; at++)); do
        case ${words[at]} in
            -c|-s|-u|-p|-r|--configuration|--serverurl|--username|--password|--history-file)
                given+=("${words[at]}" "${words[at+1]}")
                ((at++)) ;;
            -i|--interactive) ;;
            -*) given+=("${words[at]}") ;;
            *) action=${words[at]}; break ;;
        esac
    done
    local program=("${words[@]:0:$first}")
    case $action in
        "")
            case ${words[CURRENT-1]} in
                -c|-r|--configuration|--history-file) _files; return ;;
                -s|-u|-p) return ;;
            esac
            if [[ $PREFIX == -* ]]; then names=(${=:-"@CONTROL@"}); else names=(${=:-"@ACTIONS@"}); fi ;;
        help) names=(${=:-"@ACTIONS@"}) ;;
        add|remove|update) names=(${(f)"$("${program[@]}" "${given[@]}" __complete groups 2>/dev/null)"}) ;;
        clear|fg|pid|restart|signal|start|status|stop|tail)
            if [[ $PREFIX == -* ]]; then
                case $action in
                    status) names=(--json --watch) ;;
                    start|stop|restart) names=(--wait --no-wait) ;;
                    tail) names=(-f) ;;
                esac
            else
                names=(${(f)"$("${program[@]}" "${given[@]}" __complete processes 2>/dev/null)"} all)
            fi ;;
        avail) names=(--json) ;;
        maintail) names=(-f) ;;
    esac
    compadd -a names
}
_onevisor_supervisorctl() { _onevisor_control 1 }
_onevisor_supervisord() {
    if [[ $PREFIX == -* ]]; then compadd -- ${=:-"@DAEMON@"}; else _files; fi
}
_onevisor() {
    if ((CURRENT == 2)); then
        compadd -- ${=:-"@JOBS@"}
        return
    fi
    case ${words[2]} in
        supervisorctl) _onevisor_control 2 ;;
        supervisord) _onevisor_supervisord ;;
        completions) compadd bash zsh fish ;;
        *) _files ;;
    esac
}
compdef _onevisor_supervisorctl supervisorctl
compdef _onevisor_supervisord supervisord
compdef _onevisor onevisor
"#;

const FISH: &str = r#"# Completion of onevisor's names for fish.
function __onevisor_control
    set -l words (commandline -opc)
    set -l program $words[1]
    set -e words[1]
    if test (path basename -- $program) = onevisor
        set -a program $words[1]
        set -e words[1]
    end
    set -l given
    set -l action
    while set -q words[1]
        switch $words[1]
            case -c -s -u -p -r --configuration --serverurl --username --password --history-file
                if not set -q words[2]
                    contains -- $words[1] -c -r --configuration --history-file
                    and __fish_complete_path (commandline -ct)
                    return
                end
                set -a given $words[1] $words[2]
                set -e words[1]
            case -i --interactive
            case '-*'
                set -a given $words[1]
            case '*'
                set action $words[1]
                break
        end
        set -e words[1]
    end
    set -l dash (string match -- '-*' (commandline -ct))
    switch "$action"
        case ''
            if test -n "$dash"
                string split ' ' -- '@CONTROL@'
            else
                string split ' ' -- '@ACTIONS@'
            end
        case help
            string split ' ' -- '@ACTIONS@'
        case add remove update
            $program $given __complete groups 2>/dev/null
        case status
            test -n "$dash"; and printf '%s\n' --json --watch
            $program $given __complete processes 2>/dev/null
            echo all
        case start stop restart
            test -n "$dash"; and printf '%s\n' --wait --no-wait
            $program $given __complete processes 2>/dev/null
            echo all
        case clear fg pid signal tail
            test "$action" = tail -a -n "$dash"; and echo -- -f
            $program $given __complete processes 2>/dev/null
        case avail
            echo -- --json
        case maintail
            echo -- -f
    end
end
complete -c supervisorctl -f -a '(__onevisor_control)'
complete -c supervisord -a '@DAEMON@'
complete -c onevisor -n '__fish_is_nth_token 1' -f -a '@JOBS@'
complete -c onevisor -n '__fish_seen_subcommand_from supervisorctl' -f -a '(__onevisor_control)'
complete -c onevisor -n '__fish_seen_subcommand_from supervisord' -a '@DAEMON@'
complete -c onevisor -n '__fish_seen_subcommand_from completions' -f -a 'bash zsh fish'
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_knows_every_name_and_action() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let text = script(shell);
            assert!(!text.contains('@') || text.contains("[@]"), "a mark is left");
            for word in JOBS.iter().map(|job| job.name).chain(supervisorctl::actions()) {
                assert!(text.contains(word), "{word}");
            }
            assert!(text.contains("__complete processes"));
            assert!(!["@JOBS@", "@ACTIONS@", "@DAEMON@", "@CONTROL@"].iter().any(|mark| text.contains(mark)));
        }
    }
}
