package http

import (
	"encoding/json"
	nethttp "net/http"
	"strconv"
)

// refusal is why a request, or an event of one, is not taken.
type refusal struct {
	status int
	reason reason
	detail string // for whoever sent it; never says which keys there are
	retry  int    // seconds after which it is worth another try; 0: it has to be changed first
}

// result is what became of one event.
type result struct {
	Index   int    `json:"index"` // its place in the request, from 0; those within whole messages count one by one
	Status  int    `json:"status"`
	EventID string `json:"event_id,omitempty"`
	Error   string `json:"error,omitempty"`

	retry  int
	parcel *parcel // that it is part of; nil: it is not handed on
}

// batchAnswer is the answer to what was taken. Results are there only where something was refused.
type batchAnswer struct {
	EventIDs []string `json:"event_ids"`
	Results  []result `json:"results,omitempty"`
}

// problem is the answer to what was refused, as RFC 9457 has it.
type problem struct {
	Title   string   `json:"title"`
	Status  int      `json:"status"`
	Detail  string   `json:"detail"`
	Results []result `json:"results,omitempty"`
}

// writeRefusal answers a request of which nothing is taken.
func writeRefusal(w nethttp.ResponseWriter, f *refusal, results []result) {
	if f.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(f.retry))
	}
	switch f.status {
	case nethttp.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Intake-Key realm="penstock"`) // not Basic: a browser would ask for a password
	case nethttp.StatusUnsupportedMediaType:
		w.Header().Set("Accept-Encoding", encodings)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(problem{nethttp.StatusText(f.status), f.status, f.detail, results}) // whoever asked may be gone
}

// writeResults answers a request of which events were looked at one by one.
func writeResults(w nethttp.ResponseWriter, single bool, results []result) {
	taken, ids := 0, make([]string, 0, len(results))
	for i := range results {
		if results[i].Status < nethttp.StatusMultipleChoices {
			taken++
			if id := results[i].EventID; id != "" {
				ids = append(ids, id)
			}
		}
	}
	if taken == 0 {
		writeRefusal(w, sumUp(results), listed(single, results))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	out := json.NewEncoder(w)
	switch { // whoever asked may be gone
	case single && len(results) == 1:
		_ = out.Encode(map[string]string{"event_id": results[0].EventID})
	case taken == len(results):
		_ = out.Encode(batchAnswer{EventIDs: ids})
	default:
		_ = out.Encode(batchAnswer{ids, results})
	}
}

// listed are the results that an answer lists: of an event that was sent alone, the answer says all.
func listed(single bool, results []result) []result {
	if single && len(results) == 1 {
		return nil
	}
	return results
}

// sumUp makes one refusal of those of all events. Where some are worth another try, the request is.
func sumUp(results []result) *refusal {
	f := &refusal{status: results[0].Status, detail: results[0].Error}
	for i := range results {
		switch r := &results[i]; {
		case r.retry > f.retry:
			f.status, f.retry = r.Status, r.retry
		case r.Status != f.status && f.retry == 0:
			f.status = nethttp.StatusBadRequest
		}
	}
	if len(results) > 1 {
		f.detail = "None of the " + strconv.Itoa(len(results)) + " events is taken. The first: " + results[0].Error
	}
	return f
}
