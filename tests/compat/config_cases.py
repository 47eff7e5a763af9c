"""The cases of config_oracle.py: (name, files, environment). `@DIR@` is the folder that the files are written to."""

CASES = []
COMMAND_LINES = [
    ["-Z"], ["--foo"], ["--log"], ["--=x"], ["--"], ["-c"], ["--conf"], ["-nc"], ["--nodaemon=1"], ["foo"],
    ["-n", "foo", "-x"], ["-"], ["-n", "-n"], ["-n", "--nodaemon"], ["--no", "-n"], ["-e", "foo"], ["--loglevel=foo"],
    ["-e", "warning"], ["-a", "x"], ["--minfds="], ["--minprocs", "1.5"], ["-d", "/does/not/exist"],
    ["-q", "/does/not/exist"], ["-l", "/does/not/exist/x"], ["-j", "/does/not/exist/x"], ["-m", "9"], ["-y", "1M"],
    ["-z", "x"], ["-c", "/does/not/exist"], ["-c", "/"], ["-c", "a", "-c", "b"], ["-u", "a", "-u", "b"], ["-?"],
    ["-h"], ["--help"], ["-v"], ["--version"], ["-nv"], ["-h", "-e", "foo"], ["-e", "foo", "-h"], ["-e"],
    ["it's \"x\"", "\u00f6"], ["-\u00f6"], ["--logfile_", "1"], [],
]


def case(name, text, more=None, **environment):
    files = {"main.conf": text}
    files.update(more or {})
    CASES.append((name, files, environment))


def daemon(name, *lines, **environment):
    case("supervisord: " + name, "[supervisord]\n" + "\n".join(lines) + "\n", **environment)


def program(name, *lines, kind="program:x", **environment):
    text = "[supervisord]\n[%s]\n%s\n" % (kind, "\n".join(lines))
    case("%s: %s" % (kind.split(":")[0], name), text, **environment)


def cat(name, *lines, **more):
    program(name, "command=/bin/cat", *lines, **more)


# ---------------------------------------------------------------- grammar

case("empty file", "")
case("only a comment", "; nothing\n")
case("no sections", "a=b\n")
case("no sections, indented", "\n  a=b")
case("byte order mark", b"\xef\xbb\xbf[supervisord]\n")
case("CRLF", "[supervisord]\r\nidentifier=a\r\n  b\r\n[program:x]\r\ncommand=c\r\n")
case("CR", "[supervisord]\ridentifier=a\r[program:x]\rcommand=c")
case("mixed line ends", "[supervisord]\r\nidentifier=a\n\r[program:x]\rcommand=c")
case("not UTF-8", b"[supervisord]\nidentifier=\xff\n")
case("not UTF-8, two bytes", b"[supervisord]\nidentifier=\xe2\x82(\n")
case("not UTF-8, cut", b"[supervisord]\nidentifier=a\xe2\x82")
case("not UTF-8, far in", b"[supervisord]\nidentifier=" + b"a" * 20000 + b"\xff")
case("not UTF-8, over a boundary", b"[supervisord]\nidentifier=" + b"a" * 8165 + b"\xc3(")
case("UTF-8", "[supervisord]\nidentifier=\u00f6\u20ac\U0001f600\n")
case("no supervisord section", "[program:x]\ncommand=/bin/cat\n")
case("no delimiter", "[supervisord]\nfoo\n")
case("several bad lines", "[supervisord]\nfoo\n=bar\n  baz\n[]\nlogfile\n\n x y")
case("line number of two digits", "[supervisord]\n" + "\n" * 9 + "foo\n" + "\n" * 99 + "bar\n")
case("bad line with quotes", "[supervisord]\nit's\nsay \"it's\"\n\ttab\\\u00ad\u200b\u00f6")
case("colon", "[supervisord]\nidentifier : a=b\n")
case("two delimiters", "[supervisord]\nidentifier==a\n")
case("key in upper case", "[supervisord]\nIdentiFier=a\n")
case("key with spaces", "[supervisord]\nidenti fier=a\nidentifier =b\n")
case("empty value", "[supervisord]\nidentifier=\n")
case("value in the next line", "[supervisord]\nidentifier=\n  a\n")
case("continuation", "[supervisord]\nidentifier=a\n  b\n\n  ; c\n  d ; e\n\n\nminfds=5\n")
case("continuation less deep", "[supervisord]\n  identifier=a\n minfds=5\n   6\n")
case("continuation after bad line", "[supervisord]\nidentifier=a\nfoo\n  b\n")
case("continuation of a section", "[supervisord]\n  identifier=a\n  minfds=7\n")
case("continuation with tab", "[supervisord]\nidentifier=a\n\tb\n")
case("continuation in an option with a delimiter", "[supervisord]\nidentifier=a\n  minfds=5\n")
case("inline semicolon", "[supervisord]\nidentifier=a ; b\n")
case("inline hash", "[supervisord]\nidentifier=a # b\n")
case("no inline semicolon", "[supervisord]\nidentifier=a;b#c\n")
case("inline after tab", "[supervisord]\nidentifier=a\t;b\n")
case("inline after no-break space", "[supervisord]\nidentifier=a\u00a0;b\n")
case("inline in quotes", "[supervisord]\n[program:x]\ncommand=sh -c 'a ; b'\n")
case("inline order", "[supervisord]\nidentifier=a;b;c ;x #y\n")
case("inline order 2", "[supervisord]\nidentifier=a#b #c ;d\n")
case("inline at once", "[supervisord]\nidentifier= ;d\n")
case("comment in front", "  # x\n ; y\n[supervisord] ; z\n#identifier=a\n")
case("header with rest", "[supervisord] x\nidentifier=a\n")
case("header with brackets", "[supervisord]\n[a]b]\nx=y\n")
case("header with spaces", "[supervisord]\n[ program:x ]\ncommand=a\n[program:y ]\ncommand=b\n")
case("header in the value", "[supervisord]\nidentifier=a\n  [program:x]\ncommand=b\n")
case("header with comment", "[supervisord]\n[program:x;y]\ncommand=b\n[program:x ;y]\n")
case("duplicate section", "[supervisord]\nidentifier=a\n[program:x]\ncommand=b\n[supervisord]\nminfds=5\n")
case("duplicate option", "[supervisord]\nidentifier=a\nidentifier=b\n")
case("section of another case", "[supervisord]\n[Program:x]\ncommand=a\n[SUPERVISORD]\nminfds=x\n")
case("unknown section and option", "[supervisord]\nfoo=bar\n[bar]\nx=y\n[program:x]\ncommand=a\nfoo=b\n")
case("DEFAULT", "[DEFAULT]\nautostart=false\nminfds=77\n[supervisord]\n[program:x]\ncommand=a\n")
case("DEFAULT later", "[supervisord]\n[program:x]\ncommand=a\n[DEFAULT]\nautostart=false\n[program:y]\ncommand=b\nautostart=true\n")
case("DEFAULT error", "[DEFAULT]\npriority=x\n[supervisord]\n[program:x]\ncommand=a\n")
case("DEFAULT with a name", "[DEFAULT]\ncommand=/bin/%(program_name)s\n[supervisord]\n[program:x]\n[program:y]\n")
case("separators as space", "[supervisord]\n\x1cidentifier=\x1ca\x1f\n\x0bminfds=5\x0c\n")
case("next line and line separator", "[supervisord]\nidentifier=a\x85b\u2028c\n")
case("NUL", "[supervisord]\nidentifier=a\0b\n")
case("option before section", "identifier=a\n[supervisord]\n")
case("very long value", "[supervisord]\nidentifier=%s\n" % ("x" * 30000))

# ---------------------------------------------------------------- [supervisord]

daemon("nothing")
daemon("everything", "logfile=@DIR@/s.log", "logfile_maxbytes=1KB", "logfile_backups=3", "loglevel=DEBUG",
       "pidfile=@DIR@/s.pid", "umask=077", "nodaemon=true", "silent=ON", "minfds=1", "minprocs=2", "nocleanup=yes",
       "childlogdir=@DIR@", "user=nobody", "directory=@DIR@", "strip_ansi=1", "environment=A=1", "identifier=me")
for key in ("minfds", "minprocs", "logfile_backups"):
    for value in ("", "x", "1.5", "-1", " 7", "1_0", "0x10", "+3", "1__0", "007", "- 5", "\u0663x", "'1'"):
        daemon("%s=%s" % (key, value), "%s=%s" % (key, value))
daemon("minfds of 20 digits", "minfds=99999999999999999999")
daemon("minfds of 5000 digits", "minfds=" + "9" * 5000)
daemon("minfds of 300 letters", "minfds=" + "x" * 300)
for value in ("", "x", "1M", "1MB", "1 mb", "1.5MB", "1TB", "kb", "10", "-1kb", "1gB", "1k b", "1_0kb", "MB1", "1\u212ab"):
    daemon("logfile_maxbytes=" + value, "logfile_maxbytes=" + value)
for value in ("", "999", "022", "22", "0o22", "0O_7", "0x12", "-22", "u=rwx", "1_7", "07777", "0777777"):
    daemon("umask=" + value, "umask=" + value)
for value in ("", "maybe", "TRUE", "off", "2", "t", "y", "0", " yes "):
    daemon("nodaemon=" + value, "nodaemon=" + value)
for value in ("critical", "error", "warn", "info", "debug", "trace", "blather", "WARN", "warning", "crit", "", "20"):
    daemon("loglevel=" + value, "loglevel=" + value)
for value in ("@DIR@/x.log", "x.log", "@DIR@/no/x.log", "~/x.log", "~root/x.log", "~no-such-user/x.log", "syslog", "SYSLOG",
              "NONE", "", "./a/../x.log", "/../x.log", "%(here)s/x.log", "%(here)s/no/x.log", "@DIR@//./x.log", "/"):
    daemon("logfile=" + value, "logfile=" + value)
    daemon("pidfile=" + value, "pidfile=" + value)
for value in ("@DIR@", "/no/such/dir", "~", "", ".", "~root", "@DIR@/main.conf"):
    daemon("directory=" + value, "directory=" + value)
    daemon("childlogdir=" + value, "childlogdir=" + value)
for value in ("root", "0", "no-such-user", "4294967", "", "-1", " 0 ", "99999999999999999999", "1.5", "nobody"):
    daemon("user=" + value, "user=" + value)
daemon("two errors: the first counts", "loglevel=x", "minfds=y")
daemon("environment", "environment=A=\"1,2\",B='x y',C=d")
daemon("environment with percent", "environment=A=\"x%%y\"")
daemon("environment with four percents", "environment=A=\"x%%%%y\"")
daemon("environment with host, once", "environment=A=\"%(host_node_name)s\"")
daemon("environment with host, twice", "environment=A=\"%%(host_node_name)s\"")
daemon("environment with here", "environment=A=\"%(here)s\",B=\"%(ENV_X)s\"", X="y")
daemon("environment of later", "environment=A=\"1\",B=\"%(ENV_A)s\"")
daemon("unknown name", "identifier=%(nope)s", SECRET="x", ANOTHER="y")
daemon("bad format", "identifier=%(here)H")
daemon("incomplete format", "identifier=100%")
daemon("percent in a value of the environment", "identifier=%(ENV_P)s", P="%(x)s%")
daemon("program_name in supervisord", "identifier=%(program_name)s")
daemon("childlogdir from TMPDIR", TMPDIR="@DIR@")
daemon("childlogdir from a bad TMPDIR", TMPDIR="/no/such/dir", TEMP="", TMP="@DIR@")

# ---------------------------------------------------------------- environment=

for text in ("A=1", "A=1,", "A=1,B=2", "A=1;B=2", "A=1 B=2", "A", "A=", "=1", "A==1", "A=1,B", "A=1,B=", "A='1", 'A="1',
             "A=\"\"", "A=''", "A=\"x\\\"y\"", "A=\"x\"\"y\"", "A=a\"b c\"d", "A=b\\ c", "A=a'b", "A=~/x", "A=$HOME",
             "A=/a.b+c-(d):e", "A=a@b", "'A'=1", "A=\"a#b\"", "A=a#b", "A=1,\n  B=2", "\n  A=1,\n  # c\n  B=2",
             "A=\"1\n  2\"", "A=1,A=2", "A=\u00f6", "A=\"\u00f6\"", "A=1,,B=2", ",", "A = 1 , B = 2", "A=\"'x'\"",
             "A='\"x\"'", "A=%%", "A=\"100%%%%\"", "a=1", "A=1,B=\"", "A=\"a=b,c=d\"", "A=b=c"):
    cat("environment=" + text.replace("\n", "|"), "environment=" + text)
cat("environment with expansions", "environment=A=\"%(ENV_X)s\",B=\"%(program_name)s-%(group_name)s\"", X="v,\"w\"")
cat("own environment in command", "environment=A=\"1\"", "directory=/%(ENV_A)s")
program("own environment in the command", "environment=A=\"1\"", "command=/bin/%(ENV_A)s")
program("own environment in a later process", "environment=K%(process_num)d=\"v\"", "command=%(ENV_K0)s", "numprocs=2",
        "process_name=%(process_num)d")
cat("own environment in itself", "environment=A=\"1\",B=\"%(ENV_A)s\"")
cat("own environment not in priority", "environment=A=\"1\"", "startsecs=%(ENV_A)s")
case("global environment in a program", "[supervisord]\nenvironment=A=\"1\"\n[program:x]\ncommand=%(ENV_A)s\npriority=%(ENV_A)s\nenvironment=B=\"%(ENV_A)s\"\n")
case("global environment and own", "[supervisord]\nenvironment=A=\"1\",B=\"2\"\n[program:x]\ncommand=%(ENV_A)s\nenvironment=A=\"%(ENV_A)s0\",C=\"3\"\nnumprocs=2\nprocess_name=%(process_num)d\n")

# ---------------------------------------------------------------- expansions

for text in ("%(program_name)s", "%(group_name)s", "%(host_node_name)s", "%(here)s", "%(process_num)d", "%(numprocs)d",
             "%(process_num)02d", "%(process_num)s", "%(process_num)i", "%(process_num)u", "%(process_num)5.2f",
             "%(process_num)e", "%(process_num)g", "%(process_num)x", "%(process_num)#X", "%(process_num)o",
             "%(process_num)+d", "%(process_num)-5dx", "%(process_num) d", "%(process_num).3d", "%(process_num)r",
             "%(process_num)a", "%(program_name)r", "%(program_name)a", "%(program_name).1s", "%(program_name)5s",
             "%(program_name)-5sx", "%(program_name)05s", "%(program_name)ls", "%(program_name)hs", "%(program_name)Ls",
             "%(program_name)lls", "%(program_name)d", "%(program_name)x", "%(program_name)f", "%(program_name)c",
             "%(process_num)c", "%(program_name)", "%(program_name", "%(", "%", "%%", "%%%", "%%%%", "%(a(b)c)s", "%()s",
             "%(Program_Name)s", "%( program_name)s", "%d", "%*d", "%5%", "%(process_num)%", "%(process_num)b",
             "%(process_num)\u00e9", "\u00f6%(process_num)H", "% s", "%(program_name).s", "%(program_name).", "%(ENV_A)s",
             "%(ENV_a)s", "%(ENV_)s", "%(numprocs)*d", "%(numprocs).*d", "%(x)s%(y)s", "%(program_name)s %s",
             "%s", "%(process_num)99999999999999999999d", "%(process_num).99999999999999999999d", "%(program_name)(here)s",
             "%(process_num)999999d"):
    program("command=" + text, "command=/bin/x " + text, A="50%")
for key in ("priority", "autostart", "startsecs", "stopsignal", "numprocs", "numprocs_start", "user", "umask", "exitcodes",
            "serverurl", "stdout_capture_maxbytes", "stderr_events_enabled", "redirect_stderr", "killasgroup"):
    for name in ("here", "program_name", "group_name", "process_num", "numprocs", "ENV_A"):
        cat("%s with %s" % (key, name), "%s=%%(%s)s" % (key, name), A="1")
for key in ("directory", "stdout_logfile", "stderr_logfile", "stdout_logfile_maxbytes", "stderr_logfile_backups",
            "stdout_syslog", "process_name", "environment"):
    for name in ("here", "process_num", "numprocs", "ENV_A", "nope"):
        value = "%%(%s)s" % name if key != "environment" else "X=\"%%(%s)s\"" % name
        cat("%s with %s" % (key, name), "%s=%s" % (key, value), A="1")
cat("logfile with percents", "stdout_logfile=@DIR@/a%%%%b.log")
cat("logfile with two percents", "stdout_logfile=@DIR@/a%%b.log")
cat("logfile expanded twice", "stdout_logfile=@DIR@/%%(program_name)s.log")
cat("logfile from the environment with percent", "stdout_logfile=%(ENV_L)s", L="@DIR@/a%b")
cat("a name in the process name", "process_name=%(program_name)s_%(host_node_name)s")

# ---------------------------------------------------------------- [program:x]

program("nothing")
program("no command, two errors", "startsecs=x", "stopsignal=y")
cat("only a command")
cat("everything", "process_name=%(program_name)s_%(process_num)02d", "numprocs=2", "numprocs_start=5", "priority=1",
    "autostart=no", "autorestart=true", "startsecs=2", "startretries=4", "exitcodes=0,2", "stopsignal=INT",
    "stopwaitsecs=3", "stopasgroup=true", "killasgroup=true", "user=root", "redirect_stderr=true",
    "stdout_logfile=@DIR@/o.log", "stdout_logfile_maxbytes=1", "stdout_logfile_backups=2", "stdout_capture_maxbytes=3",
    "stdout_events_enabled=1", "stdout_syslog=1", "stderr_logfile=@DIR@/e.log", "stderr_logfile_maxbytes=4",
    "stderr_logfile_backups=5", "stderr_capture_maxbytes=6", "stderr_events_enabled=1", "stderr_syslog=1",
    "environment=A=1", "directory=/nope", "umask=007", "serverurl=http://h:1")
for key in ("priority", "startsecs", "startretries", "stopwaitsecs", "numprocs", "numprocs_start", "stdout_logfile_backups"):
    for value in ("x", "", "-1", "1.5", " 3 "):
        cat("%s=%s" % (key, value), "%s=%s" % (key, value), "process_name=%(process_num)s")
for key in ("autostart", "stopasgroup", "killasgroup", "redirect_stderr", "stdout_events_enabled", "stderr_syslog"):
    for value in ("x", "", "yes", "OFF"):
        cat("%s=%s" % (key, value), "%s=%s" % (key, value))
for value in ("x", "", "always", "Unexpected", "TRUE", "0", "no"):
    cat("autorestart=" + value, "autorestart=" + value)
for value in ("TERM", "SIGTERM", "term", "15", "0", "1", "34", "35", "64", "65", "32", "-1", "FOO", "", "RTMIN", "RTMAX",
              "RTMIN+1", "CLD", "POLL", "IO", "IOT", "STKFLT", "SIG", "_DFL", "SIG_IGN", "SIGSIGTERM", "TERM INT", "1.0"):
    cat("stopsignal=" + value, "stopsignal=" + value)
for value in ("0", "0,2", "0, 2", "", "256", "-1", "x", "1,", ",", "0;1", "255", "1_0", "0,99999999999999999999"):
    cat("exitcodes=" + value, "exitcodes=" + value)
for value in ("1", "1KB", "1K", "-5", "x", "", "2gb"):
    cat("stdout_capture_maxbytes=" + value, "stdout_capture_maxbytes=" + value)
    cat("stderr_logfile_maxbytes=" + value, "stderr_logfile_maxbytes=" + value)
for value in ("NONE", "none", "off", "OFF", "AUTO", "auto", "syslog", "SYSLOG", "", "x.log", "@DIR@/x.log", "@DIR@/no/x.log",
              "~/x.log", "/dev/stdout", "%(here)s/%(program_name)s.log", " AUTO "):
    cat("stdout_logfile=" + value, "stdout_logfile=" + value)
    cat("stderr_logfile=" + value, "stderr_logfile=" + value)
    cat("stderr_logfile with redirect=" + value, "stderr_logfile=" + value, "redirect_stderr=true")
cat("AUTO without rollover", "stdout_logfile_maxbytes=0", "stderr_logfile_maxbytes=0")
cat("AUTO without rollover, redirected", "stderr_logfile_maxbytes=0", "redirect_stderr=true")
cat("stopasgroup implies killasgroup", "stopasgroup=true")
cat("stopasgroup without killasgroup", "stopasgroup=true", "killasgroup=false")
cat("stopasgroup without killasgroup and numprocs", "stopasgroup=true", "killasgroup=false", "numprocs=2")
cat("numprocs without process_num", "numprocs=2")
cat("numprocs with another process_num", "numprocs=2", "process_name=%(program_name)s_%%(process_num)d")
cat("numprocs with r", "numprocs=2", "process_name=%(process_num)r")
cat("numprocs sorts as text", "numprocs=11", "process_name=p%(process_num)d")
cat("numprocs start", "numprocs=3", "numprocs_start=-1", "process_name=%(process_num)03d")
cat("numprocs and same names", "numprocs=3", "process_name=%(process_num)c0", "numprocs_start=48")
cat("numprocs of none", "numprocs=0", "process_name=%(nope)s")
cat("numprocs of many", "numprocs=2000000000", "process_name=%(process_num)d") if False else None
for value in ("root", "0", "no-such-user", "99999", "", "nobody"):
    cat("user=" + value, "user=" + value)
for value in ("022", "9", "", "-1"):
    cat("umask=" + value, "umask=" + value)
for value in ("AUTO", " auto ", "", "http://h:9", "unix:///x", "x"):
    cat("serverurl=" + value, "serverurl=" + value)
for value in ("a b", "a:b", "a/b", "", " a ", "%(program_name)s", "%(program_name)s:%(process_num)d", "a\tb", "\u00f6"):
    cat("process_name=" + value, "process_name=" + value)
for name in ("a b", "a:b", "a/b", "", " a ", "\u00f6", "a;b", "a]b", "it's", "a\"'b"):
    case("program name %r" % name, "[supervisord]\n[program:%s]\ncommand=a\n" % name)
    case("program name %r with an error" % name, "[supervisord]\n[program:%s]\nstartsecs=x\n" % name)
for text in ("a 'b c' d", "a \"b", "a \\", "", "a\\ b \\\\ \"\\a\\\"\\\\\"", "a#b", "a '' \"\"", "a\n  b", "\n  a", "%%d",
             "\"a b\" c", "bash -c \"echo $HOME && ls *\"", "a'b'\"c\"", "a\u00a0b", "\u00f6 \u20ac"):
    program("command=%s" % text.replace("\n", "|"), "command=" + text)
case("priority is read twice", "[supervisord]\n[program:x]\ncommand=a\npriority=%(program_name)s\n")
case("order of programs", "[supervisord]\n[program:b]\ncommand=b\n[program:a]\ncommand=a\n[program:c]\ncommand=c\npriority=1\n")
case("errors in two programs", "[supervisord]\n[program:b]\ncommand=b\nstartsecs=x\n[program:a]\ncommand=a\nstartsecs=y\n")
case("process_name of another", "[supervisord]\n[program:x]\ncommand=a\nprocess_name=y\n[program:y]\ncommand=b\n")

# ---------------------------------------------------------------- [group:x]

GROUPED = "[supervisord]\n[program:a]\ncommand=a\n[program:b]\ncommand=b\n[fcgi-program:f]\ncommand=f\nsocket=tcp://h:1\n"
for name, text in (
    ("two", "[group:g]\nprograms=b,a\npriority=5"), ("empty", "[group:g]\nprograms="), ("no programs", "[group:g]"),
    ("unknown", "[group:g]\nprograms=nope"), ("unknown second", "[group:g]\nprograms=a,nope"),
    ("trailing comma", "[group:g]\nprograms=a,"), ("twice", "[group:g]\nprograms=a,a"),
    ("in two groups", "[group:g]\nprograms=a\n[group:h]\nprograms=a,b"), ("of a program's name", "[group:a]\nprograms=b"),
    ("of its program's name", "[group:a]\nprograms=a"), ("bad name", "[group:a b]\nprograms=a"),
    ("bad priority", "[group:g]\nprograms=a\npriority=x"), ("fastcgi", "[group:g]\nprograms=f,a"),
    ("ambiguous", "[program:f]\ncommand=x\n[group:g]\nprograms=f"), ("space in a name", "[group:g]\nprograms=a b"),
    ("ambiguous second", "[program:f]\ncommand=x\n[group:g]\nprograms=a,f"),
    ("expansion", "[group:g]\nprograms=%(ENV_P)s\npriority=%(ENV_N)s"), ("unknown name", "[group:g]\nprograms=%(program_name)s"),
    ("priorities", "[group:g]\nprograms=a\n[group:h]\nprograms=b\npriority=1"), ("no name", "[group:]\nprograms=a"),
    ("error in a member", "[program:x]\ncommand=a\nstartsecs=x\n[group:g]\nprograms=x"),
    ("priority of a member", "[program:x]\ncommand=a\npriority=%(program_name)s\n[group:g]\nprograms=x"),
    ("bad member name", "[program:x:y]\ncommand=a\n[group:g]\nprograms=x:y"),
    ("no listener", "[eventlistener:l]\ncommand=l\nevents=TICK\n[group:g]\nprograms=l"),
    ("group_name", "[program:x]\ncommand=%(group_name)s %(program_name)s\n[group:g]\nprograms=x"),
    ("same process names", "[program:x]\ncommand=1\nprocess_name=p\n[program:y]\ncommand=2\nprocess_name=p\n[group:g]\nprograms=x,y"),
    ("bad socket of a member", "[fcgi-program:x]\ncommand=1\nsocket=foo\n[group:g]\nprograms=x"),
    ("duplicated", "[group:g]\nprograms=a\n[group:g]\nprograms=b"),
):
    case("group: " + name, GROUPED + text + "\n", P="a, b", N="7")

# ---------------------------------------------------------------- [eventlistener:x]


def listener(name, *lines, **environment):
    program(name, "command=l", *lines, kind="eventlistener:x", **environment)


listener("no events")
listener("empty events", "events=")
for value in ("TICK", "tick_5,Process_State", "EVENT", "TICK,TICK", "FOO", "TICK,", "TICK_5, TICK_60", "%(ENV_E)s", "tick_7",
              "PROCESS_GROUP_ADDED,SUPERVISOR_STATE_CHANGE_STOPPING,REMOTE_COMMUNICATION,PROCESS_LOG_STDERR"):
    listener("events=" + value, "events=" + value, E="TICK")
for value in ("0", "-1", "1", "x", ""):
    listener("buffer_size=" + value, "events=TICK", "buffer_size=" + value)
listener("priority", "events=TICK", "priority=5")
listener("bad priority", "events=TICK", "priority=x")
listener("redirect_stderr", "events=TICK", "redirect_stderr=true")
listener("redirect_stderr, bad", "events=TICK", "redirect_stderr=x")
listener("result_handler", "events=TICK", "result_handler=supervisor.dispatchers:default_handler")
listener("result_handler, unknown", "events=TICK", "result_handler=foo:bar")
listener("result_handler, empty", "events=TICK", "result_handler=")
listener("everything wrong", "buffer_size=0", "result_handler=foo:bar", "redirect_stderr=true", "startsecs=x")
listener("numprocs", "events=TICK", "numprocs=2", "process_name=%(process_num)d")
case("listener without command", "[supervisord]\n[eventlistener:x]\nevents=TICK\n")
case("listener with a bad name", "[supervisord]\n[eventlistener:a b]\nevents=TICK\ncommand=a\n")
case("listener with a bad process name", "[supervisord]\n[eventlistener:a]\nevents=TICK\ncommand=a\nprocess_name=a b\n")
case("listeners come first", "[supervisord]\n[program:a]\ncommand=a\npriority=-1\n[eventlistener:z]\nevents=TICK\ncommand=a\n")

# ---------------------------------------------------------------- [fcgi-program:x]


def fastcgi(name, *lines, **environment):
    program(name, "command=f", *lines, kind="fcgi-program:x", **environment)


fastcgi("no socket")
for value in ("unix:///x.sock", "unix://@DIR@/../x.sock", "unix://x.sock", "unix://", "tcp://localhost:9000", "tcp://H:1",
              "tcp://h:0", "tcp://h:70000", "tcp://h", "tcp://:1", "foo", "", "tcp://h:1 ", "tcp://h:1x", "http://h:1",
              "unix://%(here)s/%(program_name)s.sock", "unix:///%(process_num)d", "unix:///%(group_name)s", "unix:////x//y",
              "tcp://[::1]:80", "unix:///it's"):
    fastcgi("socket=" + value, "socket=" + value)
for value in ("root", "nobody:nogroup", "no-such-user", "root:no-such-group", ":", "0:0"):
    fastcgi("socket_owner=" + value, "socket=unix:///x", "socket_owner=" + value)
for value in ("0777", "9", "", "0o70"):
    fastcgi("socket_mode=" + value, "socket=unix:///x", "socket_mode=" + value)
for value in ("0", "1", "65535", "65536", "x", "", "-1"):
    fastcgi("socket_backlog=" + value, "socket=unix:///x", "socket_backlog=" + value)
fastcgi("owner of tcp", "socket=tcp://h:1", "socket_owner=root")
fastcgi("mode of tcp", "socket=tcp://h:1", "socket_mode=0777")
fastcgi("owner of something else", "socket=foo", "socket_mode=0777")
fastcgi("user becomes owner", "socket=unix:///x", "user=nobody")
fastcgi("unknown user", "socket=unix:///x", "user=no-such-user")
fastcgi("bad priority", "socket=unix:///x", "priority=x")
fastcgi("numprocs", "socket=tcp://h:1", "numprocs=2", "process_name=%(process_num)d")
case("fcgi without command", "[supervisord]\n[fcgi-program:x]\nsocket=tcp://h:1\n")
case("fcgi with a bad name", "[supervisord]\n[fcgi-program:a b]\nsocket=tcp://h:1\n")

# ---------------------------------------------------------------- servers and plugins

for value in ("9001", ":9001", "*:9001", "127.0.0.1:9001", "LOCALHOST:1", "abc", "", "h:", "h:x", "h:0", "h:70000", "0", "70000",
              "-1", "[::1]:80", "h:99999999999999999999", "%(ENV_P)s", "%(here)s", "a:b:1", " 9001 "):
    case("port=" + value, "[supervisord]\n[inet_http_server]\nport=%s\n" % value, P="1234")
for value in ("@DIR@/s.sock", "s.sock", "~/s.sock", "%(here)s/s.sock", "", "@DIR@/no/../s.sock", "%(host_node_name)s", "//s"):
    case("file=" + value, "[supervisord]\n[unix_http_server]\nfile=%s\n" % value)
for key, values in (("chmod", ("0700", "777", "9", "", "rwx")),
                    ("chown", ("root", "nobody:nogroup", "no", "0:0", "root:no", "", ":", "-1:-1"))):
    for value in values:
        case("%s=%s" % (key, value), "[supervisord]\n[unix_http_server]\nfile=/s\n%s=%s\n" % (key, value))
for section in ("unix_http_server]\nfile=/s", "inet_http_server]\nport=1"):
    kind = section.split("]")[0]
    for lines in ("username=u", "password=p", "username=u\npassword=p", "username=\npassword=", "username=u\npassword=a:b%%c",
                  "username=u\npassword=a%c", "username=u\npassword={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d",
                  "username=%(here)s\npassword=x"):
        case("%s, %s" % (kind, lines.replace("\n", ", ")), "[supervisord]\n[%s\n%s\n" % (section, lines))
case("no port", "[supervisord]\n[inet_http_server]\n")
case("no file", "[supervisord]\n[unix_http_server]\n")
case("no port, no password", "[supervisord]\n[inet_http_server]\nusername=u\n")
case("several servers", "[supervisord]\n[unix_http_server:b]\nfile=/b\n[inet_http_server:a]\nport=1\n[inet_http_server2]\nport=2\n[unix_http_server]\nfile=/c\n")
BUILT_IN = "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"
case("rpcinterface", "[supervisord]\n[rpcinterface:supervisor]\n" + BUILT_IN)
case("rpcinterface with options", "[supervisord]\n[rpcinterface:supervisor]\n%sfoo=%%(ENV_A)s\nbar=1\n" % BUILT_IN, A="x")
case("rpcinterface with a bad option", "[supervisord]\n[rpcinterface:supervisor]\n%sfoo=%%(here)s\n" % BUILT_IN)
case("rpcinterface with DEFAULT", "[DEFAULT]\nx=y\n[supervisord]\n[rpcinterface:supervisor]\n" + BUILT_IN)
case("rpcinterface without factory", "[supervisord]\n[rpcinterface:foo]\nx=y\n")
case("rpcinterface, unknown", "[supervisord]\n[rpcinterface:foo]\nsupervisor.rpcinterface_factory=foo:bar\n")
case("rpcinterface comes before programs", "[supervisord]\n[program:x]\n[rpcinterface:foo]\n")
case("programs come before servers", "[supervisord]\n[inet_http_server]\n[program:x]\n")
case("servers come before user", "[supervisord]\nuser=no-such-user\n[inet_http_server]\n")
CONTROL = "[supervisord]\n[supervisorctl]\n"
for lines in ("", "serverurl=unix://@DIR@/../x.sock\nprompt=p\nusername=u\npassword=p\nhistory_file=~/h", "serverurl=http://H:1",
              "serverurl=unix://%(here)s/x", "prompt=%(ENV_P)s>", "history_file=%(here)s/h", "history_file=", "serverurl=",
              "serverurl=unix://~/x", "prompt=%(here)s", "serverurl=%(nope)s"):
    case("supervisorctl: " + lines.replace("\n", ", "), CONTROL + lines + "\n", P="x")

# ---------------------------------------------------------------- [include]

INCLUDE = "[supervisord]\n[include]\nfiles=inc/*.conf\n"


def include(name, main, files, **environment):
    case("include: " + name, main, {"inc/" + key: text for key, text in files.items()}, **environment)


P = "[program:%s]\ncommand=%s\n"
include("sorted", INCLUDE, {"b.conf": P % ("x", "1"), "a.conf": P % ("x", "2"), "B.conf": P % ("y", "3")})
include("nothing found", INCLUDE, {})
include("no files", "[supervisord]\n[include]\n", {})
include("empty files", "[supervisord]\n[include]\nfiles=\n", {"a.conf": P % ("x", "1")})
include("several patterns", "[supervisord]\n[include]\nfiles = inc/b*.conf inc/no* @DIR@/inc/a.conf\n  inc/[c-d].conf\n",
        {"a.conf": P % ("a", "1"), "b1.conf": P % ("b", "1"), "b2.conf": P % ("b", "2"), "c.conf": P % ("c", "1")})
include("question mark", "[supervisord]\n[include]\nfiles=inc/?.conf inc/[!a].conf\n",
        {"a.conf": P % ("a", "1"), "bb.conf": P % ("bb", "1"), "c.conf": P % ("c", "2")})
include("hidden", INCLUDE + "  inc/.h*\n", {".h.conf": P % ("h", "1"), "a.conf": P % ("a", "1")})
include("two stars", "[supervisord]\n[include]\nfiles=inc/**/*.conf inc/**.conf\n", {"a.conf": P % ("a", "1"), "d/b.conf": P % ("b", "1"), "d/e/c.conf": P % ("c", "1")})
include("tilde", "[supervisord]\n[include]\nfiles=~/inc/*.conf\n", {"a.conf": P % ("a", "1")})
include("plain missing", "[supervisord]\n[include]\nfiles=inc/no.conf\n", {})
include("a folder", "[supervisord]\n[include]\nfiles=inc\n", {"a.conf": P % ("a", "1")})
include("here", "[supervisord]\n[include]\nfiles=%(here)s/inc/*.conf\n", {"a.conf": P % ("a", "1")})
include("expansions", "[supervisord]\n[include]\nfiles=%(ENV_D)s/*.conf %(host_node_name)s\n", {"a.conf": P % ("a", "1")}, D="inc")
include("bad expansion", "[supervisord]\n[include]\nfiles=%(nope)s/*.conf\n", {})
include("bad format", "[supervisord]\n[include]\nfiles=100%\n", {})
include("global environment", "[supervisord]\nenvironment=D=\"inc\"\n[include]\nfiles=%(ENV_D)s/*.conf\n", {})
include("last wins", INCLUDE + "[program:x]\ncommand=0\npriority=5\n", {"a.conf": P % ("x", "1")})
include("supervisord", INCLUDE, {"a.conf": "[supervisord]\nidentifier=inc\nminfds=9\n", "b.conf": "[supervisord]\nminfds=8\n"})
include("only there", "[include]\nfiles=inc/*.conf\n", {"a.conf": "[supervisord]\nidentifier=inc\n"})
include("no recursion", INCLUDE, {"a.conf": "[include]\nfiles=inc/x/*.conf\n", "x/b.conf": P % ("x", "1")})
include("error names the file", INCLUDE, {"a.conf": "[program:x]\ncommand=a\nstartsecs=x\n"})
include("error names the main file", INCLUDE + P % ("x", "1"), {"a.conf": "[program:x]\nstartsecs=x\n"})
include("error names the first file", INCLUDE, {"a.conf": P % ("x", "1"), "b.conf": "[program:x]\nstartsecs=x\n"})
include("group error", INCLUDE, {"a.conf": "[group:g]\nprograms=nope\n"})
include("no header", INCLUDE, {"a.conf": "foo=bar\n"})
include("bad lines", INCLUDE, {"a.conf": "[program:x]\nfoo\nbar\n", "b.conf": "[program:y]\nbaz\n"})
include("not UTF-8", INCLUDE, {"a.conf": b"[program:x]\ncommand=\xff\n"})
include("byte order mark", INCLUDE, {"a.conf": b"\xef\xbb\xbf[program:x]\ncommand=a\n"})
include("empty file", INCLUDE, {"a.conf": ""})
include("here in the included", INCLUDE, {"a.conf": "[program:x]\ncommand=%(here)s/a\nstdout_logfile=%(here)s/x.log\n"})
include("here in every option", INCLUDE + "[program:x]\ncommand=a\nprocess_name=%(here)s\n", {})
include("here in a server", INCLUDE + "[inet_http_server]\nport=1\nusername=%(here)s\npassword=x\n", {})
include("here in DEFAULT", "[DEFAULT]\ndirectory=%(here)s\n" + INCLUDE + P % ("m", "0"), {"a.conf": P % ("x", "1"), "b.conf": "[program:m]\nautostart=false\n"})
include("DEFAULT in the included", INCLUDE + P % ("m", "0"), {"a.conf": "[DEFAULT]\ndirectory=%(here)s\n" + P % ("x", "1"), "b.conf": P % ("y", "1")})
include("DEFAULT with files", "[DEFAULT]\nfiles=inc/*.conf\n[supervisord]\n[include]\n", {"a.conf": P % ("x", "1")})
include("here formatted otherwise", INCLUDE + "[program:x]\ncommand=%(here)r\n", {})
include("here in a name", INCLUDE + "[program:x]\ncommand=a\n  %(here)s\n  %(program_name)s\n", {})
include("continuation is not merged", INCLUDE + "[program:x]\ncommand=a\n  b\n", {"a.conf": "[program:x]\n  c=d\n"})
include("several errors", "[supervisord]\nminfds=x\n[include]\nfiles=inc/*.conf\n", {"a.conf": "foo"})
include("subfolder pattern", "[supervisord]\n[include]\nfiles=*/a.conf\n", {"a.conf": P % ("a", "1")})
include("dot in the pattern", "[supervisord]\n[include]\nfiles=./inc/../inc/*.conf\n", {"a.conf": P % ("a", "%(here)s")})
include("bracket in the pattern", "[supervisord]\n[include]\nfiles=inc/[a.conf inc/a].conf\n", {"[a.conf": P % ("a", "1")})

program("expansion with a default", "command=a %(ENV_NONE:-b)s")
program("expansion with a default, set", "command=a %(ENV_SET:-b)s", SET="c")
program("expansion with an empty default", "command=a%(ENV_NONE:-)s")

CASES = [found for found in CASES if found]


def pieces():
    """Sections of all cases, for putting configurations together by chance."""
    found = {}
    for _, files, _ in CASES:
        for text in files.values():
            if isinstance(text, bytes) or len(text) > 2000:
                continue
            for piece in ("\n" + text).split("\n[")[1:]:
                found["[" + piece] = None
    return list(found)
