"""Lane E: outside evidence. Notices, abuse reports, indicators, and the channel.

It never moves a score, and leads alone set no queue: a strong lead whose buyer or supplier a
list may know asks for a person.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import polars as pl

from detector.policy.channel import channel
from detector.policy.lane import Findings, Known
from detector.policy.leads.leads import find_leads
from detector.policy.reports import reported
from detector.results.leadqueue import LEAD
from detector.results.runparts import RunEvidence
from detector.results.words import LEAD_STRENGTHS
from detector.terminal import safe_text

_READ: Final = {
    "tenders": "no notice was sent", "abuse_reports": "no abuse report was sent",
    "indicators": "no indicator was sent", "exceptions": "no exception was sent",
}  # fmt: skip
_SOURCE: Final = "public notice"
#: An id of a notice as it is shown.
_LONGEST: Final = 80


def lane_e(known: Known) -> Findings:
    """What others published or reported of accounts; see docs/leads.md."""
    missing = {table: why for table, why in _READ.items() if table not in known.present}
    if len(missing) == len(_READ):
        return Findings("E", ran=False)
    leads, said = find_leads(known), reported(known)
    scored = pl.col("account_id").is_in(known.accounts.implode())
    rows = leads.rows.filter(pl.col("account_id").is_null() | scored)
    told = RunEvidence(
        notices=leads.notices,
        leads={word: rows.filter(pl.col("strength") == word).height for word in LEAD_STRENGTHS},
        reports=said.reports, indicators=said.indicators,
        channel=channel(known), not_read=dict(_not_read(known, missing)),
    )  # fmt: skip
    asks = rows.filter("queues")["account_id"].unique(maintain_order=True).to_list()
    return Findings(
        "E", pl.concat([_shown(rows), said.rows]), asks=asks, leads=rows, evidence=told
    )  # fmt: skip


def _shown(leads: pl.DataFrame) -> pl.DataFrame:
    """Leads as ``lane_e`` shows them: which notice and what agrees, without a name."""
    own = leads.filter(LEAD)
    codes = (
        pl.col("parts")
        .list.eval(
            pl.when(pl.element().struct.field("seen") == "yes").then(
                pl.element().struct.field("code")
            )
        )
        .list.drop_nulls()
        .list.join(" ")
    )
    text = pl.format(
        "notice {} of {}: {} lead, agrees: {}",
        pl.col("notice").map_elements(_id, return_dtype=pl.String),
        pl.col("published_at").dt.date(),
        pl.col("strength").cast(pl.String),
        codes,
    )
    return own.select("account_id", source=pl.lit(_SOURCE), evidence=text)


def _id(notice: str) -> str:
    return safe_text(notice, limit=_LONGEST)


def _not_read(known: Known, missing: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield from missing.items()
    if known.lists is None and "tenders" not in missing:
        yield "lists", "there is no lists/ in the logs: buyers and suppliers were not looked up"
    if "fx" not in known.present and "tenders" not in missing:
        yield "fx", "no rates of currencies: amounts agree in the same currency alone"
