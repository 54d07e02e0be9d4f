package alert

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// technique is the id of an ATT&CK technique, wherever it stands: attack.t1059.001, "PowerShell (T1059.001)".
var technique = regexp.MustCompile(`(?i)\bT(\d{4})(\.\d{3})?\b`)

// attackTag is the namespace of Sigma's tags about ATT&CK.
const attackTag = "attack."

// addAttack adds the techniques and tactics that a rule's tags name.
func (d *draft) addAttack(tags []string) {
	for _, tag := range tags {
		tag, isAttack := strings.CutPrefix(strings.ToLower(tag), attackTag)
		if !isAttack {
			continue
		}
		if id := technique.FindString(tag); id != "" {
			d.Techniques = include(d.Techniques, strings.ToUpper(id))
		} else if tactic := tacticOf(tag); tactic != "" {
			d.Tactics = include(d.Tactics, tactic)
		}
	}
}

// addTags adds the tags of a rule that are not about ATT&CK.
func (d *draft) addTags(tags []string) {
	for _, tag := range tags {
		if tag = cut(strings.TrimSpace(tag), maxTag); tag != "" && !strings.HasPrefix(strings.ToLower(tag), attackTag) && len(d.Tags) < maxTags {
			d.Tags = include(d.Tags, tag)
		}
	}
}

// tactics of ATT&CK for enterprises, and the name that Defender has for each of them as a category.
//
//nolint:misspell // the names are theirs
var tactics = []string{
	"reconnaissance", "resource-development", "initial-access", "execution", "persistence", "privilege-escalation", "defense-evasion",
	"credential-access", "discovery", "lateral-movement", "collection", "command-and-control", "exfiltration", "impact",
	"stealth", "defense-impairment",
}

// squeezed is the tactics by their letters alone.
var squeezed = func() map[string]string {
	all := make(map[string]string, len(tactics))
	for _, t := range tactics {
		all[squeeze(t)] = t
	}
	return all
}()

func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == ' ' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}

// tacticOf is the short name of a tactic, which is written in many ways; empty where it is none: Defender has categories
// beside them, and Sigma has groups and software.
func tacticOf(name string) string { return squeezed[squeeze(name)] }

// include adds to a sorted list what is not in it yet.
func include(list []string, s string) []string {
	i, found := slices.BinarySearch(list, s)
	if found || len(list) >= maxList {
		return list
	}
	return slices.Insert(slices.Clip(list), i, s)
}
