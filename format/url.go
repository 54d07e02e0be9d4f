package format

import (
	"bytes"

	"penstock/ecs"
)

// parts are the parts of a URL (RFC 3986), each nil where it is not there.
type parts struct{ scheme, host, port, path, query []byte }

// splitURL takes a URL with an authority apart; false for anything else. It does not decode and is not strict: what
// stands in a log is what somebody sent.
func splitURL(text []byte) (p parts, ok bool) {
	colon := bytes.IndexByte(text, ':')
	if colon <= 0 || !isScheme(text[:colon]) || !bytes.HasPrefix(text[colon:], []byte("://")) {
		return p, false
	}
	p.scheme = text[:colon]
	rest := text[colon+3:]
	if hash := bytes.IndexByte(rest, '#'); hash >= 0 {
		rest = rest[:hash]
	}
	if mark := bytes.IndexByte(rest, '?'); mark >= 0 {
		p.query, rest = rest[mark+1:], rest[:mark]
	}
	if slash := bytes.IndexByte(rest, '/'); slash >= 0 {
		p.path, rest = rest[slash:], rest[:slash]
	}
	p.host = rest[bytes.LastIndexByte(rest, '@')+1:]
	if colon := bytes.LastIndexByte(p.host, ':'); colon > bytes.LastIndexByte(p.host, ']') {
		p.host, p.port = p.host[:colon], p.host[colon+1:]
	}
	if len(p.host) > 1 && p.host[0] == '[' && p.host[len(p.host)-1] == ']' {
		p.host = p.host[1 : len(p.host)-1]
	}
	return p, len(p.host) > 0 && !bytes.ContainsAny(p.host, " \t\r\n<>\"")
}

func isScheme(text []byte) bool {
	for i, c := range text {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return true
}

// defaultPort is the port of a scheme that names none.
func defaultPort(scheme []byte) int64 {
	switch string(scheme) {
	case "http", "ws":
		return 80
	case "https", "wss":
		return 443
	case "ftp":
		return 21
	}
	return 0
}

// url takes url.original apart. From what is no URL nothing follows.
func (n *normalizer) url(s *urlSlots) {
	original := n.values[s.original]
	text := n.textOf(original)
	u, ok := splitURL(text)
	if !ok {
		return
	}
	n.fill(s.full, original)
	scheme := n.lower(u.scheme)
	n.fill(s.scheme, scheme)
	n.fill(s.domain, n.lower(u.host))
	port := defaultPort(scheme.JSON[1 : len(scheme.JSON)-1])
	if len(u.port) > 0 {
		port = int64(min(digits(u.port[:min(len(u.port), 6)]), 1<<16))
	}
	if port > 0 && port < 1<<16 {
		n.fill(s.port, n.integer(port))
	}
	if len(u.path) > 0 {
		n.fill(s.path, n.quoted(u.path))
	}
	if len(u.query) > 0 {
		n.fill(s.query, n.quoted(u.query))
	}
}

// lower is the string value of a text with its ASCII letters in lower case.
func (n *normalizer) lower(text []byte) ecs.Value {
	v := n.quoted(text)
	for i, c := range v.JSON {
		if c >= 'A' && c <= 'Z' && (i == 0 || v.JSON[i-1] != '\\') {
			v.JSON[i] = c | 0x20
		}
	}
	return v
}
