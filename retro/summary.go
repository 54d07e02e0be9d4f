package retro

import (
	"strings"
	"unicode/utf8"

	"penstock/ecs"
)

// maxSummary is how many bytes a summary has at most.
const maxSummary = 240

var (
	fieldHost   = ecs.MustLookup("host.name")
	fieldUser   = ecs.MustLookup("user.name")
	fieldAction = ecs.MustLookup("event.action")
	// What an event is about, the first that it has.
	fieldsAbout = []ecs.Field{
		ecs.MustLookup("process.command_line"), ecs.MustLookup("email.subject"), ecs.MustLookup("url.original"),
		ecs.MustLookup("registry.path"), ecs.MustLookup("file.path"), ecs.MustLookup("file.name"),
		ecs.MustLookup("destination.domain"), ecs.MustLookup("destination.ip"), ecs.MustLookup("source.ip"), ecs.MustLookup("process.name"),
	}
)

// summary says in a line where an event happened, who did it, and what it was.
func summary(ev *ecs.Event) string {
	var parts []string
	add := func(f ecs.Field) bool {
		text := text(ev, f)
		if text != "" {
			parts = append(parts, text)
		}
		return text != ""
	}
	add(fieldHost)
	add(fieldUser)
	add(fieldAction)
	for _, f := range fieldsAbout {
		if add(f) {
			break
		}
	}
	return cut(strings.Join(parts, " · "), maxSummary)
}

// text is a field's value as one line; empty where there is none.
func text(ev *ecs.Event, f ecs.Field) string {
	v := ev.Get(f)
	if v.Kind == ecs.None {
		return ""
	}
	return strings.Join(strings.Fields(string(v.AppendText(nil))), " ")
}

// cut shortens a text to so many bytes, between characters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
