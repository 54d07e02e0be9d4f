package notify

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestWrongSettingsAreNamed(t *testing.T) {
	web := func(s Settings) Target { return Target{Name: "x", Kind: Webhook, Settings: s} }
	good := Settings{URL: "https://hooks.example.com/a"}
	with := func(change func(*Settings)) Settings { s := good; change(&s); return s }
	post := Settings{SMTP: "mail.example.com:587", From: "penstock@example.com", To: []string{"soc@example.com"}}
	mail := func(change func(*Settings)) Target {
		s := post
		change(&s)
		return Target{Name: "x", Kind: Email, Settings: s}
	}
	for _, c := range []struct {
		name, field string
		target      Target
	}{
		{"no name", "name", Target{Kind: Webhook, Settings: good}},
		{"no kind", "kind", Target{Name: "x", Settings: good}},
		{"no address", "url", web(Settings{})},
		{"plain http", "url", web(Settings{URL: "http://hooks.example.com/a"})},
		{"password in the address", "url", web(Settings{URL: "https://u:p@hooks.example.com/a"})},
		{"not the web", "url", web(Settings{URL: "file:///etc/passwd"})},
		{"short secret", "secret", web(with(func(s *Settings) { s.Secret = "whsec_YWJj" }))},
		{"no such change", "changes", web(with(func(s *Settings) { s.Changes = []string{"closed"} }))},
		{"urgency", "min_urgency", web(with(func(s *Settings) { s.MinUrgency = 101 }))},
		{"rate", "per_minute", web(with(func(s *Settings) { s.PerMinute = 10_000 }))},
		{"broken template", "subject", web(with(func(s *Settings) { s.Subject = "{{.Title" }))},
		{"unknown field", "body", web(with(func(s *Settings) { s.Body = "{{.Password}}" }))},
		{"counts for ever", "body", web(with(func(s *Settings) { s.Body = "{{range 1000000000}}{{end}}" }))},
		{"counts for ever by a variable", "body", web(with(func(s *Settings) { s.Body = "{{$n := 1000000000}}{{range $n}}{{end}}" }))},
		{"counts for ever by nesting", "body", web(with(func(s *Settings) { s.Body = "{{range 999}}{{range 999}}{{range 999}}{{end}}{{end}}{{end}}" }))},
		{"calls itself", "body", web(with(func(s *Settings) { s.Body = `{{define "a"}}{{template "a" .}}{{end}}{{template "a" .}}` }))},
		{"grows for ever", "body", web(with(func(s *Settings) { s.Body = "{{range 999}}{{range 999}}xxxxxxxxxxxx{{end}}{{end}}" }))},
		{"no port", "smtp", mail(func(s *Settings) { s.SMTP = "mail.example.com" })},
		{"no encryption", "encryption", mail(func(s *Settings) { s.Encryption = "ssl3" })},
		{"password in the open", "encryption", mail(func(s *Settings) { s.Encryption, s.Username, s.Secret = "none", "u", "p" })},
		{"no password", "secret", mail(func(s *Settings) { s.Username = "u" })},
		{"no sender", "from", mail(func(s *Settings) { s.From = "" })},
		{"no recipient", "to", mail(func(s *Settings) { s.To = nil })},
		{"header in a recipient", "to", mail(func(s *Settings) { s.To = []string{"a@b.example\r\nBcc: c@d.example"} })},
	} {
		var wrong *Mistake
		if err := c.target.check(); !errors.As(err, &wrong) || wrong.Field != c.field || wrong.Message == "" {
			t.Errorf("%s: %v, want a mistake of %s", c.name, err, c.field)
		}
	}
	for _, fine := range []Target{web(good), web(Settings{URL: "http://127.0.0.1:9/a"}), mail(func(*Settings) {}), {Name: "x", Kind: Slack, Settings: good}} {
		if err := fine.check(); err != nil {
			t.Errorf("%+v: %v", fine, err)
		}
	}
}

func TestSecretsStayWhenATargetIsSavedWithoutThem(t *testing.T) {
	n := open(t, filepath.Join(t.TempDir(), "state.db"), new(desk))
	first := save(t, n, Target{Name: "soar", Kind: Slack, Settings: Settings{URL: "https://hooks.example.com/secret", MinUrgency: 10}})
	save(t, n, Target{Name: "other", Kind: Webhook, Settings: Settings{URL: "https://hooks.example.com/b"}})
	changed := Target{ID: first.ID, Name: "renamed", Kind: Slack, Enabled: true, Settings: Settings{MinUrgency: 20}}
	if err := n.Save(t.Context(), &changed); err != nil {
		t.Fatal(err)
	}
	got, err := n.Target(t.Context(), first.ID)
	if err != nil || got.URL != first.URL || got.MinUrgency != 20 || got.Name != "renamed" {
		t.Errorf("%+v, %v", got, err)
	}
	changed.Name = "other"
	if err := n.Save(t.Context(), &changed); !errors.Is(err, ErrSameName) {
		t.Errorf("two targets have one name: %v", err)
	}
	// The address of one kind is nothing for another.
	changed = Target{ID: first.ID, Name: "renamed", Kind: Webhook}
	var wrong *Mistake
	if err := n.Save(t.Context(), &changed); !errors.As(err, &wrong) || wrong.Field != "url" {
		t.Errorf("%v", err)
	}
	if err := n.Delete(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if err := n.Delete(t.Context(), first.ID); !errors.Is(err, ErrNoTarget) {
		t.Errorf("deleted twice: %v", err)
	}
	if err := n.Save(t.Context(), &Target{ID: first.ID, Name: "x", Kind: Webhook}); !errors.Is(err, ErrNoTarget) {
		t.Errorf("saved though it is gone: %v", err)
	}
}

func TestAnAddressShowsWhereItLeadsAndNoMore(t *testing.T) {
	for url, want := range map[string]string{
		"https://hooks.example.com/services/T0/B0/xyz":    "https://hooks.example.com/se…",
		"https://hooks.example.com/a?sig=secret":          "https://hooks.example.com/…",
		"https://hooks.example.com?code=secret":           "https://hooks.example.com/…",
		"https://hooks.example.com/#secret":               "https://hooks.example.com/…",
		"https://hooks.example.com/abc":                   "https://hooks.example.com/…",
		"https://hooks.example.com:8443/%C3%BCber/secret": "https://hooks.example.com:8443/%C…",
		"http://127.0.0.1:9/":                             "http://127.0.0.1:9/",
		"":                                                "",
	} {
		if got := (&Target{Settings: Settings{URL: url}}).Address(); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}

func TestAnAddressThatIsSentBackAsShownStays(t *testing.T) {
	n := open(t, filepath.Join(t.TempDir(), "state.db"), new(desk))
	const url = "https://hooks.example.com/services/secret"
	target := save(t, n, Target{Name: "soar", Kind: Webhook, Settings: Settings{URL: url}})
	target.URL, target.MinUrgency = target.Address(), 30
	if err := n.Save(t.Context(), target); err != nil {
		t.Fatal(err)
	}
	if got, err := n.Target(t.Context(), target.ID); err != nil || got.URL != url || got.MinUrgency != 30 {
		t.Errorf("%+v, %v", got, err)
	}
	for _, part := range []string{"https://hooks.example.net/se…", "https://hooks.example.com/…"} {
		target.URL = part
		var wrong *Mistake
		if err := n.Save(t.Context(), target); !errors.As(err, &wrong) || wrong.Field != "url" {
			t.Errorf("%s: %v", part, err)
		}
	}
}

func TestAPasswordIsNotSentToAnotherServer(t *testing.T) {
	n := open(t, filepath.Join(t.TempDir(), "state.db"), new(desk))
	settings := Settings{SMTP: "mail.example.com:587", Username: "u", Secret: "p", From: "a@example.com", To: []string{"b@example.com"}}
	target := save(t, n, Target{Name: "mail", Kind: Email, Settings: settings})
	target.Secret, target.MinUrgency = "", 10
	if err := n.Save(t.Context(), target); err != nil || target.Secret != "p" {
		t.Errorf("the password is %q, %v", target.Secret, err)
	}
	target.Secret, target.SMTP = "", "mail.example.net:587"
	var wrong *Mistake
	if err := n.Save(t.Context(), target); !errors.As(err, &wrong) || wrong.Field != "secret" {
		t.Errorf("the server changed and the password stayed: %v", err)
	}
}

func TestWhatAlertsQuoteIsTextInChats(t *testing.T) {
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	a, b := receive(t), receive(t)
	save(t, n, Target{Name: "slack", Kind: Slack, Settings: Settings{URL: a.URL}})
	save(t, n, Target{Name: "teams", Kind: Teams, Settings: Settings{URL: b.URL}})
	d.raise(1, 80, Created)
	d.alerts["1"].Title = "<!channel> <https://evil.example|click> [x](https://evil.example) ```\nBcc: a"
	if err := n.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(a.bodies) != 1 || strings.Contains(a.bodies[0], `"text":"\u003c!channel`) || strings.Contains(a.bodies[0], "<!channel") || !strings.Contains(a.bodies[0], `\u0026lt;!channel`) {
		t.Errorf("Slack: %s", a.bodies)
	}
	if len(b.bodies) != 1 || strings.Contains(b.bodies[0], "[x](") {
		t.Errorf("Teams: %s", b.bodies)
	}
}

func TestSecretsOfTargetsAreEncryptedAlsoThoseOfVersionsBefore(t *testing.T) {
	n := open(t, filepath.Join(t.TempDir(), "state.db"), &desk{})
	fresh := &Target{Name: "fresh", Kind: Slack, Settings: Settings{URL: "https://hooks.example.com/fresh-capability"}}
	if err := n.Save(t.Context(), fresh); err != nil {
		t.Fatal(err)
	}
	if _, err := n.db.Writer.Exec(`INSERT INTO notify_target VALUES (77, 'old', 'teams', 1, '{"url":"https://hooks.example.com/old-capability","per_minute":3}', 0)`); err != nil {
		t.Fatal(err)
	}
	if err := n.SealAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	var shown int
	if err := n.db.Reader.QueryRow(`SELECT count(*) FROM notify_target WHERE settings LIKE '%capability%'`).Scan(&shown); err != nil || shown != 0 {
		t.Errorf("%d targets show their address in the database, %v", shown, err)
	}
	for id, want := range map[int64]string{fresh.ID: "https://hooks.example.com/fresh-capability", 77: "https://hooks.example.com/old-capability"} {
		if got, err := n.Target(t.Context(), id); err != nil || got.URL != want {
			t.Errorf("target %d: %v, %v; want %s", id, got, err, want)
		}
	}
	if err := n.Delete(t.Context(), 77); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := n.db.Reader.QueryRow(`SELECT count(*) FROM secret WHERE name = 'notify/77'`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d secrets of a deleted target are left, %v", left, err)
	}
}
