package server

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// actorHeader is how a caller that is no user says for whom it acts.
const actorHeader = "X-Penstock-Actor"

// ActorInput says who changes something, for histories: the user who is signed in. Where nobody has to sign in, and with
// the token of the configuration, callers name themselves.
type ActorInput struct {
	Actor string `header:"X-Penstock-Actor" default:"api" minLength:"1" maxLength:"100" pattern:"^[^\\p{C}]*$" doc:"Who does it, for the history; counts only where the caller is no user and has no API key"`
}

// Resolve puts the user in place of what the header says.
func (in *ActorInput) Resolve(ctx huma.Context) []error {
	if who := access.From(ctx.Context()); who != nil {
		in.Actor = named(who, in.Actor)
	}
	return nil
}

// named is by which name somebody appears in histories.
func named(who *access.Identity, header string) string {
	claims := who.Kind == access.ByToken || who.Kind == access.ByOpen
	if claims && header != "" && utf8.RuneCountInString(header) <= 100 && !strings.ContainsFunc(header, unicode.IsControl) {
		return header
	}
	if claims {
		return "api"
	}
	return who.Name
}
