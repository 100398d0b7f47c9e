"""A folder of one's own packs: it replaces by id, and says who verified."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from detector.errors import PackError, UsageError
from detector.policy.packs import Packs, load_packs

Folder = Callable[..., Path]
ON = date(2026, 11, 28)


def confirmed(packs: Packs) -> str:
    """The Affiliates Rule as somebody who read a source would write it."""
    text = Path(packs["us-ear-affiliates"].place).read_text()
    text = text.replace('status = "verified"', 'status = "verified"\nverified_by = "A. Counsel"')
    return text.replace(
        'status = "unverified"\nsource = "90 FR 50857: the stay ends 2026-11-09 absent an '
        'extension"',
        'status = "verified"\nverified_by = "A. Counsel"\nsource = "91 FR 99999"',
    )


def test_a_pack_replaces_the_one_of_its_id_and_no_other(packs: Packs, folder: Folder) -> None:
    assert not packs.state("EAR-50", ON).verified
    book = load_packs(folder(anything=confirmed(packs)))
    found = book.state("EAR-50", ON)
    assert (found.state, found.verified, found.source) == ("in_force", True, "91 FR 99999")
    assert set(book.by_id) == set(packs.by_id)
    changed = {name for name, sha in book.hashes().items() if packs.hashes()[name] != sha}
    assert changed == {"us-ear-affiliates"}


def test_a_copy_of_what_ships_needs_a_name_for_what_it_calls_verified(
    packs: Packs, folder: Folder
) -> None:
    text = Path(packs["us-ear-affiliates"].place).read_text()
    with pytest.raises(PackError, match="verified_by is missing"):
        load_packs(folder(copy=text))


def test_a_pack_is_pinned_by_the_bytes_of_its_file(folder: Folder, own: str) -> None:
    book = load_packs(folder(own=own))
    assert book.hashes()["own"] == hashlib.sha256(own.encode()).hexdigest()


def test_the_version_is_the_day_of_reading_where_none_is_written(folder: Folder, own: str) -> None:
    pack = load_packs(folder(own=own))["own"]
    assert {fact.checked for _, fact in pack.facts()} == {date(2026, 1, 31)}


def test_what_if_supposes_a_state_of_a_rule_or_of_a_pack(packs: Packs) -> None:
    supposed = packs.supposing({"EAR-50": "ended", "proposals": "in_force"})
    assert supposed.state("EAR-50", ON).state == "ended"
    for rule in packs["proposals"].rules:
        assert supposed.state(rule.id, ON).state == "in_force"
        assert supposed.state(rule.id, ON).supposed
    assert packs.state("EAR-50", ON).state == "in_force"
    assert supposed.hashes() == packs.hashes()


@pytest.mark.parametrize("asked", [{"NOBODY": "ended"}, {"EAR-50": "maybe"}, {"EAR-50": ""}])
def test_what_if_of_nothing_known_is_a_mistake(packs: Packs, asked: dict[str, str]) -> None:
    with pytest.raises(UsageError, match=r"there is no pack|expected one of"):
        packs.supposing(asked)


def test_a_pack_with_many_rules_asks_which(packs: Packs) -> None:
    with pytest.raises(LookupError, match="name one of them: RF-21"):
        packs["us-ear-redflags"].state(ON)
    with pytest.raises(LookupError, match="has no rule"):
        packs["us-ear-redflags"].state(ON, "RF-99")
