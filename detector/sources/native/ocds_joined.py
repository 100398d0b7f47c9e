"""Releases of the Open Contracting Data Standard, put together.

A release may tell what is new alone: one that cancels a tender need not name its buyer. What
earlier releases of its process in the file told is therefore remembered; a release without a
buyer waits for the end of the file, where a later one may have named it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from detector.sources.native.adapter import Record, dig, records_of, text
from detector.sources.native.documents import Found

_DEAD: Final = frozenset({"cancelled", "unsuccessful", "withdrawn"})
_TENDER_OVER: Final = "tenderCancellation"
_AWARD_OVER: Final = "awardCancellation"
_BUYERS: Final = ("buyer", "procuringEntity")
_HELD: Final = ("releases", "compiledRelease")
#: What a link to a release holds.
_LINK: Final = frozenset({"url", "date", "tag"})
#: Releases without a buyer that wait for one, at most; more go without.
_MOST_WAITING: Final = 10_000


@dataclass(frozen=True)
class Told:
    """A release and what its process tells of it.

    ``over`` is true where nothing follows from the process any more. ``unusable`` says why it
    makes no row, ``linked`` that it stands elsewhere.
    """

    ocid: str = ""
    release: Record = field(default_factory=dict)
    buyer: str | None = None
    country: str | None = None
    over: bool = False
    linked: bool = False
    unusable: str = ""


@dataclass
class _Process:
    """What releases of one process told so far: its buyer, and which awards stand."""

    buyer: str | None = None
    country: str | None = None
    awards: dict[str, bool] = field(default_factory=dict)


def joined(found: Iterator[Found]) -> Iterator[Found]:
    """Hand on each record where it stood, as ``told`` of its releases.

    A release of a process whose buyer is not known yet stands at the end.
    """
    processes: dict[str, _Process] = {}
    waiting: list[Told] = []
    for item in found:
        if item.record is None:
            yield item
            continue
        now: list[Told] = []
        late: list[Told] = []
        for one in releases_of(item.record):
            told = _told(one, processes)
            waits = told.ocid and told.buyer is None and len(waiting) + len(late) < _MOST_WAITING
            (late if waits else now).append(told)
        waiting += late
        yield Found({"told": now, "late": bool(late)})
    for one in waiting:
        known = processes[one.ocid]
        yield Found({"told": [replace(one, buyer=known.buyer, country=known.country)]})


def releases_of(record: Record) -> list[Any]:
    """The releases that a record holds, and the whole that they were merged into; or itself."""
    if not any(key in record for key in _HELD):
        return [record]
    held = [one for key in _HELD for one in records_of(record.get(key))]
    ocid = record.get("ocid")
    inside = [isinstance(one, Mapping) and not is_link(one) for one in held]
    return [{"ocid": ocid, **one} if own else one for own, one in zip(inside, held, strict=True)]


def is_link(record: Record) -> bool:
    """Whether a release is told by its address alone."""
    return "url" in record and record.keys() <= _LINK


def maps(value: Any) -> list[Record]:
    """The objects of a list."""
    return [one for one in records_of(value) if isinstance(one, Mapping)]


def named(party: Any, release: Record) -> str | None:
    """The name of a party, else that of the one with its id in the release's list of parties."""
    return text(dig(party, "name")) or text(_listed(party, release).get("name"))


def is_dead(section: Any) -> bool:
    """Whether nothing follows from a tender, an award or a contract."""
    return text(dig(section, "status")) in _DEAD


def _told(release: Any, processes: dict[str, _Process]) -> Told:
    if not isinstance(release, Mapping):
        return Told(unusable="a release is not an object")
    if is_link(release):
        return Told(linked=True)
    ocid = text(release.get("ocid"))
    if not ocid:
        return Told(unusable="a release has no ocid")
    process = processes.setdefault(ocid, _Process())
    buyer, country = _buyer(release)
    process.buyer, process.country = buyer or process.buyer, country or process.country
    return Told(ocid, release, process.buyer, process.country, _is_over(release, process))


def _buyer(release: Record) -> tuple[str | None, str | None]:
    """Name and country of who buys, else of who buys for it."""
    parties = maps(release.get("parties"))
    told = [release.get("buyer"), dig(release, "tender", "procuringEntity")]
    told += [p for role in _BUYERS for p in parties if role in records_of(p.get("roles"))]
    for party in told:
        name = named(party, release)
        if name:
            whole = (party, _listed(party, release))
            places = (text(dig(one, "address", key)) for one in whole
                      for key in ("country", "countryName"))  # fmt: skip
            return name, next((place for place in places if place), None)
    return None, None


def _listed(party: Any, release: Record) -> Record:
    id_ = text(dig(party, "id"))
    parties = maps(release.get("parties")) if id_ else []
    return next((one for one in parties if text(one.get("id")) == id_), {})


def _is_over(release: Record, process: _Process) -> bool:
    """Whether a process ends with a release: its tender did, or none of its awards stands."""
    tags = [text(tag) for tag in records_of(release.get("tag"))]
    awards = maps(release.get("awards"))
    for number, award in enumerate(awards):
        process.awards[text(award.get("id")) or f"#{number}"] = not is_dead(award)
    ended = [contract for contract in maps(release.get("contracts")) if _fell_through(contract)]
    process.awards |= {text(one.get("awardID")) or "": False for one in ended}
    stands = any(not is_dead(award) for award in awards) and not ended
    if _TENDER_OVER in tags or (is_dead(release.get("tender")) and not stands):
        return True
    left = sum(process.awards.values())
    if _AWARD_OVER in tags and not awards:
        # Which award it takes back is not said: with several of them some stand.
        return left <= 1
    taken_back = _AWARD_OVER in tags or bool(ended) or any(map(is_dead, awards))
    return taken_back and left == 0


def _fell_through(contract: Record) -> bool:
    return text(contract.get("status")) == "cancelled"
