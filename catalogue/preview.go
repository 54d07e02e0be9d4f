package catalogue

import "iter"

// Past is a match that a rule has had.
type Past struct {
	Event   string // id
	Alert   string // that it is in; empty: none
	Title   string // of the alert
	Verdict string // of the alert: true_positive, benign_positive, false_positive; empty: it has none yet
	Hidden  bool   // whether the exception fits the event
}

// TruePositive is the verdict of an alert that was right.
const TruePositive = "true_positive"

// Preview is what an exception would have hidden.
type Preview struct {
	Events, HiddenEvents int
	Alerts               int // in which the events are
	HiddenAlerts         int // of which no event would be left
	SmallerAlerts        int // of which some would be
	// TruePositives are the alerts with this verdict that would be hidden or smaller: an exception that has any is a mistake,
	// or at least to be thought over.
	TruePositives []HiddenAlert
	Verdicts      map[string]int // hidden alerts, by verdict
}

// HiddenAlert is an alert of which an exception would have hidden events.
type HiddenAlert struct {
	Alert, Title   string
	Events, Hidden int
}

// maxTruePositives is how many alerts a preview names.
const maxTruePositives = 100

// PreviewOf says what an exception would have hidden of the matches that its rule has had.
func PreviewOf(matches iter.Seq[Past]) Preview {
	out := Preview{Verdicts: map[string]int{}}
	type alert struct {
		HiddenAlert
		verdict string
	}
	var order []*alert
	alerts := map[string]*alert{}
	for m := range matches {
		out.Events++
		if m.Hidden {
			out.HiddenEvents++
		}
		if m.Alert == "" {
			continue
		}
		a := alerts[m.Alert]
		if a == nil {
			a = &alert{HiddenAlert: HiddenAlert{Alert: m.Alert, Title: m.Title}, verdict: m.Verdict}
			alerts[m.Alert] = a
			order = append(order, a)
		}
		a.Events++
		if m.Hidden {
			a.Hidden++
		}
	}
	out.Alerts = len(order)
	for _, a := range order {
		if a.Hidden == 0 {
			continue
		}
		if a.Hidden == a.Events {
			out.HiddenAlerts++
			out.Verdicts[a.verdict]++
		} else {
			out.SmallerAlerts++
		}
		if a.verdict == TruePositive && len(out.TruePositives) < maxTruePositives {
			out.TruePositives = append(out.TruePositives, a.HiddenAlert)
		}
	}
	return out
}
