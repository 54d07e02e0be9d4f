-- +goose Up
-- By which intakes the events of an alert came: who is restricted to some sees those alerts alone that lie in them whole.
CREATE TABLE alert_intake (
  alert  INTEGER NOT NULL REFERENCES alert (id) ON DELETE CASCADE,
  intake TEXT NOT NULL,                  -- empty: it is not known
  PRIMARY KEY (alert, intake)
) WITHOUT ROWID;

-- +goose Down
DROP TABLE alert_intake;
