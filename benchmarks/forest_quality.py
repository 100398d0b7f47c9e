"""Ranking quality of the array forest on 16 ADBench sets.

    python benchmarks/forest_quality.py --data ../shared/data/adbench

Compares with scikit-learn's forest at 300 trees (paired by set and seed) and with ECOD, HBOS,
KNN and LOF of pyod at their defaults. Then the overlap of the top between seeds, by number of
trees. What decisions add: `benchmarks/review_loop.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np

from models.account.heldout import auroc
from models.forest.forest import ArrayForest
from models.population.drift import top_overlap

Scorer = Callable[[np.ndarray, int], np.ndarray]


def average_precision(scores: np.ndarray, truth: np.ndarray) -> float:
    from sklearn.metrics import average_precision_score

    return float(average_precision_score(truth, scores))


def scorers(quick: bool) -> dict[str, Scorer]:
    from sklearn.ensemble import IsolationForest

    def sklearn_forest(X: np.ndarray, seed: int) -> np.ndarray:
        forest = IsolationForest(n_estimators=300, random_state=seed).fit(X)
        return -forest.score_samples(X)

    found: dict[str, Scorer] = {
        "enduse 1000": lambda X, s: ArrayForest.fit(X, n_estimators=1000, seed=s).raw(X),
        "enduse 300": lambda X, s: ArrayForest.fit(X, n_estimators=300, seed=s).raw(X),
        "scikit-learn 300": sklearn_forest,
    }
    return found if quick else found | pyod_scorers() | isotree_scorers()


def pyod_scorers() -> dict[str, Scorer]:
    from pyod.models.ecod import ECOD
    from pyod.models.hbos import HBOS
    from pyod.models.knn import KNN
    from pyod.models.lof import LOF

    def scorer(kind: type) -> Scorer:
        return lambda X, seed: kind().fit(X).decision_scores_  # noqa: ARG005

    return {kind.__name__: scorer(kind) for kind in (ECOD, HBOS, KNN, LOF)}


def isotree_scorers() -> dict[str, Scorer]:
    if not find_spec("isotree"):
        return {}
    from isotree import IsolationForest as Isotree

    fair = {"prob_pick_pooled_gain": 1.0, "ndim": 1}
    extended = {"ndim": 2}

    def scorer(options: dict[str, float]) -> Scorer:
        def score(X: np.ndarray, seed: int) -> np.ndarray:
            forest = Isotree(ntrees=300, sample_size=256, random_seed=seed, **options)
            return forest.fit(X).predict(X)

        return score

    return {"isotree fair-cut": scorer(fair), "isotree extended": scorer(extended)}


#: These do not depend on a seed.
FIXED = {"ECOD", "HBOS", "KNN", "LOF"}


def compare(sets: dict[str, tuple[np.ndarray, np.ndarray]], seeds: int, quick: bool) -> dict:
    """Return set -> scorer -> (mean AUROC, mean AP) over the seeds."""
    table: dict[str, dict[str, tuple[float, float]]] = {}
    for name, (X, y) in sets.items():
        table[name] = {}
        for scorer_name, scorer in scorers(quick).items():
            runs = [scorer(X, s) for s in range(1 if scorer_name in FIXED else seeds)]
            figures = [(auroc(r, y), average_precision(r, y)) for r in runs]
            table[name][scorer_name] = tuple(np.mean(figures, axis=0).tolist())
        print(
            name,
            {k: tuple(round(v, 4) for v in pair) for k, pair in table[name].items()},
            flush=True,
        )
    return table


def stability(X: np.ndarray, top: int, pairs: int) -> dict[str, float]:
    """Return the mean overlap of the top between seeds, by number of trees."""
    found = {}
    for trees in (100, 300, 1000, 3000):
        raws = [ArrayForest.fit(X, n_estimators=trees, seed=s).raw(X) for s in range(pairs + 1)]
        found[str(trees)] = float(np.mean([top_overlap(a, b, top) for a, b in pairwise(raws)]))
    print("overlap of the top", top, found)
    return found


def queue_stability(path: Path, top: int, pairs: int) -> dict[str, float]:
    """Return the overlap of the label-free top between seeds on a log folder."""
    from detector import read_logs
    from detector.pipeline.binding import specs
    from detector.pipeline.prepare import Stages, prepare
    from models.account.fitting import fit_model

    world = prepare(read_logs(path), None, Stages())
    runs = [
        fit_model(
            world.values, specs(), world.peers, groups=world.groups, exclude=world.excluded,
            seed=seed, threads=2,
        ).score(world.values, world.peers, contributions=False, threads=2)
        for seed in range(pairs + 1)
    ]  # fmt: skip
    found = {
        name: [round(overlap(name, *two, top), 4) for two in pairwise(runs)]
        for name in ("raw", "level", "evidence")
    }
    means = {name: float(np.mean(values)) for name, values in found.items()}
    print(path, world.values.shape, "overlap of the top", top, found, means)
    return means


def overlap(name: str, one: object, other: object, top: int) -> float:
    return top_overlap(getattr(one, name), getattr(other, name), top)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/adbench"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="forests alone")
    parser.add_argument("--logs", type=Path, help="a log folder: its queue by seed, no more")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.logs:
        queue_stability(options.logs, 300, 5)
        return
    sets = {}
    for path in sorted(options.data.glob("*.npz"), key=lambda p: int(p.name.split("_")[0])):
        with np.load(path, allow_pickle=False) as data:
            sets[path.stem] = (data["X"].astype(np.float64), data["y"].astype(bool).ravel())
    if not sets:
        raise SystemExit(f"no .npz set in {options.data}; name the folder with --data")
    result: dict[str, object] = {"sets": compare(sets, options.seeds, options.quick)}
    names = list(next(iter(result["sets"].values())))
    result["means"] = {
        n: np.mean([row[n] for row in result["sets"].values()], axis=0).tolist() for n in names
    }
    print("means (AUROC, AP)", result["means"])
    world = np.random.default_rng(0).lognormal(size=(50_000, 40))
    result["stability"] = stability(np.log1p(world), 300, 3)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
