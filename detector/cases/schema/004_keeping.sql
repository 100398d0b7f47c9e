-- Cases that are kept whatever their time: counsel says so, with a reason, until counsel lifts it.
CREATE TABLE holds (
    hold_id INTEGER PRIMARY KEY,
    case_id TEXT NOT NULL,
    person TEXT NOT NULL,
    at TEXT NOT NULL,
    reason TEXT NOT NULL,
    lifted_at TEXT,
    lifted_by TEXT,
    lifted_for TEXT
) STRICT;
CREATE INDEX holds_of_case ON holds (case_id, hold_id);
