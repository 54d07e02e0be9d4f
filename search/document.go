package search

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Document is the ECS document of a hit, taken apart. Numbers are json.Number, as they are written: ids of processes do
// not fit into a float.
type Document map[string]any

// ParseDocument takes the document of a hit apart.
func ParseDocument(h *Hit) (Document, error) {
	decoder := json.NewDecoder(bytes.NewReader(h.Document))
	decoder.UseNumber()
	var d Document
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("read event %s: %w", h.ID, err)
	}
	return d, nil
}

// Find follows a field's name into the document; nil where there is no such field.
func (d Document) Find(field string) any { return find(map[string]any(d), field) }

func find(v any, field string) any {
	object, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	if found, ok := object[field]; ok {
		return found
	}
	for i := range len(field) {
		if field[i] != '.' {
			continue
		}
		if found := find(object[field[:i]], field[i+1:]); found != nil {
			return found
		}
	}
	return nil
}

// Text writes what was found in a document as one text: of a list the elements, with commas between.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = Text(e)
		}
		return strings.Join(parts, ", ")
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}
