//go:build !amd64

package record

func unguard(dst, text []byte, i int) ([]byte, int) { return unguardWords(dst, text, i) }

func guard(dst, text []byte, i int) ([]byte, int) { return guardWords(dst, text, i) }
