package hunt

// Completion is what can stand at a place of a query.
type Completion struct {
	Start, End int // of what is replaced, in UTF-16 units from 0
	Items      []CompletionItem
}

// CompletionItem is one of the things that can stand there.
type CompletionItem struct {
	Label, Insert, Kind, Detail, Documentation string
}

// Hover is what there is to say about a place of a query.
type Hover struct {
	Start, End  int // in UTF-16 units from 0
	Title, Text string
}

// Complete finds what can stand at a place of a query, which counts UTF-16 units.
func (h *Hunts) Complete(query string, offset int) *Completion {
	return &Completion{Start: offset, End: offset}
}

// Hover tells what stands at a place of a query, which counts UTF-16 units.
func (h *Hunts) Hover(query string, offset int) *Hover { return &Hover{} }
