package config

import (
	"fmt"
	"net"
)

// Push is how programs send events by HTTP, to all intakes that take them so.
type Push struct {
	Listen     string `yaml:"listen" doc:"An address of its own for programs that send events, host:port; without, they send to server.listen. Anything but loopback needs TLS (server.tls)"`
	Insecure   bool   `yaml:"insecure" doc:"Listen there beyond loopback without TLS, because a proxy before does it"`
	PublicURL  string `yaml:"public_url" doc:"Address under which programs reach it, as https://intake.example.com, for the commands that the page shows; that of the page otherwise"`
	KeyInQuery bool   `yaml:"key_in_query" doc:"Take the intake key from the address (?intake_key=) as well. Off, since proxies and clients write addresses into their logs, and the key with them"`
	MaxBody    Bytes  `yaml:"max_body" default:"32MiB" doc:"Largest body of a request, as it comes and decompressed; one event may have 250 KiB in any case"`
	Rate       int    `yaml:"rate" default:"200" doc:"Requests a second that one address may send events with; five times as many at once"`
}

// HTTP is an intake that programs send events to.
type HTTP struct {
	Key        Secret `yaml:"key" doc:"Intake key, by which senders are let in: 16 characters at least, from a source of randomness, as by openssl rand -hex 32"`
	KeyFile    string `yaml:"key_file" doc:"File that holds the key"`
	OldKey     Secret `yaml:"old_key" doc:"The key before, which is taken as well until the senders have the new one"`
	OldKeyFile string `yaml:"old_key_file" doc:"File that holds the key before"`
	Rate       int    `yaml:"rate" default:"50000" doc:"Events a second that are taken, twice as many at once; senders of more are told to wait"`
}

// minKey is how short an intake key of the configuration may be.
const minKey = 16

func (k *checker) http(h *HTTP, key string) {
	k.secret(&h.Key, h.KeyFile, key+".key")
	k.secret(&h.OldKey, h.OldKeyFile, key+".old_key")
	if h.Key == "" && !k.stored {
		k.wrong(key+".key", "expected a key by which senders are let in; make one with openssl rand -hex 32")
	}
	for _, one := range h.keys() {
		if n := len(one.value); n < minKey || n > 256 {
			k.wrong(key+"."+one.name, fmt.Sprintf("expected %d to 256 characters", minKey))
		}
	}
	if h.Rate < 1 || h.Rate > 10_000_000 {
		k.wrong(key+".rate", "expected 1 to 10000000 events a second")
	}
}

// keys are those that are given, by name.
func (h *HTTP) keys() (list []struct{ name, value string }) {
	for _, one := range []struct{ name, value string }{{"key", h.Key.Reveal()}, {"old_key", h.OldKey.Reveal()}} {
		if one.value != "" {
			list = append(list, one)
		}
	}
	return list
}

// push checks what is said of senders, and completes where they reach it.
func (k *checker) push(s *Server) {
	p := &s.Push
	if p.Listen != "" {
		host, _, err := net.SplitHostPort(p.Listen)
		switch {
		case err != nil:
			k.wrong("server.push.listen", fmt.Sprintf("expected host:port, as 127.0.0.1:8401, got %q", p.Listen))
			return
		case p.Listen == s.Listen:
			k.wrong("server.push.listen", "is the address of the page: leave it out, and programs send there")
		case !isLoopback(host) && s.TLS == nil && !p.Insecure:
			k.wrong("server.push.listen", fmt.Sprintf("%s can be reached by others, which needs TLS: set server.tls, or server.push.insecure where a proxy does it", p.Listen))
		}
	}
	k.pushURL(s)
	if p.MaxBody < 1<<20 || p.MaxBody > 64<<20 {
		k.wrong("server.push.max_body", "expected 1MiB to 64MiB")
	}
	if p.Rate < 1 {
		k.wrong("server.push.rate", "expected at least 1")
	}
}

func (k *checker) pushURL(s *Server) {
	p := &s.Push
	switch {
	case p.PublicURL != "":
		if !isAddress(p.PublicURL) {
			k.wrong("server.push.public_url", fmt.Sprintf("expected an address, as https://intake.example.com, got %q", p.PublicURL))
		}
	case p.Listen == "":
		p.PublicURL = s.PublicURL
	case s.TLS != nil:
		p.PublicURL = "https://" + p.Listen
	default:
		p.PublicURL = "http://" + p.Listen
	}
}

// checkKeys finds a key that would open two intakes.
func (k *checker) checkKeys(c *Config) {
	known := map[string]bool{}
	for i := range c.Intakes {
		h := c.Intakes[i].HTTP
		if h == nil {
			continue
		}
		for _, one := range h.keys() {
			if known[one.value] {
				k.wrong(fmt.Sprintf("intakes[%d].http.%s", i, one.name), "is the same as another key; each opens one intake")
			}
			known[one.value] = true
		}
	}
}
