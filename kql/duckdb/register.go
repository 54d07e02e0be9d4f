package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"penstock/kql/scalar"
)

//go:embed macros.sql
var macros string

// Register teaches a DuckDB instance what compiled statements use: macros (k_…) and functions (kql_…). Once for each instance is
// enough, whatever its number of connections.
func Register(ctx context.Context, conn *sql.Conn) error {
	for _, name := range slices.Sorted(maps.Keys(goFunctions)) {
		f, err := newGoFunction(goFunctions[name])
		if err != nil {
			return fmt.Errorf("teach DuckDB %s(): %w", name, err)
		}
		if err := duckdb.RegisterScalarUDF(conn, udfName(name), f); err != nil {
			return fmt.Errorf("teach DuckDB %s(): %w", name, err)
		}
	}
	var script strings.Builder
	script.WriteString("BEGIN;\n")
	for line := range strings.Lines(macros) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			script.WriteString(line + ";\n")
		}
	}
	script.WriteString("COMMIT")
	if _, err := conn.ExecContext(ctx, script.String()); err != nil {
		return fmt.Errorf("teach DuckDB the macros of KQL: %w", err)
	}
	return nil
}

// goFunction runs a function of package scalar within DuckDB.
type goFunction struct {
	f      scalar.Function
	params []byte
	config duckdb.ScalarFuncConfig
}

var duckTypes = map[byte]duckdb.Type{'s': duckdb.TYPE_VARCHAR, 'd': duckdb.TYPE_VARCHAR, 'l': duckdb.TYPE_BIGINT, 't': duckdb.TYPE_BIGINT, 'p': duckdb.TYPE_BIGINT,
	'r': duckdb.TYPE_DOUBLE, 'b': duckdb.TYPE_BOOLEAN}

func newGoFunction(f scalar.Function) (*goFunction, error) {
	g := &goFunction{f: f, config: duckdb.ScalarFuncConfig{SpecialNullHandling: true}}
	for i := range len(f.Params) {
		kind := f.Params[i]
		switch kind {
		case '?':
			continue
		case '*':
			// All further arguments come as one array.
			g.params[len(g.params)-1] = 'd'
			continue
		}
		g.params = append(g.params, kind)
	}
	for _, kind := range g.params {
		t, err := duckdb.NewTypeInfo(duckTypes[kind])
		if err != nil {
			return nil, err
		}
		g.config.InputTypeInfos = append(g.config.InputTypeInfos, t)
	}
	var err error
	g.config.ResultTypeInfo, err = duckdb.NewTypeInfo(duckTypes[f.Result])
	return g, err
}

// Config of the function.
func (g *goFunction) Config() duckdb.ScalarFuncConfig { return g.config }

// Executor of the function, row by row.
func (g *goFunction) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: func(values []driver.Value) (any, error) { return g.call(values), nil }}
}

// call never fails: what cannot be computed is null.
func (g *goFunction) call(values []driver.Value) (result any) {
	defer func() {
		if recover() != nil {
			result = nil
		}
	}()
	args := make([]any, len(values))
	for i, v := range values {
		if g.params[i] != 'd' || v == nil {
			args[i] = v
			continue
		}
		text, _ := v.(string)
		parsed, err := scalar.Parse(text)
		if err != nil {
			parsed = text
		}
		args[i] = parsed
	}
	v := g.f.Call(args)
	if v == nil || g.f.Result != 'd' {
		return v
	}
	return scalar.Text(v)
}
