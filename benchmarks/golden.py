"""Whether a classifier can tell golden cases from true ones by all that a reviewer reads of them.

    python benchmarks/golden.py

Cases of a made world, golden ones among them, with what pages and commands show of each as
numbers; a forest, cross-validated four times over. Goal: an area under the curve of at most
.55. Beside it the same of labels that were shuffled: what chance gives for so many cases.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np

from tests.cases.oldcases import fields, golden, serve
from tests.cases.planted import Clock, opened

#: Names that are one of a kind: their form is among the fields.
_NAMES = ("case_id", "snapshot", "sealed", "lead_account", "ring_id")


def numbers(rows: list[dict[str, Any]]) -> np.ndarray:
    """Fields as numbers; words by their place among the words of all."""
    columns = []
    for name in rows[0]:
        values = [row[name] for row in rows]
        if name in _NAMES:
            continue
        if not all(isinstance(value, int | float) for value in values):
            words = sorted({str(value) for value in values})
            values = [words.index(str(value)) for value in values]
        columns.append(values)
    return np.array(columns, float).T


def areas(table: np.ndarray, chosen: np.ndarray) -> float:
    """The mean area under the curve over four cross-validations."""
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_val_score

    folds = RepeatedStratifiedKFold(n_splits=5, n_repeats=4, random_state=0)
    model = RandomForestClassifier(200, min_samples_leaf=3, random_state=0)
    return float(cross_val_score(model, table, chosen, scoring="roc_auc", cv=folds).mean())


def main() -> None:
    """Print the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder, opened(Path(folder) / "cases") as store:
        serve(store, Clock(), old=150, new=300)
        rows, names = fields(store), set(golden(store))
    chosen = np.array([row["case_id"] in names for row in rows])
    table, draw = numbers(rows), np.random.default_rng(0)
    by_chance = [areas(table, draw.permutation(chosen)) for _ in range(2)]
    sys.stdout.write(json.dumps({
        "cases": len(rows), "golden": int(chosen.sum()), "fields": table.shape[1],
        "auc": round(areas(table, chosen), 3), "auc_of_chance": [round(a, 3) for a in by_chance],
    }) + "\n")  # fmt: skip


if __name__ == "__main__":
    main()
