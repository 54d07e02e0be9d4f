package drift

import (
	"fmt"
	"strings"
	"unicode"

	"penstock/census"
	"penstock/ecs"
)

// suggest is a file of a mapping that gives a column, or a key of one, a field: the one that other tables give it to, else one
// of its own. It is empty where the mapping has no way to name it.
func (s *scan) suggest(column, key string, c *census.Column) string {
	if !isName(column) {
		return ""
	}
	value, own := column, column
	if key != "" {
		own = key
		value = "parsed(" + column + ")." + key
		if !isName(key) {
			value = fmt.Sprintf("parsed(%s)[%q]", column, key)
			own = fieldName(key)
		}
	}
	if key == "" {
		if field := s.fields[column]; field != "" {
			return fmt.Sprintf("tables:\n  %s:\n    - %s = %s\n", s.name, field, value)
		}
	}
	field := "action.properties." + own
	declare := ""
	if _, known := ecs.Lookup(field); !known {
		declare = fmt.Sprintf("fields:\n  %s: %s\n", field, typeOf(c))
	}
	line := fmt.Sprintf("%s = %s", field, value)
	if strings.ContainsAny(line, `"[`) {
		line = "'" + strings.ReplaceAll(line, "'", "''") + "'"
	}
	return fmt.Sprintf("%stables:\n  %s:\n    - %s\n", declare, s.name, line)
}

// isName reports whether an expression can name it.
func isName(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r != '_' && !isWord(r) })
}

func isWord(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// fieldName makes a field's name of a key: Source Mac becomes SourceMac.
func fieldName(key string) string {
	name := strings.Map(func(r rune) rune {
		if isWord(r) || r == '_' {
			return r
		}
		return -1
	}, key)
	if name == "" {
		return "Unnamed"
	}
	return name
}

// typeOf is the type of field for what the values of a column look like.
func typeOf(c *census.Column) ecs.Type {
	switch c.Forms {
	case census.Decimal:
		if strings.Contains(c.Sample, ".") {
			return ecs.Float
		}
		return ecs.Long
	case census.Boolean:
		return ecs.Boolean
	case census.Timestamp:
		return ecs.Date
	case census.IPv4, census.IPv6, census.IPv4 | census.IPv6:
		return ecs.IP
	case census.Map:
		return ecs.Object
	case census.List:
		return ecs.Array
	}
	return ecs.Keyword
}
