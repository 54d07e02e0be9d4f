// Package web holds the built page: TypeScript under src, which npm builds into assets. Nothing built is committed, so
// the folder may hold no more than its .gitignore.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:assets
var files embed.FS

// Assets are the files of the page, index.html among them if it was built.
func Assets() fs.FS {
	assets, err := fs.Sub(files, "assets")
	if err != nil {
		panic(err) // the name is constant and valid
	}
	return assets
}
