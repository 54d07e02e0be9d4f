package lake

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// StoredFile is a file that a catalogue names.
type StoredFile struct {
	Path  string // in the lake's folder, with slashes
	Mark  string // letters and digits that tell the segment from one of the same number in another lake
	Rows  int64  // of the segment
	Index bool   // it is a token index, without which the segment is searched as a whole
}

// StoredFiles lists what a copy of a lake's catalogue names, in the order in which it came. The copy, which may be of an
// older version, stays as it is.
func StoredFiles(ctx context.Context, path string) (list []StoredFile, err error) {
	dir, err := os.MkdirTemp("", "penstock-")
	if err != nil {
		return nil, fmt.Errorf("list the lake's files: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := copyTo(filepath.Join(dir, "catalogue.db"), path); err != nil {
		return nil, fmt.Errorf("list the lake's files: %w", err)
	}
	c, err := openCatalogue(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	segments, err := c.segments(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range segments {
		mark := fmt.Sprintf("%016x", s.Checksum)
		if s.Checksum == 0 {
			mark = fmt.Sprintf("%x", s.Created.UnixMilli())
		}
		list = append(list,
			StoredFile{Path: filepath.ToSlash(s.path()), Mark: mark, Rows: s.Rows},
			StoredFile{Path: filepath.ToSlash(s.tokens()), Mark: mark, Rows: s.Rows, Index: true})
	}
	return list, nil
}

func copyTo(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
