-- +goose Up
CREATE TABLE census (
  name        TEXT PRIMARY KEY,          -- of the advanced hunting table
  data        BLOB NOT NULL              -- JSON, zstd: see census.Table
) WITHOUT ROWID;
CREATE TABLE census_began (time INTEGER NOT NULL); -- milliseconds since 1970

-- +goose Down
DROP TABLE census_began;
DROP TABLE census;
