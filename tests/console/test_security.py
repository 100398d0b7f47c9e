"""Who gets in, who is kept out, and what no other site can have a browser do."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from detector.cases.record.store import SYSTEM, Store
from detector.cases.team import people

WORDS = "a horse in a battery"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def test_login_leads_to_the_queue_and_the_cookie_is_for_this_host_only(browser: Any) -> None:
    done = browser.login()
    assert (done.status, done.headers["Location"]) == (303, "/queue")
    told = done.headers["Set-Cookie"].split("; ")
    assert told[0].startswith("__Host-enduse=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(told)
    assert "Domain" not in done.headers["Set-Cookie"]
    assert browser.get("/queue").status == 200


@pytest.mark.parametrize("path", ["/login", "/queue", "/nothing", "/static/none.css"])
def test_every_page_has_every_header(browser: Any, path: str) -> None:
    headers = browser.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"


def test_without_a_session_every_page_leads_to_the_login_and_back(browser: Any) -> None:
    sent = browser.get("/queue?tab=mine&size=3")
    assert sent.status == 303
    assert sent.headers["Location"] == "/login?next=/queue%3Ftab%3Dmine%26size%3D3"
    assert browser.login(then="/queue?tab=mine").headers["Location"] == "/queue?tab=mine"


@pytest.mark.parametrize(
    "then", ["//example.org/", "https://example.org", "/\\example.org", "/a\r\nX: y", "/é", ""]
)
def test_login_leads_nowhere_else(browser: Any, then: str) -> None:
    assert browser.login(then=then).headers["Location"] == "/queue"


def test_the_front_page_leads_to_the_queue_and_metrics_stay(browser: Any) -> None:
    assert browser.get("/").headers["Location"] == "/queue"
    assert browser.get("/metrics").text.startswith("enduse_up 1\n")
    assert browser.get("/healthz").status == 200
    assert browser.get("/nothing").status == 404
    assert browser.ask("POST", "/queue", b"").status == 405


def test_a_wrong_password_and_an_unknown_name_are_told_the_same(
    browser: Any, another: Callable[..., Any]
) -> None:
    wrong, unknown = browser.login("ann", "wrong words here"), another().login("eve", WORDS)
    assert wrong.status == unknown.status == 403
    assert "do not belong together" in wrong.text
    for got in (wrong, unknown):
        got.text = got.text.replace(got.token(), "").replace("ann", "").replace("eve", "")
    assert wrong.text == unknown.text


def test_who_is_not_let_in_is_counted_and_told_without_what_he_gave(
    browser: Any, another: Callable[..., Any], caplog: Any
) -> None:
    browser.login("ann", "wrong words here")
    another({"Authorization": "Bearer no-token-of-these"}).get("/api/v1/cases")
    for _ in range(6):
        another().login("eve", WORDS)
    text = browser.get("/metrics").text
    for reason, count in (("password", 5), ("token", 1), ("too_many", 2), ("missing", 0)):
        assert f'enduse_authentication_failures_total{{reason="{reason}"}} {count}.0\n' in text
    (line,) = (told for told in caplog.messages if "was not let in" in told)
    assert "127.0.0.1" in line
    for secret in ("wrong words", "ann", "no-token-of-these"):
        assert secret not in line


def test_under_a_strangers_name_no_page_answers(another: Callable[..., Any]) -> None:
    strange = another({"Host": "stranger.example", "Sec-Fetch-Site": "same-origin"})
    for method, path in (("GET", "/"), ("GET", "/login"), ("POST", "/login"), ("GET", "/queue")):
        got = strange.ask(method, path, b"" if method == "POST" else None)
        assert got.status == 421, path
        assert got.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert strange.cookie is None


def test_a_session_id_that_was_there_before_the_login_is_never_the_sessions(
    browser: Any, another: Callable[..., Any]
) -> None:
    thief = another()
    thief.get("/login")
    fixed = browser.cookie = thief.cookie
    browser.login()
    assert browser.cookie != fixed
    assert thief.get("/queue").status == 303
    before = browser.cookie
    browser.post("/login", {"form_token": browser.get("/queue").token(), "name": "ann",
                            "password": WORDS})  # fmt: skip
    assert browser.cookie != before
    assert browser.get("/queue").status == 200
    thief.cookie = before
    assert thief.get("/queue").status == 303


def test_a_cookie_is_worth_nothing_after_the_logout(
    browser: Any, another: Callable[..., Any]
) -> None:
    browser.login()
    thief = another()
    thief.cookie = browser.cookie
    assert thief.get("/queue").status == 200
    done = browser.post("/logout", {"form_token": browser.get("/queue").token()})
    assert (done.status, done.headers["Location"], browser.cookie) == (303, "/login", None)
    assert thief.get("/queue").status == 303


def test_a_session_ends_with_its_person_and_with_time(
    browser: Any, another: Callable[..., Any], store: Store, clock: Any
) -> None:
    browser.login()
    for _ in range(3):
        clock.go(20)
        assert browser.get("/queue").status == 200
    clock.go(31)
    assert browser.get("/queue").status == 303
    browser.login()
    with store.writing(clock.now) as tx:
        people.deactivate(tx, SYSTEM, "ann")
    assert browser.get("/queue").status == 303


ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://example.org"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "https://example.org"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Sec_Fetch_Site": "same-origin"},
    {},
]


@pytest.mark.parametrize("headers", ELSEWHERE)
def test_no_form_from_elsewhere_is_taken_though_its_token_is_right(
    browser: Any, another: Callable[..., Any], headers: dict[str, str]
) -> None:
    browser.login()
    token = browser.get("/queue").token()
    strange = another(headers)
    strange.cookie = browser.cookie
    assert strange.post("/logout", {"form_token": token}).status == 403
    assert browser.get("/queue").status == 200
    visitor = another()
    token = visitor.get("/login").token()
    strange.cookie = visitor.cookie
    fields = {"form_token": token, "name": "ann", "password": WORDS}
    assert strange.post("/login", fields).status == 403


def test_an_old_browser_that_says_only_its_origin_is_taken(port: int, browser: Any) -> None:
    browser.headers = {"Origin": f"http://127.0.0.1:{port}"}
    assert browser.login().status == 303


def test_no_form_without_the_very_sessions_token_is_taken(
    browser: Any, another: Callable[..., Any]
) -> None:
    browser.login()
    other = another()
    other.login("cora")
    for token in ("", "x", "é", other.get("/queue").token()):
        assert browser.post("/logout", {"form_token": token}).status == 403
    assert browser.get("/queue").status == 200


def test_a_link_from_another_site_goes_on_with_the_cookie_that_stayed_away(browser: Any) -> None:
    led = browser.get("/queue?tab=mine", Sec_Fetch_Site="cross-site")
    assert led.status == 200
    assert 'content="0; url=/queue?tab=mine"' in led.text
    assert "Set-Cookie" not in led.headers
    for place in ("//example.org/", "/%2fexample.org", "/?//example.org;'"):
        away = browser.get(place, Sec_Fetch_Site="cross-site").text
        assert "url=//" not in away
        assert "url=/" in away


def test_a_person_whose_roles_do_not_reach_is_told_which_would(browser: Any) -> None:
    browser.login("cora")
    got = browser.get("/queue")
    assert got.status == 403
    assert "cora has admin" in got.text


def test_many_tries_are_told_to_wait_and_get_in_after_it(browser: Any, clock: Any) -> None:
    statuses = [browser.login("ann", "wrong words here").status for _ in range(40)]
    assert statuses == [403] * 5 + [429] * 35
    refused = browser.login()
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    clock.go(1.01)
    assert browser.login().status == 303


def test_a_large_body_and_many_parts_are_refused_and_the_pages_go_on(browser: Any) -> None:
    browser.login()
    kind = "application/x-www-form-urlencoded"
    assert browser.ask("POST", "/logout", b"x" * 4_000_000, Content_Type=kind).status == 413
    with suppress(ConnectionError):
        # Who sends more than the server waits for may be hung up on before the reply.
        assert browser.ask("POST", "/logout", b"x" * 10_000_000, Content_Type=kind).status == 413
    many = b"&".join(b"a=1" for _ in range(10_000))
    assert browser.ask("POST", "/logout", many, Content_Type=kind).status == 413
    part = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    body = part * 10_000 + b"--b--\r\n"
    kind = "multipart/form-data; boundary=b"
    assert browser.ask("POST", "/logout", body, Content_Type=kind).status == 413
    assert browser.get("/queue").status == 200


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/queue?tab=%ff%fe", b"", ""),
        ("/queue?size=-1", b"", ""),
        ("/queue?after=99999999999999999999.x", b"", ""),
        ("/queue?after=1.C'--", b"", ""),
        ("/queue?account=%00%27%20OR%201=1", b"", ""),
        ("/%2e%2e/%2e%2e/etc/passwd", b"", ""),
        ("/static/../../app.py", b"", ""),
        ("/logout", b"\xff\xfe%", "application/x-www-form-urlencoded"),
        ("/logout", b"--b", "multipart/form-data; boundary=b"),
        ("/logout", b"", "multipart/form-data"),
        ("/logout", b"{}", "application/json"),
    ],
)
def test_hostile_requests_are_refused_and_never_fail(
    browser: Any, path: str, body: bytes, kind: str
) -> None:
    browser.login()
    method = "POST" if kind else "GET"
    got = browser.ask(method, path, body or None, **({"Content_Type": kind} if kind else {}))
    assert got.status < 500
    assert browser.get("/queue").status == 200


def test_pages_answer_while_another_holds_the_writers_lock(
    browser: Any, store: Store, clock: Any
) -> None:
    browser.login()
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with store.writing(clock.now):
            held.set()
            done.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    try:
        assert browser.get("/queue").status == 200
    finally:
        done.set()
        thread.join()


def test_style_and_script_are_kept_for_good_under_a_name_of_their_content(browser: Any) -> None:
    page = browser.get("/login").text
    places = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(places) == 3
    for place in places:
        got = browser.get(place)
        assert got.status == 200
        assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert got.headers["Content-Type"].startswith(("text/css", "text/javascript"))
        assert "Set-Cookie" not in got.headers


def test_a_person_changes_his_password_and_his_other_sessions_end(
    browser: Any, another: Callable[..., Any], clock: Any
) -> None:
    browser.login()
    other = another()
    other.login()
    token, new = browser.get("/me").token(), WORDS[::-1]

    def changed(old: str, password: str, again: str) -> int:
        fields = {"form_token": token, "old": old, "password": password, "again": again}
        status: int = browser.post("/me/password", fields).status
        return status

    assert changed("wrong words here", new, new) == 403
    assert changed(WORDS, new, new + "x") == 403
    assert changed(WORDS, "short", "short") == 403
    assert changed(WORDS, new, new) == 429
    clock.go(1.01)
    assert changed(WORDS, new, new) == 303
    assert browser.get("/me").status == 200
    assert other.get("/me").status == 303
    assert other.login("ann", WORDS).status == 403
    assert other.login("ann", new).status == 303


def test_a_browser_that_keeps_no_cookie_is_told_why_it_cannot_enter(browser: Any) -> None:
    token = browser.get("/login").token()
    browser.cookie = None
    got = browser.post("/login", {"form_token": token, "name": "ann", "password": WORDS})
    assert got.status == 403
    assert "sent no cookie" in got.text
