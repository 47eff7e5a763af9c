"""What the command lines are compared on: a configuration, the lines in their order, and files that come and go."""

import re

CONFIG = """
[unix_http_server]
file=%(here)s/s.sock
{credentials}
[supervisord]
logfile=%(here)s/main.log
pidfile=%(here)s/s.pid
childlogdir=%(here)s
loglevel=info
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/s.sock
prompt=ask
history_file=%(here)s/history
{client}
[program:cat]
command=/bin/cat
startsecs=0
[program:talker]
command=/bin/sh -c "echo hello; echo wörld; echo oops >&2; exec sleep 1000"
startsecs=0
[program:stopped]
command=/bin/cat
autostart=false
startsecs=0
stdout_logfile=%(here)s/stopped.log
[program:fatal]
command=/bin/sh -c "exit 3"
startretries=0
startsecs=5
[program:missing]
command=/nonexistent/program
autostart=false
[program:notexec]
command=%(here)s/s.conf
autostart=false
[program:nolog]
command=/bin/cat
startsecs=0
stdout_logfile=NONE
stderr_logfile=NONE
[program:num]
command=/bin/cat
process_name=%(program_name)s_%(process_num)02d
numprocs=3
startsecs=0
[program:quick]
command=/bin/cat
autostart=false
startsecs=0
[program:ga]
command=/bin/cat
startsecs=0
priority=2
[program:gb]
command=/bin/cat
autostart=false
startsecs=0
[group:grp]
programs=ga,gb
priority=500
[program:a-rather-long-name-of-a-program-that-widens]
command=/bin/cat
startsecs=0
[include]
files=conf.d/*.conf
"""

# Command lines; those that begin with a word in capitals are steps (STEPS in tests/compat/ctl_oracle.py).
LINES = """
status
status all
status cat
status cat talker
status talker cat cat
status grp:*
status grp:
status grp:ga
status grp
status ga
status nope
status nope:*
status nope cat
status nope stopped
status num:num_00 num:*
status all nope
status:
?
help
help help
help add
help avail
help clear
help exit
help fg
help maintail
help open
help pid
help quit
help reload
help remove
help reread
help restart
help shutdown
help signal
help start
help status
help stop
help tail
help update
help version
help nope
help start stop
help EOF
?start
EOF
quit
exit
foo
foo bar baz
!ls
:x
stat
version
version x
avail
avail x
pid
pid all
pid cat
pid cat talker stopped
pid nope
pid grp:*
pid grp:ga
start
start nope
start nope:*
start cat
start stopped
start stopped
start missing
start notexec
start fatal
start grp:*
start grp:*
start grp:gb nope cat
start num:num_01 num:nope
stop
stop nope
stop nope:*
stop stopped
stop stopped
stop grp:gb
stop grp:*
stop grp:*
stop num:*
stop num:num_00 cat
status
start num:*
start cat grp:ga
restart
restart cat
restart nope
restart nope:*
restart grp:*
restart num:*
restart stopped
stop stopped
signal
signal HUP
signal HUP nope
signal HUP nope:*
signal NOPE cat
signal CONT cat
signal 18 cat
signal sigcont cat
signal CONT stopped
signal CONT grp:*
signal CONT num:*
signal NOPE num:*
tail
tail talker
tail talker stdout
tail talker stderr
tail talker STDERR
tail -6 talker
tail -5 talker stderr
tail -0 talker
tail --6 talker
tail -x talker
tail - talker
tail -f
tail talker foo
tail talker foo stderr
tail a b c d
tail nope
tail nope stderr
tail nolog
tail nolog stderr
tail grp:*
tail-6 talker
tail -99999999999 talker
tail -f nope
tail -f nolog
FOLLOW wörld tail -f talker
FOLLOW oops tail -f talker stderr
FOLLOW wörld tail -f talker stdout
tail -f talker foo
maintail -x
maintail x
maintail -1 -2
maintail -1
start stopped
stop stopped
maintail -40
LOG maintail
LOG maintail -f
fg
fg a b
fg nope
fg stopped
fg grp:*
TYPE höre TYPE höre fg grp:ga
clear
clear nope
clear talker
clear talker nope cat
clear grp:ga
tail talker
clear all
reread
reread x
update
update nope
update all
add
add cat
add nope
add nope cat
remove
remove cat
remove nope
remove quick nope
status quick
add quick
status quick
CONF a
reread
update nope
update added
update
status added
CONF b
reread
update
CONF none
reread
update
CONF bad
reread
update
CONF none
reload x
shutdown x
open
open foo
open https://x
open http://127.0.0.1:1
open unix:///nonexistent/s
-s http://127.0.0.1:1 status
-s http://127.0.0.1:1 start cat
-s http://127.0.0.1:1 reread
-s http://127.0.0.1:1 shutdown
-s http://127.0.0.1:1 tail -f cat
-s unix:///nonexistent/s status
-s unix:///nonexistent/s start cat
-s unix:///nonexistent/s reread
-s unix:///nonexistent/s avail
-s unix:///nonexistent/s shutdown
-s unix:///nonexistent/s pid
-s unix:///nonexistent/s fg cat
-s https://x status
-s https://x pid
-s http://127.0.0.1:x status
-s http://127.0.0.1:99999 status
-s foo status
-s
-Z
--nope
--history_file
-i -i
-c /nonexistent status
-c /dev/null status
-u x -p y status
start all
stop all
start all
stop cat talker stopped nolog
status
restart all
reload
SETTLED
status
shutdown
"""

EXTRA = {
    "a": "[program:added]\ncommand=/bin/cat\nstartsecs=0\n",
    "b": "[program:added]\ncommand=/bin/cat -u\nstartsecs=0\n",
    "bad": "[program:added]\nnothing=1\n",
    "none": "",
}

# Lines of which several results are errors of different kinds: the last one makes the exit code.
ANY_ERROR = re.compile(r"^(re)?start all$")

# Lines about which the order of the results is chance.
ANY_ORDER = re.compile(r"(all|:\*)$|^update|^restart|^start grp|^stop grp")
