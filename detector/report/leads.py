"""What public notices say, in words: leads with what agrees, and notices of no account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from detector.dossier import Row
from detector.results.leadqueue import CONFIRMED, LEAD, LEADS, UNATTACHED, codes, in_order
from detector.words import moment, plural, visible

if TYPE_CHECKING:
    from detector.results import Results

LEADS_SHOWN: Final = 200
UNATTACHED_SHOWN: Final = 200
ROWS_SHOWN: Final = 20
EVIDENCE: Final = 300
#: What is looked for, by the code that tables and commands show.
AGREEMENTS: Final = {
    "N": "name", "K": "keyword", "T": "time", "A": "amount", "Q": "quantity", "H": "hand-over",
}  # fmt: skip
#: The same in one line.
LEGEND: Final = ", ".join(f"{code} {word}" for code, word in AGREEMENTS.items())
NOTHING_AGAINST: Final = "nothing that was looked for; that is a gap in the records, not a proof"
LADDER: Final = (
    ("Read the notice", "at its source: corrections, cancellations and lots are often missing"),
    ("Verify", "supplier, buyer, days and amounts in your own records, with a second person"),
    ("Ask the holder", "for whom it buys, and what; most leads end here"),
)
_SEEN: Final = {"yes": "yes", "no": "no", "not_seen": "not seen"}


@dataclass(frozen=True)
class Agreement:
    """One thing that was looked for: ``seen`` is yes, no or not seen."""

    name: str
    seen: str
    text: str


@dataclass(frozen=True)
class Lead:
    """One row of a notice in words; an empty text says that there is nothing to say."""

    notice: str
    day: str
    account: str
    strength: str
    buyer: str
    supplier: str
    amount: str
    agreements: tuple[Agreement, ...]
    agrees: str
    against: str
    about: str
    asks: bool


def lead(row: Row) -> Lead:
    """A row in words."""
    return Lead(
        notice=visible(row["notice"], 60),
        day=moment(row["published_at"])[:10] if row["published_at"] else "",
        account=row["account_id"] or "",
        strength=strength_words(row),
        buyer=party_words(row["buyer"], row["buyer_outcome"]),
        supplier=_supplier(row),
        amount=amount_words(row),
        agreements=tuple(map(_agreement, row["parts"] or ())),
        agrees=agreeing_words(row),
        against=against_words(row),
        about=visible(row["evidence"] or "", EVIDENCE),
        asks=bool(row["queues"]),
    )


def strength_words(row: Row) -> str:
    """How strong it is, and whether the notice came true.

    >>> told = {"account_id": "1", "strength": "medium", "evidence": "confirmed; A100: used"}
    >>> strength_words(told)
    'confirmed medium'
    """
    came_true = row["account_id"] and (row["evidence"] or "").startswith(CONFIRMED)
    return ("confirmed " if came_true else "") + visible(row["strength"] or "", 20)


def party_words(name: str | None, outcome: str | None) -> str:
    """A buyer or supplier, and what lists know of it.

    Examples
    --------
    >>> party_words("Quillmere University", "inquire"), party_words("Quillmere University", None)
    ('Quillmere University; lists: inquire', 'Quillmere University; not looked up in lists')
    >>> party_words(None, None)
    'not named'
    """
    if not name:
        return "not named"
    known = f"lists: {visible(outcome, 20)}" if outcome else "not looked up in lists"
    return f"{visible(name, 120)}; {known}"


def _supplier(row: Row) -> str:
    told = party_words(row["supplier"], row["supplier_outcome"])
    if not row["party"]:
        return told
    near = f"{visible(row['role'] or 'party', 80)} {visible(row['party'], 120)}"
    score = f", name score {row['score']:,} of 1,000" if row["score"] is not None else ""
    return f"{told}; compared with the {near}{score}"


def amount_words(row: Row) -> str:
    """The amount of the notice.

    Examples
    --------
    >>> from decimal import Decimal
    >>> amount_words({"amount": Decimal("200000.00"), "currency": "CNY"})
    '200,000 CNY'
    >>> amount_words({"amount": None, "currency": "CNY"})
    'not told'
    """
    if row["amount"] is None:
        return "not told"
    number = f"{row['amount']:,f}"
    whole = number.rstrip("0").rstrip(".") if "." in number else number
    return f"{visible(whole, 60)} {visible(row['currency'] or '', 12)}".rstrip()


def _agreement(part: Row) -> Agreement:
    name = AGREEMENTS.get(part["code"], visible(part["code"] or "", 8))
    seen = _SEEN.get(part["seen"], visible(part["seen"] or "", 12))
    return Agreement(name.capitalize(), seen, visible(part["text"] or "", EVIDENCE))


def agreeing_words(row: Row) -> str:
    """Codes of what agrees, in their order: ``N K T``."""
    return " ".join(visible(code, 8) for code in codes(row, "yes"))


def against_words(row: Row) -> str:
    """What speaks against it, in one line."""
    return visible("; ".join(row["against"] or ()), EVIDENCE)


def sentence(row: Row) -> str:
    """A lead of one account in one line."""
    told = lead(row)
    yes = [f"{one.name.lower()} ({one.text})" for one in told.agreements if one.seen == "yes"]
    silent = [one.name.lower() for one in told.agreements if one.seen == "not seen"]
    said = (
        f"{told.strength} lead, notice {told.notice} of {told.day}: buyer {told.buyer}; supplier "
        f"{told.supplier}; amount {told.amount}",
        f"Agrees: {', '.join(yes) or 'nothing'}",
        f"Not seen: {', '.join(silent)}" if silent else "",
        f"Speaks against: {told.against or NOTHING_AGAINST}",
    )
    return ". ".join(filter(None, said)) + "."


def lines_of(rows: Sequence[Row]) -> tuple[list[Lead], int, int]:
    """The leads of some accounts, how many more there are, and how many rows are no lead."""
    strong = [row for row in rows if row["strength"] in LEADS]
    shown = [lead(row) for row in strong[:ROWS_SHOWN]]
    return shown, len(strong) - len(shown), len(rows) - len(strong)


def sentences(rows: Sequence[Row], out: str) -> list[str]:
    """All leads of one account, a line each, and what is beside them, in the folder ``out``."""
    own = [row for row in rows if row["strength"] in LEADS]
    words = [sentence(row) for row in own[:ROWS_SHOWN]]
    if left := len(own) - len(words):
        words.append(f"{plural(left, 'more lead')} in leads.parquet.")
    if weak := len(rows) - len(own):
        words.append(f"{plural(weak, 'weak row')}, no lead; to see: enduse leads {out} --all.")
    if own:
        words.append("Read each notice at its source; then ask the holder for whom it buys.")
    return words


@dataclass(frozen=True)
class Overview:
    """Leads, notices of no account, and how many there are of each."""

    leads: tuple[Lead, ...]
    total: int
    accounts: int
    unattached: tuple[Lead, ...]
    unattached_total: int

    @property
    def counted(self) -> str:
        """How many leads of how many accounts."""
        return f"{plural(self.total, 'lead')} of {plural(self.accounts, 'account')}"


def overview(results: Results) -> Overview:
    """Leads in their own order, then notices that are about chips, models or clouds alone."""
    leads = in_order(results.leads.filter(LEAD))
    alone = in_order(results.leads.filter(UNATTACHED))
    return Overview(
        tuple(map(lead, leads.head(LEADS_SHOWN).iter_rows(named=True))),
        leads.height,
        leads["account_id"].n_unique(),
        tuple(map(lead, alone.head(UNATTACHED_SHOWN).iter_rows(named=True))),
        alone.height,
    )
