package server

// ActorInput says who changes something. There are no accounts: whoever may call the API names himself.
type ActorInput struct {
	Actor string `header:"X-Penstock-Actor" default:"api" minLength:"1" maxLength:"100" pattern:"^[^\\p{C}]*$" doc:"Who does it, for the history"`
}
