package eventhubtest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"

	"penstock/eventhubtest/amqp"
)

// maxTokens bounds the tokens of a connection; a client has one for each entity.
const maxTokens = 1024

// claims is what a connection has proved. It is used under the mutex of the connection.
type claims struct {
	keys    map[string]string
	trusted bool                 // SASL PLAIN with a right key
	tokens  map[string]time.Time // audience → expiry
}

func newClaims(o Options) claims {
	return claims{keys: o.Keys, tokens: map[string]time.Time{}}
}

// sasl checks the credentials of a connection. Only PLAIN proves anything; the others leave it to $cbs.
func (c *claims) sasl(init *amqp.SASLInit) bool {
	switch init.Mechanism {
	case "ANONYMOUS", "MSSBCBS", "EXTERNAL":
		return true
	case "PLAIN":
		parts := strings.Split(string(init.InitialResponse), "\x00")
		if len(c.keys) == 0 {
			return true
		}
		c.trusted = len(parts) == 3 && c.right(parts[1], parts[2])
		return c.trusted
	}
	return false
}

func (c *claims) right(name, key string) bool {
	want, ok := c.keys[name]
	return ok && hmac.Equal([]byte(want), []byte(key))
}

// put takes a token; problem says why it is refused.
func (c *claims) put(kind, audience, token string, now time.Time) (problem string) {
	expiry := now.Add(24 * time.Hour)
	if len(c.keys) > 0 && kind != "jwt" {
		if expiry, problem = c.verify(token, now); problem != "" {
			return problem
		}
	}
	if len(c.tokens) >= maxTokens {
		return "The connection holds too many tokens."
	}
	c.tokens[resource(audience)] = expiry
	return ""
}

// verify checks a shared access signature: HMAC-SHA256, with the key, of the encoded resource and the expiry.
func (c *claims) verify(token string, now time.Time) (expiry time.Time, problem string) {
	rest, ok := strings.CutPrefix(token, "SharedAccessSignature ")
	if !ok {
		return expiry, "MalformedToken: The token is not a shared access signature."
	}
	field := map[string]string{}
	for _, part := range strings.Split(rest, "&") {
		k, v, _ := strings.Cut(part, "=")
		field[k] = v
	}
	signature, err := url.QueryUnescape(field["sig"])
	name, nameErr := url.QueryUnescape(field["skn"])
	seconds, numberErr := strconv.ParseInt(field["se"], 10, 64)
	if err != nil || nameErr != nil || numberErr != nil {
		return expiry, "MalformedToken: The token has a malformed field."
	}
	mac := hmac.New(sha256.New, []byte(c.keys[name]))
	mac.Write([]byte(field["sr"] + "\n" + field["se"]))
	if _, known := c.keys[name]; !known || !hmac.Equal([]byte(base64.StdEncoding.EncodeToString(mac.Sum(nil))), []byte(signature)) {
		return expiry, "InvalidSignature: The token has an invalid signature."
	}
	expiry = time.Unix(seconds, 0)
	if !expiry.After(now) {
		return expiry, tokenExpired("", expiry).Description
	}
	return expiry, ""
}

// resource is the path of an audience such as "amqp://host:5672/hub/ConsumerGroups/…", in lower case.
func resource(audience string) string {
	if u, err := url.Parse(audience); err == nil && u.Host != "" {
		audience = u.Path
	}
	return strings.ToLower(strings.Trim(audience, "/"))
}

// allow reports whether the connection may use a hub.
func (c *claims) allow(hub string, now time.Time) bool {
	if len(c.keys) == 0 || c.trusted {
		return true
	}
	hub = strings.ToLower(hub)
	for path, expiry := range c.tokens {
		if expiry.After(now) && (path == "" || path == hub || strings.HasPrefix(path, hub+"/")) {
			return true
		}
	}
	return false
}

// expired drops tokens whose time is over, and reports whether there were any.
func (c *claims) expired(now time.Time) bool {
	found := false
	for path, expiry := range c.tokens {
		if !expiry.After(now) {
			delete(c.tokens, path)
			found = true
		}
	}
	return found
}

// expire detaches the links to hubs that no token covers any more.
func (c *conn) expire() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sessions {
		for _, l := range s.links {
			if hub := l.state().hub; hub != "" && !c.claims.allow(hub, now) {
				s.detach(l, tokenExpired(hub, now))
			}
		}
	}
	_ = c.w.Flush()
}
