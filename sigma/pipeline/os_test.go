package pipeline

import (
	"testing"

	"penstock/ecs"
)

func TestAnEventIsOfTheSystemThatItsPathsAreOf(t *testing.T) {
	for _, c := range []struct {
		os, path string
		want     OS
	}{
		{"", "", AnyOS},
		{"windows", "", Windows},
		{"macos", "/bin/zsh", MacOS},
		{"windows", "/usr/bin/bash", Linux | MacOS},
		{"linux", `C:\\Windows\\explorer.exe`, Windows},
		{"", `C:\\Windows\\explorer.exe`, Windows},
		{"windows", "explorer.exe", Windows},
	} {
		var ev ecs.Event
		if c.os != "" {
			ev.Set(fieldOSType, ecs.Value{Kind: ecs.String, JSON: []byte(`"` + c.os + `"`)})
		}
		if c.path != "" {
			ev.Set(fieldsWithPath[0], ecs.Value{Kind: ecs.String, JSON: []byte(`"` + c.path + `"`)})
		}
		if got := OSOf(&ev); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
