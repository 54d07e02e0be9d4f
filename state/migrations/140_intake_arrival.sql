-- +goose Up
-- Since when and how much: of tables that came before this was counted, when the first came is not known (NULL).
ALTER TABLE intake_table ADD COLUMN first INTEGER;
ALTER TABLE intake_table ADD COLUMN events INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE intake_table DROP COLUMN events;
ALTER TABLE intake_table DROP COLUMN first;
