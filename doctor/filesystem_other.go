//go:build !linux

package doctor

// fileSystemOf knows the file systems of Linux alone.
func fileSystemOf(string) (kind string, network, memory bool) { return "", false, false }
