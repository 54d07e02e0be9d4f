package main

import (
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"penstock/server"
)

var started = time.Now().UTC()

// build says what this program was built from.
type buildInfo struct{ Version, Revision, Go, DuckDB string }

func build() buildInfo {
	b := buildInfo{Version: version, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			b.Revision = s.Value
		}
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/duckdb/duckdb-go/v2" {
			b.DuckDB = strings.TrimPrefix(d.Version, "v2.")
		}
	}
	return b
}

func serverVersion() server.Version {
	b := build()
	return server.Version{Version: b.Version, Revision: b.Revision, Go: b.Go, Started: started}
}
