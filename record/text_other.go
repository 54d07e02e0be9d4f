//go:build !amd64

package record

func appendUnguarded(dst, text []byte, i int) ([]byte, int) { return appendPlain(dst, text, i) }

func appendGuarded(dst, text []byte, i int) ([]byte, int) { return appendUntouched(dst, text, i) }
