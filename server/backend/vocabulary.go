package backend

import (
	"penstock/server"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Vocabulary answers for the names that rules may use.
func Vocabulary(p *pipeline.Pipeline) server.Vocabulary { return vocabulary{p} }

type vocabulary struct{ pipeline *pipeline.Pipeline }

func (v vocabulary) Logsources() []server.KnownLogsource {
	var list []server.KnownLogsource
	for _, l := range v.pipeline.Logsources() {
		list = append(list, server.KnownLogsource{Categories: l.Category, Products: l.Product, Services: l.Service, Tables: l.Tables, Reason: l.Reason})
	}
	return list
}

var supportWord = map[pipeline.Support]string{pipeline.Full: "yes", pipeline.Partial: "partly", pipeline.None: "no"}

func (v vocabulary) Fields(ls server.Logsource) []server.RuleField {
	var list []server.RuleField
	for _, f := range v.pipeline.Names(sigma.Logsource{Category: ls.Category, Product: ls.Product, Service: ls.Service}) {
		list = append(list, server.RuleField{Name: f.Name, Applies: supportWord[f.Support], Note: f.Note})
	}
	return list
}
