package notify

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// postOffice is a mail server that keeps what it is given, and refuses one recipient.
type postOffice struct {
	mu   sync.Mutex
	mail []string
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &session{post: p}, nil }

type session struct {
	post *postOffice
	user string
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "penstock" || password != "let me in" {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error { return nil }

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == "nobody@example.com" {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such mailbox"}
	}
	return nil
}

func (s *session) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	s.post.mu.Lock()
	defer s.post.mu.Unlock()
	s.post.mail = append(s.post.mail, s.user+"\n"+string(b))
	return err
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

func mailServer(t *testing.T) (*postOffice, string) {
	t.Helper()
	p := new(postOffice)
	s := smtp.NewServer(p)
	s.AllowInsecureAuth, s.Domain, s.ReadTimeout = true, "127.0.0.1", time.Minute
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close(); <-done })
	return p, l.Addr().String()
}

func TestAnEMailArrivesAtARealServer(t *testing.T) {
	server, address := mailServer(t)
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	settings := Settings{SMTP: address, Encryption: "none", Username: "penstock", Secret: "let me in", From: "Penstock <penstock@example.com>", To: []string{"soc@example.com"}}
	target := save(t, n, Target{Name: "soc", Kind: Email, Settings: settings})
	d.raise(1, 80, Created)
	d.alerts["1"].Title = "Line\r\nBcc: evil@example.com"
	if err := n.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(server.mail) != 1 {
		list, _ := n.Deliveries(t.Context(), 0, "", 1)
		t.Fatalf("%d mails came; %+v", len(server.mail), list)
	}
	head, body, _ := strings.Cut(server.mail[0], "\r\n\r\n")
	if !strings.HasPrefix(head, "penstock\n") || strings.Contains(head, "\r\nBcc:") || !strings.Contains(head, "Subject: [medium] Line Bcc: evil@example.com on ws-0042.example.com") {
		t.Errorf("head %s", head)
	}
	if !strings.Contains(body, "Urgency") || !strings.Contains(head, "Message-ID: <penstock-") {
		t.Errorf("mail %s", server.mail[0])
	}
	if err := n.Test(t.Context(), target.ID); err != nil || len(server.mail) != 2 || !strings.Contains(server.mail[1], "Test of a notification") {
		t.Errorf("test: %v, %d mails", err, len(server.mail))
	}
}

func TestAnEMailThatIsRefusedIsNotSentAgain(t *testing.T) {
	_, address := mailServer(t)
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	save(t, n, Target{Name: "soc", Kind: Email, Settings: Settings{SMTP: address, Encryption: "none", From: "penstock@example.com", To: []string{"nobody@example.com"}}})
	d.raise(1, 80, Created)
	if err := n.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := n.Deliveries(t.Context(), 0, "", 10)
	if err != nil || len(list) != 1 || list[0].State != Failed || !strings.Contains(list[0].Problem, "no such mailbox") {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestAServerThatIsDownIsTriedAgain(t *testing.T) {
	d := new(desk)
	n := open(t, filepath.Join(t.TempDir(), "state.db"), d)
	save(t, n, Target{Name: "soc", Kind: Email, Settings: Settings{SMTP: "127.0.0.1:1", Encryption: "none", From: "penstock@example.com", To: []string{"soc@example.com"}}})
	d.raise(1, 80, Created)
	if err := n.round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := states(t, n); got[Pending] != 1 {
		t.Errorf("deliveries %v", got)
	}
}
