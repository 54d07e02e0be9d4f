package scalar

import (
	"strconv"
	"strings"
)

var urlFunctions = map[string]Function{
	"url_encode":           {"s", 's', strict(func(a []any) any { return escape(text(a[0]), "-_.!*()", true) })},
	"url_encode_component": {"s", 's', strict(func(a []any) any { return escape(text(a[0]), "-_.~", false) })},
	"url_decode":           {"s", 's', strict(func(a []any) any { return unescape(text(a[0]), true) })},
	"parse_url":            {"s", 'd', strict(func(a []any) any { return parseURL(text(a[0])) })},
	"parse_urlquery": {"s", 'd', strict(func(a []any) any {
		out := newBag()
		out.set("Query Parameters", queryBag(strings.TrimPrefix(text(a[0]), "?")))
		return out
	})},
}

func escape(s, plain string, plus bool) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(plain, c) >= 0:
			b.WriteByte(c)
		case c == ' ' && plus:
			b.WriteByte('+')
		default:
			b.WriteString("%" + strings.ToLower(hexByte(c)))
		}
	}
	return bounded(b.String())
}

func hexByte(c byte) string {
	const digits = "0123456789ABCDEF"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// unescape leaves what is no escape as it is.
func unescape(s string, plus bool) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s):
			if v, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b.WriteByte(byte(v))
				i += 2
				continue
			}
			b.WriteByte('%')
		case s[i] == '+' && plus:
			b.WriteByte(' ')
		default:
			b.WriteByte(s[i])
		}
	}
	return bounded(b.String())
}

// parseURL takes apart what has the form of a URL; all parts are there, empty ones too.
func parseURL(s string) any {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
		if name, after, ok := strings.Cut(s, ":"); ok && !strings.ContainsAny(name, "/?#.@") && name != "" {
			if _, err := strconv.Atoi(strings.SplitN(after, "/", 2)[0]); err != nil {
				scheme, rest = name, after
			}
		}
	}
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	authority, path := rest, ""
	if at := strings.IndexByte(rest, '/'); at >= 0 {
		authority, path = rest[:at], rest[at:]
	}
	user, password := "", ""
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, password, _ = strings.Cut(authority[:at], ":")
		authority = authority[at+1:]
	}
	host, port := authority, ""
	if at := strings.LastIndexByte(authority, ':'); at >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:at], authority[at+1:]
	}
	out := newBag()
	out.set("Scheme", scheme)
	out.set("Host", host)
	out.set("Port", port)
	out.set("Path", path)
	out.set("Username", user)
	out.set("Password", password)
	out.set("Query Parameters", queryBag(query))
	out.set("Fragment", fragment)
	return out
}

func queryBag(query string) *Bag {
	out := newBag()
	if query == "" {
		return out
	}
	for _, pair := range strings.Split(query, "&") {
		name, value, _ := strings.Cut(pair, "=")
		if name != "" {
			out.set(name, value)
		}
	}
	return out
}
