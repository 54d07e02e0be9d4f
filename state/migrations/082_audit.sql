-- +goose Up
-- Who did what. Nothing in it is ever changed, and nothing deleted that is younger than the floor.
CREATE TABLE audit (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  time      INTEGER NOT NULL,            -- milliseconds since 1970
  kind      TEXT NOT NULL,               -- of the actor: user, key, token, open, none, program
  actor     TEXT NOT NULL,
  address   TEXT NOT NULL,
  request   TEXT NOT NULL,
  operation TEXT NOT NULL,
  target    TEXT NOT NULL,
  outcome   TEXT NOT NULL,               -- done, refused, failed
  status    INTEGER NOT NULL,            -- of HTTP; 0: it was no request
  detail    TEXT NOT NULL
);
CREATE INDEX audit_time ON audit (time);
CREATE INDEX audit_actor ON audit (actor, id);
CREATE INDEX audit_operation ON audit (operation, id);

CREATE TABLE audit_floor (time INTEGER NOT NULL);
INSERT INTO audit_floor VALUES (0);
-- +goose StatementBegin
CREATE TRIGGER audit_floor_rises BEFORE UPDATE ON audit_floor
WHEN new.time < old.time OR new.time > (unixepoch() - 30 * 86400) * 1000 BEGIN
  SELECT raise(ABORT, 'the audit log keeps at least 30 days');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_floor_alone BEFORE INSERT ON audit_floor BEGIN
  SELECT raise(ABORT, 'there is one floor');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_floor_stays BEFORE DELETE ON audit_floor BEGIN
  SELECT raise(ABORT, 'the floor stays');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN
  SELECT raise(ABORT, 'the audit log is not changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN old.time >= (SELECT time FROM audit_floor) BEGIN
  SELECT raise(ABORT, 'the audit log is kept');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_not_replaced BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id) BEGIN
  SELECT raise(ABORT, 'the audit log is not changed');
END;
-- +goose StatementEnd

-- +goose Down
DROP TABLE audit;
DROP TABLE audit_floor;
