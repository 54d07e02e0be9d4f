package http

import (
	"bytes"
	"errors"
	"fmt"
	nethttp "net/http"
	"strings"
	"time"

	"penstock/record"
)

// Base is the folder in which the ways in are as well as at the root: the regions of the reference have them there.
const Base = "/api/v1/intake-http"

// way is one of the ways in.
type way struct {
	path      string
	keyInBody bool // the body says which intake it is for
	single    bool // one event is answered as one
	read      func(*reading) *refusal
}

// ways are those of the reference, by path.
var ways = func() map[string]*way {
	byPath := map[string]*way{}
	for _, w := range []*way{
		{path: "/", keyInBody: true, single: true, read: (*reading).one},
		{path: "/batch", keyInBody: true, read: (*reading).batch},
		{path: "/array", keyInBody: true, read: (*reading).array},
		{path: "/plain", single: true, read: (*reading).plain},
		{path: "/plain/batch", read: (*reading).lines},
		{path: "/jsons", read: (*reading).list},
	} {
		byPath[w.path] = w
	}
	return byPath
}()

// wayOf is the way in that a request goes; nil: none.
func wayOf(r *nethttp.Request) *way {
	path := r.URL.Path
	if below, ok := strings.CutPrefix(path, Base); ok && (below == "" || below[0] == '/') {
		path = below
	}
	if path = strings.TrimSuffix(path, "/"); path == "" {
		path = "/"
	}
	return ways[path]
}

// maxItems bounds how many events one request may bring.
const maxItems = 50_000

// item is what was sent as one event. It may be a whole streaming message.
type item struct {
	text []byte
	key  string    // of an element of /array
	time time.Time // that the sender gives it; zero: none
	// refused is why it is not taken; nil: it may be.
	refused *refusal
}

// reading takes a body apart.
type reading struct {
	body     []byte
	jsonPath string    // of the query
	time     time.Time // of the header
	lease    *lease

	key   string // that the body says; empty: none
	items []item
	texts []byte // strings without their escapes
}

// members are what the objects of the bodies may say; what else is in them is of no concern.
type members struct {
	key, json, jsons, at, timestamp *record.Member
}

func readMembers(text []byte) (*members, error) {
	found := &members{}
	if first := bytes.TrimLeft(text, " \t\r\n"); len(first) == 0 || first[0] != '{' {
		return nil, errors.New("it is not a JSON object")
	}
	err := record.Each(text, func(m *record.Member) bool {
		one := *m
		switch string(m.Key) {
		case "intake_key":
			found.key = &one
		case "json":
			found.json = &one
		case "jsons":
			found.jsons = &one
		case "@timestamp":
			found.at = &one
		case "timestamp":
			found.timestamp = &one
		}
		return true
	})
	return found, err
}

// one reads {"intake_key":…,"json":…[,"@timestamp":…]}.
func (r *reading) one() *refusal {
	m, err := readMembers(r.body)
	if err != nil {
		return notJSON("the body", err)
	}
	r.key = r.name(m.key)
	if m.json == nil {
		return wrongBody(`The body lacks "json", the event as a string.`)
	}
	return r.element(m.json, m.at, "")
}

// batch reads {"intake_key":…,"jsons":[…]}.
func (r *reading) batch() *refusal {
	m, err := readMembers(r.body)
	if err != nil {
		return notJSON("the body", err)
	}
	r.key = r.name(m.key)
	if m.jsons == nil || m.jsons.Kind != record.Array {
		return wrongBody(`The body lacks "jsons", a list of events as strings.`)
	}
	return r.elements(m.jsons.Value, func(e *record.Member) *refusal { return r.element(e, nil, "") })
}

// array reads a list of {"intake_key":…,"json":…[,"timestamp":…]}.
func (r *reading) array() *refusal {
	if first := bytes.TrimLeft(r.body, " \t\r\n"); len(first) == 0 || first[0] != '[' {
		return wrongBody("The body is not a JSON list.")
	}
	return r.elements(r.body, func(e *record.Member) *refusal {
		m, err := readMembers(e.Value)
		if err != nil || m.json == nil {
			r.items = append(r.items, item{refused: wrongBody(`It is not an object with "json", the event as a string.`)})
			return nil
		}
		return r.element(m.json, m.timestamp, r.name(m.key))
	})
}

// plain takes the body for an event, or for a whole message of several.
func (r *reading) plain() *refusal { return r.add(item{text: r.body, time: r.time}) }

// lines takes every line for an event.
func (r *reading) lines() *refusal {
	for line := range bytes.SplitSeq(r.body, []byte("\n")) {
		if line = bytes.TrimSuffix(line, []byte("\r")); len(bytes.TrimLeft(line, " \t")) == 0 {
			continue
		}
		if refused := r.add(item{text: line, time: r.time}); refused != nil {
			return refused
		}
	}
	return nil
}

// list reads a list of events, at the body's top or where the path says.
func (r *reading) list() *refusal {
	list, err := at(r.body, r.jsonPath)
	if err != nil {
		return wrongBody(sentence(err.Error()))
	}
	return r.elements(list, func(e *record.Member) *refusal { return r.add(item{text: e.Value, time: r.time}) })
}

// elements visits those of a list until one is refused as a whole.
func (r *reading) elements(list []byte, visit func(*record.Member) *refusal) (refused *refusal) {
	seen := 0
	err := record.Each(list, func(m *record.Member) bool {
		seen++
		refused = visit(m)
		return refused == nil
	})
	if refused == nil && err != nil {
		return notJSON(fmt.Sprintf("the list of events, at or behind event %d,", seen), err)
	}
	return refused
}

// element adds an event that is a string, or the JSON itself.
func (r *reading) element(json, at *record.Member, key string) *refusal {
	i := item{key: key, time: r.time}
	if at != nil && at.Kind != record.Null {
		var err error
		if i.time, err = parseTime(string(at.Text())); err != nil {
			i.refused = wrongBody("Its timestamp is neither RFC 3339 nor a number of seconds or milliseconds since 1970.")
		}
	}
	if i.text = json.Value; json.Kind == record.String {
		if i.text = json.Text(); json.Escaped {
			if i.text = r.unescape(i.text); i.text == nil {
				return noRoom()
			}
		}
	}
	return r.add(i)
}

func (r *reading) add(i item) *refusal {
	if len(r.items) >= maxItems {
		return tooMany()
	}
	r.items = append(r.items, i)
	return nil
}

// name is a key that the body says.
func (r *reading) name(m *record.Member) string {
	if m == nil || m.Kind != record.String {
		return ""
	}
	return string(record.Unescape(nil, m.Text()))
}

// unescape writes a string without its escapes; nil: there is no room. All strings of a body become no longer than it.
func (r *reading) unescape(text []byte) []byte {
	if r.texts == nil {
		if !r.lease.take(len(r.body)) {
			return nil
		}
		r.texts = make([]byte, 0, len(r.body)+128) // unescaping writes up to a block beyond
	}
	from := len(r.texts)
	r.texts = record.Unescape(r.texts, text)
	return r.texts[from:len(r.texts):len(r.texts)]
}

func wrongBody(detail string) *refusal {
	return &refusal{status: nethttp.StatusBadRequest, reason: malformed, detail: detail}
}

func notJSON(what string, err error) *refusal {
	return wrongBody(sentence(what + " is not JSON as it should be: " + err.Error()))
}

func tooMany() *refusal {
	return &refusal{status: nethttp.StatusRequestEntityTooLarge, reason: tooLarge, detail: fmt.Sprintf("One request may bring %d events at most.", maxItems)}
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}
