package attack

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// The scores of a layer: how far a technique is covered. Each includes the ones before.
const (
	ScoreNone    = 0 // rules are known, none is enabled
	ScoreEnabled = 1 // a rule is enabled, but what it needs does not arrive
	ScoreData    = 2 // a rule is enabled, and what it needs arrives
	ScoreProven  = 3 // such a rule is proven by a test event or has fired
)

// Coverage is what is known of one technique.
type Coverage struct {
	Technique string `json:"technique"` // its id
	Known     int    `json:"known"`     // rules of which the installation knows
	Enabled   int    `json:"enabled"`   // of those: enabled ones
	Data      int    `json:"data"`      // of those: whose data arrives
	Proven    int    `json:"proven"`    // of those: proven by a test event or by having fired
	Fired     int    `json:"fired"`     // of those: have fired
	// Rules are titles of the enabled rules, for the comment.
	Rules []string `json:"rules,omitempty"`
}

// Score grades the coverage.
func (c *Coverage) Score() int {
	switch {
	case c.Proven > 0:
		return ScoreProven
	case c.Data > 0:
		return ScoreData
	case c.Enabled > 0:
		return ScoreEnabled
	}
	return ScoreNone
}

// Layer is what the Navigator is to show.
type Layer struct {
	Name, Description string
	Coverage          []Coverage // techniques that the matrix does not have are left out
}

const (
	layerVersion     = "4.5"
	navigatorVersion = "5.1.0" // writes this version of the layer format
	maxComment       = 20      // titles of rules in a comment
)

// The members of a layer, as its specification names them:
// https://github.com/mitre-attack/attack-navigator/blob/master/layers/LAYERFORMATv4_5.md.
type layer struct {
	Name        string          `json:"name"`
	Versions    layerVersions   `json:"versions"`
	Domain      string          `json:"domain"`
	Description string          `json:"description"`
	Sorting     int             `json:"sorting"`
	Layout      layerLayout     `json:"layout"`
	HideOff     bool            `json:"hideDisabled"`
	Techniques  []layerCell     `json:"techniques"`
	Gradient    layerGradient   `json:"gradient"`
	Legend      []layerLegend   `json:"legendItems"`
	Metadata    []layerMetadata `json:"metadata"`
	Links       []struct{}      `json:"links"`

	ShowTacticRow bool   `json:"showTacticRowBackground"`
	TacticRow     string `json:"tacticRowBackground"`
	AcrossTactics bool   `json:"selectTechniquesAcrossTactics"`
	WithParent    bool   `json:"selectSubtechniquesWithParent"`
	VisibleOnly   bool   `json:"selectVisibleTechniques"`
}

type layerVersions struct {
	Attack    string `json:"attack"`
	Navigator string `json:"navigator"`
	Layer     string `json:"layer"`
}

type layerLayout struct {
	Layout                string `json:"layout"`
	AggregateFunction     string `json:"aggregateFunction"`
	ShowID                bool   `json:"showID"`
	ShowName              bool   `json:"showName"`
	ShowAggregateScores   bool   `json:"showAggregateScores"`
	CountUnscored         bool   `json:"countUnscored"`
	ExpandedSubtechniques string `json:"expandedSubtechniques"`
}

type layerCell struct {
	TechniqueID       string          `json:"techniqueID"`
	Tactic            string          `json:"tactic"`
	Score             int             `json:"score"`
	Color             string          `json:"color"` // empty: the gradient's
	Comment           string          `json:"comment"`
	Enabled           bool            `json:"enabled"`
	Metadata          []layerMetadata `json:"metadata"`
	Links             []struct{}      `json:"links"`
	ShowSubtechniques bool            `json:"showSubtechniques"`
}

type layerGradient struct {
	Colors   []string `json:"colors"`
	MinValue int      `json:"minValue"`
	MaxValue int      `json:"maxValue"`
}

type layerLegend struct {
	Label string `json:"label"`
	Color string `json:"color"`
}

type layerMetadata struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// The colours of the scores, from none to proven.
var scoreColors = []string{"#e8e8e8ff", "#ffd37fff", "#8ec7e8ff", "#66bd63ff"}

var scoreLabels = []string{"rules known, none enabled", "enabled, data does not arrive", "enabled, data arrives", "enabled, data arrives, proven"}

// WriteLayer writes a layer in the Navigator's format 4.5. A technique has a cell in each of its tactics.
func (m *Matrix) WriteLayer(w io.Writer, l Layer) error {
	out := layer{
		Name: l.Name, Description: l.Description, Domain: "enterprise-attack",
		Versions: layerVersions{Attack: m.Version, Navigator: navigatorVersion, Layer: layerVersion},
		Layout: layerLayout{
			Layout: "side", AggregateFunction: "max", ShowID: true, ShowName: true, ShowAggregateScores: true, ExpandedSubtechniques: "none",
		},
		Gradient:   layerGradient{Colors: scoreColors, MinValue: ScoreNone, MaxValue: ScoreProven},
		Techniques: []layerCell{}, Metadata: []layerMetadata{}, Links: []struct{}{},
		TacticRow: "#dddddd", AcrossTactics: true,
	}
	for i, label := range scoreLabels {
		out.Legend = append(out.Legend, layerLegend{Label: strconv.Itoa(i) + ": " + label, Color: scoreColors[i]})
	}
	for i := range l.Coverage {
		c := &l.Coverage[i]
		t, ok := m.Technique(c.Technique)
		if !ok {
			continue
		}
		for _, tactic := range t.Tactics {
			out.Techniques = append(out.Techniques, cell(t.ID, tactic, c))
		}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	if err := enc.Encode(&out); err != nil {
		return fmt.Errorf("write the Navigator layer: %w", err)
	}
	return nil
}

func cell(id, tactic string, c *Coverage) layerCell {
	out := layerCell{
		TechniqueID: id, Tactic: tactic, Score: c.Score(), Enabled: true, Links: []struct{}{},
		Metadata: []layerMetadata{
			{"rules known", strconv.Itoa(c.Known)}, {"rules enabled", strconv.Itoa(c.Enabled)},
			{"data present", strconv.Itoa(c.Data)}, {"proven", strconv.Itoa(c.Proven)},
		},
	}
	for i, title := range c.Rules {
		if i == maxComment {
			out.Comment += fmt.Sprintf("\nand %d more", len(c.Rules)-maxComment)
			break
		}
		if i > 0 {
			out.Comment += "\n"
		}
		out.Comment += title
	}
	return out
}
