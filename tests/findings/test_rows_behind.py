"""Every finding can be followed to rows of a table that there is, by columns that it has."""

from __future__ import annotations

import polars as pl
import pytest

from detector.findings.charges import with_kinds
from detector.findings.finding import Finding
from detector.findings.said import SAID
from features.catalogue import Catalogue
from features.tables import SCHEMAS

BEHIND = {name: finding for name, finding in SAID.items() if finding.subject is not None}


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.load()


def rows(table: str, catalogue: Catalogue) -> pl.DataFrame:
    """No row of a table, with what is added to it where rows are followed."""
    own = SCHEMAS["accounts"].create_empty().rename(lambda name: f"own_{name}")
    empty = SCHEMAS[table].create_empty()
    known = with_kinds(empty, catalogue) if table == "usage" else empty
    return pl.concat([known, own], how="horizontal")


@pytest.mark.parametrize("finding", BEHIND.values(), ids=BEHIND)
def test_its_rows_are_told_by_columns_of_its_table(finding: Finding, catalogue: Catalogue) -> None:
    assert finding.subject is not None
    frame = rows(finding.subject.table, catalogue)
    if finding.rows is not None:
        assert frame.filter(finding.rows()).columns == frame.columns
    assert set(finding.shows) <= set(frame.columns)
