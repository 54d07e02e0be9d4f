package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// email sends through an SMTP server.
type email struct{}

const smtpTimeout = 20 * time.Second

func (email) send(ctx context.Context, t *Target, m *message) error {
	msg := mail.NewMsg()
	if err := msg.From(t.From); err != nil {
		return &refused{fmt.Errorf("sender: %w", err)}
	}
	if err := msg.To(t.To...); err != nil {
		return &refused{fmt.Errorf("recipients: %w", err)}
	}
	msg.Subject(m.subject)
	msg.SetDateWithValue(m.time)
	// The same when it is sent again, so that a mailbox can tell.
	msg.SetMessageIDWithValue(m.id + "@penstock.invalid")
	msg.SetBodyString(mail.TypeTextPlain, m.body)

	host, portText, err := net.SplitHostPort(t.SMTP)
	port, portErr := strconv.Atoi(portText)
	if err = errors.Join(err, portErr); err != nil {
		return &refused{fmt.Errorf("server: %w", err)}
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(smtpTimeout)}
	auth := mail.SMTPAuthAutoDiscover
	switch t.Encryption {
	case "tls":
		options = append(options, mail.WithSSL())
	case "none":
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
		auth = mail.SMTPAuthPlainNoEnc // to this machine only, see check
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if t.Username != "" {
		options = append(options, mail.WithSMTPAuth(auth), mail.WithUsername(t.Username), mail.WithPassword(t.Secret))
	}
	client, err := mail.NewClient(host, options...)
	if err != nil {
		return &refused{fmt.Errorf("server: %w", err)}
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		err = fmt.Errorf("send through %s: %w", host, err)
		var sending *mail.SendError
		if errors.As(err, &sending) && !sending.IsTemp() && sending.ErrorCode() >= 500 {
			return &refused{err}
		}
		return err
	}
	return nil
}
