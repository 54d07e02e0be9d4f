//go:build !amd64

package record

func markBlocks(special, beyond []uint64, text []byte) (seen uint64) {
	return markWords(special, beyond, text)
}
