"""What happened to a case, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from detector.words import moment, visible

#: What an event says of a case; who did it stands before.
SENTENCES: Final = {
    "case.opened": "opened the case",
    "case.claimed": "took the case",
    "case.assigned": "said whose case it is",
    "case.released": "gave the case back",
    "case.lease_out": "let the case go: no sign of whoever had it",
    "case.unassigned": "let the case go: whoever had it left",
    "case.asked": "put questions to the holder",
    "case.answered": "noted an answer",
    "case.due": "let the case go on: its day has come",
    "case.snoozed": "put the case off",
    "case.sent_back": "sent the case back to be judged anew",
    "case.reopened": "opened the case again",
    "case.seen": "found something new in a run",
    "case.seen_before": "found the case in an older run",
    "case.ranked": "ranked it anew",
    "case.retold": "told it anew by a later run",
    "case.left": "found it in no queue any more",
    "case.settled": "settled the case",
    "case.merged": "let the case go on in another",
    "case.joined": "joined another case to it",
    "case.unmerged": "took a merge back",
    "case.parted": "took accounts out that came by a merge",
    "case.held": "keeps the case, whatever its time",
    "case.hold_lifted": "no longer keeps the case beyond its time",
    "case.erased": "erased the case: its time was over",
    "case.taken_over": "took over what an older system had settled",
    "judgement.stored": "judged",
    "judgement.imported": "typed in a judgement made elsewhere",
    "judgement.undone": "took a judgement back",
    "comment.added": "said something",
    "merge.proposed": "asked whether another case is the same",
    "merge.declined": "said that another case is not the same",
    "letter.drafted": "drafted a letter",
    "letter.approved": "approved a letter",
    "letter.sent": "noted that a letter was sent",
    "letter.withdrawn": "withdrew a letter",
    "appeal.filed": "noted an objection",
    "appeal.acknowledged": "acknowledged an objection",
    "appeal.decided": "decided on an objection",
    "suppressor.proposed": "proposed a suppressor",
    "suppressor.confirmed": "confirmed a suppressor",
    "suppressor.revoked": "revoked a suppressor",
    "list.released": "let letters name a list",
    "template.approved": "approved a template of letters",
    "pack.made": "made an evidence pack",
    "session.begun": "logged in",
    "person.added": "added a person",
    "person.roles_changed": "changed somebody's roles",
    "person.password_set": "set a password",
    "person.deactivated": "took somebody out",
    "token.issued": "made a token",
    "token.revoked": "revoked a token",
    "settings.changed": "changed a setting",
    "run.taken": "took a run in",
    "draws.keyed": "made the key that draws are made with",
    "golden.drawn": "drew which settled cases are served again",
    "cases.verified": "found the folder whole",
    "rehearsal.begun": "began a rehearsal",
    "rehearsal.ended": "ended the rehearsal",
    "case.left_to_learn": "left it for somebody to learn on",
    "truth.kept": "kept what is true of a case to learn on",
}


def sentence_of(action: str) -> str:
    """What an event says; its own name where no sentence was written for it."""
    return SENTENCES.get(action) or visible(action, 60).replace(".", " ").replace("_", " ")


def lines(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Events as a page lists them."""
    return [
        {"seq": row["seq"], "at": moment(row["at"]), "person": row["person"],
         "role": row.get("role", ""), "what": sentence_of(row["action"])}
        for row in rows
    ]  # fmt: skip
