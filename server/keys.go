package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// APIKey lets a program in, which sends it as Authorization: Bearer.
type APIKey struct {
	ID          int64                   `json:"id"`
	Name        string                  `json:"name"`
	Role        string                  `json:"role" enum:"administrator,analyst,viewer"`
	Permissions List[access.Permission] `json:"permissions" doc:"Some of the role's; none: all of them"`
	Intakes     List[string]            `json:"intakes" doc:"Whose events it sees; none: of all"`
	Maker       string                  `json:"maker" doc:"Who made it"`
	Created     time.Time               `json:"created"`
	Expires     *time.Time              `json:"expires,omitempty" doc:"Absent: never"`
	Used        *time.Time              `json:"used,omitempty" doc:"Last, to the minute; absent: never"`
	Address     string                  `json:"address,omitempty" doc:"That it was last used from"`
}

// APIKeyList is every key.
type APIKeyList struct {
	Keys List[APIKey] `json:"keys" doc:"By name"`
}

// NewAPIKey is a key with what it opens.
type NewAPIKey struct {
	APIKey
	Token string `json:"token" doc:"Shown once"`
}

type keyCreateInput struct {
	Body struct {
		Name        string              `json:"name" minLength:"1" maxLength:"100"`
		Role        string              `json:"role" enum:"administrator,analyst,viewer"`
		Permissions []access.Permission `json:"permissions,omitempty" maxItems:"50" doc:"Some of the role's; none: all of them. GET /api/v1/roles lists them"`
		Intakes     []string            `json:"intakes,omitempty" maxItems:"1000" doc:"Whose events it is to see; none: of all"`
		Expires     time.Time           `json:"expires,omitempty" required:"false" doc:"Absent: never"`
	}
}

// registerKeys adds what administrators do with API keys.
func (s *Server) registerKeys(api huma.API) {
	const tag, path, what = "keys", "/keys", "users"
	huma.Register(api, get(access.UsersManage, "listKeys", path, tag, "API keys"), room(s, s.access, what, "list API keys",
		func(ctx context.Context, a *access.Access, _ *struct{}) (APIKeyList, error) {
			list, err := a.Keys(ctx)
			var out APIKeyList
			for i := range list {
				out.Keys = append(out.Keys, keyOf(&list[i]))
			}
			return out, err
		}))
	huma.Register(api, change(access.UsersManage, http.MethodPost, "createKey", path, tag, "Make an API key"), room(s, s.access, what, "make an API key",
		func(ctx context.Context, a *access.Access, in *keyCreateInput) (*NewAPIKey, error) {
			b := &in.Body
			k := &access.Key{Name: b.Name, Role: access.Role(b.Role), Permissions: b.Permissions, Intakes: b.Intakes, Expires: b.Expires}
			token, err := a.CreateKey(ctx, access.From(ctx).Name, k)
			if err != nil {
				return nil, err
			}
			noteOf(ctx).Target = "name=" + k.Name
			noteOf(ctx).Detail = "role " + b.Role
			return &NewAPIKey{keyOf(k), token}, nil
		}))
	huma.Register(api, quietly(access.UsersManage, http.MethodDelete, "deleteKey", path+"/{id}", tag, "Delete an API key: it opens nothing any more"), deed(s, s.access, what, "delete an API key",
		func(ctx context.Context, a *access.Access, in *IDInput) error { return a.DeleteKey(ctx, in.ID) }))
}

func keyOf(k *access.Key) APIKey {
	return APIKey{
		ID: k.ID, Name: k.Name, Role: string(k.Role), Permissions: k.Permissions, Intakes: k.Intakes, Maker: k.Maker,
		Created: k.Created, Expires: optional(k.Expires), Used: optional(k.Used), Address: k.Address,
	}
}
