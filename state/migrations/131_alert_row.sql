-- +goose Up
ALTER TABLE alert_event ADD COLUMN row TEXT NOT NULL DEFAULT ''; -- of a hunt's result, JSON; empty: an event

-- +goose Down
ALTER TABLE alert_event DROP COLUMN row;
