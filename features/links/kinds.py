"""Kinds of identifier that link accounts: all that is said of a kind, once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class LinkKind:
    """One kind of identifier.

    Parameters
    ----------
    agreement
        How often accounts of one operator share it (``m`` of Fellegi and Sunter).
    half_life_days
        Days between two uses after which it is worth half.
    words
        What people call it, in every report and reason.
    tool
        Whether one operator carries it from account to account; others are what households and
        colleagues share as well.
    lasting
        Whether it is the holder's own and stays: a change of it is a change of hands.
    owned
        Whether only its owner can present it, so that it ties two accounts alone; of others it
        takes two that do not come from one thing.
    comes_from
        The thing it comes from, where several kinds come from one: what a session shows of one
        machine is one witness, and so is what one program shows of itself.
    main
        Least share of an account's sightings of the kind that a value needs to be its own: what
        it has once or twice is a visitor's.
    seconding
        Whether it counts beside another kind only: alone it says too little.
    in_table
        Whether the linkage table may hold it.
    seen_as
        Its name among the identifiers that events carry, where they carry it.
    """

    name: str
    agreement: float
    half_life_days: float
    words: str
    tool: bool = False
    lasting: bool = False
    owned: bool = False
    comes_from: str | None = None
    main: float = 0.0
    seconding: bool = False
    in_table: bool = True
    seen_as: str | None = None


KINDS: Final = (
    LinkKind("payment", 0.5, 365.0, "means of payment", lasting=True, owned=True),
    LinkKind("email", 0.3, 365.0, "e-mail address", tool=True, lasting=True),
    LinkKind("phone", 0.4, 180.0, "phone number", lasting=True),
    LinkKind(
        "device", 0.4, 90.0, "device", lasting=True, comes_from="machine", seen_as="device"
    ),
    LinkKind("ip", 0.1, 7.0, "network address", comes_from="machine", seen_as="ip"),
    LinkKind(
        "ssh_key", 0.4, 365.0, "SSH key", tool=True, lasting=True, owned=True, seen_as="ssh_key"
    ),
    LinkKind(
        "access_key", 0.4, 365.0, "access key", tool=True, lasting=True, owned=True,
        seen_as="credential",
    ),
    LinkKind("image", 0.3, 365.0, "machine image", tool=True, seen_as="image"),
    LinkKind("tax_id", 0.5, 3650.0, "tax id", tool=True, lasting=True, owned=True),
    LinkKind("address", 0.2, 730.0, "postal address", lasting=True),
    LinkKind("form_text", 0.3, 365.0, "form text", tool=True),
    LinkKind("referral", 0.1, 180.0, "referral"),
    LinkKind(
        "template", 0.3, 60.0, "prompt template", tool=True, comes_from="program", in_table=False
    ),
    LinkKind(
        "agent", 0.1, 30.0, "user agent", tool=True, comes_from="machine", main=0.1,
        in_table=False, seen_as="agent",
    ),
    LinkKind(
        "client", 0.1, 30.0, "client software", tool=True, comes_from="program", main=0.1,
        seconding=True, in_table=False, seen_as="client",
    ),
)  # fmt: skip


def names(of: Callable[[LinkKind], bool]) -> list[str]:
    """Names of the kinds of which something holds, in their order."""
    return [kind.name for kind in KINDS if of(kind)]


AGREEMENT: Final = {kind.name: kind.agreement for kind in KINDS}
HALF_LIFE_DAYS: Final = {kind.name: kind.half_life_days for kind in KINDS}
# Coincidences that no identifier shows; they stand beside one and never tie alone.
SYNCHRONY: Final = "synchrony"
SIGNUP: Final = "signup"
SUCCESSION: Final = "succession"
COINCIDENCES: Final = {
    SYNCHRONY: "acting together", SIGNUP: "time of sign-up", SUCCESSION: "one after the other",
}  # fmt: skip
WORDS: Final = {kind.name: kind.words for kind in KINDS} | COINCIDENCES
# Identifiers that events carry, under the names of the linkage table.
OBSERVED: Final = {kind.seen_as: kind.name for kind in KINDS if kind.seen_as is not None}
LINK_KINDS: Final = names(lambda kind: kind.in_table)
TOOL_KINDS: Final = names(lambda kind: kind.tool)
HOME_KINDS: Final = names(lambda kind: not kind.tool)
LASTING_KINDS: Final = names(lambda kind: kind.lasting)
OWNED_KINDS: Final = names(lambda kind: kind.owned)
SECONDING_KINDS: Final = names(lambda kind: kind.seconding)
MAIN_SHARE: Final = {kind.name: kind.main for kind in KINDS if kind.main > 0}
# One bit for each thing that kinds come from.
_THINGS: Final = sorted({kind.comes_from or kind.name for kind in KINDS})
THING: Final = {kind.name: 1 << _THINGS.index(kind.comes_from or kind.name) for kind in KINDS}
