package blob

import (
	"regexp"
	"time"
)

// hourly matches the names of exported blobs, as tenantId=…/y=2026/m=11/d=26/h=07/m=00/PT1H.json; what stands before
// the date is another in every kind of export.
var hourly = regexp.MustCompile(`^(.*)y=([0-9]{4})/m=([0-9]{2})/d=([0-9]{2})/h=([0-9]{2}/.+)$`)

// name is what the name of a blob says.
type name struct {
	root string // what stands before the date
	day  string // as 2026-11-26
	rest string // from the number of the hour on
}

// parseName tells whose blob it is; false for one that Defender has not written.
func parseName(text string) (n name, ok bool) {
	m := hourly.FindStringSubmatch(text)
	if m == nil {
		return name{}, false
	}
	n = name{root: m[1], day: m[2] + "-" + m[3] + "-" + m[4], rest: m[5]}
	_, err := time.Parse("2006-01-02 15", n.day+" "+n.rest[:2])
	return n, err == nil
}

// partition is that of the blob's messages.
func (n name) partition() string { return n.root + n.day }

// hour is when the hour of the blob began.
func (n name) hour() time.Time {
	t, err := time.Parse("2006-01-02 15", n.day+" "+n.rest[:2])
	if err != nil {
		return time.Time{} // parseName has seen to it
	}
	return t
}

// full is the name of the blob.
func (n name) full() string { return dayPrefix(n.root, n.day) + "h=" + n.rest }

// dayPrefix is what the names of the blobs of a day begin with.
func dayPrefix(root, day string) string {
	return root + "y=" + day[:4] + "/m=" + day[5:7] + "/d=" + day[8:] + "/"
}
