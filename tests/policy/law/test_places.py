"""Rules about headquarters and served places, and the class of a chip by its day."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from tests.policy.law.world import Asking, account, hours, queued, said, tokens


def test_headquarters_are_asked_of_who_uses_controlled_computing(ask: Asking) -> None:
    found = ask(
        accounts=[
            account("seat", hq_country="CN"),
            account("parent", hq_country="SG", ultimate_parent_name="Mirfonda",
                    ultimate_parent_hq_country="CN"),
            account("clear", hq_country="SG"),
            account("half", hq_country="SG", ultimate_parent_name="Mirfonda"),
            account("silent"),
            account("small", hq_country="CN"),
        ],
        usage=[
            *(hours(name) for name in ("seat", "parent", "clear", "half", "silent")),
            hours("small", "t3.large"),
        ],
    )  # fmt: skip
    assert said(found, "EAR-HQ") == {
        "seat": "match", "parent": "match", "clear": "clear", "half": "unknown",
        "silent": "unknown",
    }  # fmt: skip
    assert queued(found) == {"seat", "parent"}


def test_terms_serve_customers_in_listed_places(ask: Asking) -> None:
    found = ask(
        accounts=[account("cn", declared_country="CN"), account("sg"),
                  account("none", declared_country=None), account("unused", declared_country="CN")],
        model_usage=[tokens("cn"), tokens("sg"), tokens("none")],
    )  # fmt: skip
    assert said(found, "ANT-REGION") == {"cn": "match", "sg": "clear", "none": "unknown"}


def test_the_same_model_at_another_seller_is_another_rule(ask: Asking) -> None:
    model = "anthropic.claude-sonnet-4-20250514-v1:0"
    found = ask(accounts=[account("a", declared_country="CN")], model_usage=[tokens("a", model)])
    assert not said(found, "ANT-REGION")
    # What the seller's own terms say is not verified: a question.
    assert said(found, "BEDROCK-CLAUDE") == {"a": "inquire"}


def test_a_place_of_use_asks_weakly_and_never_queues(ask: Asking) -> None:
    seen = [
        {"account_id": "a", "time": f"2026-03-0{day}T10:00:00Z", "class_uid": 6003,
         "operation": "InvokeModel",
         "actor_uid": "u", "src_country": "CN"}
        for day in (3, 4, 5)
    ]  # fmt: skip
    found = ask(accounts=[account("a")], model_usage=[tokens("a")], events=seen)
    rows = found.policy.filter(pl.col("rule") == "ANT-REGION")
    told = {row["role"]: (row["outcome"], row["strength"]) for row in rows.to_dicts()}
    assert told["place of use"] == ("inquire", "weak")
    assert not queued(found)


def test_a_chip_is_in_the_class_of_its_day(ask: Asking) -> None:
    """An A800 was in no class before 2023-11-17: nobody who used one is asked then."""
    told = {"accounts": [account("a", hq_country="CN")]}
    for day, expected in (("2023-06-01", {}), ("2023-11-20", {"a": "match"})):
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC, hour=23)
        found = ask(
            as_of=moment,
            usage=[{**hours("a", "A800", day), "SkuMeter": "NVIDIA A800 80GB GPU hour"},
                   hours("Bystander", "t3.large", day)],
            **{**told, "accounts": [{**told["accounts"][0], "created_at": "2023-01-01T00:00:00Z"}]},
        )  # fmt: skip
        assert said(found, "EAR-HQ") == expected
