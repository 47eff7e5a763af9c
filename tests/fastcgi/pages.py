"""Pages of php-cgi behind nginx: two processes share one socket, and one may be restarted while the other serves."""

import concurrent.futures
import os
import signal
import threading
import urllib.error
import urllib.request

from harness.suite import case
from harness.wait import wait_for
from rpc import control

NAMES = ("php_0", "php_1")

NGINX = """
user root;
daemon off;
pid ROOT/nginx.pid;
error_log ROOT/nginx.error;
worker_processes 1;
events {}
http {
    access_log off;
    client_body_temp_path ROOT/tmp/body;
    fastcgi_temp_path ROOT/tmp/fastcgi;
    proxy_temp_path ROOT/tmp/proxy;
    scgi_temp_path ROOT/tmp/scgi;
    uwsgi_temp_path ROOT/tmp/uwsgi;
    server {
        listen 127.0.0.1:PORT;
        location / {
            fastcgi_pass ADDRESS;
            fastcgi_param SCRIPT_FILENAME ROOT/page.php;
            fastcgi_param REQUEST_METHOD $request_method;
            fastcgi_param QUERY_STRING $query_string;
            fastcgi_param REDIRECT_STATUS 200;
        }
    }
}
"""


class Site:
    """nginx and two processes of php-cgi, all programs of one daemon."""

    def __init__(self, t, socket, address, options="", group="php", more=""):
        self.port = control.free_port()
        self.group = group
        # Long enough that two requests at a time need two processes.
        t.write("page.php", "<?php usleep(20000); echo 'page ', getmypid();")
        t.write("nginx.conf", NGINX.replace("PORT", str(self.port)).replace("ADDRESS", address))
        self.plane = control.start(
            t,
            f"[fcgi-program:php]\ncommand=/usr/bin/php-cgi\nsocket={socket}\nnumprocs=2\nstartsecs=0\n"
            f"process_name=php_%(process_num)d\nautorestart=true\n{options}\n"
            f"[program:nginx]\ncommand=/usr/sbin/nginx -c ROOT/nginx.conf\nstartsecs=0\n{more}",
        )
        for name in (f"{group}:php_0", f"{group}:php_1", "nginx"):
            self.plane.until(name, "RUNNING")
        wait_for("a first page", lambda: self.page()[0] == 200)

    def page(self):
        """One request: (status, pid of the process that served it)."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=30) as reply:
                return reply.status, int(reply.read().split()[1])
        except urllib.error.HTTPError as error:
            return error.code, None
        except urllib.error.URLError:
            return None, None

    def pids(self):
        """The processes that may serve."""
        return {self.plane.daemon.child(name) for name in NAMES}

    def served_by_both(self):
        """Asks until each process has served a page, and nobody else has."""
        seen = set()

        def both():
            with concurrent.futures.ThreadPoolExecutor(4) as pool:
                answers = list(pool.map(lambda _: self.page(), range(8)))
            assert {status for status, _ in answers} == {200}, answers
            seen.update(pid for _, pid in answers)
            assert seen <= self.pids(), (seen, self.pids())
            return seen == self.pids()

        wait_for("pages of both processes", both)
        return "both processes served, and nobody else"


class Visitors:
    """Requests without a pause while the case does something."""

    def __init__(self, site):
        self.site = site
        self.answers = []
        self.enough = threading.Event()
        self.threads = [threading.Thread(target=self.ask) for _ in range(3)]

    def ask(self):
        while not self.enough.is_set():
            self.answers.append(self.site.page()[0])

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        wait_for("visitors", lambda: len(self.answers) > 5)
        return self

    def more(self, count):
        """Waits until that many more requests were answered."""
        goal = len(self.answers) + count
        wait_for("more answers", lambda: len(self.answers) >= goal)

    def __exit__(self, *_):
        self.enough.set()
        for thread in self.threads:
            thread.join()


def restarts(t, site):
    """Both processes are restarted, then killed, one after the other, while visitors come."""
    first = site.pids()
    with Visitors(site) as visitors:
        for name in NAMES:
            site.plane.ask("supervisor.stopProcess", f"{site.group}:{name}")
            visitors.more(10)
            site.plane.ask("supervisor.startProcess", f"{site.group}:{name}")
            visitors.more(5)
        second = site.pids()
        for name in NAMES:
            os.kill(site.plane.daemon.child(name), signal.SIGKILL)
            site.plane.daemon.wait_log(rf"success: {name} entered RUNNING", 3)
            visitors.more(5)
    third = site.pids()
    bad = [status for status in visitors.answers if status != 200]
    t.record("all processes are new, twice", not (first & second or second & third))
    # A process that ends while it serves takes its page with it; whoever waits in the queue is served by the other one.
    t.record("at most the page that a process was at is lost", len(bad) <= 4 and set(bad) <= {502})
    t.record("afterwards", site.served_by_both())
    lines = site.plane.daemon.log_lines()
    t.record("the socket was made", [line for line in lines if "ing socket unix" in line or "ing socket tcp" in line][2:])


@case
def over_a_unix_socket(t):
    site = Site(t, "unix://ROOT/php.sock", "unix:ROOT/php.sock", "socket_mode=0700")
    t.record("served", site.served_by_both())
    restarts(t, site)
    site.plane.end()


@case
def over_tcp(t):
    port = control.free_port()
    site = Site(t, f"tcp://127.0.0.1:{port}", f"127.0.0.1:{port}")
    t.record("served", site.served_by_both())
    with Visitors(site) as visitors:
        site.plane.ask("supervisor.stopProcess", "php:php_0")
        visitors.more(10)
        site.plane.ask("supervisor.startProcess", "php:php_0")
        visitors.more(10)
    t.record("at most one page is lost", sum(status != 200 for status in visitors.answers) <= 1)
    site.plane.end()


@case
def a_restart_of_all_comes_back(t):
    site = Site(t, "unix://ROOT/php.sock", "unix:ROOT/php.sock")
    before = site.pids()
    with Visitors(site) as visitors:
        site.plane.ask("supervisor.stopProcessGroup", "php")
        site.plane.ask("supervisor.startProcessGroup", "php")
        wait_for("pages again", lambda: site.page()[0] == 200)
        visitors.more(10)
    t.record("served", site.served_by_both())
    t.record("all are new", not before & site.pids())
    site.plane.end()


# Supervisor gives members of a group no socket, so php-cgi would end at once.
@case(sides=("ours",))
def in_a_group(t):
    site = Site(t, "unix://ROOT/php.sock", "unix:ROOT/php.sock", group="site", more="[group:site]\nprograms=php\n")
    t.record("served", site.served_by_both())
    site.plane.end()
