package formats

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"penstock/attack"
)

// WriteLayer writes the techniques of the rules that apply to a format as a layer of the ATT&CK Navigator, format 4.5.
func (d *Document) WriteLayer(w io.Writer) error {
	byID := map[string]*attack.Coverage{}
	for _, r := range d.Rules {
		for _, id := range r.Techniques {
			if byID[id] == nil {
				byID[id] = &attack.Coverage{Technique: id}
			}
			byID[id].Known++
			if r.Enabled {
				byID[id].Enabled++
				byID[id].Rules = append(byID[id].Rules, r.Title)
			}
		}
	}
	layer := attack.Layer{Name: d.Name, Description: "Rules that apply to " + d.Name + ", by technique. Score 1: one of them is enabled."}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		layer.Coverage = append(layer.Coverage, *byID[id])
	}
	if err := attack.Enterprise().WriteLayer(w, layer); err != nil {
		return fmt.Errorf("write the layer of %s: %w", d.ID, err)
	}
	return nil
}
