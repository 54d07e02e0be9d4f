package scalar

import (
	"strings"
	"sync"

	"github.com/ua-parser/uap-go/uaparser"
)

var commandFunctions = map[string]Function{
	"parse_command_line": {"ss", 'd', strict(parseCommandLine)},
	"parse_user_agent":   {"sd", 'd', strict(parseUserAgent)},
}

// parseCommandLine splits as the C runtime of Windows does: backslashes escape only before a quote, two quotes within quotes are one.
func parseCommandLine(a []any) any {
	if !strings.EqualFold(text(a[1]), "windows") {
		return nil
	}
	s := text(a[0])
	out := []any{}
	if strings.TrimSpace(s) == "" {
		return nil
	}
	i := 0
	for i < len(s) {
		for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
			i++
		}
		if i == len(s) {
			break
		}
		var arg string
		arg, i = commandArgument(s, i)
		out = append(out, arg)
	}
	return out
}

func commandArgument(s string, i int) (string, int) {
	var b strings.Builder
	quoted := false
	for i < len(s) {
		switch c := s[i]; {
		case c == '\\':
			n := 0
			for i < len(s) && s[i] == '\\' {
				n++
				i++
			}
			if i < len(s) && s[i] == '"' {
				b.WriteString(strings.Repeat("\\", n/2))
				if n%2 == 1 {
					b.WriteByte('"')
					i++
				}
			} else {
				b.WriteString(strings.Repeat("\\", n))
			}
			continue
		case c == '"':
			if quoted && i+1 < len(s) && s[i+1] == '"' {
				b.WriteByte('"')
				i++
			} else {
				quoted = !quoted
			}
		case (c == ' ' || c == '\t') && !quoted:
			return b.String(), i
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String(), i
}

// agents reads its definitions once, when a query first asks.
var agents = sync.OnceValues(func() (*uaparser.Parser, error) { return uaparser.New() })

func parseUserAgent(a []any) any {
	parts, ok := a[1].([]any)
	if !ok {
		parts = []any{a[1]}
	}
	parser, err := agents()
	if err != nil {
		return nil
	}
	client := parser.Parse(text(a[0]))
	out := newBag()
	for _, part := range parts {
		switch strings.ToLower(plain(part)) {
		case "browser":
			out.set("Browser", members("Family", client.UserAgent.Family, "MajorVersion", client.UserAgent.Major,
				"MinorVersion", client.UserAgent.Minor, "Patch", client.UserAgent.Patch))
		case "os":
			out.set("OperatingSystem", members("Family", client.Os.Family, "MajorVersion", client.Os.Major,
				"MinorVersion", client.Os.Minor, "Patch", client.Os.Patch, "PatchMinor", client.Os.PatchMinor))
		case "device":
			out.set("Device", members("Family", client.Device.Family, "Brand", client.Device.Brand, "Model", client.Device.Model))
		}
	}
	return out
}

func members(namesAndValues ...string) *Bag {
	out := newBag()
	for i := 0; i+1 < len(namesAndValues); i += 2 {
		out.set(namesAndValues[i], namesAndValues[i+1])
	}
	return out
}
