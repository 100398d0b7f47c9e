"""Who the customers are, and who hides among them, as two tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lessons.orchard.setting import Array

CLASSES = ("individual", "startup", "business", "enterprise", "education", "government", "reseller")
USES = (
    "web",
    "analytics",
    "rendering",
    "scientific",
    "ml_training",
    "ml_inference",
    "finance",
    "gaming",
    "education",
    "other",
)
DUTIES = ("train", "infer", "render", "mine", "notebook")
PLACES = ("home", "office", "campus", "remote", "travel", "vpn", "egress", "masked", "stolen")


class Archetype(NamedTuple):
    """How one kind of customer lives; rates are a day's, sizes are medians."""

    name: str
    share: float  # of all accounts
    klass: str
    use: str
    place: str
    people: float
    logins: float
    has_gpu: float  # share of them that rent GPUs
    gpu: int  # 0 small, 1 middling, 2 whole nodes
    starts: float
    hours: float
    duty: str
    has_models: float
    calls: float  # hours of a day with calls
    requests: float  # in an hour with calls
    tokens_in: float
    tokens_out: float
    top: float  # share of them on the dearest models
    flat: float  # 0: by day alone; 1: round the clock
    keys: float  # SSH keys in use
    credit: float  # share of them on credits
    young: float

    @property
    def group(self) -> str:
        """Return the kind of group that such customers come in, if any."""
        return next((kind for kind in GROUPS if self.name.startswith(kind)), "")


_ROWS = """
web_shop 150 business web office 2 .5 .04 0 .2 6 infer .35 5 12 700 250 .1 .15 1 .05 .45
hobbyist 110 individual other home 1 .3 .20 0 .25 3 notebook .45 2 6 600 500 .25 .1 1 .1 .6
vpn_hobbyist 55 individual other vpn 1 .35 .30 0 .3 4 notebook .5 2.5 7 600 500 .3 .3 1 .05 .6
seed_startup 110 startup ml_inference home 3 .9 .40 1 .35 8 infer .7 8 25 900 400 .4 .3 1.5 .7 .9
ml_startup 75 startup ml_training office 4 1.2 .97 2 .35 14 train .5 6 20 900 500 .4 .5 2.5 .5 .75
pivoted_startup 25 startup web office 3 .9 .9 1 .5 12 train .6 6 20 900 450 .4 .45 2 .3 .4
remote_team 60 startup analytics remote 6 1.2 .4 1 .35 9 train .7 7 20 800 400 .35 .45 2.5 .4 .7
traveller 40 individual web travel 1 .6 .25 0 .3 5 notebook .6 3 10 800 500 .35 .25 1 .1 .5
merged_company 22 business analytics office 4 .8 .4 1 .3 10 infer .6 7 25 900 400 .35 .3 2 .05 .2
agency 40 business web egress 4 1.1 .25 1 .3 6 infer .6 7 22 900 400 .35 .3 3 .1 .4
reseller_client 50 business analytics office 2 .5 .3 1 .3 8 infer .4 5 15 800 350 .25 .3 1.2 .02 .5
campus_buyer 25 education scientific campus 4 .6 .8 1 .4 16 train .4 3 15 900 600 .3 .35 3 .1 .4
campus_hpc 18 education scientific campus 14 2 1 2 .7 14 train .4 4 15 900 600 .3 .55 12 .1 .25
hackathon 45 education education campus 3 1.2 .5 0 .5 5 notebook .9 6 20 700 500 .35 .4 1.5 .7 1
accelerator_firm 45 startup ml_inference home 2 .9 .5 1 .35 8 train .7 7 22 900 450 .4 .3 1.5 .85 1
landing_zone 90 enterprise analytics egress 3 .5 .25 1 .35 8 infer .5 7 30 900 350 .3 .35 1.2 0 .4
llm_gateway 20 enterprise other egress 4 .7 .1 0 .2 5 infer 1 14 90 1100 350 .45 .25 1 0 .3
ai_saas 40 startup ml_inference office 4 1 .5 1 .4 18 infer 1 19 110 900 350 .45 .75 1.5 .4 .6
eval_lab 20 startup scientific remote 3 .9 .5 1 .35 8 train 1 9 80 600 900 .8 .6 1.5 .3 .5
data_maker 18 startup ml_training office 3 .8 .6 1 .4 10 train 1 12 100 400 1100 .75 .65 1.5 .3 .5
returning_customer 16 individual web home 1 .4 .3 0 .3 5 notebook .5 3 10 700 400 .3 .2 1 .05 .9
render_studio 30 business rendering office 4 .6 .95 1 .8 7 render .2 3 8 700 300 .2 .5 2 .05 .4
quant_firm 22 business finance egress 3 .5 .9 2 .2 22 train .3 4 15 800 400 .3 .7 2 0 .35
subsidiary 36 enterprise analytics egress 3 .6 .5 1 .35 12 train .4 6 20 900 400 .35 .4 1.5 0 .6
ci_farm 22 business other egress 3 .8 .5 0 1.2 2 infer .6 16 30 1500 250 .3 .7 2 .05 .4
genomics 16 education scientific campus 4 .6 .9 1 .25 30 train .2 2 8 700 400 .2 .5 3 .05 .3
dev_shop 25 business web remote 6 1.1 .6 1 .5 6 notebook .6 7 20 900 450 .35 .35 6 .1 .4
"""


def _archetype(line: str) -> Archetype:
    words = line.split()
    kinds = [str(field) for field in Archetype.__annotations__.values()]
    made = [
        word if "str" in kind else int(word) if "int" in kind else float(word)
        for word, kind in zip(words, kinds, strict=False)
    ]
    return Archetype(*made)  # type: ignore[arg-type]


ARCHETYPES = tuple(_archetype(line) for line in _ROWS.strip().splitlines())
INDEX = {archetype.name: number for number, archetype in enumerate(ARCHETYPES)}


def numbers(field: str) -> Array:
    """Return one figure of all archetypes."""
    return np.array([getattr(archetype, field) for archetype in ARCHETYPES])


def indices(field: str, vocabulary: tuple[str, ...]) -> Array:
    """Return one word of all archetypes, as its index."""
    return np.array([vocabulary.index(getattr(archetype, field)) for archetype in ARCHETYPES])


@dataclass(frozen=True)
class Plan:
    """How one kind of proxy works: what it says it is, and whose work it really does."""

    typology: str
    fronts: tuple[str, ...]
    looks: tuple[str, ...]
    wants: str  # gpu or models
    shares: tuple[str, ...] = ()
    turns: bool = False  # the members of a ring work by turns


RINGS = (
    Plan(
        "T03", ("seed_startup", "hobbyist"), ("ai_saas", "eval_lab"), "models", ("device", "phone")
    ),
    Plan("T04", ("seed_startup", "web_shop"), ("ai_saas",), "models", ("device", "payment"), True),
    Plan("T06", ("seed_startup", "web_shop"), ("eval_lab", "data_maker"), "models", ("device",)),
    Plan(
        "T08",
        ("subsidiary", "seed_startup"),
        ("ml_startup",),
        "gpu",
        ("ssh_key", "image", "address"),
    ),
    Plan(
        "T12",
        ("accelerator_firm", "seed_startup"),
        ("ml_startup",),
        "gpu",
        ("ssh_key", "form_text"),
        True,
    ),
    Plan("T14", ("web_shop", "seed_startup"), ("ml_startup",), "gpu", ("ssh_key", "image"), True),
    Plan(
        "T16",
        ("seed_startup", "hobbyist"),
        ("ml_startup", "eval_lab"),
        "gpu",
        ("device", "payment"),
    ),
)
ALONE = (
    Plan("T01", ("agency", "web_shop"), ("ml_startup", "campus_buyer"), "gpu"),
    Plan("T02", ("web_shop", "hobbyist"), ("data_maker", "ml_startup"), "models"),
    Plan("T04", ("seed_startup", "agency"), ("ai_saas",), "models"),
    Plan("T15", ("vpn_hobbyist", "remote_team"), ("ml_startup", "eval_lab"), "gpu"),
    Plan("T17", ("agency", "dev_shop"), ("campus_hpc",), "gpu"),
    Plan("T20", ("hobbyist", "ml_startup"), ("dev_shop", "ml_startup"), "gpu"),
    Plan("T21", ("web_shop", "render_studio"), ("ml_startup",), "gpu"),
)
GROUPS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "reseller": (4, 10, ("payment", "device", "address")),
    "hackathon": (6, 16, ("address", "form_text")),
    "accelerator": (4, 10, ("address", "form_text", "phone")),
    "landing": (5, 20, ("payment", "tax_id", "image", "ssh_key", "device")),
    "returning": (2, 2, ("device", "payment", "phone")),
    "subsidiary": (2, 4, ("image", "ssh_key", "tax_id")),
}
