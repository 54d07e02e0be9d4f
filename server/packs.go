package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// packsPath is where packs are uploaded.
const packsPath = "/api/v1/packs"

// uploadTime is how long an upload may take.
const uploadTime = 2 * time.Minute

// Packs are sets of rules that came together. Its errors are those of Rules.
type Packs interface {
	List() []Pack
	// Install takes the rules of a zip archive. With dryRun it only tells what would happen.
	Install(ctx context.Context, by By, in *Upload) (*InstallReport, error)
	Uninstall(ctx context.Context, by By, name string) error
	SetPolicy(ctx context.Context, by By, name string, p *PackPolicy) error
}

// Upload is a pack that somebody wants installed.
type Upload struct {
	Name    string // empty: that of File
	File    string // what the caller read it from
	Version string // empty: what the files say
	Archive []byte // zip
	Policy  *PackPolicy
	DryRun  bool
}

// Pack is a set of rules that came together.
type Pack struct {
	Name      string     `json:"name"`
	Version   string     `json:"version,omitempty"`
	Origin    string     `json:"origin,omitempty" doc:"What it was read from"`
	Installed time.Time  `json:"installed"`
	Who       string     `json:"who,omitempty"`
	Policy    PackPolicy `json:"policy"`
	Rules     int        `json:"rules"`
	Enabled   int        `json:"enabled" doc:"Of these"`
}

// PackPolicy says which rules of a pack are enabled that nobody has decided about: those that fulfil all that it says. One
// that says nothing enables none.
type PackPolicy struct {
	MinLevel  string   `json:"minLevel,omitempty" enum:"informational,low,medium,high,critical"`
	Statuses  []string `json:"statuses,omitempty" enum:"stable,test,experimental,deprecated,unsupported" maxItems:"5"`
	MaxEffort string   `json:"maxEffort,omitempty" enum:"elementary,intermediate,advanced,master"`
}

// InstallReport is what became of the rules of a pack.
type InstallReport struct {
	Pack         string            `json:"pack"`
	Version      string            `json:"version,omitempty"`
	DryRun       bool              `json:"dryRun"`
	Files        int               `json:"files" doc:"Of rules"`
	Ignored      int               `json:"ignored" doc:"Other files"`
	Rules        int               `json:"rules" doc:"Detection rules"`
	Correlations int               `json:"correlations"`
	Filters      int               `json:"filters"`
	Yes          int               `json:"yes" doc:"That apply to Defender's data"`
	Partly       int               `json:"partly" doc:"That apply in part"`
	No           int               `json:"no" doc:"That do not apply"`
	Obstacles    List[Obstacle]    `json:"obstacles" doc:"What stands in the way, the most frequent first, 50 at most"`
	Added        int               `json:"added"`
	Updated      int               `json:"updated"`
	Unchanged    int               `json:"unchanged"`
	Removed      int               `json:"removed"`
	Enabled      int               `json:"enabled"`
	Problems     List[RuleProblem] `json:"problems" doc:"1000 at most"`
	MoreProblems int               `json:"moreProblems,omitempty" doc:"That are not listed"`
}

// Obstacle is what stands in the way of rules.
type Obstacle struct {
	Text  string `json:"text"`
	Rules int    `json:"rules"`
}

// PackList is every pack.
type PackList struct {
	Packs List[Pack] `json:"packs" doc:"By name"`
}

type installInput struct {
	ActorInput
	Name      string   `query:"name" maxLength:"64" doc:"Of the pack; default: made from file"`
	File      string   `query:"file" maxLength:"1024" doc:"Name of the file or folder that was read" example:"sigma_all_rules.zip"`
	Version   string   `query:"version" maxLength:"128" doc:"Default: what the files say"`
	MinLevel  string   `query:"minLevel" enum:"informational,low,medium,high,critical" doc:"Enable rules of this level and above"`
	Statuses  []string `query:"status,explode" enum:"stable,test,experimental,deprecated,unsupported" maxItems:"5" doc:"Enable rules of these statuses"`
	MaxEffort string   `query:"maxEffort" enum:"elementary,intermediate,advanced,master" doc:"Enable rules of this effort and below"`
	Reason    string   `query:"reason" maxLength:"1024"`
	DryRun    bool     `query:"dryRun" doc:"Only tell what would happen"`
	RawBody   []byte   `contentType:"application/zip"`
}

// PackInput names a pack.
type PackInput struct {
	ActorInput
	Name   string `path:"name" minLength:"1" maxLength:"64"`
	Reason string `query:"reason" maxLength:"1024"`
}

type policyInput struct {
	PackInput
	Body PackPolicy
}

func (s *Server) registerPacks(api huma.API) {
	const what, tag = "rules", "packs"
	packs := s.backends.Packs
	huma.Register(api, get(access.RulesRead, "listPacks", "/packs", tag, "Packs of rules"), room(s, packs, what, "list packs",
		func(_ context.Context, p Packs, _ *struct{}) (PackList, error) { return PackList{p.List()}, nil }))
	install := change(access.RulesWrite, http.MethodPost, "installPack", "/packs", tag, "Install the rules of a zip archive of at most 64 MiB; a pack of the same name is replaced")
	install.MaxBodyBytes, install.BodyReadTimeout = maxUpload, uploadTime
	install.Middlewares = huma.Middlewares{oneAtATime(api)}
	huma.Register(api, install, room(s, packs, what, "install a pack",
		func(ctx context.Context, p Packs, in *installInput) (*InstallReport, error) {
			up := &Upload{Name: in.Name, File: in.File, Version: in.Version, Archive: in.RawBody, DryRun: in.DryRun}
			if in.MinLevel != "" || len(in.Statuses) > 0 || in.MaxEffort != "" {
				up.Policy = &PackPolicy{in.MinLevel, in.Statuses, in.MaxEffort}
			}
			return p.Install(ctx, By{in.Actor, in.Reason}, up)
		}))
	huma.Register(api, quietly(access.RulesWrite, http.MethodPut, "setPackPolicy", "/packs/{name}/policy", tag, "Say which rules of a pack are enabled that nobody has decided about"), deed(s, packs, what, "set the policy of a pack",
		func(ctx context.Context, p Packs, in *policyInput) error {
			return p.SetPolicy(ctx, By{in.Actor, in.Reason}, in.Name, &in.Body)
		}))
	huma.Register(api, quietly(access.RulesWrite, http.MethodDelete, "uninstallPack", "/packs/{name}", tag, "Remove a pack; what was decided about its rules is kept"), deed(s, packs, what, "uninstall a pack",
		func(ctx context.Context, p Packs, in *PackInput) error {
			return p.Uninstall(ctx, By{in.Actor, in.Reason}, in.Name)
		}))
}

// oneAtATime lets one request in and turns the others away, before their bodies take memory.
func oneAtATime(api huma.API) func(huma.Context, func(huma.Context)) {
	slot := make(chan struct{}, 1)
	return func(ctx huma.Context, next func(huma.Context)) {
		select {
		case slot <- struct{}{}:
			defer func() { <-slot }()
			next(ctx)
		default:
			ctx.SetHeader("Retry-After", "5")
			// Whoever asked may be gone.
			_ = huma.WriteErr(api, ctx, http.StatusServiceUnavailable, "Another upload is under way; try again in a moment.")
		}
	}
}
