package server

// Sentence says what an event is, in one line of plain text: who did what to whom.
type Sentence struct {
	Text  string             `json:"text" example:"winword.exe started powershell.exe on ws-0042 as corp\\anna"`
	Parts List[SentencePart] `json:"parts" doc:"The text in pieces, in order: those that stand for a value of the event say so"`
}

// SentencePart is a piece of a sentence.
type SentencePart struct {
	Text  string  `json:"text"`
	Kind  string  `json:"kind,omitempty" doc:"What the value is: host, user, process, file, ip …; absent where it is none of these, or no value" example:"process"`
	Field string  `json:"field,omitempty" doc:"Field that has the value" example:"process.name"`
	Value *string `json:"value,omitempty" doc:"The value, whole, as the field has it: search for it with field; absent where it is too long, or no field has it"`
}
