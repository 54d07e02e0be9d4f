package blob

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zeebo/xxh3"
)

// place is up to where one blob was read. What it says besides the offset is by what a blob that was replaced is told from
// one that has grown.
type place struct {
	Offset  int64  `json:"o"`           // where the next line begins
	Created int64  `json:"c,omitempty"` // when the blob was made, in seconds since 1970; 0: not known
	Tail    string `json:"t,omitempty"` // hash of the bytes before the offset; empty: not known
	Tag     string `json:"e,omitempty"` // hash of the ETag that the blob had; empty: not known
}

// places are those of a day, by what the name says from the hour on.
type places map[string]place

// tailLength is how many bytes before a place are hashed.
const tailLength = 128

func hashOf(text []byte) string { return strconv.FormatUint(xxh3.Hash(text)>>32, 36) }

func tagOf(etag string) string { return hashOf([]byte(etag)) }

// before is how many bytes before the place are hashed.
func (p place) before() int64 {
	if p.Tail == "" {
		return 0
	}
	return min(p.Offset, tailLength)
}

// offsetText is the offset of a message for the journal: where its line ends, and with the last one of a batch the places of the day.
func offsetText(blob string, end int64, day places) (string, error) {
	text := blob + "@" + strconv.FormatInt(end, 10)
	if day == nil {
		return text, nil
	}
	all, err := json.Marshal(day)
	if err != nil {
		return "", fmt.Errorf("write where the blobs of a day were read to: %w", err)
	}
	return text + "\n" + string(all), nil
}

// parseOffset is where the blobs of a day were read to.
func parseOffset(text string) (places, error) {
	_, all, ok := strings.Cut(text, "\n")
	day := places{}
	if !ok {
		return nil, fmt.Errorf("the journal has the position %.80q, which is none of blobs", text)
	}
	if err := json.Unmarshal([]byte(all), &day); err != nil {
		return nil, fmt.Errorf("read where the blobs of a day were read to: %w", err)
	}
	for rest, p := range day {
		if p.Offset < 0 || len(rest) < 3 {
			return nil, fmt.Errorf("the journal has the position %d of the blob %.80q, which cannot be", p.Offset, rest)
		}
	}
	return day, nil
}

func seconds(t *time.Time) int64 {
	if t == nil || t.IsZero() {
		return 0
	}
	return t.Unix()
}
