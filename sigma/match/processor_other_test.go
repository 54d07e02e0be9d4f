//go:build !linux

package match_test

import "time"

var started = time.Now()

func processorTime() time.Duration { return time.Since(started) }
