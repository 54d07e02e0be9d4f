package format

import (
	"fmt"
	"strings"
)

// Schema is what is known of tables before any record: the columns that they declare.
type Schema map[string][]Column

var columnTypes = map[string]ColumnType{
	"": String, "string": String, "int": Int, "long": Long, "real": Real, "bool": Bool, "datetime": DateTime, "dynamic": Dynamic,
}

// ParseSchema reads the columns of tables from their short form: names with spaces between them, each with its type
// behind a colon unless it is a string.
func ParseSchema(tables map[string]string) (Schema, error) {
	schema := make(Schema, len(tables))
	for table, text := range tables {
		for word := range strings.FieldsSeq(text) {
			name, typ, _ := strings.Cut(word, ":")
			t, ok := columnTypes[typ]
			if !ok {
				return nil, fmt.Errorf("column %s of %s: unknown type %q", name, table, typ)
			}
			schema[table] = append(schema[table], Column{name, t})
		}
	}
	return schema, nil
}

// String is the name of the type, as ParseSchema reads it.
func (t ColumnType) String() string {
	if t == String {
		return "string"
	}
	for name, typ := range columnTypes {
		if typ == t {
			return name
		}
	}
	return ""
}
