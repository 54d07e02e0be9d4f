package backend

import (
	"penstock/format"
	"penstock/server"
)

// sentenceOf cuts a sentence into its literal parts and its references.
func sentenceOf(s *format.Sentence) server.Sentence {
	out := server.Sentence{Text: string(s.Text), Parts: make(server.List[server.SentencePart], 0, 2*len(s.References)+1)}
	at := 0
	literal := func(to int) {
		if to > at {
			out.Parts = append(out.Parts, server.SentencePart{Text: out.Text[at:to]})
		}
	}
	for _, r := range s.References {
		literal(r.From)
		part := server.SentencePart{Text: out.Text[r.From:r.To], Kind: r.Kind, Field: r.Field}
		if r.Value != nil {
			value := string(r.Value)
			part.Value = &value
		}
		out.Parts = append(out.Parts, part)
		at = r.To
	}
	literal(len(out.Text))
	return out
}
