package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// sender brings a message to targets of one kind. An error that trying again cannot mend is a *refused.
type sender interface {
	send(ctx context.Context, t *Target, m *message) error
}

// refused is the answer of a target that will be the same the next time.
type refused struct{ err error }

func (r *refused) Error() string { return r.err.Error() }
func (r *refused) Unwrap() error { return r.err }

// post sends JSON. Nothing of the address gets into the error: for Slack and Teams it is the secret.
func post(ctx context.Context, client *http.Client, t *Target, body []byte, header http.Header) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, bytes.NewReader(body))
	if err != nil {
		return &refused{errors.New("the address cannot be used; enter it again")}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "penstock")
	for name, values := range header {
		req.Header[name] = values
	}
	resp, err := client.Do(req)
	if err != nil {
		var at *url.Error
		if errors.As(err, &at) {
			err = at.Err
		}
		return fmt.Errorf("reach %s: %w", req.URL.Hostname(), err)
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, 300)) // only to show it
	switch code := resp.StatusCode; {
	case code < 300:
		return nil
	case code < 400:
		return &refused{fmt.Errorf("%s answered %s: redirects are not followed; enter the address that it leads to", req.URL.Hostname(), resp.Status)}
	case code == http.StatusTooManyRequests || code == http.StatusRequestTimeout || code >= 500:
		return fmt.Errorf("%s answered %s: %s", req.URL.Hostname(), resp.Status, oneLine(string(said)))
	}
	return &refused{fmt.Errorf("%s answered %s: %s", req.URL.Hostname(), resp.Status, oneLine(string(said)))}
}

// webhook posts the alerts as JSON and signs it as Standard Webhooks has it (https://www.standardwebhooks.com): the
// receiver computes the same HMAC-SHA256 over id, time and body, and knows by the id what it has had before.
type webhook struct{ client *http.Client }

type webhookBody struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		Subject string   `json:"subject"`
		Text    string   `json:"text"`
		Alerts  []*Alert `json:"alerts"`
	} `json:"data"`
}

func (w *webhook) send(ctx context.Context, t *Target, m *message) error {
	content := webhookBody{Type: "alert." + m.alerts[0].Change, Timestamp: m.time.UTC()}
	if len(m.alerts) > 1 {
		content.Type = "alerts"
	}
	content.Data.Subject, content.Data.Text, content.Data.Alerts = m.subject, m.body, m.alerts
	body, err := json.Marshal(content)
	if err != nil {
		return &refused{err}
	}
	stamp := strconv.FormatInt(m.time.Unix(), 10)
	signature, err := sign(t.Secret, m.id, stamp, body)
	if err != nil {
		return &refused{err}
	}
	return post(ctx, w.client, t, body, http.Header{
		"Webhook-Id": {m.id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature},
	})
}

func sign(secret, id, stamp string, body []byte) (string, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return "", errors.New("the secret is not base64; enter a new one")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)), nil
}

// slack posts to an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
type slack struct{ client *http.Client }

func (s *slack) send(ctx context.Context, t *Target, m *message) error {
	// What alerts quote is text: no link and no mention is made of it.
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace
	type text struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	type block struct {
		Type string `json:"type"`
		Text text   `json:"text"`
	}
	body, err := json.Marshal(struct {
		Text   string  `json:"text"`
		Blocks []block `json:"blocks"`
	}{escape(m.subject), []block{
		{"header", text{"plain_text", shorten(m.subject, 150)}},
		{"section", text{"mrkdwn", "```" + escape(shorten(strings.ReplaceAll(m.body, "```", "'''"), 2400)) + "```"}},
	}})
	if err != nil {
		return &refused{err}
	}
	return post(ctx, s.client, t, body, nil)
}

// teams posts an Adaptive Card to a workflow's webhook
// (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook).
type teams struct{ client *http.Client }

func (s *teams) send(ctx context.Context, t *Target, m *message) error {
	type item map[string]any
	card := item{
		"type": "AdaptiveCard", "version": "1.4", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
		"msteams": item{"width": "Full"},
		"body": []item{
			{"type": "TextBlock", "size": "large", "weight": "bolder", "wrap": true, "text": plainMarkdown(m.subject)},
			{"type": "TextBlock", "fontType": "monospace", "wrap": true, "text": plainMarkdown(shorten(m.body, 12_000))},
		},
	}
	if len(m.alerts) == 1 && m.alerts[0].URL != "" {
		card["actions"] = []item{{"type": "Action.OpenUrl", "title": "Open the alert", "url": m.alerts[0].URL}}
	}
	body, err := json.Marshal(item{
		"type": "message", "attachments": []item{{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}},
	})
	if err != nil {
		return &refused{err}
	}
	return post(ctx, s.client, t, body, nil)
}

// plainMarkdown keeps what alerts quote from becoming links or emphasis; a line break needs an empty line.
func plainMarkdown(s string) string {
	return strings.NewReplacer("[", `\[`, "]", `\]`, "*", `\*`, "_", `\_`, "\n", "\n\n").Replace(s)
}

// shorten cuts a text to so many characters.
func shorten(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most-1]) + "…"
}
