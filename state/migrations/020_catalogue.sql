-- +goose Up
-- Times are milliseconds since 1970.
CREATE TABLE rule_pack (
  name        TEXT PRIMARY KEY,
  version     TEXT NOT NULL,
  origin      TEXT NOT NULL,
  hash        TEXT NOT NULL,             -- of the files
  installed   INTEGER NOT NULL,
  who         TEXT NOT NULL,
  policy      TEXT NOT NULL              -- JSON: which rules are enabled that nobody has decided about
) WITHOUT ROWID;

CREATE TABLE rule_file (
  pack        TEXT NOT NULL REFERENCES rule_pack (name) ON DELETE CASCADE,
  path        TEXT NOT NULL,
  text        TEXT NOT NULL,
  PRIMARY KEY (pack, path)
);

CREATE TABLE rule (
  id          TEXT PRIMARY KEY,
  pack        TEXT NOT NULL,
  path        TEXT NOT NULL,
  kind        TEXT NOT NULL,             -- rule, correlation, filter
  title       TEXT NOT NULL,
  hash        TEXT NOT NULL,             -- of its text
  version     INTEGER NOT NULL,          -- counts the changes of its text
  added       INTEGER NOT NULL,
  changed     INTEGER NOT NULL,
  removed     INTEGER                    -- since when its pack does not have it any more
) WITHOUT ROWID;
CREATE INDEX rule_of_pack ON rule (pack);

-- What people have decided about a rule. It outlives the rule, which may come back with the next version of its pack.
CREATE TABLE rule_state (
  rule        TEXT PRIMARY KEY,
  version     INTEGER NOT NULL,          -- counts the changes
  enabled     INTEGER,                   -- NULL: as the policy of its pack says
  settings    TEXT NOT NULL              -- JSON
) WITHOUT ROWID;

CREATE TABLE rule_exception (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  rule        TEXT NOT NULL,
  text        TEXT NOT NULL,             -- the section "detection" of a rule, in YAML
  reason      TEXT NOT NULL,
  who         TEXT NOT NULL,
  created     INTEGER NOT NULL,
  expires     INTEGER,                   -- NULL: never
  ended       INTEGER,                   -- when it was taken back
  ended_by    TEXT
);
CREATE INDEX rule_exception_rule ON rule_exception (rule);

CREATE TABLE rule_history (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  rule        TEXT NOT NULL,             -- empty: of the whole pack
  pack        TEXT NOT NULL,
  time        INTEGER NOT NULL,
  who         TEXT NOT NULL,
  what        TEXT NOT NULL,
  old         TEXT NOT NULL,
  new         TEXT NOT NULL,
  reason      TEXT NOT NULL,
  detail      TEXT NOT NULL,             -- what is different, in words
  text        TEXT                       -- the YAML that was replaced
);
CREATE INDEX rule_history_rule ON rule_history (rule, id);

-- +goose Down
DROP TABLE rule_history;
DROP TABLE rule_exception;
DROP TABLE rule_state;
DROP TABLE rule;
DROP TABLE rule_file;
DROP TABLE rule_pack;
