-- +goose Up
-- The entities of an alert are read and written together with every occurrence: they are one row.
CREATE TABLE alert_entities (
  alert        INTEGER PRIMARY KEY REFERENCES alert (id) ON DELETE CASCADE,
  names        TEXT NOT NULL,            -- their values in lower case, a line each
  entities     TEXT NOT NULL             -- JSON list: see alert.storedEntity
);
INSERT INTO alert_entities
  SELECT alert, group_concat(name, char(10)),
    json_group_array(json_patch(json_object('kind', kind, 'value', value, 'first', first, 'last', last, 'occurrences', occurrences), facts))
  FROM alert_entity GROUP BY alert;

-- The hosts and users that a list of alerts shows of each, JSON lists, those that occur most first.
ALTER TABLE alert ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]';
ALTER TABLE alert ADD COLUMN users TEXT NOT NULL DEFAULT '[]';
UPDATE alert SET
  hosts = (SELECT json_group_array(value) FROM
    (SELECT value FROM alert_entity e WHERE e.alert = alert.id AND e.kind = 'host' ORDER BY e.occurrences DESC, e.name LIMIT 5)),
  users = (SELECT json_group_array(value) FROM
    (SELECT value FROM alert_entity e WHERE e.alert = alert.id AND e.kind = 'user' ORDER BY e.occurrences DESC, e.name LIMIT 5));
DROP TABLE alert_entity;

-- New with every write of the row: by it, who has read the alert knows whether it is still the same.
ALTER TABLE alert ADD COLUMN stamp INTEGER NOT NULL DEFAULT 0;

-- The terms of an alert are those of its entities: no index by alert is needed, which was as dear as the table. Whoever
-- deletes an alert deletes them.
CREATE TABLE alert_lookup (
  term         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  alert        INTEGER NOT NULL,
  PRIMARY KEY (term, kind, alert)
) WITHOUT ROWID;
INSERT INTO alert_lookup SELECT term, kind, alert FROM alert_term;
DROP TABLE alert_term;
ALTER TABLE alert_lookup RENAME TO alert_term;

-- +goose Down
CREATE TABLE alert_lookup (
  term         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  alert        INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  PRIMARY KEY (term, kind, alert)
) WITHOUT ROWID;
INSERT INTO alert_lookup SELECT term, kind, alert FROM alert_term WHERE alert IN (SELECT id FROM alert);
DROP TABLE alert_term;
ALTER TABLE alert_lookup RENAME TO alert_term;
CREATE INDEX alert_term_alert ON alert_term (alert);

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
INSERT INTO alert_entity SELECT alert, e.value ->> 'kind', lower(e.value ->> 'value'), e.value ->> 'value',
  json_remove(e.value, '$.kind', '$.value', '$.first', '$.last', '$.occurrences'), e.value ->> 'first', e.value ->> 'last', e.value ->> 'occurrences'
  FROM alert_entities, json_each(entities) e WHERE true ON CONFLICT DO NOTHING;
ALTER TABLE alert DROP COLUMN stamp;
ALTER TABLE alert DROP COLUMN users;
ALTER TABLE alert DROP COLUMN hosts;
DROP TABLE alert_entities;
