-- Filters of the queue under a name: of a person, or of everybody where a lead shares them.
CREATE TABLE views (
    view_id INTEGER PRIMARY KEY,
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared INTEGER NOT NULL
) STRICT;
CREATE INDEX views_of_person ON views (person, name);
