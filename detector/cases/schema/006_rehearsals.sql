-- A folder in which a simulated world is reviewed says so from its first event on: nothing leaves it.
CREATE TABLE rehearsals (
    rehearsal_id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    world TEXT NOT NULL,
    ended_at TEXT
) STRICT;

-- What is true of cases that are left to learn on; told to whoever has judged one. No event of the
-- case itself puts a row here: its history would tell.
CREATE TABLE truths (
    of_case TEXT PRIMARY KEY,
    outcome TEXT NOT NULL,
    accounts TEXT NOT NULL
) STRICT;
