package access

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"penstock/secret"
	"penstock/state/statetest"
)

// clock is the time of a test.
type clock struct{ time.Time }

func (c *clock) now() time.Time           { return c.Time }
func (c *clock) advance(by time.Duration) { c.Time = c.Add(by) }

func open(t *testing.T, change ...func(*Options)) (*Access, *clock) {
	t.Helper()
	dir := t.TempDir()
	db, err := statetest.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	secrets, err := secret.Open(t.Context(), db, filepath.Join(dir, "secrets.key"))
	if err != nil {
		t.Fatal(err)
	}
	c := &clock{time.Now().UTC().Truncate(time.Second)}
	o := Options{Hash: HashCost{Memory: 64, Passes: 1, Threads: 1}, Page: "http://127.0.0.1:8400", Now: c.now, Logger: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&o)
	}
	a, err := New(db, secrets, o)
	if err != nil {
		t.Fatal(err)
	}
	return a, c
}

const good = "quiet lemon harbour engine"

var here = Origin{Address: "192.0.2.7", Agent: "Browser"}

// user makes an account with a passphrase, and signs it in.
func (a *Access) user(t *testing.T, name string, role Role, intakes ...string) *Identity {
	t.Helper()
	token, err := a.Create(t.Context(), &User{Name: name, Role: role, Intakes: intakes})
	if err != nil {
		t.Fatal(err)
	}
	in, err := a.Accept(t.Context(), here, token, "", "", good)
	if err != nil {
		t.Fatal(err)
	}
	return a.who(t, in.Token)
}

func (a *Access) who(t *testing.T, token string) *Identity {
	t.Helper()
	who, err := a.Session(t.Context(), token, here)
	if err != nil {
		t.Fatal(err)
	}
	return who
}

func TestTheFirstAdministratorComesByALinkThatIsGoodOnce(t *testing.T) {
	a, c := open(t)
	old, err := a.FirstLink(t.Context())
	if err != nil || old == "" {
		t.Fatalf("%q, %v", old, err)
	}
	token, err := a.FirstLink(t.Context()) // it was started again
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Accept(t.Context(), here, old, "anna", "", good); !errors.Is(err, ErrLink) {
		t.Errorf("the link before: %v", err)
	}
	c.advance(25 * time.Hour)
	if _, err := a.Accept(t.Context(), here, token, "anna", "", good); !errors.Is(err, ErrLink) {
		t.Errorf("a link that has expired: %v", err)
	}
	if token, err = a.FirstLink(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in, err := a.Invited(t.Context(), here, token); err != nil || !in.First {
		t.Errorf("%+v, %v", in, err)
	}
	in, err := a.Accept(t.Context(), here, token, " Anna ", "Anna A.", good)
	if err != nil {
		t.Fatal(err)
	}
	if who := a.who(t, in.Token); who.Name != "anna" || who.Role != Administrator || !who.May(UsersManage) {
		t.Errorf("%+v", who)
	}
	if _, err := a.Accept(t.Context(), here, token, "berta", "", good); !errors.Is(err, ErrLink) {
		t.Errorf("the link again: %v", err)
	}
	if token, err := a.FirstLink(t.Context()); token != "" || err != nil {
		t.Errorf("a link although there is an administrator: %q, %v", token, err)
	}
}

func TestPassphrasesThatAreEasilyGuessedAreNotTaken(t *testing.T) {
	for passphrase, fine := range map[string]bool{
		good: true, "zufriedene Giraffe überholt": true, "x7#kQ9!mZ2@p": true,
		"short": false, "passwordpassword": false, "123456789012": false, "aaaaaaaaaaaaaaaa": false, "qwertyuiop12": false,
		"annaannaanna": false, "penstockpenstock": false, strings.Repeat("long word ", 30): false, "with a \x00 in it all": false, "not \xff text at all": false,
	} {
		if err := checkPassphrase(passphrase, "anna"); (err == nil) != fine {
			t.Errorf("%.30q: %v", passphrase, err)
		}
	}
}

func TestWhoIsNotThereGetsTheAnswerOfAWrongPassphrase(t *testing.T) {
	a, _ := open(t)
	root := a.user(t, "root", Administrator)
	a.user(t, "gone", Viewer)
	disabled := a.user(t, "off", Viewer)
	yes := true
	if _, err := a.Update(t.Context(), disabled.ID, Edit{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Reset(t.Context(), disabled.ID); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"root", "nobody", "off", "", "'; DROP TABLE account"} {
		_, err := a.SignIn(t.Context(), here, name, "not the right one")
		if !errors.Is(err, ErrWrong) || err.Error() != ErrWrong.Error() {
			t.Errorf("%q: %v", name, err)
		}
	}
	step, err := a.SignIn(t.Context(), here, " ROOT", good)
	if err != nil || step.SignedIn == nil {
		t.Fatalf("%+v, %v", step, err)
	}
	if who := a.who(t, step.Token); who.ID != root.ID {
		t.Errorf("%+v", who)
	}
}

func TestTooManyAttemptsHaveToWaitKnownAccountOrNot(t *testing.T) {
	for _, name := range []string{"anna", "nobody"} {
		a, c := open(t)
		a.user(t, "anna", Administrator)
		var wait *Wait
		tries := 0
		for ; tries < 20; tries++ {
			// From everywhere: it is the account that is guarded.
			if _, err := a.SignIn(t.Context(), Origin{Address: fmt.Sprintf("192.0.2.%d", tries)}, name, "not the right one"); errors.As(err, &wait) {
				break
			}
		}
		if tries != 5 {
			t.Errorf("%s had %d attempts", name, tries)
		}
		if _, err := a.SignIn(t.Context(), here, name, good); !errors.As(err, &wait) {
			t.Errorf("%s while waiting: %v", name, err)
		}
		c.advance(2 * time.Second)
		_, err := a.SignIn(t.Context(), here, name, good)
		if (name == "anna") != (err == nil) {
			t.Errorf("%s after waiting: %v", name, err)
		}
	}
}

func TestOneAddressCannotTryManyAccounts(t *testing.T) {
	a, _ := open(t)
	var wait *Wait
	for i := range 100 {
		if _, err := a.SignIn(t.Context(), here, fmt.Sprintf("user%d", i), "not the right one"); errors.As(err, &wait) {
			if i < 20 {
				t.Errorf("already after %d", i)
			}
			return
		}
	}
	t.Error("a hundred accounts were tried")
}

func TestBackOffGrowsToAQuarterOfAnHourAndIsBounded(t *testing.T) {
	c := &clock{time.Now()}
	th := newThrottle(c.now, 1)
	var longest time.Duration
	for range 30 {
		var wait *Wait
		for errors.As(th.try("a"), &wait) {
			longest = max(longest, wait.For)
			c.advance(wait.For)
		}
	}
	if longest != maxBackOff {
		t.Errorf("the longest wait was %s", longest)
	}
	for i := range maxThrottled + 10 {
		_ = th.try(fmt.Sprint(i))
	}
	if len(th.entries) != maxThrottled || th.order.Len() != maxThrottled {
		t.Errorf("%d are remembered", len(th.entries))
	}
}

func TestSessionsEndWhenUnusedAndInAnyCase(t *testing.T) {
	a, c := open(t, func(o *Options) { o.Idle, o.Absolute = time.Hour, 3*time.Hour })
	a.user(t, "anna", Administrator)
	step, err := a.SignIn(t.Context(), here, "anna", good)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		c.advance(50 * time.Minute)
		a.who(t, step.Token)
	}
	c.advance(40 * time.Minute)
	if _, err := a.Session(t.Context(), step.Token, here); !errors.Is(err, ErrNotFound) {
		t.Errorf("beyond the absolute limit: %v", err)
	}
	if step, err = a.SignIn(t.Context(), here, "anna", good); err != nil {
		t.Fatal(err)
	}
	c.advance(61 * time.Minute)
	if _, err := a.Session(t.Context(), step.Token, here); !errors.Is(err, ErrNotFound) {
		t.Errorf("beyond the idle limit: %v", err)
	}
	if err := a.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := a.db.Reader.QueryRow(`SELECT count(*) FROM session`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d sessions are left, %v", n, err)
	}
}

func TestANewPassphraseEndsTheOtherSessionsAndRenewsThisOne(t *testing.T) {
	a, _ := open(t)
	a.user(t, "anna", Administrator)
	first, err := a.SignIn(t.Context(), here, "anna", good)
	if err != nil {
		t.Fatal(err)
	}
	second, err := a.SignIn(t.Context(), here, "anna", good)
	if err != nil {
		t.Fatal(err)
	}
	who := a.who(t, second.Token)
	var mistake *Mistake
	if _, err := a.ChangePassphrase(t.Context(), who, "not the right one", "another harbour engine lemon"); !errors.As(err, &mistake) {
		t.Errorf("with a wrong passphrase: %v", err)
	}
	token, err := a.ChangePassphrase(t.Context(), who, good, "another harbour engine lemon")
	if err != nil {
		t.Fatal(err)
	}
	for _, old := range []string{first.Token, second.Token} {
		if _, err := a.Session(t.Context(), old, here); !errors.Is(err, ErrNotFound) {
			t.Errorf("an old token: %v", err)
		}
	}
	if again := a.who(t, token); again.Session != who.Session {
		t.Errorf("session %d, want %d", again.Session, who.Session)
	}
	if list, err := a.Sessions(t.Context(), who.ID); err != nil || len(list) != 1 || list[0].Method != MethodPassphrase || list[0].Agent != "Browser" {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestRightsThatAreTakenAwayAreGoneAtOnce(t *testing.T) {
	a, _ := open(t)
	a.user(t, "root", Administrator)
	a.user(t, "anna", Analyst)
	step, err := a.SignIn(t.Context(), here, "anna", good)
	if err != nil {
		t.Fatal(err)
	}
	viewer, intakes, yes := Viewer, []string{"north"}, true
	if _, err := a.Update(t.Context(), step.User.ID, Edit{Role: &viewer, Intakes: &intakes}); err != nil {
		t.Fatal(err)
	}
	who := a.who(t, step.Token)
	if who.May(AlertsWork) || who.Sees("south") || !who.Sees("north") || who.May(StatisticsRead) {
		t.Errorf("%+v", who)
	}
	if _, err := a.Update(t.Context(), step.User.ID, Edit{Disabled: &yes}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(t.Context(), step.Token, here); !errors.Is(err, ErrNotFound) {
		t.Errorf("of a disabled user: %v", err)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	a, _ := open(t)
	root := a.user(t, "root", Administrator)
	a.user(t, "part", Administrator, "north") // he may not manage users
	viewer, intakes, yes := Viewer, []string{"north"}, true
	for what, edit := range map[string]Edit{"role": {Role: &viewer}, "intakes": {Intakes: &intakes}, "disabled": {Disabled: &yes}} {
		if _, err := a.Update(t.Context(), root.ID, edit); !errors.Is(err, ErrLast) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := a.Delete(t.Context(), root.ID); !errors.Is(err, ErrLast) {
		t.Errorf("delete: %v", err)
	}
	a.user(t, "second", Administrator)
	if err := a.Delete(t.Context(), root.ID); err != nil {
		t.Error(err)
	}
}

func TestWhatMakesNoUserIsSaidWithItsField(t *testing.T) {
	a, _ := open(t)
	a.user(t, "anna", Administrator)
	for field, u := range map[string]User{
		"name": {Name: "anna"}, "role": {Name: "x", Role: "boss"}, "intakes": {Name: "x", Role: Viewer, Intakes: []string{"no name!"}}, "displayName": {Name: "x", Role: Viewer, Display: "a\u202eb"},
	} {
		if u.Role == "" {
			u.Role = Viewer
		}
		var mistake *Mistake
		if _, err := a.Create(t.Context(), &u); !errors.As(err, &mistake) || mistake.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// protect sets up codes, and gives the secret and the recovery codes.
func (a *Access) protectBy(t *testing.T, who *Identity, c *clock) (secret string, p *Protected) {
	t.Helper()
	e, err := a.OfferTOTP(t.Context(), who, good)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = a.ConfirmTOTP(t.Context(), who, e.Ceremony, code(t, e.Secret, c.Time)); err != nil {
		t.Fatal(err)
	}
	return e.Secret, p
}

func code(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	text, err := totp.GenerateCode(secret, at)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestACodeIsAskedForAndTakenOnce(t *testing.T) {
	a, c := open(t)
	who := a.user(t, "anna", Administrator)
	secret, p := a.protectBy(t, who, c)
	if len(p.Codes) != recoveryCodes {
		t.Fatalf("%d recovery codes", len(p.Codes))
	}
	var stored int
	if err := a.db.Reader.QueryRow(`SELECT count(*) FROM secret WHERE instr(sealed, ?) > 0`, secret).Scan(&stored); err != nil || stored != 0 {
		t.Errorf("the secret lies in the clear: %d, %v", stored, err)
	}
	begin := func() *Step {
		t.Helper()
		step, err := a.SignIn(t.Context(), here, "anna", good)
		if err != nil || step.SignedIn != nil || !slices.Equal(step.Factors, []Factor{TOTP, RecoveryCode}) {
			t.Fatalf("%+v, %v", step, err)
		}
		return step
	}
	step := begin()
	if _, err := a.Second(t.Context(), here, step.Ceremony, TOTP, code(t, secret, c.Time)); !errors.Is(err, ErrCode) {
		t.Errorf("the code by which it was set up: %v", err)
	}
	c.advance(time.Minute)
	if _, err := a.Second(t.Context(), here, step.Ceremony, TOTP, code(t, secret, c.Add(-5*time.Minute))); !errors.Is(err, ErrCode) {
		t.Errorf("an old code: %v", err)
	}
	now := code(t, secret, c.Time)
	in, err := a.Second(t.Context(), here, step.Ceremony, TOTP, now)
	if err != nil {
		t.Fatal(err)
	}
	if who := a.who(t, in.Token); who.Name != "anna" {
		t.Errorf("%+v", who)
	}
	if _, err := a.Second(t.Context(), here, step.Ceremony, TOTP, now); !errors.Is(err, ErrExpired) {
		t.Errorf("the ceremony again: %v", err)
	}
	if _, err := a.Second(t.Context(), here, begin().Ceremony, TOTP, now); !errors.Is(err, ErrCode) {
		t.Errorf("the code again: %v", err)
	}
	recovery := strings.ToUpper(strings.ReplaceAll(p.Codes[3], "-", " "))
	if _, err := a.Second(t.Context(), here, begin().Ceremony, RecoveryCode, recovery); err != nil {
		t.Errorf("a recovery code: %v", err)
	}
	if _, err := a.Second(t.Context(), here, begin().Ceremony, RecoveryCode, recovery); !errors.Is(err, ErrCode) {
		t.Errorf("the recovery code again: %v", err)
	}
	late := begin()
	c.advance(ceremonyTime)
	if _, err := a.Second(t.Context(), here, late.Ceremony, TOTP, code(t, secret, c.Time)); !errors.Is(err, ErrExpired) {
		t.Errorf("too late: %v", err)
	}
}

func TestCodesCannotBeGuessed(t *testing.T) {
	a, c := open(t)
	a.protectBy(t, a.user(t, "anna", Administrator), c)
	c.advance(time.Minute)
	var wait *Wait
	for i := range 10 {
		step, err := a.SignIn(t.Context(), here, "anna", good)
		if errors.As(err, &wait) {
			return // also the passphrase has to wait: it is the account that is guarded
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Second(t.Context(), here, step.Ceremony, TOTP, fmt.Sprintf("%06d", i)); errors.As(err, &wait) {
			return
		}
	}
	t.Error("ten codes were tried")
}

func TestAResetTakesEverythingAwayAndLetsBeginAnew(t *testing.T) {
	a, c := open(t)
	who := a.user(t, "anna", Administrator)
	_, p := a.protectBy(t, who, c)
	if _, err := a.ResetName(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("nobody: %v", err)
	}
	token, err := a.ResetName(t.Context(), "Anna")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Session(t.Context(), p.Token, here); !errors.Is(err, ErrNotFound) {
		t.Errorf("the session: %v", err)
	}
	if _, err := a.SignIn(t.Context(), here, "anna", good); !errors.Is(err, ErrWrong) {
		t.Errorf("the passphrase: %v", err)
	}
	if in, err := a.Invited(t.Context(), here, token); err != nil || in.First || in.Name != "anna" {
		t.Errorf("%+v, %v", in, err)
	}
	if _, err := a.Accept(t.Context(), here, token, "", "", "another harbour engine lemon"); err != nil {
		t.Fatal(err)
	}
	if step, err := a.SignIn(t.Context(), here, "anna", "another harbour engine lemon"); err != nil || step.SignedIn == nil || step.User.Role != Administrator {
		t.Errorf("%+v, %v", step, err)
	}
}

func TestAKeyOpensWhatItIsForUntilItExpires(t *testing.T) {
	a, c := open(t)
	k := &Key{Name: "ci", Role: Analyst, Permissions: []Permission{EventsRead, AlertsRead}, Intakes: []string{"north"}, Expires: c.Add(time.Hour)}
	token, err := a.CreateKey(t.Context(), "root", k)
	if err != nil {
		t.Fatal(err)
	}
	who, err := a.Key(t.Context(), token, here)
	if err != nil || !who.May(EventsRead) || who.May(AlertsWork) || who.May(Self) || who.Sees("south") || who.Name != "ci" {
		t.Errorf("%+v, %v", who, err)
	}
	list, err := a.Keys(t.Context())
	if err != nil || len(list) != 1 || list[0].Used.IsZero() || list[0].Address != here.Address || list[0].Maker != "root" {
		t.Errorf("%+v, %v", list, err)
	}
	var n int
	if err := a.db.Reader.QueryRow(`SELECT count(*) FROM api_key WHERE instr(hash, ?) OR instr(name, ?)`, token, token).Scan(&n); err != nil || n != 0 {
		t.Errorf("the token is kept: %d, %v", n, err)
	}
	for _, wrong := range []string{"", "pst_", token + "x", strings.TrimPrefix(token, "pst_")} {
		if _, err := a.Key(t.Context(), wrong, here); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	c.advance(time.Hour)
	if _, err := a.Key(t.Context(), token, here); !errors.Is(err, ErrNotFound) {
		t.Errorf("expired: %v", err)
	}
	var mistake *Mistake
	for field, wrong := range map[string]Key{
		"permissions": {Name: "x", Role: Viewer, Permissions: []Permission{UsersManage}}, "expires": {Name: "x", Role: Viewer, Expires: c.Time}, "name": {Name: "ci", Role: Viewer}, "role": {Name: "x", Role: "boss"},
	} {
		if _, err := a.CreateKey(t.Context(), "root", &wrong); !errors.As(err, &mistake) || mistake.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	// What is of all intakes is not given to one that sees some alone.
	if _, err := a.CreateKey(t.Context(), "root", &Key{Name: "x", Role: Administrator, Intakes: []string{"north"}, Permissions: []Permission{UsersManage}}); !errors.As(err, &mistake) {
		t.Errorf("a restricted key that manages users: %v", err)
	}
}

func TestADamagedListOfIntakesOpensNothing(t *testing.T) {
	a, _ := open(t)
	a.user(t, "root", Administrator)
	a.user(t, "anna", Viewer, "north")
	step, err := a.SignIn(t.Context(), here, "anna", good)
	if err != nil {
		t.Fatal(err)
	}
	for _, damaged := range []string{"[]", "null", "north", ""} {
		if _, err := a.db.Writer.Exec(`UPDATE account SET intakes = ? WHERE name = 'anna'`, damaged); err != nil {
			t.Fatal(err)
		}
		if who, err := a.Session(t.Context(), step.Token, here); err == nil {
			t.Errorf("%q: %+v", damaged, who)
		}
	}
}

func TestAHashAtAnotherCostIsMadeAnew(t *testing.T) {
	a, _ := open(t)
	a.user(t, "anna", Administrator)
	a.options.Hash = HashCost{Memory: 128, Passes: 2, Threads: 1}
	if _, err := a.SignIn(t.Context(), here, "anna", good); err != nil {
		t.Fatal(err)
	}
	u, err := userWhere(t.Context(), a.db.Reader, `a.name = 'anna'`)
	if err != nil || !strings.Contains(u.hash, "m=128,t=2,p=1") {
		t.Errorf("%s, %v", u.hash, err)
	}
	if _, err := a.SignIn(t.Context(), here, "anna", good); err != nil {
		t.Error(err)
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add(HashCost{Memory: 8, Passes: 1, Threads: 1}.hash("x"))
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$AAAAAAAAAAA$AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := parseHash(text)
		if err == nil && (p.cost.Memory > 1<<20 || p.cost.Passes == 0 || p.cost.Threads == 0) {
			t.Errorf("%q: %+v", text, p.cost)
		}
	})
}
