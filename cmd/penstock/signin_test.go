package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var welcomeLink = regexp.MustCompile(`http://\S+/welcome#(\S+)`)

// link is the one-time link that the program has shown last.
func (p *process) link(t *testing.T) string {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if found := welcomeLink.FindAllStringSubmatch(p.log.tail(), -1); found != nil {
			return found[len(found)-1][1]
		}
	}
	t.Fatalf("no link is shown:\n%s", p.log.tail())
	return ""
}

func TestTheFirstStartShowsALinkThatLetsTheAdministratorIn(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs the whole program")
	}
	p := installPenstock(t, "")
	dir := filepath.Dir(p.config)
	if err := os.WriteFile(filepath.Join(dir, "events.ndjson"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("data: data\nserver: {listen: %s}\nintakes:\n  - name: file\n    file: {path: events.ndjson}\n", p.address)
	if err := os.WriteFile(p.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	accept := func(token string) int {
		t.Helper()
		body := fmt.Sprintf(`{"token":%q,"name":"anna","passphrase":"quiet lemon harbour engine"}`, token)
		answer, err := http.Post("http://"+p.address+"/api/v1/session/link", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		return answer.StatusCode
	}
	p.start(t)
	p.waitReady(t)
	first := p.link(t)
	p.kill(t)
	p.log = &lockedBuffer{}
	p.start(t)
	p.waitReady(t)
	second := p.link(t)
	if answer, err := http.Get("http://" + p.address + "/api/v1/events"); err != nil || answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("without signing in: %v, %v", answer, err)
	} else {
		answer.Body.Close()
	}
	if status := accept(first); status != http.StatusGone {
		t.Errorf("the link before: %d", status)
	}
	if status := accept(second); status != http.StatusOK {
		t.Errorf("the link: %d", status)
	}
	p.kill(t)
	p.log = &lockedBuffer{}
	p.start(t)
	p.waitReady(t)
	if log := p.log.tail(); strings.Contains(log, "welcome#") {
		t.Errorf("a link is shown although there is an administrator:\n%s", log)
	}
}
