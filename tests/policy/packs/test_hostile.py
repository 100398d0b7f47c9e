"""A file that means harm, or only slipped: refused with file, line and what to do."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.errors import PackError, UsageError
from detector.policy.packs import load_packs
from detector.policy.packs.reading import MOST_BYTES, MOST_LINE, read_pack

Folder = Callable[..., Path]
OWN = Path(__file__).with_name("own.toml").read_text()
HEAD = OWN[: OWN.index("[rule]")]
RULE = OWN[OWN.index("[rule]") : OWN.index("[[interval]]")]
INTERVALS = OWN[OWN.index("[[interval]]") :]


def changed(old: str, new: str, text: str = OWN) -> bytes:
    assert old in text
    return text.replace(old, new, 1).encode()


#: What is read, on which line it is refused (None: somewhere), and what the sentence says.
PAYLOADS: dict[str, tuple[bytes, int | None, str]] = {
    # Bytes that are no pack.
    "nothing": (b"", 1, "schema"),
    "a page of HTML": (b"<!DOCTYPE html><html>", 1, "not TOML"),
    "zeros": (b"\x00" * 4096, 1, ""),
    "latin-1": (changed("a contract", "Vertrag über X").decode().encode("latin-1"), 5, "UTF-8"),
    "utf-16": (OWN.encode("utf-16"), 1, "UTF-8"),
    "a lone surrogate": (b'schema = 1\nid = "\xed\xa0\x80"\n', 2, "UTF-8"),
    "cut in a string": (OWN.encode()[:40], None, "not TOML"),
    "cut in a table": (OWN.encode()[: OWN.index("to = 2026-07-01") + 5], None, "not TOML"),
    "json": (b'{"schema": 1}', 1, "not TOML"),
    "a zip": (b"PK\x03\x04" + bytes(range(256)), 2, ""),
    # Size and depth.
    "too large": (b"# " + b"x\n#" * MOST_BYTES, 1, "bytes"),
    "a long line": (b"schema = 1\n# " + b"x" * MOST_LINE, 2, "characters"),
    "deep arrays": (b"a = " + b"\n".join([b"[" * 2000] * 20), 1, "not a pack"),
    "deep tables": (b"a = " + b"{a=" * 800, 1, ""),
    "a key of a thousand parts": (b".".join([b"a"] * 1200) + b" = 1", 1, "unknown key"),
    "a number of two thousand digits": (b"schema = " + b"9" * 2400, 1, "schema"),
    "ten thousand tables": (b"[[interval]]\n" * 19_000, 1, ""),
    "ten thousand unknown tables": (b"\n".join(b"[a%d.b]" % n for n in range(10_000)), 1, "a0"),
    "many rules": ((HEAD + RULE.replace("[rule]", "[[rule]]") * 201).encode(), 8, "200"),
    # The head.
    "no schema": (changed("schema = 1\n", ""), 1, "schema = 1"),
    "another schema": (changed("schema = 1", "schema = 2"), 1, "schema = 1"),
    "schema is text": (changed("schema = 1", 'schema = "1"'), 1, "schema = 1"),
    "schema is true": (changed("schema = 1", "schema = true"), 1, "schema = 1"),
    "schema is a float": (changed("schema = 1", "schema = 1.0"), 1, "schema = 1"),
    "no id": (changed('id = "own"\n', ""), None, "id is missing"),
    "id climbs": (changed('"own"', '"../../etc/passwd"'), 2, "id"),
    "id is empty": (changed('"own"', '""'), 2, "id"),
    "id is a list": (changed('"own"', '["own"]'), 2, "text in quotes"),
    "id is twice": (changed('id = "own"\n', 'id = "own"\nid = "own"\n'), 3, "not TOML"),
    "an unknown kind": (changed('"ownership"', '"ownerships"'), 4, "'list'"),
    "no instrument": (changed('instrument = "a contract"\n', ""), None, "instrument is missing"),
    "no such zone": (changed("Europe/Berlin", "Europe/Belrin"), 6, "America/New_York"),
    "a zone that climbs": (changed("Europe/Berlin", "../../../etc/passwd"), 6, "zone"),
    "a zone that is a folder": (changed("Europe/Berlin", "Europe/"), 6, "zone"),
    "a zone of zeros": (changed('"Europe/Berlin"', r'"Europe/\u0000"'), 6, "zone"),
    "an unknown key": (changed("zone =", "zonne ="), 6, "did you mean 'zone'"),
    "an unknown table": (changed("[[interval]]", "[[intervall]]"), 14, "did you mean 'interval'"),
    # Rules.
    "a rule of another kind": (changed('"ownership"', '"list"'), None, "unknown key"),
    "a rule that is text": (changed(RULE, 'rule = "x"\n'), 8, "rule"),
    "no rule": (changed(RULE, ""), 4, "no [rule]"),
    "a threshold above one": (changed('"0.5"', '"1.5"'), 11, "threshold"),
    "a threshold that is no text": (changed('"0.5"', "0.5"), 11, "text in quotes"),
    "a threshold in another script": (changed('"0.5"', '"٠.٥"'), 11, "threshold"),
    "a threshold of NaN": (changed('"0.5"', '"nan"'), 11, "threshold"),
    "compare is assignment": (changed('">="', '"="'), 12, "'>='"),
    "an owner list that is text": (changed('["EL"]', '"EL"'), 10, "list in brackets"),
    "two rules of one id": (
        (HEAD + RULE.replace("[rule]", "[[rule]]") * 2 + INTERVALS).encode(), 15, "another id",
    ),
    "regions of nobody": (
        changed('owners_on = ["EL"]', 'owners_outside = "atlantis"'), 10, "atlantis",
    ),
    "a red flag that matches": (
        changed('"ownership"', '"end_use"').replace(
            b'owners_on = ["EL"]\nthreshold = "0.5"\ncompare = ">="', b'at_most = "match"'
        ), 10, "inquire",
    ),
    # Intervals.
    "no interval": (changed(INTERVALS, ""), 8, "no [[interval]]"),
    "a day that is none": (changed("2026-01-01", "2026-02-30"), 15, "not TOML"),
    "a day in quotes": (changed("2026-01-01", '"2026-01-01"'), 15, "without quotes"),
    "a time for a day": (changed("2026-01-01", "2026-01-01T00:00:00Z"), 15, "date"),
    "no first day": (changed("from = 2026-01-01\n", ""), 14, "from is missing"),
    "it ends before it begins": (changed("to = 2026-07-01", "to = 2025-07-01"), 16, "not after"),
    "it ends as it begins": (changed("to = 2026-07-01", "to = 2026-01-01"), 16, "not after"),
    "two for a day": (changed("to = 2026-07-01", "to = 2026-07-02"), 22, "two tables"),
    "an unknown state": (changed('"in_force"', '"in-force"'), 17, "in_force"),
    "the state that no pack writes": (changed('"in_force"', '"not_yet_made"'), 17, "in_force"),
    "an unknown status": (changed('"verified"', '"sure"'), 18, "verified"),
    "a form of another kind": (changed('state = "in_force"', 'state = "in_force"\nform = "tpp"'),
                               18, "form"),
    "of another rule": (changed('state = "in_force"', 'state = "in_force"\nrule = "X"'), 18, "'X'"),
    # Facts.
    "verified without source": (changed('source = "the contract, page 3"\n', ""), 14, "unverified"),
    "verified with an empty source": (changed('"the contract, page 3"', '"  "'), 14, "unverified"),
    "unverified without source": (
        changed('source = "a letter that was announced"\n', ""), 22, "source is missing",
    ),
    "verified by nobody": (changed('verified_by = "A. Counsel"\n', ""), 14, "verified_by"),
    "verified by blanks": (changed('"A. Counsel"', '" "'), 14, "verified_by"),
    "read on no day": (changed('"2026-01-31"', '"first"'), 14, "checked = "),
    # Text that would turn a terminal or a reader.
    "bidi in the instrument": (changed("a contract", r"a \u202e contract"), 5, "invisible"),
    "bidi as it is": (changed("a contract", "a \u202e contract"), 5, "invisible"),
    "escape in a source": (changed("page 3", r"page \u001b[2J"), 20, "invisible"),
    "zero width in an id": (changed('"OWN-1"', '"OWN\u200b-1"'), 9, "id"),
    "a homoglyph in an id": (changed('"OWN-1"', '"ОWN-1"'), 9, "id"),
    "two lines in a note": (changed("[rule]", 'note = "a\\nb"\n[rule]'), 8, "one line"),
    "a source of a megabyte": (
        changed("the contract, page 3", '""\n' + "x " * 1000 + "\n" + "y " * 1000 + '""'), None, "",
    ),
}  # fmt: skip


def test_there_are_payloads_enough() -> None:
    assert len(PAYLOADS) >= 60


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_pack_is_refused_with_its_line(name: str, folder: Folder) -> None:
    data, line, words = PAYLOADS[name]
    home = folder(own=data)
    with pytest.raises(PackError) as caught:
        load_packs(home)
    sentence = str(caught.value)
    assert "own.toml:" in sentence
    assert words in sentence
    if line is not None:
        assert f"own.toml:{line}:" in sentence
    assert len(sentence) < 1600
    assert sentence.isprintable()


def test_the_pack_that_the_payloads_change_is_sound(folder: Folder) -> None:
    pack = load_packs(folder(own=OWN))["own"]
    assert not pack.shipped
    assert read_pack(b"\xef\xbb\xbf" + OWN.encode(), "x.toml", shipped=False).rules == pack.rules
    assert (
        read_pack(OWN.replace("\n", "\r\n").encode(), "x.toml", shipped=False).rules == pack.rules
    )


def test_two_files_with_one_id_are_refused_by_name(folder: Folder) -> None:
    with pytest.raises(PackError, match=r"two\.toml:2: pack own is also in .*one\.toml"):
        load_packs(folder(one=OWN, two=OWN))


def test_two_packs_with_one_rule_are_refused(folder: Folder) -> None:
    with pytest.raises(PackError, match=r"one\.toml:9: rule OWN-1 is also in pack other"):
        load_packs(folder(one=OWN, two=OWN.replace('id = "own"', 'id = "other"')))


def test_what_is_no_file_is_not_opened(folder: Folder) -> None:
    home = folder(own=OWN)
    (home / "own.toml").unlink()
    os.mkfifo(home / "own.toml")  # opening it would wait for ever
    with pytest.raises(PackError, match="not a regular file"):
        load_packs(home)


def test_a_folder_of_nothing_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds 0"):
        load_packs(tmp_path)
    with pytest.raises(UsageError, match="does not exist"):
        load_packs(tmp_path / "absent")


def test_hidden_files_and_others_are_passed_over(folder: Folder) -> None:
    home = folder(own=OWN)
    (home / ".draft.toml").write_text("what?")
    (home / "README.md").write_text("our packs")
    assert "own" in load_packs(home).by_id
