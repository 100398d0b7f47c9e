"""What the words of the report mean, and the words for what the tables hold."""

from __future__ import annotations

from typing import Final

from features.links.kinds import WORDS
from features.tables import Facts

QUEUES: Final = {
    "proxy": ("For review: possible access by proxy", "At least two kinds of evidence speak."),
    "victim": (
        "The holder is likely the injured party",
        "Write to help, not to accuse: these credentials were probably stolen.",
    ),
    "policy": (
        "Raised by law and policy alone",
        "Lane L asks, or a strong lead whose buyer or supplier lists may know; behaviour is "
        "unremarkable.",
    ),
    "other": ("Other abuse", "Mining, trial farming or payment fraud; not access by proxy."),
}

CHANGES: Final = {
    "new": "new",
    "entered": "entered a queue",
    "left": "left its queue",
    "risen": "▲ risen",
    "fallen": "▼ fallen",
    "same": "same",
}

LINK_KINDS: Final = WORDS

TERMS: Final = (
    ("Case", "What is reviewed as one: a ring, or an account that is in none."),
    ("Score", "0 to 1, larger is more like access by proxy. It ranks; it proves nothing."),
    (
        "Tail (“1 of 5,000 peers this far out”)",
        "The share of accounts of the same kind (workload, size, age) that are at least as "
        "unusual. Unusual is not guilty: with 5,000 honest peers one of them is this far out.",
    ),
    (
        "TPP-hour",
        "The unit of controlled compute: GPU-hours times the GPU's total processing "
        "performance. One hour of an H100 is 15,830 TPP-h, of an A100 4,992 TPP-h.",
    ),
    ("Ring", "Accounts tied by several rare, independent pieces of evidence."),
    (
        "Contribution",
        "What one reason adds to (or takes from) the forest's raw score, counted from the base "
        "that every account starts with. Base and contributions add up to the raw score.",
    ),
    ("Coverage", "The share of the model's inputs that the logs of this account could fill."),
    (
        "Lane B, L, E",
        "Behaviour; law and policy; evidence from outside. They stand side by side and are "
        "never added up. Only B sets score and rank.",
    ),
    (
        "Policy queue",
        "Cases in which lane L asks for a look: any match, and an inquiry of medium or strong "
        "evidence, unless a decision silenced it. It has an order of its own.",
    ),
    (
        "Condition",
        "What a rule asks, of one account: met, possible, unknown (data is missing) or not met. "
        "The rule's status on that day then decides the outcome.",
    ),
    (
        "Match",
        "The condition is met and the rule is verified to be in force; on a list, name and place "
        "agree with a current entry of an organisation. A question for counsel, not a verdict.",
    ),
    (
        "Inquire",
        "The condition may be met, or is met while the rule's status is not verified: ask. A "
        "name alone never gives more, and never puts a person into the queue.",
    ),
    (
        "Unknown",
        "Data is missing, or a list was refused, too old or of unknown day. Not a clear.",
    ),
    (
        "Clear",
        "The condition is not met, nothing was found in the lists of this run, or the rule is not "
        "applied on that day (suspended, not enforced). It reads “not found in …”, “condition not "
        "met” or “rule not applied”; nobody is called cleared.",
    ),
    (
        "Lead",
        "A public notice that may speak of an account: strong or medium by what agrees of name, "
        "keyword, time, amount, quantity and hand-over. A question for the holder.",
    ),
)

LADDER: Final = (
    ("Ask", "send the questions; most innocent cases end here"),
    ("Verify", "check the answers and papers against the record"),
    ("Limit", "quota or new capacity, with a second person's agreement"),
    ("Suspend", "last, with a statement of reasons and the way to appeal"),
)

FAMILY_SENTENCES: Final = {
    "F01": "How much controlled compute, how soon after sign-up and how steep.",
    "F02": "How money comes in and runs out: round top-ups, draining to zero, credits.",
    "F03": "Who pays, with what, and for how many others.",
    "F04": "Whether the account behaves as a reseller without having said so.",
    "F05": "Whether control of the account changed hands.",
    "F06": "From what kinds of network it is used, and whether that fits its record. "
    "Never enough alone.",
    "F07": "Whether separate groups of users live inside one account.",
    "F08": "What the GPUs do: train, infer, render, mine or idle.",
    "F09": "How models are called: mix, limits, flatness, new models.",
    "F10": "Whether requests follow one template; no content is stored.",
    "F11": "What rare things the account shares with others.",
    "F12": "Whether accounts act, start and stop together.",
    "F13": "Whether the customer record is whole and agrees with itself.",
    "F14": "Whether amounts hug a threshold or are split equally.",
    "F15": "Whether our own exceptions gather at one partner.",
    "F16": "What speaks for the account: age, checks, records, the same hands for long.",
}

TABLES: Final = Facts(lambda table: table.title)
