-- +goose Up
-- Times are milliseconds since 1970.
CREATE TABLE notify_target (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  name        TEXT NOT NULL UNIQUE,
  kind        TEXT NOT NULL,             -- webhook, email, slack, teams
  enabled     INTEGER NOT NULL,
  settings    TEXT NOT NULL,             -- JSON: what the kind needs, secrets included
  changed     INTEGER NOT NULL
);

CREATE TABLE notify_delivery (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  target      INTEGER NOT NULL REFERENCES notify_target (id) ON DELETE CASCADE,
  change      INTEGER NOT NULL,          -- of the alert
  alert       TEXT NOT NULL,
  kind        TEXT NOT NULL,             -- of the change
  state       TEXT NOT NULL,             -- pending, sent, failed, dropped
  attempts    INTEGER NOT NULL DEFAULT 0,
  created     INTEGER NOT NULL,
  due         INTEGER NOT NULL,          -- when it is to be tried next
  ended       INTEGER,
  problem     TEXT NOT NULL DEFAULT '',
  UNIQUE (target, change)
);
CREATE INDEX notify_delivery_due ON notify_delivery (target, due) WHERE state = 'pending';
CREATE INDEX notify_delivery_ended ON notify_delivery (ended) WHERE ended IS NOT NULL;

CREATE TABLE notify_cursor (change INTEGER NOT NULL); -- up to which changes have become deliveries
INSERT INTO notify_cursor VALUES (0);

-- +goose Down
DROP TABLE notify_cursor;
DROP TABLE notify_delivery;
DROP TABLE notify_target;
