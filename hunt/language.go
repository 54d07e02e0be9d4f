package hunt

import (
	"strings"

	"penstock/kql"
)

// Completion is what can stand at a place of a query.
type Completion struct {
	Start, End int // of what is replaced, in UTF-16 units from 0
	Items      []CompletionItem
}

// CompletionItem is one of the things that can stand there.
type CompletionItem struct {
	Label         string
	Insert        string
	Kind          string
	Detail        string // type or signature
	Documentation string
}

// maxCandidates is how many things are offered at a place.
const maxCandidates = 200

// Complete finds what can stand at a place of a query, which counts UTF-16 units.
func (h *Hunts) Complete(query string, offset int) *Completion {
	c := &Completion{Start: offset, End: offset}
	for i, candidate := range kql.Complete(query, bytesOf(query, offset), h.Schema()) {
		if i == maxCandidates {
			break
		}
		place := placeOf(query, candidate.Replace)
		c.Start, c.End = place.Start, place.End
		c.Items = append(c.Items, CompletionItem{
			Label: candidate.Label, Insert: candidate.Insert, Kind: string(candidate.Kind), Detail: candidate.Signature, Documentation: candidate.Description,
		})
	}
	return c
}

// Hover is what there is to say about a place of a query.
type Hover struct {
	Start, End  int // in UTF-16 units from 0
	Title, Text string
}

// Hover tells what stands at a place of a query, which counts UTF-16 units; nothing where there is nothing to say.
func (h *Hunts) Hover(query string, offset int) *Hover {
	d, ok := kql.Describe(query, bytesOf(query, offset), h.Schema())
	if !ok {
		return &Hover{}
	}
	place := placeOf(query, d.Span)
	return &Hover{Start: place.Start, End: place.End, Title: d.Title, Text: strings.Join(append(d.Forms, d.Text), "\n")}
}
