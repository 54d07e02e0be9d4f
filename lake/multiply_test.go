package lake

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestMultiply makes a lake in the folder that PENSTOCK_MULTIPLY_LAKE names as many times as large as PENSTOCK_MULTIPLY_BY says, for measuring
// with more events than there is time to take in: the same days of a tenant with so many times as many devices and people. What
// is in memory is left out; the records of the copies cannot be rebuilt.
func TestMultiply(t *testing.T) {
	dir := os.Getenv("PENSTOCK_MULTIPLY_LAKE")
	copies, _ := strconv.Atoi(os.Getenv("PENSTOCK_MULTIPLY_BY"))
	if dir == "" || copies < 2 {
		t.Skip("PENSTOCK_MULTIPLY_LAKE is to name a folder, PENSTOCK_MULTIPLY_BY a number")
	}
	l, err := Open(t.Context(), dir, defenderPlan(t), Options{MemoryBytes: 4 << 30})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	parts := map[part][]*segment{}
	for _, s := range l.segments {
		if len(l.schemaOf(s.Part.table).columns) > 0 && s.tokens != nil {
			parts[s.Part] = append(parts[s.Part], s)
		}
	}
	for p, group := range parts {
		rows := int64(0)
		for _, s := range group {
			rows += s.Rows
		}
		atOnce := int(max(mergedRows/rows, 1))
		for first := 0; first < copies; first += atOnce {
			if err := multiply(t, l, p, group, first, min(first+atOnce, copies), first+atOnce >= copies); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%+v", l.Stats().TableStats)
}

// mergedRows is how many rows a segment has about.
const mergedRows = 131_072

// multiply writes copies of the rows of segments of a part as one segment, and with the last copy takes these out.
func multiply(t *testing.T, l *Lake, p part, group []*segment, from, to int, last bool) error {
	schema := l.schemaOf(p.table)
	var replaced []string
	for _, c := range schema.columns {
		switch c.Name {
		case "DeviceId", "DeviceName", "AccountObjectId", "AccountUpn", "RecipientEmailAddress", "NetworkMessageId", "InitiatingProcessAccountUpn":
			replaced = append(replaced, fmt.Sprintf(`CASE WHEN copy > 0 AND %[1]s <> '' THEN %[1]s || '-' || copy ELSE %[1]s END AS %[1]s`, ident(c.Name)))
		}
	}
	replaced = append(replaced, "unhex(md5(hex(penstock_id) || copy)) AS penstock_id")
	var paths []string
	for _, s := range group {
		paths = append(paths, quote(filepath.Join(l.dir, s.path())))
	}
	lead := "1"
	if i := schema.lead(); i >= 0 {
		lead = ident(schema.arrow.Field(i).Name)
	}
	id, err := l.catalogue.nextID(t.Context(), 1)
	if err != nil {
		return err
	}
	info := segmentInfo{ID: id, Part: p, Level: 2, Created: time.Now(), Shape: schema.shape}
	s, err := l.place(info, func(parquet, tokens string) error {
		query := fmt.Sprintf(`COPY (SELECT * EXCLUDE (copy) REPLACE (%s) FROM read_parquet([%s], union_by_name=true, hive_partitioning=false), range(%d, %d) AS copies(copy)
			ORDER BY %s, penstock_time) TO %s (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 32768)`, strings.Join(replaced, ", "), strings.Join(paths, ", "), from, to, lead, quote(parquet))
		if _, err := l.engine.db.ExecContext(t.Context(), query); err != nil {
			return err
		}
		row := l.engine.db.QueryRowContext(t.Context(), fmt.Sprintf("SELECT count(*), epoch_us(min(penstock_time)), epoch_us(max(penstock_time)) FROM read_parquet([%s], hive_partitioning=false)", quote(parquet)))
		if err := row.Scan(&info.Rows, &info.Min, &info.Max); err != nil {
			return err
		}
		return l.mergeTokens(tokens, group)
	})
	if err != nil {
		return err
	}
	s.Rows, s.Min, s.Max = info.Rows, info.Min, info.Max
	var gone []*segmentInfo
	if last {
		for _, g := range group {
			gone = append(gone, &g.segmentInfo)
		}
	}
	if err := l.catalogue.commit(t.Context(), []*segmentInfo{&s.segmentInfo}, gone, nil); err != nil {
		return err
	}
	l.segments[s.ID] = s
	if last {
		for _, g := range group {
			delete(l.segments, g.ID)
		}
	}
	return nil
}
