package intakes

import (
	"errors"
	"strings"
	"testing"

	"penstock/config"
	"penstock/doctor"
	"penstock/source"
	"penstock/source/http"
)

// away is a format that cannot be had.
type away struct{}

func (away) Error() string {
	return "the format owls cannot be used because of a mistake in its folder: owls/format.yaml:3: unknown key"
}
func (away) Hint() string { return "Mend it." }

// someAway are formats of which owls cannot be had.
type someAway struct{ FormatTables }

func (f someAway) Tables(format string) ([]string, error) {
	if format == "owls" {
		return nil, away{}
	}
	return f.FormatTables.Tables(format)
}

func TestAnIntakeWhoseFormatCannotBeHadWaitsAndSaysWhy(t *testing.T) {
	owls := config.Intake{Name: "configured", Format: "owls", HTTP: &config.HTTP{Key: "0123456789abcdef0123456789abcdef"}}
	site := newSite(t, owls)
	site.options.Formats = FormatTables{Defender: nil, "owls": {"OwlSeen"}}
	s, end := site.open()
	if _, err := s.Create(t.Context(), &Intake{Name: "made", Format: "owls", Settings: Settings{Source: http.Kind}}); err != nil {
		t.Fatal(err)
	}
	if why := s.NotCollecting("configured"); why != "" {
		t.Errorf("it collects: %s", why)
	}
	end()
	started := site.starts("configured") + site.starts("made")

	site.options.Formats = someAway{FormatTables{Defender: nil}}
	s, end = site.open()
	for _, name := range []string{"configured", "made"} {
		st, err := s.Get(name)
		if err != nil || st.State.State != source.Stopped || !strings.HasPrefix(st.Source.Problem.Error(), "The intake does not collect: the format owls cannot be used because of a mistake in its folder: owls/format.yaml:3: unknown key. Mend it. Nothing is lost meanwhile") {
			t.Errorf("%s: %+v, %v", name, st, err)
		}
		if why := s.NotCollecting(name); !strings.Contains(why, "its format cannot be used") || strings.Contains(why, "format.yaml") {
			t.Errorf("%s: senders are told %q", name, why)
		}
	}
	for _, k := range s.Known() {
		var told []doctor.Finding
		k.settings(func(f doctor.Finding) { told = append(told, f) })
		if len(told) != 1 || told[0].ID != "settings.format" || !strings.HasPrefix(told[0].Mend, "Mend it.") {
			t.Errorf("%s: %+v", k.Name, told)
		}
	}
	var wrong Mistakes
	if _, err := s.Create(t.Context(), &Intake{Name: "new", Format: "owls", Settings: Settings{Source: http.Kind}}); !errors.As(err, &wrong) || wrong[0].Field != "format" {
		t.Errorf("%v", err)
	}
	if _, err := s.Pause(t.Context(), "made"); err != nil || s.NotCollecting("made") != "" {
		t.Errorf("%v", err)
	}
	if _, err := s.Resume(t.Context(), "made"); err != nil {
		t.Error(err)
	}
	end()
	if n := site.starts("configured") + site.starts("made"); n != started {
		t.Errorf("%d starts, then %d", started, n)
	}

	site.options.Formats = FormatTables{Defender: nil, "owls": {"OwlSeen"}}
	s, end = site.open()
	if st, err := s.Get("made"); err != nil || st.State.State == source.Stopped {
		t.Errorf("mended: %+v, %v", st, err)
	}
	end()
}
