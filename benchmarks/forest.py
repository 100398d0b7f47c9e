"""Speed and memory of the array forest beside other isolation forests, on one thread.

    python benchmarks/forest.py                          # 1,000,000 x 40, 100 and 300 trees
    python benchmarks/forest.py --rows 100000 --trees 100

All contestants take turns in one run, on one thread; seconds are CPU seconds of the process, so
that other work on the machine matters little, and the best of the repeats counts. coniferest
and isotree take part where they are installed. Writes JSON with ``--json``.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import argparse  # noqa: E402
import json  # noqa: E402
import multiprocessing  # noqa: E402
import platform  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from importlib.metadata import PackageNotFoundError, version  # noqa: E402
from importlib.util import find_spec  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

import numpy as np  # noqa: E402

from models import ProxyForest  # noqa: E402
from models.forest.forest import ArrayForest  # noqa: E402
from models.forest.treeshap import shapley_values  # noqa: E402

Fit = Callable[[np.ndarray], Any]
Score = Callable[[Any, np.ndarray], np.ndarray]


def contestants(trees: int) -> dict[str, tuple[Fit, Score]]:
    from pyod.models.iforest import IForest
    from sklearn.ensemble import IsolationForest

    def grow(X: np.ndarray) -> ArrayForest:
        return ArrayForest.fit(X, n_estimators=trees)

    def with_kernel(kernel: str) -> Score:
        return lambda forest, X: forest.score_samples(X, kernel=kernel)

    found: dict[str, tuple[Fit, Score]] = {
        "enduse numba": (grow, with_kernel("numba")),
        "enduse numpy": (grow, with_kernel("numpy")),
        "scikit-learn": (
            lambda X: IsolationForest(n_estimators=trees, n_jobs=1, random_state=0).fit(X),
            lambda forest, X: forest.score_samples(X),
        ),
        "pyod": (
            lambda X: IForest(n_estimators=trees, n_jobs=1, random_state=0).fit(X),
            lambda forest, X: forest.decision_function(X),
        ),
    }
    if find_spec("coniferest"):
        from coniferest.isoforest import IsolationForest as Coniferest

        found["coniferest"] = (
            lambda X: Coniferest(n_trees=trees, n_jobs=1, random_seed=0).fit(X),
            lambda forest, X: forest.score_samples(X),
        )
    if find_spec("isotree"):
        from isotree import IsolationForest as Isotree

        found["isotree"] = (
            lambda X: Isotree(ntrees=trees, sample_size=256, ndim=1, nthreads=1).fit(X),
            lambda forest, X: forest.predict(X),
        )
    return found


def timed(work: Callable[[], object], clock: Callable[[], float] = time.process_time) -> float:
    start = clock()
    work()
    return clock() - start


def race(X: np.ndarray, trees: int, repeats: int, memory: bool) -> dict[str, dict[str, float]]:
    """Let every contestant fit and score in turn; keep the best seconds of each."""
    field = contestants(trees)
    sizes = {"one row": 1, "1,000 rows": 1000, "all rows": len(X)}
    fitted = {name: fit(X[:5000]) for name, (fit, _) in field.items()}
    for name, (_, score) in field.items():
        score(fitted[name], X[:2000])  # compile and warm up
        score(fitted[name], X[:1])
    best: dict[str, dict[str, float]] = {name: {} for name in field}
    for _ in range(repeats):
        for name, (fit, score) in field.items():
            keep(best[name], "fit", timed(lambda: fitted.__setitem__(name, fit(X))))  # noqa: B023
            for what, n in sizes.items():
                loops = 20 if n <= 1000 else 1
                for _ in range(loops):
                    part = X[:n]
                    keep(best[name], what, timed(lambda: score(fitted[name], part)))  # noqa: B023
    for name, (fit, score) in field.items():
        best[name]["memory MB"] = peak_memory(fit, score, X) if memory else float("nan")
    return best


def keep(best: dict[str, float], what: str, seconds: float) -> None:
    best[what] = min(best.get(what, np.inf), seconds)


def peak_memory(fit: Fit, score: Score, X: np.ndarray) -> float:
    """Return the growth of a child's peak memory over fit and score, in MB."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()

    def work() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        score(fit(X), X)
        theirs.send(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

    child = context.Process(target=work)
    child.start()
    child.join()
    return ours.recv() / 1024.0 if child.exitcode == 0 and ours.poll() else float("nan")


def bit_equality(X: np.ndarray, trees: int) -> int:
    """Return for how many rows a converted scikit-learn forest scores other bits."""
    from sklearn.ensemble import IsolationForest

    Z = X.copy()
    Z[np.random.default_rng(1).random(Z.shape) < 0.05] = np.nan
    theirs = IsolationForest(n_estimators=trees, random_state=0, n_jobs=1).fit(Z)
    ours = ProxyForest.from_sklearn(theirs)
    return int((ours.score_samples(Z) != theirs.score_samples(Z)).sum())


def thousand_trees(X: np.ndarray) -> dict[str, float]:
    """Time what a case costs at the default of 1,000 trees."""
    forest = ArrayForest.fit(X, n_estimators=1000)
    out = {"fit s": timed(lambda: ArrayForest.fit(X, n_estimators=1000))}
    for kernel in ("numba", "numpy"):
        forest.raw(X[:1], kernel=kernel)
        one = min(timed(lambda: forest.raw(X[:1], kernel=kernel)) for _ in range(200))  # noqa: B023
        out[f"one row {kernel} us"] = 1e6 * one
    part = X[:100_000]
    forest.attributions(part[:1000], kernel="numba")
    seconds = timed(lambda: forest.attributions(part, kernel="numba"))
    out["path attributions rows/s"] = len(part) / seconds
    out["exact TreeSHAP of 200 rows s"] = timed(lambda: shapley_values(forest, X[:200]))
    return out | two_threads(forest, part)


def two_threads(forest: ArrayForest, X: np.ndarray) -> dict[str, float]:
    """Wall seconds on one and two threads in turn, the best of each; and the CPU seconds."""
    wall: dict[int, list[float]] = {1: [], 2: []}
    cpu: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(9):
        for t in (1, 2):
            begun = time.process_time()
            work = lambda: forest.raw(X, kernel="numba", threads=t)  # noqa: B023, E731
            wall[t].append(timed(work, time.perf_counter))
            cpu[t].append(time.process_time() - begun)
    return {
        "two threads, times as fast": min(wall[1]) / min(wall[2]),
        "two threads, times the CPU": min(cpu[2]) / min(cpu[1]),
    }


def versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "machine": platform.processor() or "x86_64"}
    for name in ("numpy", "numba", "scikit-learn", "pyod", "coniferest", "isotree"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--features", type=int, default=40)
    parser.add_argument("--trees", type=int, nargs="+", default=[100, 300])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--memory", action="store_true", help="also peak memory, in a child each")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    X = np.random.default_rng(0).normal(size=(options.rows, options.features)).astype(np.float32)
    result: dict[str, Any] = {"versions": versions(), "shape": list(X.shape)}
    for trees in options.trees:
        best = race(X, trees, options.repeats, options.memory)
        show(best, trees, len(X))
        result[f"{trees} trees"] = best
        other = bit_equality(X, trees)
        print(f"converted forest: {other} of {len(X)} rows with other bits", flush=True)
        result[f"{trees} trees, rows with other bits"] = other
    result["1000 trees"] = thousand_trees(X)
    print(json.dumps(result["1000 trees"], indent=1))
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


def show(best: dict[str, dict[str, float]], trees: int, rows: int) -> None:
    base = best["scikit-learn"]
    print(f"\n{trees} trees: seconds to fit, rows/s, ms for 1,000 rows, us for one row, MB")
    for name, b in best.items():
        print(
            f"{name:14} {b['fit']:8.3f} {rows / b['all rows']:12,.0f} {1e3 * b['1,000 rows']:9.2f}"
            f" {1e6 * b['one row']:9.0f} {b['memory MB']:8.0f}"
            f"   rows/s x {base['all rows'] / b['all rows']:.2f}"
            f", fit x {base['fit'] / b['fit']:.1f}"
        )


if __name__ == "__main__":
    main()
