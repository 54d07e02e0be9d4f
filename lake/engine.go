package lake

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	duckdb "github.com/duckdb/duckdb-go/v2"
)

// engine is an embedded DuckDB: it holds nothing itself, it answers queries over the segments and the head.
type engine struct {
	db    *sql.DB
	heads *heads
}

// heads are the head's rows of tables as queries see them, by keys that SQL names. Every engine reads the same ones.
type heads struct {
	mu    sync.Mutex
	byKey map[string]*headChunks
	next  int
}

// headChunks is the head's rows of a table as a query sees them.
type headChunks struct {
	schema *tableSchema
	chunks []arrow.RecordBatch
}

// headFunction is the table function by which SQL reads the head.
const headFunction = "penstock_head"

// engineOptions bound an engine.
type engineOptions struct {
	lake        string // the folder that may be read
	spill       string // the folder for what does not fit into memory; it is cleared
	spillBytes  int64
	memoryBytes int64
	threads     int
	connections int
	ordered     bool // rows keep the order in which their source has them
}

func openEngine(h *heads, o *engineOptions) (*engine, error) {
	if err := os.RemoveAll(o.spill); err != nil {
		return nil, fmt.Errorf("clear DuckDB's spill folder: %w", err)
	}
	if err := os.MkdirAll(o.spill, 0o700); err != nil {
		return nil, fmt.Errorf("create DuckDB's spill folder: %w", err)
	}
	e := &engine{heads: h}
	settings := []string{
		"SET memory_limit = '" + strconv.FormatInt(o.memoryBytes>>20, 10) + "MiB'",
		"SET threads = " + strconv.Itoa(o.threads),
		"SET temp_directory = " + quote(o.spill),
		"SET max_temp_directory_size = '" + strconv.FormatInt(o.spillBytes>>20, 10) + "MiB'",
		"SET autoinstall_known_extensions = false",
		"SET autoload_known_extensions = false",
		"SET allow_community_extensions = false",
		"SET TimeZone = 'UTC'",
		"SET preserve_insertion_order = " + strconv.FormatBool(o.ordered),
		"SET parquet_metadata_cache = true",
		"SET allowed_directories = [" + quote(o.lake) + "]",
		"SET enable_external_access = false",
		"SET lock_configuration = true",
	}
	first := true
	connector, err := duckdb.NewConnector("", func(conn driver.ExecerContext) error {
		if !first {
			return nil
		}
		first = false
		for _, s := range settings {
			if _, err := conn.ExecContext(context.Background(), s, nil); err != nil {
				return fmt.Errorf("%s: %w", s, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	e.db = sql.OpenDB(connector)
	e.db.SetMaxOpenConns(o.connections)
	e.db.SetMaxIdleConns(o.connections)
	if err := e.register(); err != nil {
		return nil, errors.Join(err, e.db.Close())
	}
	return e, nil
}

// register makes the head readable by SQL.
func (e *engine) register() error {
	ctx := context.Background()
	conn, err := e.db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("start DuckDB: %w", err)
	}
	defer conn.Close()
	varchar, err := duckdb.NewTypeInfo(duckdb.TYPE_VARCHAR)
	if err != nil {
		return fmt.Errorf("start DuckDB: %w", err)
	}
	err = duckdb.RegisterTableUDF(conn, headFunction, duckdb.RowTableFunction{
		Config: duckdb.TableFunctionConfig{Arguments: []duckdb.TypeInfo{varchar}},
		BindArguments: func(_ map[string]any, args ...any) (duckdb.RowTableSource, error) {
			key, _ := args[0].(string)
			h := e.heads.get(key)
			if h == nil {
				return nil, errors.New("no such head")
			}
			return newHeadSource(h)
		},
	})
	if err != nil {
		return fmt.Errorf("teach DuckDB the head: %w", err)
	}
	return nil
}

func (e *engine) close() error { return e.db.Close() }

func newHeads() *heads { return &heads{byKey: map[string]*headChunks{}} }

func (h *heads) get(key string) *headChunks {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.byKey[key]
}

// publish makes head rows readable under a key, until withdraw.
func (h *heads) publish(rows *headChunks) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next++
	key := strconv.Itoa(h.next)
	h.byKey[key] = rows
	return key
}

func (h *heads) withdraw(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.byKey, key)
}

// headSource gives the head's rows to DuckDB.
type headSource struct {
	head      *headChunks
	columns   []duckdb.ColumnInfo
	chunk     int
	row       int
	projected []int // columns that the query reads; nil until the first row
}

func newHeadSource(h *headChunks) (*headSource, error) {
	s := &headSource{head: h}
	for _, f := range h.schema.arrow.Fields() {
		t, err := duckdb.NewTypeInfo(duckType(f.Type))
		if err != nil {
			return nil, fmt.Errorf("type of %s: %w", f.Name, err)
		}
		s.columns = append(s.columns, duckdb.ColumnInfo{Name: f.Name, T: t})
	}
	return s, nil
}

func duckType(t arrow.DataType) duckdb.Type {
	switch t.ID() {
	case arrow.INT32:
		return duckdb.TYPE_INTEGER
	case arrow.INT64:
		return duckdb.TYPE_BIGINT
	case arrow.FLOAT64:
		return duckdb.TYPE_DOUBLE
	case arrow.BOOL:
		return duckdb.TYPE_BOOLEAN
	case arrow.TIMESTAMP:
		return duckdb.TYPE_TIMESTAMP_TZ
	case arrow.FIXED_SIZE_BINARY:
		return duckdb.TYPE_BLOB
	default:
		return duckdb.TYPE_VARCHAR
	}
}

func (s *headSource) ColumnInfos() []duckdb.ColumnInfo { return s.columns }

func (s *headSource) Cardinality() *duckdb.CardinalityInfo {
	rows := uint(0)
	for _, c := range s.head.chunks {
		rows += uint(c.NumRows())
	}
	return &duckdb.CardinalityInfo{Cardinality: rows, Exact: true}
}

func (s *headSource) Init() {}

// FillRow gives the next row; false when there is none.
func (s *headSource) FillRow(row duckdb.Row) (bool, error) {
	for s.chunk < len(s.head.chunks) && s.row == int(s.head.chunks[s.chunk].NumRows()) {
		s.chunk, s.row = s.chunk+1, 0
	}
	if s.chunk == len(s.head.chunks) {
		return false, nil
	}
	if s.projected == nil {
		s.projected = []int{}
		for i := range s.columns {
			if row.IsProjected(i) {
				s.projected = append(s.projected, i)
			}
		}
	}
	chunk := s.head.chunks[s.chunk]
	for _, i := range s.projected {
		if err := fillValue(row, i, chunk.Column(i), s.row); err != nil {
			return false, fmt.Errorf("read %s of the head: %w", s.columns[i].Name, err)
		}
	}
	s.row++
	return true, nil
}

func fillValue(row duckdb.Row, column int, values arrow.Array, i int) error {
	if values.IsNull(i) {
		return row.SetRowValue(column, nil)
	}
	switch v := values.(type) {
	case *array.String:
		return duckdb.SetRowValue(row, column, v.Value(i))
	case *array.Dictionary:
		return fillValue(row, column, v.Dictionary(), v.GetValueIndex(i))
	case *array.Int64:
		return duckdb.SetRowValue(row, column, v.Value(i))
	case *array.Int32:
		return duckdb.SetRowValue(row, column, v.Value(i))
	case *array.Float64:
		return duckdb.SetRowValue(row, column, v.Value(i))
	case *array.Boolean:
		return duckdb.SetRowValue(row, column, v.Value(i))
	case *array.Timestamp:
		return duckdb.SetRowValue(row, column, time.UnixMicro(int64(v.Value(i))).UTC())
	case *array.FixedSizeBinary:
		return duckdb.SetRowValue(row, column, v.Value(i))
	}
	return fmt.Errorf("unexpected type %s", values.DataType())
}

// quote writes a string as a literal of SQL. It is for paths and names that Penstock makes; what users write is bound.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ident writes a name of SQL.
func ident(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
