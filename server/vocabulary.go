package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Vocabulary is the names that rules may use, for who helps to write them.
type Vocabulary interface {
	Logsources() []KnownLogsource
	// Fields that rules of a logsource may use, beside those of the events' dictionary.
	Fields(ls Logsource) []RuleField
}

// KnownLogsource is what rules may say where they name a logsource.
type KnownLogsource struct {
	Categories List[string] `json:"categories" doc:"Of which a rule says one; an empty text stands for saying none"`
	Products   List[string] `json:"products"`
	Services   List[string] `json:"services"`
	Tables     List[string] `json:"tables" doc:"That answer it"`
	Reason     string       `json:"reason,omitempty" doc:"Why none does"`
}

// LogsourceList is every logsource that is known.
type LogsourceList struct {
	Logsources List[KnownLogsource] `json:"logsources"`
}

// RuleField is a field that a rule may use.
type RuleField struct {
	Name    string `json:"name" example:"CommandLine"`
	Applies string `json:"applies" enum:"yes,partly,no" doc:"Whether Defender's data can answer it"`
	Note    string `json:"note,omitempty" doc:"What is missing"`
}

// RuleFieldList is the fields that rules of a logsource may use.
type RuleFieldList struct {
	Fields List[RuleField] `json:"fields" doc:"Of Sigma's taxonomy first, then columns of the tables"`
}

type ruleFieldsInput struct {
	Category string `query:"category" maxLength:"256" example:"process_creation"`
	Product  string `query:"product" maxLength:"256" example:"windows"`
	Service  string `query:"service" maxLength:"256"`
}

func (s *Server) registerVocabulary(api huma.API) {
	const what, tag = "rules", "rules"
	vocabulary := s.backends.Vocabulary
	huma.Register(api, get(access.RulesRead, "listLogsources", "/logsources", tag, "Logsources that rules may name, for completion"), room(s, vocabulary, what, "list logsources",
		func(_ context.Context, v Vocabulary, _ *struct{}) (LogsourceList, error) {
			return LogsourceList{v.Logsources()}, nil
		}))
	huma.Register(api, get(access.RulesRead, "logsourceFields", "/logsources/fields", tag, "Fields that rules of a logsource may use, for completion"), room(s, vocabulary, what, "list the fields of a logsource",
		func(_ context.Context, v Vocabulary, in *ruleFieldsInput) (RuleFieldList, error) {
			return RuleFieldList{v.Fields(Logsource(*in))}, nil
		}))
}
