package server

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// User is somebody with an account.
type User struct {
	ID            int64                   `json:"id"`
	Name          string                  `json:"name" doc:"By which he signs in, in small letters"`
	DisplayName   string                  `json:"displayName"`
	Role          string                  `json:"role" enum:"administrator,analyst,viewer"`
	Intakes       List[string]            `json:"intakes" doc:"Whose events and alerts he sees; none: of all"`
	Permissions   List[access.Permission] `json:"permissions" doc:"What that lets him do"`
	Disabled      bool                    `json:"disabled" doc:"He cannot sign in"`
	External      bool                    `json:"external" doc:"He signs in by OpenID Connect, which says his role"`
	HasPassphrase bool                    `json:"hasPassphrase" doc:"He has chosen one"`
	TOTP          bool                    `json:"totp" doc:"He is asked for codes of an authenticator app"`
	PasskeyCount  int                     `json:"passkeys" doc:"How many he has"`
	Created       time.Time               `json:"created"`
	Changed       time.Time               `json:"changed"`
	Seen          *time.Time              `json:"seen,omitempty" doc:"Last sign-in; absent: never"`
}

// UserList is every user.
type UserList struct {
	Users List[User] `json:"users" doc:"By name"`
}

// Invited is a link by which a user chooses a passphrase.
type Invited struct {
	User User   `json:"user"`
	Link string `json:"link" doc:"Shown once: hand it to the user. It opens the account, once, for 24 hours"`
}

// Person is a user as colleagues see him.
type Person struct {
	Name        string `json:"name"`
	DisplayName string `json:"displayName"`
}

// PersonList is everybody who works here.
type PersonList struct {
	People List[Person] `json:"people" doc:"By name"`
}

// RoleList is what roles may do.
type RoleList struct {
	Roles List[RoleRights] `json:"roles"`
}

// RoleRights is what a role may do.
type RoleRights struct {
	Role        string                  `json:"role" enum:"administrator,analyst,viewer"`
	Permissions List[access.Permission] `json:"permissions" doc:"Where every intake is seen"`
	Restricted  List[access.Permission] `json:"restricted" doc:"Where some intakes alone are seen"`
}

type userCreateInput struct {
	Body struct {
		Name        string   `json:"name" minLength:"1" maxLength:"128" doc:"Letters, digits and . _ @ + -"`
		DisplayName string   `json:"displayName,omitempty" maxLength:"100"`
		Role        string   `json:"role" enum:"administrator,analyst,viewer"`
		Intakes     []string `json:"intakes,omitempty" maxItems:"1000" doc:"Whose events and alerts he is to see; none: of all"`
	}
}

type userUpdateInput struct {
	IDInput
	Body struct {
		DisplayName *string   `json:"displayName,omitempty" maxLength:"100"`
		Role        *string   `json:"role,omitempty" enum:"administrator,analyst,viewer"`
		Intakes     *[]string `json:"intakes,omitempty" maxItems:"1000" doc:"An empty list: all"`
		Disabled    *bool     `json:"disabled,omitempty"`
	}
}

type userSessionInput struct {
	IDInput
	Session int64 `path:"session" minimum:"1"`
}

// registerUsers adds what administrators do with users.
func (s *Server) registerUsers(api huma.API) {
	const tag, path = "users", "/users"
	const manage = access.UsersManage
	a, what := s.access, "users"
	huma.Register(api, get(manage, "listUsers", path, tag, "Users"), room(s, a, what, "list users", listUsers))
	huma.Register(api, change(manage, http.MethodPost, "createUser", path, tag, "Add a user, who gets a one-time link"), room(s, a, what, "add a user", s.createUser))
	huma.Register(api, get(manage, "getUser", path+"/{id}", tag, "One user"), room(s, a, what, "read a user",
		func(ctx context.Context, a *access.Access, in *IDInput) (User, error) {
			return oneUser(a.User(ctx, in.ID))
		}))
	huma.Register(api, change(manage, http.MethodPatch, "updateUser", path+"/{id}", tag, "Change role, intakes or display name of a user, or disable him"), room(s, a, what, "change a user", updateUser))
	huma.Register(api, quietly(manage, http.MethodDelete, "deleteUser", path+"/{id}", tag, "Delete a user; histories keep the name"), deed(s, a, what, "delete a user",
		func(ctx context.Context, a *access.Access, in *IDInput) error { return a.Delete(ctx, in.ID) }))
	huma.Register(api, change(manage, http.MethodPost, "resetUser", path+"/{id}/reset", tag, "Take away passphrase, second factors and sessions of a user, who gets a one-time link"), room(s, a, what, "reset a user", s.resetUser))
	huma.Register(api, get(manage, "listSessions", path+"/{id}/sessions", tag, "Where a user is signed in"),
		func(ctx context.Context, in *IDInput) (*output[SessionList], error) {
			if s.access == nil {
				return nil, missing(what)
			}
			return s.sessionsOf(ctx, in.ID)
		})
	huma.Register(api, quietly(manage, http.MethodDelete, "endSession", path+"/{id}/sessions/{session}", tag, "End a session of a user"), deed(s, a, what, "end a session",
		func(ctx context.Context, a *access.Access, in *userSessionInput) error {
			return a.End(ctx, in.ID, in.Session)
		}))
	huma.Register(api, quietly(manage, http.MethodDelete, "endSessions", path+"/{id}/sessions", tag, "Sign a user out everywhere"), deed(s, a, what, "end the sessions of a user",
		func(ctx context.Context, a *access.Access, in *IDInput) error { return a.EndAll(ctx, in.ID, 0) }))
	huma.Register(api, get(access.AlertsRead, "listPeople", "/people", tag, "To whom alerts can be assigned"), room(s, a, what, "list people", listPeople))
	huma.Register(api, get(access.Any, "listRoles", "/roles", tag, "What roles may do"),
		func(context.Context, *struct{}) (*output[RoleList], error) {
			return &output[RoleList]{roleRights()}, nil
		})
}

func userOf(u *access.User) User {
	return User{
		ID: u.ID, Name: u.Name, DisplayName: u.Display, Role: string(u.Role), Intakes: u.Intakes, Permissions: access.Of(u.Role, len(u.Intakes) > 0),
		Disabled: u.Disabled, External: u.External, HasPassphrase: u.Passphrase, TOTP: u.TOTP, PasskeyCount: u.Passkeys,
		Created: u.Created, Changed: u.Changed, Seen: optional(u.Seen),
	}
}

func oneUser(u *access.User, err error) (User, error) {
	if err != nil {
		return User{}, err
	}
	return userOf(u), nil
}

func listUsers(ctx context.Context, a *access.Access, _ *struct{}) (UserList, error) {
	list, err := a.Users(ctx)
	var out UserList
	for i := range list {
		out.Users = append(out.Users, userOf(&list[i]))
	}
	return out, err
}

func (s *Server) createUser(ctx context.Context, a *access.Access, in *userCreateInput) (*Invited, error) {
	u := &access.User{Name: in.Body.Name, Display: in.Body.DisplayName, Role: access.Role(in.Body.Role), Intakes: in.Body.Intakes}
	token, err := a.Create(ctx, u)
	if err != nil {
		return nil, err
	}
	noteOf(ctx).Target = "name=" + u.Name
	noteOf(ctx).Detail = "role " + string(u.Role)
	return &Invited{userOf(u), s.link(token)}, nil
}

// link is where somebody opens an account. The token stands where browsers do not send it, and servers do not log it.
func (s *Server) link(token string) string { return s.options.PageURL + "/welcome#" + token }

func updateUser(ctx context.Context, a *access.Access, in *userUpdateInput) (User, error) {
	e := access.Edit{Display: in.Body.DisplayName, Intakes: in.Body.Intakes, Disabled: in.Body.Disabled}
	if in.Body.Role != nil {
		role := access.Role(*in.Body.Role)
		e.Role = &role
	}
	u, err := a.Update(ctx, in.ID, e)
	if err != nil {
		return User{}, err
	}
	noteOf(ctx).Detail = u.Name + " is " + string(u.Role)
	if u.Disabled {
		noteOf(ctx).Detail += ", disabled"
	}
	return userOf(u), nil
}

func (s *Server) resetUser(ctx context.Context, a *access.Access, in *IDInput) (*Invited, error) {
	token, err := a.Reset(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	u, err := a.User(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &Invited{userOf(u), s.link(token)}, nil
}

func listPeople(ctx context.Context, a *access.Access, _ *struct{}) (PersonList, error) {
	list, err := a.Users(ctx)
	var out PersonList
	for i := range list {
		u := &list[i]
		if !u.Disabled && slices.Contains(access.Of(u.Role, len(u.Intakes) > 0), access.AlertsWork) {
			out.People = append(out.People, Person{u.Name, u.Display})
		}
	}
	return out, err
}

func roleRights() RoleList {
	var out RoleList
	for _, r := range access.Roles {
		out.Roles = append(out.Roles, RoleRights{string(r), access.Of(r, false), access.Of(r, true)})
	}
	return out
}
