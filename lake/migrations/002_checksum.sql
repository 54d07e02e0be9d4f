-- +goose Up
ALTER TABLE segment ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0; -- xxh3 of the Parquet file; 0: not known

-- +goose Down
ALTER TABLE segment DROP COLUMN checksum;
