"""Pairs of names that other screeners get wrong, and how each score explains itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detector.policy.names.explain import sentence
from detector.policy.names.normalise import readings
from detector.policy.names.score import POSSIBLE_BAND, SAME_BAND, STRONG_BAND, reasons, score

Alike = Callable[[str, str], int]

SAME = [
    ("成都運達科技", "Chengdu Yunda Technology Co., Ltd"),
    ("成都運達科技有限公司", "成都运达科技"),
    ("四川大学", "Sichuan University"),
    ("广东永安科技有限公司", "Guangdong Yong An Tech Co., Ltd."),
    ("Academy of Kestrel Military Optics (AKMO)", "Academy of Kestrel Military Optics"),
    ("深圳市大疆创新科技有限公司", "Shenzhen Dajiang Innovation Technology Co., Ltd."),
    ("Chengdu Yunda Keji Youxian Gongsi", "Chengdu Yunda Technology Co., Ltd"),
    (
        "中国电子科技集团公司第十四研究所",
        "China Electronics Technology Group Corporation 14th Research Institute",
    ),
    ("OAO Gazprom", "Open Joint Stock Company Gazprom"),
    ("ООО Ромашка", "Romashka LLC"),
    ("Brigade Forty-Four", "Brigade 44"),
    ("The Coca-Cola Company", "COCA COLA CO"),
    ("J.P. Morgan & Co.", "JP Morgan and Co"),
    ("Société Générale S.A.", "SOCIETE GENERALE SA"),
    ("Messrs. Yunda Technology", "Technology Yunda"),
    ("Yunda Technology (Shanghai Branch)", "Yunda Technology Ltd"),
    ("Alpha Trading (formerly Bexima Holding Ltd)", "Bexima Holding"),
    ("Yunda Tech; and any successor, sub-unit, or subsidiary thereof", "Yunda Technology"),
    ("Goodwill Company", "Good Will Company"),
    ("Gаzprоm", "Gazprom"),
]
STRONG = [
    ("HAIGE COMM GRP", "Guangzhou Haige Communications Group"),
    ("Almaz Antey Telecom", "Almaz Antey"),
    ("faberlic", "FABERLIC EUROPE Sp. z o.o."),
]
POSSIBLE = [
    ("HAIGE GUANGZHOU", "Guangzhou Haige Communications Group"),
    ("Cencora, Inc.", "Sencora, Inc."),
]
NO_HIT = [
    ("Chengdu Technology Co Ltd", "Chengdu Yunda Technology Co., Ltd"),
    ("11420 CORP", "11421 CORP"),
    ("之江實驗室", "Zhejiang Lab"),
    ("emma daniels", "EMMA LLC"),
    ("Royal Bank", "Royal Mail"),
    ("Bank of China (Hong Kong) Limited", "Bank of China (Singapore) Limited"),
    ("China National Pipeline Corporation", "China National Petroleum Corporation"),
    ("Volkswagen AG", "Siemens AG"),
    ("BAE Systems, Inc.", "BAE Industries, Inc."),
    ("Kestrel Capital Fund VIII L.P.", "Kestrel Capital Fund IX L.P."),
    ("成都运维科技", "Chengdu Yunda Technology"),
    ("北京华信科技", "北京华星科技"),
    ("國家超級計算廣州中心", "National Supercomputing Center in Tianjin"),
    ("Digital Services Ltd", "Digital Services JSC"),
]


@pytest.mark.parametrize(("first", "second"), SAME)
def test_the_same_firm_written_otherwise_is_the_same(alike: Alike, first: str, second: str) -> None:
    assert alike(first, second) >= SAME_BAND


@pytest.mark.parametrize(("first", "second"), STRONG)
def test_what_one_name_leaves_out_is_no_contradiction(
    alike: Alike, first: str, second: str
) -> None:
    assert STRONG_BAND <= alike(first, second) < SAME_BAND


@pytest.mark.parametrize(("first", "second"), POSSIBLE)
def test_less_that_agrees_is_possible_at_most(alike: Alike, first: str, second: str) -> None:
    assert POSSIBLE_BAND <= alike(first, second) < STRONG_BAND


@pytest.mark.parametrize(("first", "second"), NO_HIT)
def test_other_firms_are_no_hit(alike: Alike, first: str, second: str) -> None:
    assert alike(first, second) < POSSIBLE_BAND


def test_an_alias_finds_what_no_spelling_would(alike: Alike) -> None:
    assert alike("之江實驗室", "之江实验室") == 1000


def test_each_pair_explains_its_score_as_somebody_read_it(
    as_reviewed: Callable[[str, Path], None],
) -> None:
    told = [_told(*pair) for pair in (*SAME, *STRONG, *POSSIBLE, *NO_HIT)]
    as_reviewed("\n".join(told) + "\n", Path(__file__).parent / "golden" / "pairs.txt")


def _told(first: str, second: str) -> str:
    best, mine, theirs = max(
        (score(mine, theirs), mine, theirs)
        for mine in readings(first)
        for theirs in readings(second)
    )
    why = sentence([part._asdict() for part in reasons(mine, theirs)])
    return f"{best:4} {first} | {second}: {why}"
