"""Who may do what: passwords, and orders that come from pages of others."""

import re
import select

from victim import STATE, case, check, equal, http

RIGHT = "user:a good password"


def with_password(credentials, body=STATE):
    """A call with these credentials."""
    return http.request(headers=(http.basic(credentials),), body=body)


@case(credentials=RIGHT)
def who_guesses_waits_and_nobody_else(victim):
    for number in range(10):
        reply = http.exchange(victim.address, with_password(f"user:guess {number}"))
        equal("the first ones are answered", http.status(reply), 401)
    guesses = [victim.connect(with_password(f"user:guess {number}")) for number in range(60)]
    for _ in range(20):
        equal("with the right password", victim.ask("supervisor.getState")["statename"], "RUNNING")
    waiting = [guess for guess in guesses if not select.select([guess.socket], [], [], 0)[0]]
    check("the last ones still wait", guesses[-1] in waiting)
    victim.unharmed()
    # The right password is right, also from an address that has guessed.
    equal("afterwards", http.status(http.exchange(victim.address, with_password(RIGHT))), 200)
    for guess in guesses:
        guess.socket.close()


@case(credentials=RIGHT)
def more_guesses_than_places(victim):
    guesses = [victim.connect(with_password(f"user:guess {number}")) for number in range(1_500)]
    for _ in range(20):
        equal("with the right password", victim.ask("supervisor.getState")["statename"], "RUNNING")
    victim.unharmed()
    for guess in guesses:
        guess.socket.close()


TARGETS = ("/", "/metrics", "/events", "/logtail/counter", "/api/v1/supervisor.getState", "/nope", "/ok.html", "/web/mainlog")
WRONG = ("user:", ":a good password", "user:a good passwor", "user:a good password ", "User:a good password", "user:A good password")


@case(credentials=RIGHT)
def nothing_without_the_password(victim):
    for target in TARGETS:
        equal(target, http.status(http.exchange(victim.unix, http.request(target, "GET"))), 401)
    for credentials in WRONG:
        equal(credentials, http.status(http.exchange(victim.unix, with_password(credentials))), 401)
    with victim.connect(http.request(body=b"x" * 100)[:-50], address=victim.unix) as early:
        equal("before the body is here", http.status(early.reply()), 401)
    victim.unharmed()


@case(credentials=RIGHT)
def who_is_asked_first_does_not_guess(victim):
    """Many clients send their password only when they are asked for it: that counts as no guess."""
    guesses = [victim.connect(with_password(f"user:guess {number}")) for number in range(60)]
    for _ in range(50):
        equal("without", http.status(http.exchange(victim.address, http.request(body=STATE))), 401)
    check("the last guess still waits", not select.select([guesses[-1].socket], [], [], 0)[0])
    victim.unharmed()
    for guess in guesses:
        guess.socket.close()


@case()
def orders_from_foreign_pages(victim):
    page = victim.post("/", b"", method="GET").body.decode()
    token = re.search(r'name="?token"?[^>]*(?:value|content)="([^"]+)"|data-token="([^"]+)"', page)
    check("the page has a token", token)
    token = next(group for group in token.groups() if group)
    host = f"Host: 127.0.0.1:{victim.address[1]}"
    form = "Content-Type: application/x-www-form-urlencoded"

    def order(given, *headers):
        body = f"action=stop&processname=counter&token={given}".encode()
        return http.status(victim.post("/", body, host, form, *headers))

    for wrong in ("", "x", token[:-1], token + "x", token[::-1], "%00" + token, token + "%00", "é"):
        equal(f"the token {wrong!r}", order(wrong), 403)
    for origin in ("http://evil.example", "null", f"http://127.0.0.1:{victim.address[1] + 1}", f"https://127.0.0.1:{victim.address[1]}.evil.example"):
        equal(f"from {origin}", order(token, f"Origin: {origin}"), 403)
    equal("from another site", order(token, "Sec-Fetch-Site: cross-site"), 403)
    for target in ("/?action=stop&processname=counter", "/index.html?action=shutdown", f"/?action=stop&processname=counter&token={token}"):
        equal(f"GET {target}", http.status(victim.post(target, b"", method="GET")), 405)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        reply = victim.post("/api/v1/supervisor.shutdown", b"{}", f"Content-Type: {kind}")
        equal(f"JSON as {kind}", http.status(reply), 415)
    victim.unharmed()
