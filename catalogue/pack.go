package catalogue

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"penstock/sigma"
)

// Names of packs that are not installed by people.
const (
	BuiltinPack = "builtin" // the rules that come with the program
	CustomPack  = "custom"  // the rules that are written here
)

// Pack is a set of rules that came together.
type Pack struct {
	Name      string
	Version   string
	Origin    string // what it was read from: a file's name, a folder, an upload
	Hash      string // of its files
	Installed time.Time
	Who       string
	Policy    Policy
	Rules     int // that it has at this time
	Enabled   int // of those
}

// Policy says which rules of a pack are enabled that nobody has decided about: those that fulfil all that it says. The zero
// policy enables none.
type Policy struct {
	MinLevel  sigma.Level    `json:"minLevel,omitempty"`
	Statuses  []sigma.Status `json:"statuses,omitempty"`
	MaxEffort Effort         `json:"maxEffort,omitempty"`
}

var (
	levels  = []sigma.Level{"", sigma.Informational, sigma.Low, sigma.Medium, sigma.High, sigma.Critical}
	efforts = []Effort{"", Elementary, Intermediate, Advanced, Master}
)

// Enables reports whether the policy enables a rule. A rule that says nothing about its level or effort is not enabled by
// a policy that asks for it; one that is no longer meant to be used needs its status named.
func (p *Policy) Enables(r *Rule) bool {
	if p.MinLevel == "" && len(p.Statuses) == 0 && p.MaxEffort == "" {
		return false
	}
	if slices.Index(levels, r.Level) < slices.Index(levels, p.MinLevel) {
		return false
	}
	if p.MaxEffort != "" && (r.Effort == "" || slices.Index(efforts, r.Effort) > slices.Index(efforts, p.MaxEffort)) {
		return false
	}
	if len(p.Statuses) == 0 {
		return r.Status != sigma.Deprecated && r.Status != sigma.Unsupported
	}
	return slices.Contains(p.Statuses, r.Status)
}

func (p *Policy) check() error {
	if !slices.Contains(levels, p.MinLevel) {
		return invalid("the policy's level is %q, and must be one of informational, low, medium, high, critical", p.MinLevel)
	}
	if !slices.Contains(efforts, p.MaxEffort) {
		return invalid("the policy's effort is %q, and must be one of elementary, intermediate, advanced, master", p.MaxEffort)
	}
	for _, s := range p.Statuses {
		if !slices.Contains(statuses, s) {
			return invalid("the policy has a status %q, which must be one of stable, test, experimental, deprecated, unsupported", s)
		}
	}
	return nil
}

var statuses = []sigma.Status{sigma.Stable, sigma.Testing, sigma.Experimental, sigma.Deprecated, sigma.Unsupported}

var packName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// PackName makes the name of a pack from that of a file or folder: "sigma_all_rules" of "/tmp/sigma_all_rules.zip".
func PackName(origin string) string {
	name := path.Base(strings.ReplaceAll(strings.TrimRight(origin, `/\`), `\`, "/"))
	for _, ext := range []string{".zip", ".yml", ".yaml", ".git"} {
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.Map(func(r rune) rune {
		if r < 0x80 && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789._-", r) {
			return r
		}
		return '-'
	}, strings.ToLower(name))
	name = strings.TrimLeft(name, "._-")
	return name[:min(len(name), 64)]
}

func checkPackName(name string) error {
	switch {
	case name == BuiltinPack || name == CustomPack:
		return invalid("the name %s belongs to Penstock: give the pack another one", name)
	case !packName.MatchString(name):
		return invalid("%q is no name of a pack: up to 64 lower-case letters, digits, dots, underscores and hyphens", name)
	}
	return nil
}

// String is the policy in words.
func (p *Policy) String() string {
	var parts []string
	if p.MinLevel != "" {
		parts = append(parts, "level from "+string(p.MinLevel))
	}
	if len(p.Statuses) > 0 {
		var list []string
		for _, s := range p.Statuses {
			list = append(list, string(s))
		}
		parts = append(parts, "status "+strings.Join(list, " or "))
	}
	if p.MaxEffort != "" {
		parts = append(parts, "effort up to "+string(p.MaxEffort))
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
