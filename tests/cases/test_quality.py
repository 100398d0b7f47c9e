"""Figures of how people judge, beside a reference that shares no code with them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest

from detector.cases.errors import Refused
from detector.cases.measuring.judged import golden_lower, quality_of, shown_to, week_of
from detector.cases.measuring.quality import ENOUGH, First, Said, Two, quality
from detector.cases.measuring.ratios import kappa, ratio
from detector.cases.record.moments import text_of
from detector.cases.record.store import SYSTEM, Store
from tests.cases.planted import ANN, CEM, HAL, IDA, NOW, plant
from tests.examples import first

PEOPLE = ("ann", "bob", "cem")
WORDS = ("confirmed_proxy", "confirmed_victim", "cleared", "unresolved")


def history(seed: int) -> list[dict[str, Any]]:
    """Cases of a made history, each with what was judged of it."""
    draw = np.random.default_rng(seed)
    days = np.sort(draw.uniform(0, 60 if seed % 2 else 20, 40 + 30 * seed))
    cases = []
    for number, day in enumerate(days):
        first, second = draw.permutation(PEOPLE)[:2]
        word = str(draw.choice(WORDS, p=(0.5, 0.1, 0.3, 0.1)))
        kind = str(draw.choice(("account", "golden", "training"), p=(0.8, 0.15, 0.05)))
        at = NOW - timedelta(days=60) + timedelta(days=float(day))
        told = [{"person": first, "round": "1", "outcome": word, "at": at, "revealed": 0}]
        if draw.random() < 0.2:
            told.append(told[0] | {
                "outcome": str(draw.choice(WORDS)), "at": at + timedelta(minutes=3),
                "revealed": 1, "amends": 0,
            })  # fmt: skip
        if draw.random() < 0.1:
            told[-1]["undone"] = 1
            if draw.random() < 0.5 and len(told) == 1:
                told.append(told[0] | {
                    "outcome": str(draw.choice(WORDS)), "at": at + timedelta(minutes=5),
                    "revealed": 1, "undone": 0,
                })  # fmt: skip
        if draw.random() < 0.6:
            same = draw.random() < 0.7
            told.append({
                "person": second, "round": "2" if word == WORDS[0] else "qa",
                "outcome": word if same else str(draw.choice(WORDS)),
                "at": at + timedelta(hours=1), "revealed": 0,
            })  # fmt: skip
        for one in told:
            one["active_seconds"] = float(draw.choice((0, draw.uniform(5, 900)), p=(0.1, 0.9)))
            one["open_seconds"] = one["active_seconds"] + 30.0
        cases.append({
            "case": f"C-{number:04}", "kind": kind, "told": told,
            "queue": str(draw.choice(("proxy", "victim", "other"), p=(0.7, 0.2, 0.1))),
            "truth": str(draw.choice(WORDS)) if draw.random() < 0.5 else word,
        })  # fmt: skip
    return cases


def keep(store: Store, cases: list[dict[str, Any]]) -> None:
    """Write a history as events, in the order in which things were said."""
    with store.writing(NOW) as tx:
        for case in cases:
            plant(tx, case["case"], kind=case["kind"], queue=case["queue"])
            if case["kind"] == "golden":
                row = {"served_as": case["case"], "truth": case["truth"], "of_case": "C-0",
                       "of_settlement": 1, "weeks": 20}  # fmt: skip
                tx.record("golden.drawn", SYSTEM, "system", put=[("golden", row)])
        said = [(one["at"], case, one) for case in cases for one in case["told"]]
        ids: dict[str, int] = {}
        for _, case, one in sorted(said, key=lambda row: row[0]):
            amends = ids.get(case["case"]) if "amends" in one else None
            ids[case["case"]] = tx.record(
                "judgement.stored", SYSTEM, "system", case["case"], put=[("judgements", {
                    "judgement_id": "@seq", "case_id": case["case"], "case_version": 1,
                    "snapshot": "", "step": "none", "codes": "[]", "note": "n", "reopened": 0,
                    "undone": 0, "queue": case["queue"], **one, "at": text_of(one["at"]),
                    "amends": amends,
                })],
            )  # fmt: skip


def last(rows: list[tuple[datetime, Any]]) -> list[Any]:
    """The last hundred, or those of 28 days where they are more."""
    rows = sorted(rows, key=lambda row: row[0], reverse=True)
    recent = [row for row in rows if row[0] >= NOW - timedelta(days=28)]
    return [value for _, value in (recent if len(recent) > 100 else rows[:100])]


def reference(cases: list[dict[str, Any]], person: str | None) -> dict[str, Any]:
    """The same figures by NumPy, written from their definitions alone."""
    mine = lambda *who: person is None or person in who  # noqa: E731
    firsts, pairs, golden, opened = [], [], [], []
    for case in cases:
        ones = [t for t in case["told"] if t["round"] == "1"]
        blind, stand = ones[0], [t for t in ones if not t.get("undone")]
        others = [t for t in case["told"] if t["round"] != "1"]
        if case["kind"] == "golden":
            golden += [
                (t["at"], t["outcome"] == case["truth"])
                for t in [*stand[:1], *others] if mine(t["person"])
            ]  # fmt: skip
        if case["kind"] != "account" or not stand:
            continue
        if mine(blind["person"]):
            firsts.append((stand[0]["at"], (case["queue"], stand[0])))
            opened.append((blind["at"], blind["outcome"] != stand[-1]["outcome"]))
        pairs += [
            (t["at"], (stand[0]["outcome"], t["outcome"]))
            for t in others if mine(t["person"], blind["person"])
        ]  # fmt: skip
    kept = last(firsts)
    fits = [
        one["outcome"] == f"confirmed_{queue}"
        for queue, one in kept
        if queue in ("proxy", "victim")
    ]
    seconds = [one["active_seconds"] or one["open_seconds"] for _, one in kept]
    return {
        "n": len(kept), "fits": fits, "seconds": float(np.median(seconds)), "pairs": last(pairs),
        "golden": last(golden), "changed": last(opened),
    }  # fmt: skip


def wilson(values: list[bool]) -> tuple[float, float]:
    from scipy.stats import binomtest

    found = binomtest(int(np.sum(values)), len(values)).proportion_ci(method="wilson")
    return found.low, found.high


def cohen(pairs: list[tuple[str, str]]) -> tuple[float, float]:
    """Kappa and its standard error by the delta method, numerically, from the table of pairs."""
    table = np.array([[sum(p == (a, b) for p in pairs) for b in WORDS] for a in WORDS], float)
    n = table.sum()

    def value(p: np.ndarray) -> float:
        chance = (p.sum(0) * p.sum(1)).sum() / p.sum() ** 2
        return (np.trace(p) / p.sum() - chance) / (1 - chance)

    share, step = table / n, 1e-6
    slope = np.zeros_like(share)
    for at in np.ndindex(share.shape):
        moved = np.zeros_like(share)
        moved[at] = step
        slope[at] = (value(share + moved) - value(share - moved)) / (2 * step)
    spread = (share * slope**2).sum() - (share * slope).sum() ** 2
    return value(share), float(np.sqrt(spread / n))


@pytest.mark.parametrize("seed", first(range(10), 4))
def test_figures_are_those_of_a_reference(store: Store, seed: int) -> None:
    cases = history(seed)
    keep(store, cases)
    with store.reading() as connection:
        for person in (None, *PEOPLE):
            found, want = quality_of(connection, NOW, person), reference(cases, person)
            assert found.judgements == want["n"]
            for one, values in (
                (found.agreement, want["fits"]), (found.golden, want["golden"]),
                (found.changed, want["changed"]), (found.pairs, [a == b for a, b in want["pairs"]]),
            ):  # fmt: skip
                assert (one.k, one.n) == (sum(values), len(values))
                if values:
                    assert (one.low, one.high) == pytest.approx(wilson(values), abs=1e-12)
            assert found.override.k == found.agreement.n - found.agreement.k
            assert found.median_seconds == want["seconds"]
            if found.kappa is not None:
                value, error = cohen(want["pairs"])
                assert found.kappa.value == pytest.approx(value)
                half = 1.959963984540054 * error
                assert found.kappa.low == pytest.approx(max(-1, value - half), abs=1e-6)
                assert found.kappa.high == pytest.approx(min(1, value + half), abs=1e-6)


def firsts(count: int, fitting: int, seconds: float = 300.0) -> list[First]:
    at = text_of(NOW)
    return [
        First(at, "proxy", "confirmed_proxy" if n < fitting else "cleared", seconds)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("said", "rings"),
    [
        (Said(firsts(100, 98)), ("agreement_high",)),
        (Said(firsts(100, 97)), ()),
        (Said(firsts(100, 2)), ("agreement_low",)),
        (Said(firsts(100, 3)), ()),
        (Said(firsts(30, 15, 59.0)), ("fast",)),
        (Said(firsts(30, 15, 60.0)), ()),
        (Said(firsts(29, 29, 5.0)), ()),
        (Said(firsts(30, 15), golden=[Two("", "a", "b")] * 4 + [Two("", "a", "a")]), ("golden",)),
        (Said(firsts(30, 15), golden=[Two("", "a", "b")] * 2 + [Two("", "a", "a")] * 3), ()),
        (Said(firsts(29, 15), golden=[Two("", "a", "b")] * 20), ()),
        (Said(pairs=[Two("", a, b) for a in "ab" for b in "ab"] * 20), ("kappa",)),
        (Said(pairs=[Two("", a, b) for a in "ab" for b in "ab"] * 7), ()),
    ],
)  # fmt: skip
def test_an_alarm_rings_beyond_its_bar_and_of_enough_judgements_only(said, rings) -> None:
    assert quality(said, text_of(NOW)).alarms == rings


def test_figures_of_few_say_so() -> None:
    few = quality(Said(firsts(ENOUGH - 1, 10)), text_of(NOW))
    assert {"agreement", "kappa", "median_seconds", "golden"} <= set(few.too_few)
    assert "agreement" not in quality(Said(firsts(ENOUGH, 10)), text_of(NOW)).too_few


def test_nothing_judged_has_no_figures_and_chance_that_always_agrees_no_kappa() -> None:
    none = quality(Said(), text_of(NOW))
    assert none.agreement == ratio(0, 0) == none.golden
    assert none.median_seconds is None
    assert none.kappa is None
    assert kappa([("a", "a")] * 9) is None


def test_reviewers_see_their_own_figures_leads_and_auditors_all(store: Store) -> None:
    keep(store, history(3))
    with store.reading() as connection:
        assert [one.person for one in shown_to(connection, ANN, NOW)] == ["ann"]
        assert [one.person for one in shown_to(connection, CEM, NOW)] == [None, *PEOPLE]
        assert [one.person for one in shown_to(connection, HAL, NOW)] == [None, *PEOPLE]
        with pytest.raises(Refused):
            shown_to(connection, IDA, NOW)


def test_figures_move_for_whoever_judges_once_a_week_only(store: Store) -> None:
    keep(store, history(3))
    late = {
        "case": "C-9", "kind": "account", "queue": "proxy", "truth": "",
        "told": [{"person": "ann", "round": "1", "outcome": "cleared", "revealed": 0,
                  "at": NOW, "active_seconds": 9.0, "open_seconds": 9.0}],
    }  # fmt: skip
    with store.reading() as connection:
        before = shown_to(connection, ANN, NOW)
        live = quality_of(connection, NOW, "ann")
    keep(store, [late])
    now = NOW + timedelta(days=1)
    assert week_of(NOW) == week_of(now)
    with store.reading() as connection:
        assert shown_to(connection, ANN, now) == before
        assert shown_to(connection, ANN, now + timedelta(days=7)) != before
        assert quality_of(connection, now, "ann") != live


def test_the_golden_bound_of_a_person_is_of_his_own_golden_cases(store: Store) -> None:
    cases = history(4)
    keep(store, cases)
    with store.reading() as connection:
        assert golden_lower(connection, "ann") == pytest.approx(
            wilson(reference(cases, "ann")["golden"])[0]
        )
        assert golden_lower(connection, "nobody") is None


def test_outcomes_that_fit_a_queue_are_outcomes() -> None:
    from detector.cases.deciding.states import OUTCOMES
    from detector.cases.measuring.quality import FITS

    assert set(FITS.values()) <= set(OUTCOMES)
