package scalar

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

var encodingFunctions = map[string]Function{
	"base64_encode_tostring":  {"s", 's', strict(func(a []any) any { return bounded(base64.StdEncoding.EncodeToString([]byte(text(a[0])))) })},
	"base64_decode_tostring":  {"s", 's', strict(base64ToText)},
	"base64_decode_toarray":   {"s", 'd', strict(base64ToArray)},
	"base64_encode_fromarray": {"d", 's', strict(base64FromArray)},
	"base64_decode_toguid":    {"s", 's', strict(base64ToGUID)},
	"base64_encode_fromguid":  {"s", 's', strict(base64FromGUID)},
	"zlib_compress_to_base64_string": {"s", 's', strict(func(a []any) any {
		var b bytes.Buffer
		return compress(zlib.NewWriter(&b), &b, text(a[0]))
	})},
	"gzip_compress_to_base64_string": {"s", 's', strict(func(a []any) any {
		var b bytes.Buffer
		return compress(gzip.NewWriter(&b), &b, text(a[0]))
	})},
	"zlib_decompress_from_base64_string": {"s", 's', strict(func(a []any) any {
		return decompress(text(a[0]), func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })
	})},
	"gzip_decompress_from_base64_string": {"s", 's', strict(func(a []any) any {
		return decompress(text(a[0]), func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	})},
	"punycode_from_string":        {"s", 's', strict(func(a []any) any { return punyLabel(text(a[0])) })},
	"punycode_to_string":          {"s", 's', strict(func(a []any) any { return unpunyLabel(text(a[0])) })},
	"punycode_domain_from_string": {"s", 's', strict(func(a []any) any { return eachLabel(text(a[0]), toASCII) })},
	"punycode_domain_to_string":   {"s", 's', strict(func(a []any) any { return eachLabel(text(a[0]), toUnicode) })},
}

// unbase64 reads base64 with or without its padding.
func unbase64(s string) ([]byte, bool) {
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.TrimSpace(s), "="))
	return raw, err == nil
}

// base64ToText gives null for what is no text in UTF-8.
func base64ToText(a []any) any {
	raw, ok := unbase64(text(a[0]))
	if !ok || !utf8.Valid(raw) {
		return nil
	}
	return string(raw)
}

func base64ToArray(a []any) any {
	raw, ok := unbase64(text(a[0]))
	if !ok || len(raw) > maxItems {
		return nil
	}
	out := make([]any, len(raw))
	for i, b := range raw {
		out[i] = int64(b)
	}
	return out
}

func base64FromArray(a []any) any {
	items, ok := a[0].([]any)
	if !ok {
		return nil
	}
	raw := make([]byte, len(items))
	for i, item := range items {
		v, ok := integer(item)
		if !ok || v < 0 || v > 255 {
			return nil
		}
		raw[i] = byte(v)
	}
	return base64.StdEncoding.EncodeToString(raw)
}

// guidOrder is how the first three groups of a GUID stand in memory: the least byte first.
var guidOrder = [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}

func base64ToGUID(a []any) any {
	raw, ok := unbase64(text(a[0]))
	if !ok || len(raw) != 16 {
		return nil
	}
	var g [16]byte
	for i, from := range guidOrder {
		g[i] = raw[from]
	}
	h := hex.EncodeToString(g[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

func base64FromGUID(a []any) any {
	g, err := hex.DecodeString(strings.ReplaceAll(text(a[0]), "-", ""))
	if err != nil || len(g) != 16 {
		return nil
	}
	var raw [16]byte
	for i, from := range guidOrder {
		raw[from] = g[i]
	}
	return base64.StdEncoding.EncodeToString(raw[:])
}

func compress(w io.WriteCloser, b *bytes.Buffer, s string) any {
	if _, err := io.WriteString(w, s); err != nil {
		return nil
	}
	if err := w.Close(); err != nil {
		return nil
	}
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func decompress(s string, open func(io.Reader) (io.Reader, error)) any {
	raw, ok := unbase64(s)
	if !ok {
		return nil
	}
	r, err := open(bytes.NewReader(raw))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(io.LimitReader(r, maxResult+1))
	if err != nil || len(out) > maxResult || !utf8.Valid(out) {
		return nil
	}
	return string(out)
}

// punycoder encodes labels of any characters, as a URL's host is not checked either.
var punycoder = idna.New()

func toASCII(label string) (string, error) { return punycoder.ToASCII(label) }

func toUnicode(label string) (string, error) { return punycoder.ToUnicode(label) }

// punyLabel is a label's punycode without the prefix that domains have.
func punyLabel(s string) any {
	out, err := toASCII(s)
	if err != nil {
		return nil
	}
	return strings.TrimPrefix(out, "xn--")
}

func unpunyLabel(s string) any {
	out, err := toUnicode("xn--" + strings.TrimPrefix(s, "xn--"))
	if err != nil {
		return nil
	}
	return out
}

func eachLabel(domain string, code func(string) (string, error)) any {
	labels := strings.Split(domain, ".")
	for i, l := range labels {
		out, err := code(l)
		if err != nil {
			return nil
		}
		labels[i] = out
	}
	return strings.Join(labels, ".")
}
