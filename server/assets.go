package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Assets are the hosts and users that matter more, or less, than others.
type Assets interface {
	Assets(ctx context.Context) ([]Asset, error)
	// SetImportance says how important assets are, all or none of them; normal forgets what was said.
	SetImportance(ctx context.Context, actor string, assets []AssetImportance) error
}

// AssetImportance is how important somebody says an asset is.
type AssetImportance struct {
	Kind       string `json:"kind" enum:"host,user"`
	Name       string `json:"name" minLength:"1" maxLength:"512" doc:"Name or id, in any case"`
	Importance string `json:"importance" enum:"low,normal,high,critical"`
	Note       string `json:"note,omitempty" maxLength:"1024"`
}

// Asset is a host or a user whose importance is not normal.
type Asset struct {
	AssetImportance
	Actor string    `json:"actor" doc:"Who said so"`
	Time  time.Time `json:"time"`
}

// AssetList is every asset whose importance is not normal.
type AssetList struct {
	Assets List[Asset] `json:"assets" doc:"By kind and name"`
}

type importanceInput struct {
	ActorInput
	Body struct {
		Assets []AssetImportance `json:"assets" minItems:"1" maxItems:"1000"`
	}
}

func (s *Server) registerAssets(api huma.API) {
	const what, tag = "alerts", "alerts"
	huma.Register(api, get(access.StatisticsRead, "listAssets", "/assets", tag, "Hosts and users whose importance is not normal"), room(s, s.backends.Assets, what, "list assets",
		func(ctx context.Context, a Assets, _ *struct{}) (AssetList, error) {
			list, err := a.Assets(ctx)
			return AssetList{list}, err
		}))
	huma.Register(api, quietly(access.AssetsWrite, http.MethodPost, "setImportance", "/assets", tag, "Say how important hosts and users are, on which urgencies depend"), deed(s, s.backends.Assets, what, "set the importance of assets",
		func(ctx context.Context, a Assets, in *importanceInput) error {
			return a.SetImportance(ctx, in.Actor, in.Body.Assets)
		}))
}
