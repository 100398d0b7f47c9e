"""How hard are the worlds? Generic features, a plain forest, a supervised ceiling.

``python benchmarks/worlds_hardness.py --preset standard --seeds 3`` makes worlds, computes
about 45 generic per-account features of them, and prints: the best single feature's AUROC,
the share of rings that spend rank, a plain isolation forest and a supervised model (taught on
other seeds at high prevalence, with neighbours' features) find among the first 50 cases.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
from sklearn.metrics import average_precision_score, roc_auc_score

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # the clone, installed or not

from detector.simulate import simulate

CAPACITY = 50
RARE = 60
OWN = "--own" in sys.argv


def table(folder: Path, name: str) -> pl.LazyFrame | None:
    """Scan one table of a log folder written in parts."""
    if (folder / f"{name}.parquet").exists():
        return pl.scan_parquet(folder / f"{name}.parquet")
    if not (folder / name).exists():
        return None
    files = sorted((folder / name).rglob("*.parquet"))
    frames = [pl.scan_parquet(file, hive_partitioning=False) for file in files]
    return pl.concat(frames, how="diagonal")


def _usage(folder: Path) -> pl.DataFrame:
    start, cost = pl.col("ChargePeriodStart"), pl.col("EffectiveCost").cast(pl.Float64)
    text = pl.coalesce("SkuPriceDetails", "SkuMeter", "ChargeDescription", "SkuId")
    gpu = pl.concat_str(text, "SkuId").str.contains(
        r"p4d|p4de|p5|g6|ND96|A100|H100|L4|a100|h100|a6000"
    ) & (pl.col("ServiceCategory") == "Compute")
    rows = table(folder, "usage").with_columns(
        day=start.dt.date(), cost=cost, gpu=gpu.fill_null(False), weekend=start.dt.weekday() > 5,
        hours=pl.col("ConsumedQuantity").cast(pl.Float64),
    )  # fmt: skip
    used = rows.filter(pl.col("ChargeCategory") == "Usage")
    last = pl.col("day") > pl.col("day").max() - pl.duration(days=15)
    flat = used.group_by(account_id="SubAccountId").agg(
        spend=pl.col("cost").sum().log1p(),
        spend_days=pl.col("day").n_unique(),
        services=pl.col("ServiceName").n_unique(),
        skus=pl.col("SkuId").n_unique(),
        gpu_hours=pl.col("hours").filter("gpu").sum().log1p(),
        gpu_share=pl.col("cost").filter("gpu").sum() / (pl.col("cost").sum() + 1e-9),
        weekend=pl.col("cost").filter("weekend").sum() / (pl.col("cost").sum() + 1e-9),
        late=pl.col("cost").filter(last).sum() / (pl.col("cost").sum() + 1e-9),
        regions=pl.col("RegionId").n_unique(),
        first_day=pl.col("day").min().cast(pl.Int32),
        last_day=pl.col("day").max().cast(pl.Int32),
        committed=(pl.col("PricingCategory") == "Committed").mean(),
        dynamic=(pl.col("PricingCategory") == "Dynamic").mean(),
        unused=(pl.col("CommitmentDiscountStatus") == "Unused").mean(),
        gpu_first=pl.col("day").filter("gpu").min().cast(pl.Int32),
    )
    daily = used.group_by("SubAccountId", "day").agg(pl.col("cost").sum())
    shape = daily.group_by(account_id="SubAccountId").agg(
        burst=pl.col("cost").max() / (pl.col("cost").mean() + 1e-9),
        wander=pl.col("cost").std() / (pl.col("cost").mean() + 1e-9),
    )
    return flat.join(shape, on="account_id").collect()


def _payments(folder: Path) -> pl.DataFrame:
    amount, kind = pl.col("amount").cast(pl.Float64), pl.col("kind")
    prepaid = pl.col("instrument_kind").is_in(["prepaid_card", "virtual_card", "voucher", "crypto"])
    return (
        table(folder, "payments")
        .group_by("account_id")
        .agg(
            payments=pl.len(),
            top_ups=(kind == "top_up").mean(),
            round=((amount % 50) == 0).mean(),
            instruments=pl.col("instrument_hash").n_unique(),
            stranger=(~pl.col("payer_name_matches")).mean(),
            prepaid=prepaid.mean(),
            returned=kind.is_in(["refund", "chargeback"]).mean(),
            credits=(kind == "promo_credit").mean(),
        )
        .collect()
    )


def _events(folder: Path) -> pl.DataFrame:
    hour, kind, operation = pl.col("time").dt.hour(), pl.col("src_asn_class"), pl.col("operation")
    changes = ["ChangeEmail", "ChangePhone", "UpdateContactInformation", "ResetPassword",
               "DeactivateMFADevice", "EnableMFADevice"]  # fmt: skip
    return (
        table(folder, "events")
        .group_by("account_id")
        .agg(
            events=pl.len().log1p(),
            ips=pl.col("src_ip_hash").n_unique(),
            countries=pl.col("src_country").n_unique(),
            actors=pl.col("actor_uid").n_unique(),
            devices=pl.col("device_hash").n_unique(),
            hosting=(kind == "hosting").mean(),
            vpn=(kind == "vpn").mean(),
            programs=(pl.col("actor_type") == "role").mean(),
            hours=hour.n_unique(),
            changes=operation.is_in(changes).sum(),
            sudden_changes=pl.col("time")
            .filter(operation.is_in(changes))
            .dt.truncate("5d")
            .value_counts(sort=True, name="n")
            .struct.field("n")
            .first()
            .fill_null(0),
            quotas=(operation == "RequestServiceQuotaIncrease").sum(),
            launches=(operation == "RunInstances").sum(),
            ssh_keys=pl.col("ssh_key_hash").n_unique(),
            images=pl.col("image_hash").n_unique(),
            probes=operation.str.contains("Foundation|UseCase|Logging").sum(),
            place=pl.col("src_country").mode().sort().first(),
        )
        .collect()
    )


def _models(folder: Path) -> pl.DataFrame:
    requests, hour = pl.col("requests"), pl.col("start").dt.hour()
    top = pl.col("model_id").is_in(["heron-2-large", "osprey-1", "heron-3-large"])
    return (
        table(folder, "model_usage")
        .group_by("account_id")
        .agg(
            requests=requests.sum().log1p(),
            in_out=(pl.col("input_tokens").sum() / (pl.col("output_tokens").sum() + 1)).log1p(),
            out_each=(pl.col("output_tokens").sum() / requests.sum()).log1p(),
            models=pl.col("model_id").n_unique(),
            top=top.mean(),
            newest=(pl.col("model_id") == "heron-3-large").mean(),
            keys=pl.col("key_hash").n_unique(),
            clients=pl.col("client_hash").n_unique(),
            users=pl.col("end_user_hash").n_unique(),
            limited=pl.col("rate_limited_requests").sum() / requests.sum(),
            refused=pl.col("refused_requests").sum() / requests.sum(),
            cached=pl.col("cached_tokens").sum() / (pl.col("input_tokens").sum() + 1),
            night=((hour < 6).mean() - 0.25).abs(),
            model_days=pl.col("start").dt.date().n_unique(),
            even=requests.std() / requests.mean(),
        )
        .collect()
    )


def _telemetry(folder: Path) -> pl.DataFrame:
    owner = table(folder, "inventory").select("instance_id", "account_id")
    rows = table(folder, "gpu_telemetry").join(owner, on="instance_id").collect()
    wide = rows.pivot("metric", index=["account_id", "time"], values="value",
                      aggregate_function="mean").sort("account_id", "time")  # fmt: skip
    power, tensor = pl.col("DCGM_FI_DEV_GPU_UTIL"), pl.col("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE")
    came, left = pl.col("net_ingress_bytes").log1p(), pl.col("net_egress_bytes").log1p()
    return wide.group_by("account_id").agg(
        load=power.mean(), tensor=tensor.mean(), came=came.mean(), left=left.mean(),
        most_left=left.max(), steady=power.std(),
    )  # fmt: skip


def _own(folder: Path) -> pl.DataFrame:
    """Return the project's own features."""
    from detector.sources import read_logs
    from features import build_features

    logs = read_logs(folder)
    table = build_features(dict(logs), logs.as_of)
    return table.select("account_id", pl.selectors.matches(r"^f\d\d_"))


def _accounts(folder: Path) -> pl.DataFrame:
    age = (pl.col("created_at").max() - pl.col("created_at")).dt.total_days()
    entity = (pl.col("created_at") - pl.col("entity_registered_at")).dt.total_days()
    return (
        table(folder, "accounts")
        .select(
            "account_id", "declared_country", "payer_account_id", "organisation_id", "partner_id",
            age=age,
            entity_age=entity,
            no_use=pl.col("declared_use_class").is_null(),
            business=(pl.col("customer_class") == "business"),
            unverified=(pl.col("kyc_status") != "verified"),
            kyc_late=(pl.col("kyc_verified_at") - pl.col("created_at")).dt.total_days(),
            billing_elsewhere=(pl.col("billing_country") != pl.col("declared_country")),
            phone_elsewhere=(pl.col("phone_country") != pl.col("declared_country")),
        )
        .collect()
    )  # fmt: skip


def edges(folder: Path) -> pl.DataFrame:
    """Pairs of accounts that share identifiers few others have: a, b, kinds."""
    links = table(folder, "account_links").select("account_id", "kind", "value_hash").unique()
    rare = links.filter(pl.len().over("kind", "value_hash").is_between(2, RARE)).collect()
    pairs = rare.join(rare, on=["kind", "value_hash"]).filter(
        pl.col("account_id") < pl.col("account_id_right")
    )
    return pairs.group_by(a="account_id", b="account_id_right").agg(kinds=pl.col("kind").n_unique())


def features(folder: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return the generic features, the edges and the truth, each by account."""
    frame = _accounts(folder)
    for part in (
        _usage(folder),
        _payments(folder),
        _events(folder),
        _models(folder),
        _telemetry(folder),
    ):
        frame = frame.join(part, on="account_id", how="left")
    pairs = edges(folder)
    both = pl.concat([pairs.select(x="a", y="b", k="kinds"), pairs.select(x="b", y="a", k="kinds")])
    degree = both.group_by(account_id="x").agg(linked=pl.len(), strongest=pl.col("k").max())
    frame = frame.join(degree, on="account_id", how="left").with_columns(
        pl.col("linked", "strongest").fill_null(0),
        away=(pl.col("place") != pl.col("declared_country")),
    )
    frame = frame.join(_own(folder), on="account_id", how="left") if OWN else frame
    truth = pl.read_parquet(f"{folder}.truth.parquet")
    return frame.sort("account_id"), pairs.sort("a", "b"), truth


def matrix(frame: pl.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Return the numbers of a feature frame and their names."""
    drop = {"account_id", "declared_country", "place", "payer_account_id", "organisation_id",
            "partner_id"}  # fmt: skip
    names = [name for name in frame.columns if name not in drop]
    return frame.select(pl.col(names).cast(pl.Float64)).to_numpy(), names


def with_neighbours(frame: pl.DataFrame, pairs: pl.DataFrame, values: np.ndarray) -> np.ndarray:
    """Append the mean and spread of linked accounts' features, and declared ties."""
    number = {name: i for i, name in enumerate(frame["account_id"].to_list())}
    a = np.array([number[x] for x in pairs["a"]], dtype=int)
    b = np.array([number[x] for x in pairs["b"]], dtype=int)
    filled = np.nan_to_num(values, nan=-1.0)
    total, square = np.zeros_like(filled), np.zeros_like(filled)
    count = np.zeros(len(values))
    for x, y in ((a, b), (b, a)):
        np.add.at(total, x, filled[y])
        np.add.at(square, x, filled[y] ** 2)
        np.add.at(count, x, 1)
    mean = np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan)
    spread = np.sqrt(np.maximum(square / np.maximum(count, 1)[:, None] - mean**2, 0))
    tied = frame.select(pl.col("payer_account_id", "organisation_id", "partner_id").is_not_null())
    return np.hstack([values, mean, spread, tied.to_numpy().astype(float)])


def components(frame: pl.DataFrame, pairs: pl.DataFrame, kinds: int = 2) -> np.ndarray:
    """Number the groups of accounts tied by at least some kinds of rare identifiers."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    number = {name: i for i, name in enumerate(frame["account_id"].to_list())}
    strong = pairs.filter(pl.col("kinds") >= kinds)
    a = [number[x] for x in strong["a"]]
    b = [number[x] for x in strong["b"]]
    graph = coo_matrix((np.ones(len(a)), (a, b)), shape=(len(frame), len(frame)))
    return connected_components(graph, directed=False)[1]


def found(score: np.ndarray, truth: pl.DataFrame, case: np.ndarray) -> tuple[float, int]:
    """Return the share of rings found among the first 50 cases, and how many rings there are."""
    proxy = truth["is_proxy"].to_numpy()
    ring = truth["ring_id"].to_list()
    order = np.argsort(-score, kind="stable")
    seen: dict[int, None] = {}
    for i in order:
        seen.setdefault(int(case[i]))
        if len(seen) >= CAPACITY:
            break
    hit = set()
    for number in seen:
        members = np.flatnonzero(case == number)
        if proxy[members].mean() > 0.5:
            hit |= {ring[i] for i in members if proxy[i]}
    rings = {r for r, p in zip(ring, proxy, strict=True) if p}
    return len(hit & rings) / max(len(rings), 1), len(rings)


def singles(values: np.ndarray, names: list[str], proxy: np.ndarray) -> list[tuple[float, str]]:
    """Return every feature's AUROC in its better direction, best first."""
    scores = []
    for column, name in zip(values.T, names, strict=True):
        filled = np.where(np.isnan(column), np.nanmedian(column), column)
        auc = roc_auc_score(proxy, filled)
        scores.append((max(auc, 1 - auc), name))
    return sorted(scores, reverse=True)


def world(args: argparse.Namespace, seed: int, home: Path, **settings: object) -> Path:
    """Make one world."""
    folder = home / f"w{seed}"
    simulate(args.preset, args.accounts, args.days, seed, folder,
             ranges=args.ranges, settings=settings or None)  # fmt: skip
    return folder


def ceiling(args: argparse.Namespace, home: Path) -> HistGradientBoostingClassifier:
    """Teach a model on other seeds with many rings."""
    xs, ys = [], []
    for seed in range(900, 900 + args.teach):
        folder = world(args, seed, home, prevalence=0.08)
        frame, pairs, truth = features(folder)
        proxy = truth["is_proxy"].to_numpy()
        kept = proxy | (np.random.default_rng(seed).random(len(proxy)) < 0.3)
        xs.append(with_neighbours(frame, pairs, matrix(frame)[0])[kept])
        ys.append(proxy[kept])
        shutil.rmtree(folder)
    model = HistGradientBoostingClassifier(
        max_iter=150, learning_rate=0.08, l2_regularization=1.0, random_state=0
    )
    return model.fit(np.vstack(xs), np.concatenate(ys))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--preset", default="standard")
    parser.add_argument("--ranges", default="dev")
    parser.add_argument("--accounts", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--own", action="store_true", help="add the project's own features")
    parser.add_argument("--teach", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        model = ceiling(args, home) if args.teach else None
        for seed in range(1, args.seeds + 1):
            folder = world(args, seed, home)
            report(folder, model)
            shutil.rmtree(folder)


def report(folder: Path, model: HistGradientBoostingClassifier | None) -> None:
    """Print one world's figures."""
    frame, pairs, truth = features(folder)
    values, names = matrix(frame)
    proxy = truth["is_proxy"].to_numpy()
    alone = np.arange(len(frame))
    best = singles(values, names, proxy)
    spend = np.nan_to_num(values[:, names.index("spend")])
    gpu = np.nan_to_num(values[:, names.index("gpu_hours")])
    filled = np.where(np.isnan(values), np.nanmedian(values, axis=0), values)
    forest = IsolationForest(n_estimators=300, random_state=0).fit(filled)
    odd = -forest.score_samples(filled)
    near = with_neighbours(frame, pairs, values)
    taught = model.predict_proba(near)[:, 1] if model else np.zeros(len(near))
    case = components(frame, pairs)
    print(
        f"{folder.name}: proxies {proxy.sum()} of {len(proxy)},"
        f" rings {found(spend, truth, alone)[1]}\n"
        f"  best single: {', '.join(f'{name} {auc:.2f}' for auc, name in best[:6])}\n"
        f"  spend rank: AUROC {roc_auc_score(proxy, spend):.3f},"
        f" rings {found(spend, truth, alone)[0]:.2f};"
        f" GPU-hour rank AUROC {roc_auc_score(proxy, gpu):.3f}\n"
        f"  plain forest: AUROC {roc_auc_score(proxy, odd):.3f},"
        f" AP {average_precision_score(proxy, odd):.3f},"
        f" rings {found(odd, truth, alone)[0]:.2f}, with cases {found(odd, truth, case)[0]:.2f}\n"
        f"  ceiling: AUROC {roc_auc_score(proxy, taught):.3f},"
        f" AP {average_precision_score(proxy, taught):.3f},"
        f" rings {found(taught, truth, alone)[0]:.2f},"
        f" with cases {found(taught, truth, case)[0]:.2f}",
        flush=True,
    )
    _by_typology(taught, truth)


def _by_typology(score: np.ndarray, truth: pl.DataFrame) -> None:
    rank = pl.Series("rank", -score).rank("min")
    best = truth.with_columns(rank).filter("is_proxy").group_by("typology", "ring_id")
    ranks = best.agg(pl.col("rank").min(), size=pl.len()).sort("typology", "rank")
    for name, part in ranks.group_by("typology", maintain_order=True):
        shown = ", ".join(f"{r:.0f} ({n})" for r, n in part.select("rank", "size").iter_rows())
        print(f"    {name[0]}: {shown}", flush=True)


if __name__ == "__main__":
    main()
