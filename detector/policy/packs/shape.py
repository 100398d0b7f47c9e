"""What a pack file may say: its keys, their types, and the rules of each kind.

Every fact (an interval, a group of countries, a figure of a chip, a product's name) carries
its source, the day the source was read, and whether it was verified.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from detector.policy.packs.calendar import Named

Kind = Literal[
    "list", "ownership", "headquarters", "supported_region", "chip_class", "end_use", "order",
    "proposal", "groups", "products",
]  # fmt: skip
Status = Literal["verified", "unverified"]
SCHEMA: Final = 1
_ID: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError(
            "it holds an invisible or control character, expected printable text on one line"
        )
    return text


Text = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
Name = Annotated[str, Field(pattern=_ID)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Share = Annotated[str, Field(pattern=r"^(0(\.\d{1,10})?|1(\.0{1,10})?)$")]


class _Shape(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=False, hide_input_in_errors=True
    )


class Fact(_Shape):
    """Something that is written somewhere: where, who read it when, and how sure it is."""

    status: Status
    source: Text = ""
    checked: date | None = None
    verified_by: Text = ""
    note: Text = ""


class Span(Fact):
    """A fact with the civil days [from, to) on which it holds, in the zone of its pack."""

    start: date = Field(alias="from")
    end: date | None = Field(None, alias="to")


class Interval(Span):
    """The state of a rule; without ``rule`` of every rule of the pack."""

    state: Named
    rule: Name | None = None
    form: Name | None = None


class Group(Span):
    """Countries under a name, such as D:5 or supported."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$")]
    countries: Annotated[tuple[Country, ...], Field(min_length=1, strict=False)]


class Figure(Fact):
    """The speed at which a chip talks to other chips, in GB/s, both directions together."""

    gpu_model: Name
    interconnect_gbs: Annotated[int, Field(ge=0, le=1_000_000)]


class Naming(Fact):
    """How a seller writes the models of a family: a pattern with ``*`` for any text."""

    pattern: Annotated[Text, Field(min_length=1, max_length=120)]
    seller: Name
    family: Name


class Product(_Shape):
    """What a contract rule covers: a family of models at a seller; ``*`` is every seller."""

    seller: Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$")]
    family: Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,63})$")]


class Rule(_Shape):
    """What rules of every kind say.

    Attributes
    ----------
    applies_to : str
        Whom it asks about: accounts that used controlled compute, accounts that used one of
        ``products``, or every account.
    at_most : str
        The strongest outcome it may give; guidance and watch lists stop at inquire.
    keeps_red_flag : str or None
        The flag of Part 732, Supplement 3, that stays while the rule is suspended.
    unknown_share : str
        What becomes of missing data while the rule is verified in force.
    """

    forms: ClassVar[tuple[str, ...]] = ()

    id: Name
    title: Text = ""
    text: Text = ""
    applies_to: Literal["controlled_compute", "product", "everything"] = "everything"
    products: Annotated[tuple[Product, ...], Field(strict=False)] = ()
    at_most: Literal["match", "inquire"] = "match"
    keeps_red_flag: Text | None = None
    unknown_share: Literal["inquire", "unknown"] = "unknown"


class ListRule(Rule):
    """A party stands on one of ``lists``, by the short names that readers of lists give."""

    lists: Annotated[tuple[Name, ...], Field(min_length=1, strict=False)]


class OwnershipRule(Rule):
    """Parties that count own ``threshold`` or more (``>=``), or more (``>``), together.

    Who counts: entries of the lists ``owners_on``, or companies whose headquarters stand where
    ``owners_outside`` (a pack of regions) is not supported. With the form ``place`` owners are
    disregarded: only where the customer itself is counts.
    """

    forms: ClassVar[tuple[str, ...]] = ("ownership", "place")

    owners_on: Annotated[tuple[Name, ...], Field(strict=False)] = ()
    owners_outside: Name | None = None
    threshold: Share
    compare: Literal[">=", ">"]
    method: Literal["cascade", "product"] = "cascade"
    minority: Literal["inquire", "ignore"] = "ignore"

    @property
    def limit(self) -> Decimal:
        """The threshold as an exact number."""
        return Decimal(self.threshold)


class PlaceRule(Rule):
    """Headquarters, or those of the ultimate parent, stand in one of ``groups`` of ``places``."""

    places: Name
    groups: Annotated[tuple[str, ...], Field(min_length=1, strict=False)]


class RegionRule(Rule):
    """The customer's place is not among those that the terms serve; ``places`` is a pack."""

    places: Name


class ChipRule(Rule):
    """Which class a chip is in; ``form`` of an interval names the formula of that time."""

    forms: ClassVar[tuple[str, ...]] = ("interconnect", "tpp")


class EndUseRule(Rule):
    """A circumstance that asks for a question, never more; ``signs`` names what shows it."""

    at_most: Literal["inquire"] = "inquire"
    flag: Text = ""
    signs: Annotated[tuple[Name, ...], Field(strict=False)] = ()


class OrderRule(Rule):
    """An order to one seller about named products, places and parties."""

    addressee: Text
    countries: Annotated[tuple[Country, ...], Field(strict=False)] = ()
    parties: Annotated[tuple[Text, ...], Field(strict=False)] = ()


class ProposalRule(Rule):
    """A bill or a proposed rule: it is listed, and never says anything about an account."""


RULES: Final[Mapping[str, type[Rule] | None]] = {
    "list": ListRule, "ownership": OwnershipRule, "headquarters": PlaceRule,
    "supported_region": RegionRule, "chip_class": ChipRule, "end_use": EndUseRule,
    "order": OrderRule, "proposal": ProposalRule, "groups": None, "products": None,
}  # fmt: skip


class Head(_Shape):
    """What stands above the tables of a pack."""

    schema_: Literal[1] = Field(alias="schema")
    id: Name
    version: Annotated[Text, Field(min_length=1, max_length=64)]
    kind: Kind
    instrument: Annotated[Text, Field(min_length=1)]
    zone: Annotated[str, Field(max_length=64)]
    title: Text = ""
    note: Text = ""
    checked: date | None = None


class Tables(_Shape):
    """The tables of a pack, but for its rules, whose keys depend on its kind."""

    interval: Annotated[tuple[Interval, ...], Field(strict=False, max_length=1000)] = ()
    group: Annotated[tuple[Group, ...], Field(strict=False, max_length=1000)] = ()
    figure: Annotated[tuple[Figure, ...], Field(strict=False, max_length=1000)] = ()
    naming: Annotated[tuple[Naming, ...], Field(strict=False, max_length=1000)] = ()
