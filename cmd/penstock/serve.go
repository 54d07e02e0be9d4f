package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/cobra"

	"penstock/config"
)

func serveCommand() *cobra.Command {
	var path string
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run: read the intakes, keep their events, serve the page and the API",
		Long: `Runs until SIGTERM or Ctrl-C, then drains: what was read is made durable and acknowledged. A changed configuration
file, or SIGHUP, makes it drain and go on with the new configuration; a mistake in the file leaves it as it was.`,
		Example: `  penstock serve --config /etc/penstock/penstock.yaml`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return serve(cmd.Context(), path, cmd.ErrOrStderr())
		},
	}
	configFlag(cmd, &path)
	return cmd
}

func configFlag(cmd *cobra.Command, path *string) {
	cmd.Flags().StringVarP(path, "config", "c", envOr("PENSTOCK_CONFIG", "penstock.yaml"), "configuration file (PENSTOCK_CONFIG)")
}

// serve runs with the configuration in path, and again with the new one whenever it changes.
func serve(ctx context.Context, path string, errOut io.Writer) error {
	c, err := config.Load(path)
	if err != nil {
		return err
	}
	changes, stop, err := watchConfig(path)
	if err != nil {
		return err
	}
	defer stop()
	for ctx.Err() == nil {
		log := logger(&c.Log, errOut)
		slog.SetDefault(log)
		next, err := serveUntilChanged(ctx, c, path, log, errOut, changes)
		if err != nil {
			return err
		}
		if next != nil {
			c = next
		}
	}
	return nil
}

// serveUntilChanged runs one configuration; it returns the next one, or nil when the program is to end.
func serveUntilChanged(ctx context.Context, c *config.Config, path string, log *slog.Logger, terminal io.Writer, changes <-chan struct{}) (next *config.Config, err error) {
	p, err := start(ctx, c, log, terminal)
	if err != nil {
		return nil, err
	}
	running, cancel := context.WithCancel(ctx)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- p.run(running) }()
	for {
		select {
		case err := <-done:
			return nil, closed(p, err)
		case <-changes:
			changed, err := config.Load(path)
			if err != nil {
				log.Error("the changed configuration is not taken; the one before goes on", "error", err)
				continue
			}
			log.Info("the configuration changed: draining, then going on with the new one")
			cancel()
			return changed, closed(p, <-done)
		}
	}
}

func closed(p *program, err error) error {
	if closing := p.close(); err == nil {
		err = closing
	}
	return err
}

// watchConfig tells of SIGHUP and of changes of the file's content.
func watchConfig(path string) (<-chan struct{}, func(), error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, nil, fmt.Errorf("watch the configuration: %w", err)
	}
	// Editors and orchestrators replace files: the folder is what stays.
	if err := watcher.Add(filepath.Dir(path)); err != nil {
		watcher.Close()
		return nil, nil, fmt.Errorf("watch the configuration: %w", err)
	}
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	changes := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() {
		defer close(done)
		forwardChanges(path, watcher, hup, changes)
	}()
	stop := func() {
		signal.Stop(hup)
		close(hup)
		watcher.Close()
		<-done
	}
	return changes, stop, nil
}

// settleTime is how long a file must be left alone before it is read again.
const settleTime = 500 * time.Millisecond

func forwardChanges(path string, watcher *fsnotify.Watcher, hup <-chan os.Signal, changes chan<- struct{}) {
	last, _ := os.ReadFile(path)
	settled := time.NewTimer(time.Hour)
	settled.Stop()
	tell := func() {
		select {
		case changes <- struct{}{}:
		default:
		}
	}
	for {
		select {
		case _, ok := <-hup:
			if !ok {
				return
			}
			tell()
		case _, ok := <-watcher.Events:
			if !ok {
				return
			}
			settled.Reset(settleTime)
		case <-settled.C:
			if now, err := os.ReadFile(path); err == nil && !bytes.Equal(now, last) {
				last = now
				tell()
			}
		}
	}
}

func logger(c *config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Level)); err != nil {
		level = slog.LevelInfo
	}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
