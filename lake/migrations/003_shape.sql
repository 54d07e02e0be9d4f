-- +goose Up
ALTER TABLE segment ADD COLUMN shape INTEGER NOT NULL DEFAULT 0; -- xxh3 of the names and types of the columns; 0: not known

-- +goose Down
ALTER TABLE segment DROP COLUMN shape;
