package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"penstock/source"
)

// isDue reports whether a partition is to be taken back to what a backup holds of it.
func (s *Source) isDue(topic, partition string) bool {
	r := s.options.Restored
	return r != nil && r.Due(topic, partition)
}

// awaitOthers is an error while somebody else is in the group of a Penstock that was restored and has not begun: the one
// before may be alive, and each would get a part of the events.
func awaitOthers(ctx context.Context, client *kgo.Client, o *Options) error {
	if r := o.Restored; r == nil || !slices.ContainsFunc(o.Config.Topics, r.Untouched) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	groups, err := kadm.NewClient(client).DescribeGroups(ctx, o.Config.Group)
	if err != nil {
		return fmt.Errorf("ask who is in the group: %w", err)
	}
	if g := groups[o.Config.Group]; g.Err != nil && !errors.Is(g.Err, kerr.GroupIDNotFound) && !errors.Is(g.Err, kerr.GroupAuthorizationFailed) {
		return fmt.Errorf("ask who is in the group: %w", g.Err)
	}
	var members []string
	for _, m := range groups[o.Config.Group].Members {
		members = append(members, m.ClientID+" at "+strings.TrimPrefix(m.ClientHost, "/"))
	}
	if len(members) == 0 {
		return nil
	}
	return &source.Problem{
		Message: fmt.Sprintf("This Penstock was restored from a backup, and others are still in the group %s: %s. Nothing is read until they have left.", o.Config.Group, strings.Join(members, ", ")),
		Hint:    "Stop the other one: one that was killed leaves the group within a minute. If it is meant to share the topics with this one, stop this one and run penstock restore --shared --to with its data folder.",
		Time:    time.Now(),
	}
}

// takenBack is where a partition begins that was restored, given what the group has committed (-1: nothing).
func takenBack(from beginning, committed int64, own bool, b bounds) beginning {
	switch {
	case from.gap != nil:
		if from.gap.kind == source.GapExpired {
			from.gap.message += " They are of the time since the backup that was restored, and what the Penstock before had of them is not in it."
		}
		return from
	case !own && committed >= 0:
		// Whatever the configured start says, it was read before.
		from = beginning{next: b.first, begins: "earliest", reason: "the backup has nothing of the partition"}
	case own:
		from.reason = "it follows the last message in the backup"
	}
	if committed > from.next {
		from.reason += fmt.Sprintf("; the group said that %d more messages were read, by the Penstock before, and is taken back", committed-from.next)
	}
	return from
}
