package secret

import (
	"bufio"
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/chacha20poly1305"
)

// key is one key of the file.
type key struct {
	id    string
	bytes [chacha20poly1305.KeySize]byte
}

const (
	maxKeyFile = 64 << 10
	keyHeading = "# Opens the secrets in the state database of Penstock. Keep a copy, and not where copies of the database are.\n"
)

func newKey() key {
	var k key
	var id [4]byte
	rand.Read(id[:])      //nolint:errcheck // it never fails
	rand.Read(k.bytes[:]) //nolint:errcheck // it never fails
	k.id = hex.EncodeToString(id[:])
	return k
}

func (k *key) aead() cipher.AEAD {
	a, err := chacha20poly1305.NewX(k.bytes[:])
	if err != nil {
		panic(err) // the length is constant
	}
	return a
}

// bound is what a ciphertext is bound to: it cannot be passed off as another secret.
func (k *key) bound(name string) []byte { return []byte("penstock secret\x00" + k.id + "\x00" + name) }

func (k *key) seal(name string, value []byte) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX, chacha20poly1305.NonceSizeX+len(value)+chacha20poly1305.Overhead)
	rand.Read(nonce) //nolint:errcheck // it never fails
	return k.aead().Seal(nonce, nonce, value, k.bound(name))
}

var errDamaged = errors.New("it is damaged, or was sealed for something else")

func (k *key) open(name string, sealed []byte) ([]byte, error) {
	if len(sealed) < chacha20poly1305.NonceSizeX {
		return nil, errDamaged
	}
	value, err := k.aead().Open(nil, sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:], k.bound(name))
	if err != nil {
		return nil, errDamaged
	}
	return value, nil
}

// readKeys reads the key file; none where there is no file.
func readKeys(path string) ([]key, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the key file: %w", err)
	case info.Size() > maxKeyFile:
		return nil, fmt.Errorf("read the key file %s: it is larger than %d bytes", path, maxKeyFile)
	case info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("the key file %s can be read by others: chmod 600 %s, then rotate the key (penstock secrets rotate)", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the key file: %w", err)
	}
	keys, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("read the key file %s: %w", path, err)
	}
	return keys, nil
}

// parseKeys reads lines of an id and 32 bytes in base64; the first is the key that seals. Lines that begin with # say
// nothing.
func parseKeys(text []byte) ([]key, error) {
	var keys []key
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		id, encoded, _ := strings.Cut(line, " ")
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil || len(raw) != chacha20poly1305.KeySize || id == "" {
			return nil, fmt.Errorf("line %d: expected an id and %d bytes in base64", n, chacha20poly1305.KeySize)
		}
		k := key{id: id}
		copy(k.bytes[:], raw)
		keys = append(keys, k)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, errors.New("there is no key in it")
	}
	return keys, nil
}

// writeKeys puts the keys in place of what is at path, whole or not at all.
func writeKeys(path string, keys []key) error {
	text := []byte(keyHeading)
	for i := range keys {
		text = fmt.Appendf(text, "%s %s\n", keys[i].id, base64.StdEncoding.EncodeToString(keys[i].bytes[:]))
	}
	if err := replaceFile(path, text); err != nil {
		return fmt.Errorf("write the key file %s: %w", path, err)
	}
	return nil
}

func replaceFile(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".key-*") // 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
