package access

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/descope/virtualwebauthn"
)

// device is an authenticator, and the browser that it is attached to.
type device struct {
	party virtualwebauthn.RelyingParty
	virtualwebauthn.Authenticator
	credential virtualwebauthn.Credential
}

func newDevice() *device {
	return &device{
		party:         virtualwebauthn.RelyingParty{Name: "Penstock", ID: "localhost", Origin: "http://localhost:8400"},
		Authenticator: virtualwebauthn.NewAuthenticator(), credential: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2),
	}
}

// enrol adds the device to an account.
func (d *device) enrol(t *testing.T, a *Access, who *Identity) *Protected {
	t.Helper()
	offer, err := a.OfferPasskey(t.Context(), who, good)
	if err != nil {
		t.Fatal(err)
	}
	options, err := virtualwebauthn.ParseAttestationOptions(asJSON(t, offer.Options))
	if err != nil {
		t.Fatal(err)
	}
	u, err := a.User(t.Context(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	d.Options.UserHandle = u.handle
	answer := virtualwebauthn.CreateAttestationResponse(d.party, d.Authenticator, d.credential, *options)
	p, err := a.ConfirmPasskey(t.Context(), who, offer.Ceremony, "Key on the ring", []byte(answer))
	if err != nil {
		t.Fatal(err)
	}
	d.AddCredential(d.credential)
	return p
}

// answer answers a challenge.
func (d *device) answer(t *testing.T, c *Challenge) []byte {
	t.Helper()
	options, err := virtualwebauthn.ParseAssertionOptions(asJSON(t, c.Options))
	if err != nil {
		t.Fatal(err)
	}
	d.credential.Counter++
	return []byte(virtualwebauthn.CreateAssertionResponse(d.party, d.Authenticator, d.credential, *options))
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAPasskeyIsTheSecondFactorAndSufficesAlone(t *testing.T) {
	a, _ := open(t)
	who := a.user(t, "anna", Administrator)
	d := newDevice()
	if p := d.enrol(t, a, who); len(p.Codes) != recoveryCodes {
		t.Errorf("%d recovery codes", len(p.Codes))
	}
	step, err := a.SignIn(t.Context(), here, "anna", good)
	if err != nil || step.SignedIn != nil || !slices.Equal(step.Factors, []Factor{Passkey, RecoveryCode}) {
		t.Fatalf("%+v, %v", step, err)
	}
	for name, ceremony := range map[string]string{"second factor": step.Ceremony, "alone": ""} {
		c, err := a.AskPasskey(t.Context(), ceremony)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answer := d.answer(t, c)
		in, err := a.SignInByPasskey(t.Context(), here, c.Ceremony, answer)
		if err != nil || a.who(t, in.Token).ID != who.ID {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := a.SignInByPasskey(t.Context(), here, c.Ceremony, answer); !errors.Is(err, ErrExpired) {
			t.Errorf("%s: the answer again: %v", name, err)
		}
	}
	keys, err := a.PasskeysOf(t.Context(), who.ID)
	if err != nil || len(keys) != 1 || keys[0].Used.IsZero() || keys[0].Name != "Key on the ring" {
		t.Errorf("%+v, %v", keys, err)
	}
}

func TestAPasskeyThatIsWrongLetsNobodyIn(t *testing.T) {
	a, _ := open(t)
	who := a.user(t, "anna", Administrator)
	d := newDevice()
	d.enrol(t, a, who)
	try := func(what string, spoil func()) {
		t.Helper()
		c, err := a.AskPasskey(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		spoil()
		if _, err := a.SignInByPasskey(t.Context(), here, c.Ceremony, d.answer(t, c)); !errors.Is(err, ErrPasskey) {
			t.Errorf("%s: %v", what, err)
		}
	}
	good := *d
	try("from another site", func() { d.party.Origin = "http://evil.example" })
	*d = good
	try("without unlocking it", func() { d.Options.UserNotVerified = true })
	*d = good
	try("another key", func() {
		id := d.credential.ID
		d.credential = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		d.credential.ID = id
	})
	*d = good
	c, err := a.AskPasskey(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.SignInByPasskey(t.Context(), here, c.Ceremony, []byte(`{"id":"x"}`)); !errors.Is(err, ErrPasskey) {
		t.Errorf("not an answer: %v", err)
	}
	// A copy of the authenticator counts from where it was copied.
	for _, counter := range []uint32{10, 5} {
		c, err := a.AskPasskey(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		d.credential.Counter = counter
		if _, err := a.SignInByPasskey(t.Context(), here, c.Ceremony, d.answer(t, c)); (err == nil) != (counter == 10) {
			t.Errorf("counter %d: %v", counter, err)
		}
	}
}

func TestWithoutANameOfThePageThereAreNoPasskeys(t *testing.T) {
	for page, there := range map[string]bool{"https://penstock.example.com": true, "http://127.0.0.1:8400": true, "http://[::1]:8400": true, "https://10.0.0.1": false, "": false} {
		a, _ := open(t, func(o *Options) { o.Page = page })
		if a.Passkeys() != there {
			t.Errorf("%q: %v", page, a.Passkeys())
		}
	}
}

func TestARemovedPasskeyLetsNobodyIn(t *testing.T) {
	a, _ := open(t)
	d := newDevice()
	who := a.who(t, d.enrol(t, a, a.user(t, "anna", Administrator)).Token)
	keys, err := a.PasskeysOf(t.Context(), who.ID)
	if err != nil {
		t.Fatal(err)
	}
	token, err := a.RemovePasskey(t.Context(), who, keys[0].ID, good)
	if err != nil {
		t.Fatal(err)
	}
	a.who(t, token)
	c, err := a.AskPasskey(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.SignInByPasskey(t.Context(), here, c.Ceremony, d.answer(t, c)); !errors.Is(err, ErrPasskey) {
		t.Errorf("%v", err)
	}
	if step, err := a.SignIn(t.Context(), here, "anna", good); err != nil || step.SignedIn == nil {
		t.Errorf("the passphrase suffices again: %+v, %v", step, err)
	}
}
