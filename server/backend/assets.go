package backend

import (
	"context"

	"penstock/alert"
	"penstock/server"
)

// Assets answers for the hosts and users that matter more, or less, than others.
func Assets(a *alert.Alerts) server.Assets { return assets{a} }

type assets struct{ alerts *alert.Alerts }

func (a assets) Assets(ctx context.Context) ([]server.Asset, error) {
	known, err := a.alerts.Assets(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]server.Asset, len(known))
	for i, k := range known {
		list[i] = server.Asset{
			AssetImportance: server.AssetImportance{Kind: string(k.Kind), Name: k.Name, Importance: string(k.Importance), Note: k.Note}, Actor: k.Actor, Time: k.Time,
		}
	}
	return list, nil
}

func (a assets) SetImportance(ctx context.Context, actor string, said []server.AssetImportance) error {
	list := make([]alert.Asset, len(said))
	for i, s := range said {
		list[i] = alert.Asset{Kind: alert.Kind(s.Kind), Name: s.Name, Importance: alert.Importance(s.Importance), Note: s.Note}
	}
	return alertError(a.alerts.SetImportance(ctx, actor, list...))
}
