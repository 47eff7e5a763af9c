"""Too many clients, too slow ones, and ones that take nothing."""

import os
import signal
import socket

from victim import STATE, case, check, equal, http, values, wait_for

HALF = http.request(body=STATE)[:40]
FOLLOW = http.request("/logtail/counter", "GET")


def served(victim, times=20):
    """New clients get their answers."""
    for _ in range(times):
        equal("an answer", victim.ask("supervisor.getState")["statename"], "RUNNING")


def close_all(clients):
    """Closes connections."""
    for client in clients:
        client.socket.close()


@case()
def half_requests_that_grow_byte_by_byte(victim):
    with victim.bounded(4):
        clients = [victim.connect(HALF) for _ in range(400)]
        for at in range(5):
            for client in clients:
                client.send(b"X-A: b\r\n"[at : at + 1])
            served(victim, 4)
        victim.unharmed()
    close_all(clients)


@case()
def more_half_requests_than_places(victim):
    with victim.bounded(6):
        clients = []
        for _ in range(20):
            clients += [victim.connect(HALF) for _ in range(100)]
            served(victim, 2)
        victim.unharmed()
    close_all(clients)


@case()
def half_bodies_of_four_megabytes(victim):
    data = http.request(body=b"x" * (4 << 20))[:-1]
    # 64 MB are kept for all, a buffer may have room for as much again, and one client is served.
    with victim.bounded(150):
        clients = []
        for _ in range(60):
            client = victim.connect()
            client.socket.settimeout(5)
            try:
                client.send(data)
            except TimeoutError:
                pass
            clients.append(client)
        served(victim)
        victim.unharmed()
    close_all(clients)
    wait_for("the memory to be given back", lambda: victim.memory() < 30)


@case()
def answers_that_nobody_takes(victim):
    (victim.root / "big").write_bytes(b"a line of some length\n" * 100_000)
    os.replace(victim.root / "big", victim.root / "log")
    request = http.request(body=values.call("supervisor.readLog", 0, 0))
    with victim.bounded(150):
        clients = []
        for _ in range(100):
            client = http.Connection(victim.unix)
            client.send(request)
            clients.append(client)
        served(victim)
        victim.unharmed()
    close_all(clients)


@case(descriptors=20_000)
def ten_thousand_idle_connections(victim):
    with victim.bounded(12):
        clients = [victim.connect() for _ in range(9_900)]
        served(victim)
        victim.unharmed()
    equal("those that are still open", sum(1 for client in clients if is_open(client)), len(clients))
    close_all(clients)
    served(victim)


def is_open(client):
    """Whether the server has not closed a connection."""
    client.socket.setblocking(False)
    try:
        return client.socket.recv(1) != b""
    except BlockingIOError:
        return True
    except ConnectionResetError:
        return False


@case()
def idle_connections_beyond_the_limit(victim):
    clients = [victim.connect() for _ in range(3_000)]
    served(victim)
    left = sum(1 for client in clients if is_open(client))
    check(f"{left} connections are open", left <= 512)
    victim.unharmed()
    close_all(clients)


@case(descriptors=120)
def no_descriptors_left(victim):
    """Followers take two each. Programs are restarted all the same, and their output goes on."""
    clients = []
    for _ in range(100):
        clients.append(victim.connect(FOLLOW))
        clients.append(victim.connect(address=victim.unix))
    victim.unharmed()
    for _ in range(3):
        os.kill(victim.program, signal.SIGKILL)
        old = victim.program

        def restarted():
            info = victim.ask("supervisor.getProcessInfo", "counter")
            victim.program = info["pid"]
            return info["statename"] == "RUNNING" and info["pid"] != old

        wait_for("a restart", restarted)
        victim.unharmed()
    log = (victim.root / "log").read_text()
    check("nothing was said about descriptors", "Too many open files" not in log and "EMFILE" not in log)
    close_all(clients)
    served(victim)


@case()
def thousands_of_requests_at_once(victim):
    """They are answered one by one, and others come in between."""
    for target, many in (("/metrics", 300), ("/RPC2", 2_000)):
        body = STATE if target == "/RPC2" else b""
        data = http.request(target, "POST" if body else "GET", body=body) * many
        client = victim.connect()
        client.socket.setblocking(False)
        sent = 0
        while sent < len(data):
            try:
                sent += client.socket.send(data[sent:])
            except BlockingIOError:
                break
        served(victim, 5)
        victim.unharmed()
        client.socket.settimeout(40)
        complete = sent // (len(data) // many)
        for _ in range(complete):
            equal("a pipelined answer", http.status(client.reply()), 200)
        client.socket.close()


@case()
def followers_that_do_not_read(victim):
    clients = [victim.connect(FOLLOW) for _ in range(150)]
    with victim.bounded(16):
        with open(victim.root / "counter.out", "ab") as log:
            for _ in range(8):
                log.write(b"x" * (4 << 20) + b"\n1\n")
                log.flush()
                served(victim, 2)
        victim.unharmed()
    close_all(clients)


@case()
def followers_get_all_of_a_large_piece(victim):
    with victim.connect(FOLLOW) as client:
        client.head()
        with open(victim.root / "counter.out", "ab") as log:
            log.write(b"\n" + b"y" * (8 << 20) + b"\n0\n")
        count = 0
        while count < 8 << 20:
            count += client.chunk().count(b"y")
    victim.unharmed()


@case()
def connections_that_end_at_once(victim):
    for number in range(3_000):
        with socket.create_connection(victim.address) as client:
            if number % 3 == 0:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            if number % 3 == 1:
                client.sendall(HALF)
    served(victim)
    victim.unharmed()
