"""The one table of differences from Supervisor 4.3.0 that we want: name, reason, how transcripts may differ.

A case names the differences that it shows. Most show through `Trial.differs`, which says what each side must
do; where a difference is spread over the lines of a transcript, the rules here rewrite the lines of each side
to a common form. `tests/compat/run` fails when an entry is shown by no case, or is not told in README.md.
"""

import collections

# `theirs` and `ours`: pairs (pattern, replacement) for the lines of each side's transcript. `shown_by`: a
# file of the repository that shows the difference instead of a case.
Difference = collections.namedtuple("Difference", "reason theirs ours shown_by", defaults=((), (), None))

ORACLE = "tests/compat/config_oracle.py"
CONTROL = "tests/compat/ctl_oracle.py"
LOG_READS = "tests/compat/rpc/logs_scenarios.py"
SERVERS = "tests/compat/rpc/servers_scenarios.py"
HTTP = "tests/compat/rpc/http_scenarios.py"
CALLS = "tests/compat/rpc/calls_scenarios.py"
WEB = "tests/compat/rpc/web_scenarios.py"
TWIDDLER = "tests/compat/rpc/twiddler_scenarios.py"

# A help text: what an option does goes, its name and argument stay.
HELP = ((r"^(   -\S.*?) +-- .*$", r"\1"), (r"^ {9,}\S.*$", ""))

# What the help of a method says, its facts apart.
WORDS = ((r"^words: .+$", "words"),)

# How much there is, in an error about minfds or minprocs.
LIMIT = (r"(?<=will only allow you to open )\d+", "N")

DIFFERENCES = {
    "sigpipe-default": Difference(
        "Children start with every signal at its default. Python leaves SIGPIPE and SIGXFSZ ignored in"
        " Supervisor's children, so a shell pipeline there does not end when its reader does."
    ),
    "unknown-option-warned": Difference(
        "An option or section that nothing reads is logged once at WARN with its file and line; Supervisor is"
        " silent, so a typing error goes unseen. The option stays without effect."
    ),
    "bad-reload-keeps-running": Difference(
        "SIGHUP with a configuration that does not parse logs the error and everything keeps running;"
        " Supervisor stops all programs and exits with code 2."
    ),
    "second-term-kills": Difference(
        "A second SIGTERM, SIGINT or SIGQUIT during the shutdown kills what is left at once; Supervisor"
        " ignores it, and a container's grace period runs out."
    ),
    "equal-priorities-stop-together": Difference(
        "At shutdown, groups of the same priority stop together and a group that does not run costs no time;"
        " Supervisor goes one by one, up to a second for each, also for those that never ran. The order"
        " between different priorities is the same."
    ),
    "orphans-told-at-debug": Difference(
        "In a container the line `reaped unknown pid` about an orphan, such as health checks leave, is logged at"
        " DEBG; Supervisor logs it at INFO.",
        shown_by="tests/containers/scenarios/supervision.py",
    ),
    "no-tick-delay": Difference(
        "Deadlines are exact. Supervisor looks around once a second, so starts, restarts, kills and its own"
        " first start come up to a second late.",
        shown_by="tests/bench/run",
    ),
    "foreground-umask-directory": Difference(
        "umask= and directory= of [supervisord] apply in the foreground too when the file sets them;"
        " Supervisor applies them only when it daemonises."
    ),
    "special-files-kept": Difference(
        "Only regular files are ever truncated, renamed or removed. Supervisor removes whatever has the name"
        " of an old automatic log, and clearing a log at /dev/null deletes the device."
    ),
    "stdout-lines-once": Difference(
        "In the foreground with logfile=/dev/stdout each line is printed once; Supervisor prints it twice."
    ),
    "device-logs-never-sought": Difference(
        "A pipe, socket or terminal as logfile is only written to. Supervisor seeks in it to see whether it"
        " is time to rotate, unless logfile_maxbytes=0: a child's output is dropped after its first piece,"
        " and a main log on a pipe ends the daemon with a traceback."
    ),
    "unwritable-log-clear-error": Difference(
        "A main log that cannot be opened is one clear error line and exit code 2; Supervisor prints a Python"
        " traceback and exits with 1."
    ),
    "help-in-own-words": Difference(
        "The help text names the same options in the same order, in own words.",
        theirs=HELP,
        ours=(*HELP, ("profile_options LIST$", "profile_options OPTIONS")),
    ),
    "warning-names-the-program": Difference(
        "The warning about a search for the configuration as root begins with the program's name, where"
        " Python prints the place in its own source.",
        theirs=(
            (r"^   \S+/options\.py:\d+: UserWarning: ", "   UserWarning: "),
            (r"^     self\.warnings\.warn\($", ""),
        ),
        ours=((r"^   ROOT/usr/bin/supervisord: UserWarning: ", "   UserWarning: "),),
    ),
    "limit-errors-tell-the-limit": Difference(
        "When minfds or minprocs cannot be had, the error tells how much there is; Supervisor prints the"
        " wanted number twice.",
        theirs=(LIMIT,),
        ours=(LIMIT,),
    ),
    "errors-instead-of-crashes": Difference(
        "Where Supervisor ends with a Python traceback and exit code 1, there is an error line and exit"
        " code 2."
    ),
    "repeated-name-warned": Difference(
        "A group in which two processes have one name is logged at WARN: the last one counts, as in"
        " Supervisor, which is silent."
    ),
    "ansi-sequences-whole": Difference(
        "strip_ansi also removes a sequence that two reads of the output cut in half; Supervisor leaves its"
        " second half."
    ),
    "negative-sizes-mean-no-rotation": Difference(
        "A negative *_logfile_maxbytes means no rotation, as 0 does; Supervisor then loses all output of the"
        " program to a TypeError."
    ),
    "built-in-plugins-only": Difference(
        "supervisor.rpcinterface_factory, supervisor.ctl_factory and result_handler know the built-in ones only"
        " (supervisor_twiddler and supervisor_stdout among them); Supervisor imports any Python package. What"
        " cannot be had is an error with its place and what to do.",
        ours=((r"^   ROOT/\S+:\d+: .*: Python packages cannot be loaded here;.*$", ""),),
    ),
    "no-tuples-in-errors": Difference(
        "Errors about FastCGI sockets are sentences; Supervisor prints a Python tuple by mistake.",
        theirs=((r"\('(.*)%s(.*)', '(.*)'\) in ", r"\1\3\2 in "),),
    ),
    "rejected-events-stay-in-their-pool": Difference(
        "An event that a listener rejects, or leaves behind when it dies, goes back to the buffer of its own"
        " pool; Supervisor puts it into the buffer of every pool that has a process of the same priority, also"
        " of pools that never subscribed to it."
    ),
    "last-events-are-delivered": Difference(
        "At shutdown, when everything else is down, listeners have up to a second for the events that are left;"
        " Supervisor gives them one turn of its loop, and none when there are listeners alone."
    ),
    "capture-holds-back-little": Difference(
        "With *_capture_maxbytes only what may be the beginning of a tag is held back, and at the end of a"
        " program all that is left goes to its log; Supervisor holds back whatever is not longer than a tag,"
        " and loses what it holds."
    ),
    "only-sockets-are-replaced": Difference(
        "An old Unix socket gives way to the one of a FastCGI program, any other file is an error; Supervisor"
        " removes whatever has the name."
    ),
    "impossible-sockets-are-faults": Difference(
        "Adding a group whose FastCGI socket cannot be made is the fault FAILED with the reason; Supervisor"
        " answers with HTTP status 500."
    ),
    "grouped-fastcgi-programs-have-sockets": Difference(
        "A FastCGI program in a [group:x] has its socket, one for each address in the group; Supervisor gives"
        " it an ordinary pipe."
    ),
    "negative-result-lengths-are-bad": Difference(
        "RESULT with a negative number is a bad result line; Supervisor never finishes with such an answer."
    ),
    "result-lines-have-an-end": Difference(
        "The first line of a listener's answer is bad when its first 4,096 bytes have no end, and of an answer"
        " the first megabyte is kept; Supervisor keeps all of it in memory."
    ),
    "bare-percent-s-refused": Difference(
        "A bare %s in a value is an error; Supervisor inserts its whole table of variables, secrets among"
        " them.",
        shown_by=ORACLE,
    ),
    "absurd-widths-refused": Difference(
        "An expansion may make 65,535 characters; Supervisor builds any width, or dies of it.",
        shown_by=ORACLE,
    ),
    "numbers-of-64-bits": Difference(
        "Numbers beyond 64 bits count as the nearest one that fits, with a warning; Supervisor has no limit.",
        shown_by=ORACLE,
    ),
    "a-million-processes": Difference(
        "A configuration may make a million processes; Supervisor tries to make any number.", shown_by=ORACLE
    ),
    "no-python-attributes": Difference(
        "Log levels and event types are the documented names; Supervisor also finds attributes of Python"
        " classes, such as __doc__.",
        shown_by=ORACLE,
    ),
    "expansions-with-defaults": Difference(
        "%(ENV_X:-default)s is the variable, or the default where that is not set or empty; Supervisor takes all"
        " of it for a name, and ends with an error.",
        shown_by=ORACLE,
    ),
    "unknown-events-in-order": Difference(
        "Of several unknown event types the first one written is reported; Supervisor takes one at random.",
        shown_by=ORACLE,
    ),
    "ctl-reads-included-files": Difference(
        "supervisorctl also reads the files that [include] names; where one of them is wrong, the main file"
        " alone counts. Supervisor's reads the main file alone.",
        shown_by=CONTROL,
    ),
    "ctl-clears-groups": Difference(
        "`clear group:*` clears the logs of the group; Supervisor prints `group:None: ERROR (no such process)`.",
        shown_by=CONTROL,
    ),
    "ctl-history-option": Difference(
        "-r FILE of supervisorctl names the history file, also as --history-file; Supervisor takes it without"
        " effect.",
        shown_by=CONTROL,
    ),
    "ctl-interactive-after-action": Difference(
        "`supervisorctl -i ACTION` on a terminal goes on with the shell after the action, as Supervisor's help"
        " says and its program does not. Without a terminal it leaves, in both.",
        shown_by=CONTROL,
    ),
    "ctl-error-place": Difference(
        "The `error:` lines of supervisorctl end with `file: supervisorctl line: 0`, since there is no Python"
        " source to name.",
        shown_by=CONTROL,
    ),
    "ctl-raw-logs": Difference(
        "The bytes of a followed log (tail -f, maintail -f, fg) are printed as they are; Supervisor prints a piece"
        " that is not UTF-8 as Undecodable: b'...'.",
        shown_by=CONTROL,
    ),
    "ctl-colours": Difference(
        "On a terminal supervisorctl shows states in colours, unless NO_COLOR is set or TERM is dumb;"
        " Supervisor has none.",
        shown_by=CONTROL,
    ),
    "log-text-always-readable": Difference(
        "Text from logs is always valid XML: bytes that are not UTF-8 and control characters arrive as"
        " U+FFFD, and half a character at an end of what was asked for is left out. Supervisor answers 500 for"
        " the former and sends XML that no strict client can read for the latter.",
        shown_by=LOG_READS,
    ),
    "output-belongs-to-the-user": Difference(
        "A program that runs as another user can open /dev/stdout and /dev/stderr by name: the pipes are that"
        " user's. In Supervisor they are root's, and it gets EACCES."
    ),
    "shown-logs-readable": Difference(
        "What a program says on our standard output or error can be read and followed (supervisorctl tail) from"
        " memory, also with stdout_logfile=/dev/stdout; Supervisor cannot read such a log.",
        shown_by=LOG_READS,
    ),
    "twiddler-options-as-text": Difference(
        "addProgramToGroup of supervisor_twiddler reads numbers and truth values as their text, takes nil for not"
        " given, expands ENV_ names in every option, warns of unknown ones in the log, and refuses lists and"
        " structs; the original refuses some numbers, and a list as command ends Supervisor.",
        shown_by=TWIDDLER,
    ),
    "method-help-in-own-words": Difference(
        "system.methodHelp tells the same parameters with the same types, in own words.",
        theirs=WORDS,
        ours=WORDS,
        shown_by=CALLS,
    ),
    "undecodable-calls-refused": Difference(
        "A call that is not UTF-8 is refused with 400, as any other that is no XML; Supervisor closes the"
        " connection without an answer.",
        shown_by=CALLS,
    ),
    "ipv6-servers": Difference(
        "An [inet_http_server] may listen on an IPv6 address, as in port=[::1]:9001; Supervisor ends with an"
        " error.",
        shown_by=SERVERS,
    ),
    "truncated-log-streams-on": Difference(
        "A followed log that is truncated goes on after the words ==> File truncated <==; Supervisor means to"
        " do so, but its stream ends with an error.",
        shown_by=HTTP,
    ),
    "web-actions-need-post": Difference(
        "The web page's actions are POST requests with a token; links such as /?action=stopall answer 405,"
        " unless the server's section has allow_get_actions=true. Supervisor obeys such a link from any page"
        " that the operator's browser opens.",
        shown_by=WEB,
    ),
    "web-redirects-not-cached": Difference(
        "An action of the web page ends with 303 and a relative address; Supervisor answers 301, which browsers"
        " may keep, so that the same click does nothing the second time.",
        shown_by=WEB,
    ),
    "web-restart-tells-failures": Difference(
        "The web page tells when a restarted process did not start; Supervisor says that it was restarted.",
        shown_by=WEB,
    ),
    "web-bad-actions-are-400": Difference(
        "An action that the web page does not know, or without a process, answers 400; Supervisor answers 500.",
        shown_by=WEB,
    ),
    "web-foreign-names-refused": Difference(
        "A server on a loopback address without password answers browsers only under an address, localhost, the"
        " machine's name or the names in allowed_hosts=, so that no web site can make its own name lead there;"
        " Supervisor answers under any name. Clients that are no browsers are not concerned.",
        shown_by=WEB,
    ),
}
