-- +goose Up
-- Times are milliseconds since 1970; those of events are the times at which the events happened.
CREATE TABLE alert (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  version      INTEGER NOT NULL,         -- counts changes that somebody who works on it must know of
  origin       TEXT NOT NULL,            -- rule, correlation, hunt, defender, noise
  group_key    BLOB NOT NULL,            -- hash of what its events have in common
  rule         TEXT NOT NULL,
  title        TEXT NOT NULL,
  level        TEXT NOT NULL,
  urgency      INTEGER NOT NULL,         -- 0 to 100, the one that counts
  computed     INTEGER NOT NULL,         -- 0 to 100, by the formula
  urgency_set  INTEGER NOT NULL,         -- 1: somebody has set urgency
  importance   TEXT NOT NULL,            -- of the most important asset
  asset        TEXT NOT NULL,            -- which one that is
  status       TEXT NOT NULL,
  verdict      TEXT NOT NULL,
  assignee     TEXT NOT NULL,
  occurrences  INTEGER NOT NULL,
  events       INTEGER NOT NULL,         -- that were ever referred to, the last of them being in alert_event
  tags         TEXT NOT NULL,            -- JSON list, as are techniques and tactics
  techniques   TEXT NOT NULL,
  tactics      TEXT NOT NULL,
  facts        TEXT NOT NULL,            -- JSON: what is shown and not asked for
  first        INTEGER NOT NULL,         -- event
  last         INTEGER NOT NULL,
  created      INTEGER NOT NULL,
  updated      INTEGER NOT NULL,
  acknowledged INTEGER,
  closed       INTEGER,                  -- of the last closing, as long as it is closed
  reopened     INTEGER NOT NULL,         -- how often
  provisional  INTEGER NOT NULL,         -- 1: evidence has come, the alert's description has not
  quiet        INTEGER NOT NULL          -- 1: nobody was to be notified of it
);
CREATE INDEX alert_group ON alert (group_key, last);
CREATE INDEX alert_urgency ON alert (urgency, id);
CREATE INDEX alert_updated ON alert (updated, id);
CREATE INDEX alert_created ON alert (created, id);
CREATE INDEX alert_occurrences ON alert (occurrences, id);
CREATE INDEX alert_status ON alert (status, urgency);
CREATE INDEX alert_rule_id ON alert (rule, id);
CREATE INDEX alert_closed ON alert (closed) WHERE closed IS NOT NULL;

-- The first events of an alert and the latest ones: those between were written over.
CREATE TABLE alert_event (
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  slot         INTEGER NOT NULL,
  number       INTEGER NOT NULL,         -- from 1, in order of arrival
  event        BLOB NOT NULL,
  rule         TEXT NOT NULL,
  event_table  TEXT NOT NULL,
  time         INTEGER NOT NULL,
  summary      TEXT NOT NULL,
  PRIMARY KEY (alert, slot)
) WITHOUT ROWID;
CREATE INDEX alert_event_event ON alert_event (event);

CREATE TABLE alert_entity (
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL,
  name         TEXT NOT NULL,            -- value in lower case
  value        TEXT NOT NULL,
  facts        TEXT NOT NULL,            -- JSON
  first        INTEGER NOT NULL,
  last         INTEGER NOT NULL,
  occurrences  INTEGER NOT NULL,
  PRIMARY KEY (alert, kind, name)
) WITHOUT ROWID;

-- Whatever an entity may be looked up by, in lower case: its name, its id, a hash.
CREATE TABLE alert_term (
  term         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  PRIMARY KEY (term, kind, alert)
) WITHOUT ROWID;
CREATE INDEX alert_term_alert ON alert_term (alert);

CREATE TABLE alert_history (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  time         INTEGER NOT NULL,
  actor        TEXT NOT NULL,            -- empty: Penstock
  what         TEXT NOT NULL,
  old          TEXT NOT NULL,
  new          TEXT NOT NULL,
  note         TEXT NOT NULL
);
CREATE INDEX alert_history_alert ON alert_history (alert, id);

CREATE TABLE alert_comment (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  time         INTEGER NOT NULL,
  actor        TEXT NOT NULL,
  text         TEXT NOT NULL
);
CREATE INDEX alert_comment_alert ON alert_comment (alert, id);

-- What was counted already: the day of the event times 2^47, and a hash of rule and event.
CREATE TABLE alert_seen (match INTEGER PRIMARY KEY);

-- Findings that grow: of which alert they are an occurrence.
CREATE TABLE alert_finding (
  finding      BLOB PRIMARY KEY,         -- hash of rule and key
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX alert_finding_alert ON alert_finding (alert);

-- What is to be notified.
CREATE TABLE alert_change (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  kind         TEXT NOT NULL,            -- created, reopened, escalated
  time         INTEGER NOT NULL,
  urgency      INTEGER NOT NULL
);
CREATE INDEX alert_change_alert ON alert_change (alert);

CREATE TABLE alert_asset (
  kind         TEXT NOT NULL,            -- host, user
  name         TEXT NOT NULL,            -- in lower case: a name or an id
  importance   TEXT NOT NULL,
  note         TEXT NOT NULL,
  actor        TEXT NOT NULL,
  time         INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;

CREATE TABLE alert_rule (
  rule         TEXT PRIMARY KEY,
  matches      INTEGER NOT NULL,
  suppressed   INTEGER NOT NULL,         -- of these, those that were only counted
  alerts       INTEGER NOT NULL,
  last         INTEGER NOT NULL,         -- event
  noise        TEXT NOT NULL,            -- JSON: how fast it matched, and whether it is noisy
  breached     INTEGER NOT NULL          -- when something was last held back; 0: never
) WITHOUT ROWID;
CREATE INDEX alert_rule_breached ON alert_rule (breached);

CREATE TABLE alert_rule_hour (
  rule         TEXT NOT NULL,
  hour         INTEGER NOT NULL,         -- in which the events happened
  matches      INTEGER NOT NULL,
  suppressed   INTEGER NOT NULL,
  alerts       INTEGER NOT NULL,
  PRIMARY KEY (rule, hour)
) WITHOUT ROWID;
CREATE INDEX alert_rule_hour_hour ON alert_rule_hour (hour);

-- +goose Down
DROP TABLE alert_rule_hour;
DROP TABLE alert_rule;
DROP TABLE alert_asset;
DROP TABLE alert_change;
DROP TABLE alert_finding;
DROP TABLE alert_seen;
DROP TABLE alert_comment;
DROP TABLE alert_history;
DROP TABLE alert_term;
DROP TABLE alert_entity;
DROP TABLE alert_event;
DROP TABLE alert;
