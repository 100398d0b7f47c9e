"""What the words of the report mean, and the words for what the tables hold."""

from __future__ import annotations

from typing import Final

from features.links.kinds import WORDS
from features.tables import Facts

QUEUES: Final = {
    "proxy": (
        "For review: possible access by proxy",
        "At least two kinds of evidence speak, or a ring says more than its accounts do alone.",
    ),
    "victim": (
        "The holder is likely the injured party",
        "Write to help, not to accuse: these credentials were probably stolen.",
    ),
    "policy": (
        "Raised by law and policy alone",
        "Lane L asks, or a strong lead whose buyer or supplier lists may know; behaviour is "
        "unremarkable.",
    ),
    "other": (
        "Other abuse",
        "Signs of mining, or payments that are taken back; not access by proxy.",
    ),
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
        "Chance (“about 7 in 1,000 ordinary accounts reach this”)",
        "The p-value. Each account is measured within its peers first; then as many of all "
        "ordinary accounts that the model learnt from stand as far out, alone or by their ring. "
        "Unusual is not guilty: of 1,000 honest accounts about 7 reach a chance of 0.007.",
    ),
    (
        "Peers",
        "Accounts of the same kind: workload, then size, then age, as far as at least so many "
        "are alike that they can be compared; else all accounts. “Half of its peers” is their "
        "middle value, and “beyond” the share of them that lie farther out on the suspicious "
        "side: never finer than one of the group.",
    ),
    (
        "Change",
        "Beside the run given as --previous, the first that holds: new (not scored then), "
        "entered a queue (another than before counts too), left its queue, risen or fallen (the "
        "score, by more than 0.02), same.",
    ),
    (
        "Standing",
        "What was decided about an account before: open, closed, confirmed proxy, confirmed "
        "victim, or cleared, which ends on a day. Only what is open is put before a reviewer for "
        "its behaviour.",
    ),
    (
        "Family that speaks",
        "A family of signs in which at most one of twenty ordinary peers is as far out. Two have "
        "to speak before behaviour alone asks for a review; the kind of network never counts.",
    ),
    (
        "TPP-hour",
        "The unit of controlled compute: GPU-hours times the GPU's total processing "
        "performance. One hour of an H100 is 15,830 TPP-h, of an A100 4,992 TPP-h.",
    ),
    (
        "Ring",
        "Accounts tied by two independent rare identifiers, or by one that only its owner can "
        "present (means of payment, tax id, access key, SSH key), where no record explains it.",
    ),
    (
        "Contribution",
        "What one reason adds to (or takes from) the model's raw score, counted from the base "
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

#: What stands before an honest use that looks like a typology.
LOOKALIKES: Final = "Innocent look-alikes"

LADDER: Final = (
    ("Ask", "send the questions; most innocent cases end here"),
    ("Verify", "check the answers and papers against the record"),
    ("Limit", "quota or new capacity, with a second person's agreement"),
    ("Suspend", "last, with a statement of reasons and the way to appeal"),
)

#: Typologies that no account is said to look like: what tells of them is no account's.
NEVER_GIVEN: Final = ("T19",)
#: Families of signs that behaviour is read by.
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
    "F16": "What speaks for the account: age, checks, records, the same hands for long.",
}

TABLES: Final = Facts(lambda table: table.title)
