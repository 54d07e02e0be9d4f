package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"penstock/kql"
)

// ranger is a hunt with so many rows: a number, a text and a moment each.
type ranger struct{ rows int64 }

func (r ranger) Check(_ context.Context, _ string, w *Order) error {
	if w.Query == "" {
		return errors.New("the query is empty")
	}
	return nil
}

func (r ranger) Hunt(_ context.Context, _ string, _ *Order, most int64, begin func([]kql.Column) error, row func(Cells) error) (bool, error) {
	if err := begin([]kql.Column{{Name: "n", Type: kql.Long}, {Name: "a \"text\"", Type: kql.String}, {Name: "at", Type: kql.DateTime}, {Name: "none", Type: kql.Real}}); err != nil {
		return false, err
	}
	for i := range min(r.rows, most) {
		if err := row(cells{i, fmt.Sprintf("=%d", i), time.Unix(i, 0).UTC(), nil}); err != nil {
			return false, err
		}
	}
	return r.rows > most, nil
}

type cells []any

func (c cells) Value(i int) any { return c[i] }

func (c cells) Text(i int) string {
	if c[i] == nil {
		return ""
	}
	return fmt.Sprint(c[i])
}

func (c cells) AppendJSON(dst []byte, i int) []byte {
	text, _ := json.Marshal(c[i])
	return append(dst, text...)
}

func TestTheResultOfAHuntIsWritten(t *testing.T) {
	f := open(t, &shelf{}, Options{Hunts: ranger{3}})
	f.run(t)
	want := map[Format]string{
		CSV:    "n,\"a \"\"text\"\"\",at,none\n0,'=0,1970-01-01 00:00:00 +0000 UTC,\n",
		NDJSON: `{"n":0,"a \"text\"":"=0","at":"1970-01-01T00:00:00Z","none":null}` + "\n",
	}
	for _, format := range []Format{CSV, NDJSON, Parquet} {
		w := order(format)
		w.Kind, w.Query, w.Columns = OfHunt, "T", nil
		j := f.wait(t, f.start(t, w).ID, Done)
		content := f.content(t, j)
		if j.Done != 3 || j.Cut || !strings.HasPrefix(string(content), want[format]) {
			t.Errorf("%s: %+v\n%s", format, j, content)
		}
		if format == Parquet {
			if table := readParquet(t, content); table.NumRows() != 3 || table.Column(1).Data().Chunk(0).ValueStr(2) != "=2" || table.Column(2).Name() != "at" {
				t.Errorf("%v", table)
			}
		}
	}
	for field, spoil := range map[string]func(*Order){
		"format": func(w *Order) { w.Format = "xlsx" }, "from": func(w *Order) { w.To = w.From }, "columns": func(w *Order) { w.Columns = []string{"n"} },
	} {
		w := order(CSV)
		w.Kind, w.Query, w.Columns = OfHunt, "T", nil
		spoil(&w)
		var wrong *OrderError
		if _, err := f.Start(t.Context(), "ada", w); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("%v, want a mistake of %s", err, field)
		}
	}
}

func TestTheFileOfAHuntIsBounded(t *testing.T) {
	for name, o := range map[string]Options{"by rows": {MaxEvents: 5}, "by bytes": {MaxBytes: 300}} {
		o.Hunts = ranger{100}
		f := open(t, &shelf{}, o)
		f.run(t)
		w := order(NDJSON)
		w.Kind, w.Query, w.Columns = OfHunt, "T", nil
		if j := f.wait(t, f.start(t, w).ID, Done); !j.Cut || j.Done > 6 || j.Done == 0 {
			t.Errorf("%s: %+v", name, j)
		}
	}
}
