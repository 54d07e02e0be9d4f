package formats

import (
	_ "embed"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
)

//go:embed guesses.yaml
var guessesText []byte

// guess is the field that a column most likely becomes.
type guess struct{ field, about string }

// guesses are the fields of columns by their plain names.
func guesses() (map[string]guess, error) {
	var list []struct {
		Names string `yaml:"names"`
		Field string `yaml:"field"`
		About string `yaml:"about"`
	}
	if err := yaml.UnmarshalWithOptions(guessesText, &list, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read guesses.yaml: %w", err)
	}
	plan, err := defender.Plan()
	if err != nil {
		return nil, err
	}
	own, err := Defender()
	if err != nil {
		return nil, err
	}
	known := map[string]guess{}
	tables := plan.Tables()
	for i := range tables {
		t := &tables[i]
		if !t.Specified {
			continue
		}
		for _, c := range t.Columns {
			for _, field := range t.FieldsOf(c.Name) {
				if _, taken := known[plainName(c.Name)]; !taken && !strings.HasPrefix(field, "action.properties.") && !strings.HasPrefix(field, "microsoft.") {
					known[plainName(c.Name)] = guess{field, own.Columns.Of(t.Name, c.Name)}
				}
			}
		}
	}
	for _, one := range list {
		for name := range strings.FieldsSeq(one.Names) {
			known[name] = guess{one.Field, one.About}
		}
	}
	return known, nil
}

// plainName is a name in lower case, without what stands between its words.
func plainName(name string) string {
	return strings.NewReplacer("_", "", "-", "", ".", "", "@", "").Replace(strings.ToLower(name))
}

// found is a column as samples show it.
type found struct {
	name  string
	typ   format.ColumnType
	seen  bool     // a value that is not null
	texts []string // some of its values
	ips   bool     // every value is an address
	guess guess
}

// see takes a value of the column into account.
func (f *found) see(m *record.Member) {
	if m.Kind == record.Null {
		return
	}
	text := string(m.Text())
	typ := typeOf(m, text)
	switch {
	case !f.seen:
		f.typ, f.ips, f.seen = typ, true, true
	case f.typ == typ:
	case f.typ == format.Long && typ == format.Real || f.typ == format.Real && typ == format.Long:
		f.typ = format.Real
	default:
		f.typ = format.String
	}
	if _, err := netip.ParseAddr(text); err != nil {
		f.ips = false
	}
	if len(f.texts) < maxTexts {
		f.texts = append(f.texts, text)
	}
}

const maxTexts = 100

func typeOf(m *record.Member, text string) format.ColumnType {
	switch m.Kind {
	case record.True, record.False:
		return format.Bool
	case record.Number:
		if _, err := strconv.ParseInt(text, 10, 64); err == nil {
			return format.Long
		}
		return format.Real
	case record.Object, record.Array:
		return format.Dynamic
	}
	if _, source := format.TimeOf([]byte(text), nil, time.Time{}); source == format.FromTimestamp {
		return format.DateTime
	}
	return format.String
}

// fits reports whether the values of the column can be those of a field.
func (f *found) fits(field string) bool {
	known, ok := ecs.Lookup(field)
	if !ok {
		return false
	}
	switch known.Type() {
	case ecs.IP:
		return f.ips
	case ecs.Long:
		if f.typ == format.String {
			_, err := strconv.ParseInt(f.texts[0], 10, 64)
			return err == nil
		}
		return f.typ == format.Long
	case ecs.Float:
		return f.typ == format.Long || f.typ == format.Real
	case ecs.Boolean:
		return f.typ == format.Bool
	case ecs.Date:
		return f.typ == format.DateTime
	case ecs.Keyword, ecs.Text:
		return f.typ != format.Dynamic
	}
	return false
}

// timeNames are what columns with the time of a record are called, the likeliest first.
var timeNames = []string{"timestamp", "time", "eventtime", "ts", "datetime", "date", "createdat", "created", "timegenerated", "logtime"}

// timeOf finds the column with the time of records, and what its numbers count.
func timeOf(columns []*found) (name, unit string) {
	for _, wanted := range timeNames {
		for _, c := range columns {
			if plainName(c.name) != wanted || !c.seen {
				continue
			}
			if c.typ == format.DateTime {
				return c.name, TimeUnits[0]
			}
			n, err := strconv.ParseFloat(c.texts[0], 64)
			if err != nil {
				continue
			}
			for _, unit := range TimeUnits[1:] {
				// From 2001 to 2286.
				if seconds := n / float64(perSecond[unit]); seconds >= 1e9 && seconds < 1e10 {
					return c.name, unit
				}
			}
		}
	}
	return "", ""
}
