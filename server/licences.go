package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/licences"
)

// Licensed is something of others that Penstock is made of.
type Licensed struct {
	Part    string `json:"part" enum:"program,page" doc:"Where it is used: a Go module of the program, or an npm package of the page"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Licence string `json:"licence,omitempty" doc:"As SPDX names them; absent where the build did not tell" example:"BSD-3-Clause"`
	Files   string `json:"files,omitempty" doc:"Names of the files with the text" example:"LICENSE"`
}

// LicenceList is every component.
type LicenceList struct {
	Components List[Licensed] `json:"components" doc:"Those of the program first, each by name"`
}

// LicenceText is the text of the licence of one.
type LicenceText struct {
	Licensed
	Text string `json:"text"`
}

type licenceInput struct {
	Part string `query:"part" required:"true" enum:"program,page"`
	Name string `query:"name" required:"true" minLength:"1" maxLength:"512"`
}

func (s *Server) registerLicences(api huma.API) {
	const tag = "delivery"
	huma.Register(api, get(access.Any, "listLicences", "/licences", tag, "What the program and the page are made of, and its licences"), s.listLicences)
	huma.Register(api, get(access.Any, "licenceText", "/licences/text", tag, "Text of the licence of a component"), s.licenceText)
}

func (s *Server) listLicences(context.Context, *struct{}) (*output[LicenceList], error) {
	list, err := licences.Read(s.options.Page)
	if err != nil {
		return nil, s.problem("list licences", err)
	}
	var out LicenceList
	for i := range list {
		out.Components = append(out.Components, licensed(&list[i]))
	}
	return &output[LicenceList]{out}, nil
}

func (s *Server) licenceText(_ context.Context, in *licenceInput) (*output[LicenceText], error) {
	list, err := licences.Read(s.options.Page)
	if err != nil {
		return nil, s.problem("show a licence", err)
	}
	for i := range list {
		if c := &list[i]; string(c.Part) == in.Part && c.Name == in.Name {
			return &output[LicenceText]{LicenceText{licensed(c), c.Text}}, nil
		}
	}
	return nil, s.problem("show a licence", ErrNotFound)
}

func licensed(c *licences.Component) Licensed {
	return Licensed{string(c.Part), c.Name, c.Version, c.Licence, c.Files}
}
