package intakes

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/config"
	"penstock/source/http"
)

// pushed makes an intake that programs send to, and gives its key.
func (s *site) pushed(sup *Supervisor, name string) string {
	s.t.Helper()
	st, err := sup.Create(s.t.Context(), &Intake{Name: name, Format: Defender, Settings: Settings{Source: http.Kind, HubName: "of no use"}, Secrets: map[string]config.Secret{HubConnectionString: hubString}})
	if err != nil {
		s.t.Fatal(err)
	}
	if st.NewKey == "" || len(st.Secrets) != 0 || st.HubName != "" {
		s.t.Errorf("made: %+v", st.Intake)
	}
	return st.NewKey.Reveal()
}

func TestAKeyIsKeptAsAHashShownOnceAndOpensItsIntakeAfterARestart(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	key := s.pushed(sup, "scripts")
	if !strings.HasPrefix(key, "psi_") || len(key) != 47 {
		t.Errorf("the key is %q", key)
	}
	if st, err := sup.Get("scripts"); err != nil || st.NewKey != "" || len(st.Keys) != 1 || !st.Keys[0].Used.IsZero() {
		t.Errorf("%+v, %v", st, err)
	}
	closeIt()
	for _, name := range []string{"state.db", "state.db-wal"} {
		if raw, err := os.ReadFile(filepath.Join(s.dir, name)); err == nil && strings.Contains(string(raw), key) {
			t.Errorf("%s shows the key", name)
		}
	}
	sup, closeIt = s.open()
	defer closeIt()
	if o := sup.Opens(key); o != (http.Opening{Intake: "scripts"}) {
		t.Errorf("after a restart it opens %+v", o)
	}
	for _, wrong := range []string{"", key[:46], key + "x", strings.ToUpper(key)} {
		if o := sup.Opens(wrong); o != (http.Opening{}) {
			t.Errorf("%q opens %+v", wrong, o)
		}
	}
	if st, err := sup.Get("scripts"); err != nil || st.Keys[0].Used.IsZero() {
		t.Errorf("its use is not noted: %+v, %v", st, err)
	}
}

func TestAKeyThatWasReplacedIsTakenForTheOverlapAndNoLonger(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer func() { closeIt() }()
	first := s.pushed(sup, "scripts")
	rotate := func(overlap time.Duration) string {
		t.Helper()
		st, err := sup.Rotate(t.Context(), "scripts", overlap)
		if err != nil {
			t.Fatal(err)
		}
		return st.NewKey.Reveal()
	}
	ended := func(key string) bool { return sup.Opens(key) == http.Opening{Intake: "scripts", Ended: true} }
	second := rotate(time.Hour)
	if ended(first) || ended(second) || first == second {
		t.Error("within the overlap one of them is not taken")
	}
	third := rotate(30 * 24 * time.Hour)
	if st, err := sup.Get("scripts"); err != nil || len(st.Keys) != 3 || !st.Keys[0].Ends.IsZero() || st.Keys[2].Ends.Sub(st.Keys[2].Created) > 2*time.Hour {
		t.Errorf("the first one is given more time by the second overlap: %+v, %v", st, err)
	}
	if _, err := sup.EndOldKeys(t.Context(), "scripts"); err != nil || !ended(first) || !ended(second) || ended(third) {
		t.Errorf("after the end of old ones, %v", err)
	}
	fourth := rotate(0)
	closeIt()
	sup, closeIt = s.open()
	if !ended(first) || !ended(third) || ended(fourth) {
		t.Error("after a restart it is otherwise")
	}
	for range maxOldKeys {
		rotate(time.Hour)
	}
	var wrong Mistakes
	if _, err := sup.Rotate(t.Context(), "scripts", time.Hour); !errors.As(err, &wrong) || wrong[0].Field != "overlapHours" {
		t.Errorf("with too many old ones: %v", err)
	}
	if _, err := sup.Rotate(t.Context(), "scripts", maxOverlap+time.Second); !errors.As(err, &wrong) {
		t.Errorf("for too long: %v", err)
	}
}

func TestTheKeyOfADeletedIntakeOpensNothing(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer closeIt()
	key := s.pushed(sup, "scripts")
	if err := sup.Delete(t.Context(), "scripts"); err != nil {
		t.Fatal(err)
	}
	if o := sup.Opens(key); o != (http.Opening{}) {
		t.Errorf("it opens %+v", o)
	}
	if again := s.pushed(sup, "scripts"); again == key || sup.Opens(key) != (http.Opening{}) {
		t.Error("made anew, it has the old key")
	}
}

func TestKeysOfTheConfigurationOpenTheirIntake(t *testing.T) {
	s := newSite(t, config.Intake{Name: "programs", HTTP: &config.HTTP{Key: "0123456789abcdef", OldKey: "fedcba9876543210"}})
	sup, closeIt := s.open()
	stored := s.pushed(sup, "scripts")
	for _, key := range []string{"0123456789abcdef", "fedcba9876543210"} {
		if o := sup.Opens(key); o.Intake != "programs" || o.Ended {
			t.Errorf("%s opens %+v", key, o)
		}
	}
	var locked *LockedError
	if _, err := sup.Rotate(t.Context(), "programs", 0); !errors.As(err, &locked) {
		t.Errorf("it is replaced: %v", err)
	}
	s.create(sup, "north")
	if _, err := sup.Rotate(t.Context(), "north", 0); !errors.As(err, &locked) || !strings.Contains(err.Error(), "by itself") {
		t.Errorf("one that reads a hub: %v", err)
	}
	closeIt()
	s.options.Configured = []config.Intake{{Name: "scripts", HTTP: &config.HTTP{Key: "0123456789abcdef"}}}
	sup, closeIt = s.open()
	defer closeIt()
	if o := sup.Opens(stored); o != (http.Opening{}) {
		t.Errorf("the key of an intake that the file has as well opens %+v", o)
	}
}

func TestAnIntakeThatProgramsSendToIsChangedWithoutANewKey(t *testing.T) {
	s := newSite(t)
	sup, closeIt := s.open()
	defer closeIt()
	key := s.pushed(sup, "scripts")
	st, err := sup.Change(t.Context(), "scripts", func(in *Intake) { in.Rate, in.Source = 20, EventHub })
	if err != nil || st.NewKey != "" || st.Rate != 20 || st.Intake.Source != http.Kind || sup.Opens(key).Intake != "scripts" {
		t.Errorf("%+v, %v", st, err)
	}
	var wrong Mistakes
	if _, err := sup.Change(t.Context(), "scripts", func(in *Intake) { in.Rate = -1 }); !errors.As(err, &wrong) || wrong[0].Field != "rate" {
		t.Errorf("%v", err)
	}
}
