"""All packs together: those that ship, and the folder that replaces some of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from detector.errors import PackError, UsageError
from detector.policy.packs.calendar import STATES, Named, State
from detector.policy.packs.lines import line_of
from detector.policy.packs.pack import Pack
from detector.policy.packs.reading import read_file
from detector.policy.packs.shape import Rule
from detector.terminal import safe_text

SHIPPED: Final = Path(__file__).parent
MOST_FILES: Final = 200


@dataclass(frozen=True)
class Packs:
    """Packs by id, in the order of their ids."""

    by_id: Mapping[str, Pack]

    def __iter__(self) -> Iterator[Pack]:
        return iter(self.by_id.values())

    def __getitem__(self, name: str) -> Pack:
        try:
            return self.by_id[name]
        except KeyError:
            raise UsageError(
                f"there is no pack {safe_text(name, limit=80)!r}; `enduse policy list` names them"
            ) from None

    def rules(self) -> Iterator[tuple[Pack, Rule]]:
        """Every rule with its pack, in the order of packs."""
        return ((pack, rule) for pack in self for rule in pack.rules)

    def find(self, name: str) -> tuple[Pack, Rule | None]:
        """Return the pack of that id, or the rule of that id with its pack.

        Raises
        ------
        UsageError
            Nothing is called so.
        """
        if name in self.by_id:
            return self.by_id[name], None
        for pack, rule in self.rules():
            if rule.id == name:
                return pack, rule
        raise UsageError(
            f"there is no pack and no rule {safe_text(name, limit=80)!r}; "
            "`enduse policy list` names them"
        )

    def state(self, rule: str, on: date | datetime) -> State:
        """Return what the rule of that id is at an instant.

        Raises
        ------
        UsageError
            There is no such rule.
        """
        pack, found = self.find(rule)
        return pack.state(on, found.id if found else None)

    def supposing(self, states: Mapping[str, str]) -> Packs:
        """Return packs in which the named rules, or all rules of the named packs, have a state.

        Raises
        ------
        UsageError
            There is no such rule or pack, or no such state.
        """
        changed = dict(self.by_id)
        for name, state in states.items():
            pack, rule = Packs(changed).find(name)
            supposed = dict.fromkeys(
                [rule.id] if rule else [each.id for each in pack.rules], _state(state)
            )
            changed[pack.id] = replace(pack, supposed={**pack.supposed, **supposed})
        return Packs(changed)

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each pack's file, by id: what a run pins."""
        return {pack.id: pack.sha256 for pack in self}


def load_packs(override: Path | None = None) -> Packs:
    """Read the packs that ship and put those of a folder in the place of theirs.

    Parameters
    ----------
    override
        Folder of ``*.toml``; a pack there replaces the one of its id, or is added.

    Raises
    ------
    PackError
        A file is no pack, or two packs of one folder have one id.
    UsageError
        The folder does not exist or holds no pack.
    """
    packs = dict(_shipped())
    if override is not None:
        packs |= _read_folder(override, shipped=False)
    together = Packs(dict(sorted(packs.items())))
    _one_rule_of_a_name(together)
    _places_exist(together)
    return together


@cache
def _shipped() -> Mapping[str, Pack]:
    """The packs that ship, read once: they are part of the program."""
    return MappingProxyType(_read_folder(SHIPPED, shipped=True))


def _read_folder(folder: Path, *, shipped: bool) -> dict[str, Pack]:
    if not folder.is_dir():
        raise UsageError(
            f"the folder of policy packs {safe_text(folder, limit=200)} does not exist; name "
            "one, or unset policy_packs to use those that ship"
        )
    files = sorted(f for f in folder.glob("*.toml") if not f.name.startswith("."))
    if not 0 < len(files) <= MOST_FILES:
        raise UsageError(
            f"the folder of policy packs {safe_text(folder, limit=200)} holds {len(files)} "
            f"*.toml files, expected 1 to {MOST_FILES}; put the packs that replace others there"
        )
    found: dict[str, Pack] = {}
    for file in files:
        pack = read_file(file, shipped=shipped)
        if pack.id in found:
            raise PackError(
                f"{safe_text(file, limit=200)}:{_id_line(file)}: pack {pack.id} is also in "
                f"{safe_text(found[pack.id].place, limit=200)}; keep one of the two"
            )
        found[pack.id] = pack
    return found


def _id_line(file: Path) -> int:
    return line_of(file.read_text(encoding="utf-8-sig"), ("id",))


def _one_rule_of_a_name(packs: Packs) -> None:
    seen: dict[str, Pack] = {}
    for pack, rule in packs.rules():
        first = seen.setdefault(rule.id, pack)
        if first is not pack:
            raise PackError(
                f"{_at(pack, rule, 'id')}: rule {rule.id} is also in pack {first.id}; a rule has "
                "one pack, so give one of them another id"
            )


def _places_exist(packs: Packs) -> None:
    """Rules that ask where somebody is name a pack of groups, and it is there."""
    for pack, rule in packs.rules():
        for key in ("places", "owners_outside"):
            name = getattr(rule, key, None)
            if name is not None and not (name in packs.by_id and packs.by_id[name].groups):
                raise PackError(
                    f"{_at(pack, rule, key)}: {key} is {name!r}, and no pack of that id has a "
                    "[[group]]; name one that has"
                )


def _at(pack: Pack, rule: Rule, key: str) -> str:
    """File and line of a key of a rule."""
    text = Path(pack.place).read_text(encoding="utf-8-sig")
    line = line_of(text, ("rule", pack.rules.index(rule), key))
    return f"{safe_text(pack.place, limit=200)}:{line}"


def _state(text: str) -> Named:
    for state in STATES:
        if state == text:
            return state
    raise UsageError(f"state is {safe_text(text, limit=80)!r}, expected one of {', '.join(STATES)}")
