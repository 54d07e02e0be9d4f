package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"penstock/retro"
)

// jobPoll is how often a running job is asked how far it is.
const jobPoll = 500 * time.Millisecond

// runJob starts a job over stored events and waits for its end, telling on progress how far it is. When ctx ends before,
// the job is cancelled.
func (c *client) runJob(ctx context.Context, w *retro.Work, progress io.Writer) (*retro.Job, error) {
	var job retro.Job
	if err := c.post(ctx, "/jobs", w, &job); err != nil {
		return nil, err
	}
	tick := time.NewTicker(jobPoll)
	defer tick.Stop()
	told := int64(-1)
	for job.State == retro.Queued || job.State == retro.Running {
		if job.Total > 0 {
			if tenth := job.Done * 10 / job.Total; tenth > told {
				told = tenth
				fmt.Fprintf(progress, "%d of %d events, %d matches\n", job.Done, job.Total, job.Matches)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			last, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer done()
			return nil, errors.Join(ctx.Err(), c.post(last, jobPath(job.ID)+"/cancel", nil, nil))
		}
		if err := c.get(ctx, jobPath(job.ID), nil, &job); err != nil {
			return nil, err
		}
	}
	switch job.State {
	case retro.Failed:
		return nil, fmt.Errorf("job %d failed: %s", job.ID, job.Error)
	case retro.Cancelled:
		return nil, fmt.Errorf("job %d was cancelled", job.ID)
	}
	if job.Unreadable > 0 {
		fmt.Fprintf(progress, "%d events could not be read back: the log says which segments are damaged\n", job.Unreadable)
	}
	return &job, nil
}

func jobPath(id int64) string { return "/jobs/" + strconv.FormatInt(id, 10) }

// maxJobFiles bounds what a folder adds to a job; the server bounds the bytes.
const maxJobFiles = 10_000

// jobFiles reads YAML files, and those of folders with everything beneath, for a job.
func jobFiles(role retro.Role, paths []string) (files []retro.File, err error) {
	read := func(path string) error {
		text, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("read a %s: %w", role, err)
		}
		if len(files) == maxJobFiles {
			return fmt.Errorf("there are more than %d files: name fewer, or install them as rules", maxJobFiles)
		}
		files = append(files, retro.File{Role: role, Name: path, Text: string(text)})
		return nil
	}
	for _, root := range paths {
		found := len(files)
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return fmt.Errorf("read a %s: %w", role, err)
			case d.IsDir() && path != root && strings.HasPrefix(d.Name(), "."):
				return filepath.SkipDir
			case d.IsDir() || path != root && !isYAML(path):
				return nil
			}
			return read(path)
		})
		if err != nil {
			return nil, err
		}
		if len(files) == found {
			return nil, fmt.Errorf("%s holds no YAML files", root)
		}
	}
	return files, nil
}

// ruleJobFiles reads the rules in folders, zip archives or files for a job, and tells errOut what it leaves out.
func ruleJobFiles(paths []string, errOut io.Writer) ([]retro.File, error) {
	rules, problems, err := ruleFiles(paths)
	if err != nil {
		return nil, err
	}
	for _, p := range problems {
		fmt.Fprintln(errOut, p)
	}
	var files []retro.File
	for _, f := range rules {
		files = append(files, retro.File{Role: retro.RuleFile, Name: f.Path, Text: string(f.Text)})
	}
	return files, nil
}

func isYAML(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	return ext == ".yml" || ext == ".yaml"
}
