package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"golang.org/x/crypto/argon2"
)

// HashCost is what hashing a passphrase by argon2id takes (RFC 9106, section 4).
type HashCost struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

const (
	minPassphrase = 12
	maxPassphrase = 256
	saltSize      = 16
	hashSize      = 32
	// goodScore of zxcvbn, 0 to 4, stands for a hundred million guesses and more.
	goodScore = 3
)

// hash is the passphrase in the form of the PHC string format, parameters included.
func (c HashCost) hash(passphrase string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) //nolint:errcheck // it never fails
	sum := argon2.IDKey([]byte(passphrase), salt, c.Passes, c.Memory, c.Threads, hashSize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Passes, c.Threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// parsed is a hash that was read.
type parsed struct {
	cost      HashCost
	salt, sum []byte
}

func parseHash(text string) (p parsed, err error) {
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return p, fmt.Errorf("this is no hash by argon2id")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &p.cost.Memory, &p.cost.Passes, &p.cost.Threads); err != nil {
		return p, fmt.Errorf("read the parameters of a hash: %w", err)
	}
	// What lies in the database must not make the process take all memory.
	if p.cost.Memory > 1<<20 || p.cost.Passes < 1 || p.cost.Passes > 64 || p.cost.Threads < 1 {
		return p, fmt.Errorf("the parameters of a hash are out of bounds: %s", parts[3])
	}
	if p.salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil || len(p.salt) < 8 {
		return p, fmt.Errorf("the salt of a hash is damaged")
	}
	if p.sum, err = base64.RawStdEncoding.DecodeString(parts[5]); err != nil || len(p.sum) != hashSize {
		return p, fmt.Errorf("a hash is damaged")
	}
	return p, nil
}

func (p *parsed) matches(passphrase string) bool {
	sum := argon2.IDKey([]byte(passphrase), p.salt, p.cost.Passes, p.cost.Memory, p.cost.Threads, hashSize)
	return subtle.ConstantTimeCompare(sum, p.sum) == 1
}

// slot waits until a passphrase may be hashed.
func (a *Access) slot(ctx context.Context) (done func(), err error) {
	select {
	case a.hashing <- struct{}{}:
		return func() { <-a.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (a *Access) hashPassphrase(ctx context.Context, passphrase string) (string, error) {
	done, err := a.slot(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	return a.options.Hash.hash(passphrase), nil
}

// verify compares a passphrase with a hash; an empty hash takes as long and is matched by nothing. renew says that the
// hash was made at another cost than is wanted now.
func (a *Access) verify(ctx context.Context, hash, passphrase string) (ok, renew bool, err error) {
	done, err := a.slot(ctx)
	if err != nil {
		return false, false, err
	}
	defer done()
	real := hash != ""
	if !real {
		hash = a.decoy
	}
	p, err := parseHash(hash)
	if err != nil {
		return false, false, err
	}
	matches := len(passphrase) <= maxPassphrase && p.matches(passphrase)
	return matches && real, p.cost != a.options.Hash, nil
}

// checkPassphrase says why a passphrase is not taken. Words are those that an attacker would try first, as the user's
// name.
func checkPassphrase(passphrase string, words ...string) error {
	n := utf8.RuneCountInString(passphrase)
	switch {
	case !utf8.ValidString(passphrase) || strings.ContainsRune(passphrase, 0):
		return &Mistake{"passphrase", "expected text"}
	case n < minPassphrase:
		return &Mistake{"passphrase", fmt.Sprintf("expected at least %d characters; four words that do not belong together are good", minPassphrase)}
	case len(passphrase) > maxPassphrase:
		return &Mistake{"passphrase", fmt.Sprintf("expected at most %d bytes", maxPassphrase)}
	}
	// Guessing time grows with the length: what comes after makes nothing easier.
	judged := passphrase[:min(len(passphrase), 72)]
	if zxcvbn.PasswordStrength(judged, append(words, "penstock", "defender")).Score < goodScore {
		return &Mistake{"passphrase", "this is guessed too easily, as it is among what many people choose or close to it; four words that do not belong together are good"}
	}
	return nil
}
