package server

import (
	"bytes"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

const notBuilt = `Penstock runs, but its page is not part of this binary.

Build it with: make build
The API is there all the same: /api/openapi.json describes it.
`

// page serves the files of the page. Every other path is one of the page's own addresses and gets index.html, which
// knows what to show there.
func (s *Server) page() http.Handler {
	files := s.options.Page
	var index []byte
	if files != nil {
		index, _ = fs.ReadFile(files, "index.html") // absent: not built
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			writeText(w, http.StatusMethodNotAllowed, "The page can only be read.\n")
			return
		}
		if index == nil {
			writeText(w, http.StatusNotFound, notBuilt)
			return
		}
		name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
		if name != "" && name != "index.html" {
			if serveFile(w, r, files, name) {
				return
			}
			if path.Ext(name) != "" && strings.HasPrefix(name, "static/") {
				writeText(w, http.StatusNotFound, "There is no such file; reload the page.\n")
				return
			}
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, "index.html", time.Time{}, bytes.NewReader(index))
	})
}

// serveFile serves one file, and says whether there is one. Those under static/ have a hash of their content in their
// name and never change.
func serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, name string) bool {
	if strings.HasPrefix(path.Base(name), ".") {
		return false
	}
	content, err := fs.ReadFile(files, name)
	if err != nil {
		return false
	}
	w.Header().Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "static/") {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(content))
	return true
}
