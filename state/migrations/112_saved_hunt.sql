-- +goose Up
ALTER TABLE saved_query ADD COLUMN kind TEXT NOT NULL DEFAULT 'events';
ALTER TABLE saved_query ADD COLUMN folder TEXT NOT NULL DEFAULT '';
ALTER TABLE saved_query ADD COLUMN parameters TEXT NOT NULL DEFAULT 'null'; -- of a hunt, JSON

-- +goose Down
ALTER TABLE saved_query DROP COLUMN parameters;
ALTER TABLE saved_query DROP COLUMN folder;
ALTER TABLE saved_query DROP COLUMN kind;
