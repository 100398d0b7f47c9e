"""Guessing passwords is slow for who guesses, and costs nobody else anything."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Callable
from typing import Any

import pytest

from detector.http import PageServer, Web, gate, password_line
from detector.http.gate import Gate, Memory, TooMany
from detector.http.pace import Pace, Sparingly

Serve = Callable[..., PageServer]
Connect = Callable[[PageServer], Any]
TOKEN = "a long random token"
TOKENS = frozenset({hashlib.sha256(TOKEN.encode()).hexdigest()})


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that is hashed, in a hash that costs nothing."""
    done: list[str] = []

    def cheap(password: str, salt: bytes) -> bytes:
        done.append(password)
        return hashlib.sha256(salt + password.encode()).digest()

    monkeypatch.setattr(gate, "scrypt", cheap)
    return done


def line_of(password: str, salt: bytes = b"salt") -> str:
    return f"{salt.hex()}:{hashlib.sha256(salt + password.encode()).hexdigest()}"


@pytest.fixture
def web() -> Web:
    return Web(tokens=TOKENS, users={"prometheus": line_of("right"), "other": line_of("too")})


def memory(clock: Clock) -> Memory:
    return Memory(of_one=Pace(3, 1.0, clock), of_all=Pace(5, 5.0, clock))


def outcome(of: Gate, header: str, client: str | None) -> bool | None:
    """Let in, not let in, or None: not looked at."""
    try:
        return of.admits(header, client)
    except TooMany:
        return None


def test_where_there_are_no_users_no_password_is_hashed(hashed: list[str]) -> None:
    for held in (Web(tokens=TOKENS), Web()):
        for number in range(20):
            assert Gate(held).admits(basic("a", str(number))) is not held.authenticates
    assert hashed == []


def test_what_is_no_pair_is_not_hashed(hashed: list[str], web: Web) -> None:
    for given in ("Basic ???", "Basic /w==", "Basic", "Digest x", f"Basic {TOKEN}"):
        assert not Gate(web).admits(given)
    assert hashed == []


def test_who_guesses_pays_and_others_do_not(hashed: list[str], web: Web) -> None:
    clock = Clock()
    door = Gate(web, memory(clock))
    guesses = [outcome(door, basic("prometheus", f"g{n}"), "a guesser") for n in range(40)]
    assert guesses == [False] * 3 + [None] * 37
    assert door.admits(basic("prometheus", "right"), "somebody else")
    clock.now += 1.0
    assert outcome(door, basic("prometheus", "g40"), "a guesser") is False
    assert outcome(door, basic("prometheus", "g41"), "a guesser") is None
    assert len(hashed) == 5


def test_many_who_guess_are_held_together(hashed: list[str], web: Web) -> None:
    clock = Clock()
    door = Gate(web, memory(clock))
    for second in range(10):
        for n in range(40):
            outcome(door, basic("prometheus", f"{second}.{n}"), f"192.0.2.{n}")
        clock.now += 1.0
    assert len(hashed) <= 5 + 5 * 10


def test_who_speaks_for_many_pays_with_all_others_only(hashed: list[str], web: Web) -> None:
    door = Gate(web, memory(Clock()))
    guesses = [outcome(door, basic("prometheus", f"g{n}"), None) for n in range(9)]
    assert guesses == [False] * 5 + [None] * 4


def test_who_was_let_in_once_is_let_in_whoever_guesses(hashed: list[str], web: Web) -> None:
    door = Gate(web, memory(Clock()))
    assert door.admits(basic("prometheus", "right"), "x")
    for n in range(40):
        outcome(door, basic("prometheus", f"g{n}"), "x")
        assert door.admits(basic("prometheus", "right"), "x")
        assert door.admits(f"Bearer {TOKEN}", "x")
    assert hashed.count("right") == 1


def test_a_scraper_with_an_old_password_costs_one_hash(hashed: list[str], web: Web) -> None:
    door = Gate(web, memory(Clock()))
    assert {outcome(door, basic("prometheus", "old"), "x") for _ in range(40)} == {False}
    assert hashed == ["old"]
    assert door.admits(basic("prometheus", "right"), "x")


def test_what_was_let_in_is_known_by_a_keyed_digest_only(hashed: list[str], web: Web) -> None:
    door = Gate(web)
    given = basic("prometheus", "right")
    assert door.admits(given)
    held = b"".join([*door.memory.right._held, *door.memory.wrong._held])
    assert len(held) == 32
    pair = base64.b64decode(given.removeprefix("Basic "))
    for plain in (pair, given.removeprefix("Basic ").encode(), b"right"):
        assert plain not in held
        assert hashlib.sha256(plain).digest() != held
    again = Gate(web)
    again.admits(given)
    assert [*again.memory.right._held] != [held]
    assert door.memory.key.hex() not in repr(door.memory)


def test_a_reload_keeps_who_is_known_and_the_pace(hashed: list[str], web: Web) -> None:
    door = Gate(web, memory(Clock()))
    assert door.admits(basic("prometheus", "right"), None)
    for n in range(9):
        outcome(door, basic("prometheus", f"g{n}"), None)
    with PageServer("127.0.0.1:0", {}, web) as server:
        server.gate = door
        server.use(web)
        assert server.gate is not door
        assert server.gate.admits(basic("prometheus", "right"), None)
        assert outcome(server.gate, basic("prometheus", "g10"), None) is None


def test_a_password_that_was_changed_lets_nobody_in(hashed: list[str], web: Web) -> None:
    door = Gate(web)
    assert door.admits(basic("prometheus", "right"))
    for users in ({"prometheus": line_of("new")}, {"other": line_of("too")}, {}):
        later = Gate(Web(tokens=TOKENS, users=users), door.memory)
        assert not later.admits(basic("prometheus", "right"))


def test_the_same_password_asked_in_a_crowd_is_hashed_once(hashed: list[str], web: Web) -> None:
    door, seen = Gate(web, memory(Clock())), []
    crowd = [
        threading.Thread(target=lambda: seen.append(door.admits(basic("other", "too"), "x")))
        for _ in range(20)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert seen == [True] * 20
    assert hashed == ["too"]


def test_wrong_passwords_are_told_to_wait_while_right_ones_pass(
    serve: Serve, client: Connect, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    web = Web(tokens=TOKENS, users={"prometheus": password_line("right")})
    server = serve(web=web)
    server.gate = Gate(web, memory(Clock()))

    def asked(authorization: str) -> bytes:
        asking = client(server)
        said = f"GET /hello HTTP/1.1\r\nAuthorization: {authorization}\r\n\r\n"
        asking.say(said.encode())
        reply: bytes = asking.said()
        return reply

    assert asked(basic("prometheus", "right")).startswith(b"HTTP/1.0 200")
    told = [asked(basic("prometheus", f"secret guess {n}")) for n in range(9)]
    assert [reply[9:12] for reply in told] == [b"401"] * 4 + [b"429"] * 5
    assert b"Retry-After: " in told[-1]
    assert asked(basic("prometheus", "right")).startswith(b"HTTP/1.0 200")
    assert asked(f"Bearer {TOKEN}").startswith(b"HTTP/1.0 200")
    assert asked("Bearer a secret guess").startswith(b"HTTP/1.0 401")
    assert asked("").startswith(b"HTTP/1.0 401")
    assert asked("Digest x").startswith(b"HTTP/1.0 401")
    assert server.counts.failures.read() == {
        "missing": 1, "token": 1, "password": 4, "other": 1, "too_many": 5
    }  # fmt: skip
    # One line for all of them, of the address alone.
    (line,) = caplog.messages
    assert "127.0.0.1 was not let in" in line
    for secret in ("secret", "prometheus", base64.b64encode(b"prometheus:secret").decode()[:16]):
        assert secret not in caplog.text


def test_a_sentence_is_told_once_in_a_while_with_how_many_were_kept_back() -> None:
    clock = Clock()
    telling = Sparingly(60, clock)
    assert telling.told("a") == "a"
    assert [telling.told("b") for _ in range(3)] == [None] * 3
    clock.now = 60
    assert telling.told("c") == "c (3 more since it was last told)"
    clock.now = 120
    assert telling.told("d") == "d"


def test_a_pace_forgets_the_key_that_was_longest_unused() -> None:
    pace = Pace(1, 0.0, Clock())
    assert [pace.take("a"), pace.take("a")] == [True, False]
    for n in range(5000):
        pace.take(str(n))
    assert len(pace._held) == 4096
    assert pace.take("a")
