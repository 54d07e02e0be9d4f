-- +goose Up
CREATE TABLE journal_cursor (
  reader TEXT PRIMARY KEY,
  cursor INTEGER NOT NULL                -- what the tables of this database know of the journal ends before it
);

-- +goose Down
DROP TABLE journal_cursor;
