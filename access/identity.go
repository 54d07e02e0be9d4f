package access

import (
	"context"
	"slices"
)

// Kind is what an identity is.
type Kind string

// The kinds of identities.
const (
	ByUser  Kind = "user"
	ByKey   Kind = "key"
	ByToken Kind = "token" // of the configuration
	ByOpen  Kind = "open"  // nobody has to sign in here
)

// Identity is who asks for something, and what he may.
type Identity struct {
	Kind        Kind
	ID          int64 // of the user or the key
	Name        string
	Role        Role
	Permissions []Permission
	// Intakes whose events he sees; none: of all intakes.
	Intakes []string
	Session int64 // of a user
}

// May says whether the identity has the permission. Nobody (nil) may do only what is public.
func (i *Identity) May(p Permission) bool {
	switch {
	case p == Public:
		return true
	case i == nil:
		return false
	case p == Any:
		return true
	case p == Self:
		return i.Kind == ByUser
	}
	return slices.Contains(i.Permissions, p)
}

// Sees says whether events of the intake are the identity's to see.
func (i *Identity) Sees(intake string) bool {
	return i == nil || len(i.Intakes) == 0 || slices.Contains(i.Intakes, intake)
}

type identityKey struct{}

// With is ctx with who asks.
func With(ctx context.Context, i *Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, i)
}

// From is who asks; nil: the program itself, or nobody.
func From(ctx context.Context) *Identity {
	i, _ := ctx.Value(identityKey{}).(*Identity)
	return i
}

// Intakes are those that whoever asks is restricted to; none: he sees all.
func Intakes(ctx context.Context) []string {
	if i := From(ctx); i != nil {
		return i.Intakes
	}
	return nil
}
