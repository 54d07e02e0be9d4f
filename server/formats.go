package server

import (
	"bytes"
	"context"
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
	"penstock/formats"
)

// Formats documents the formats that intakes may have. Its methods return ErrNotFound for what is not there.
type Formats interface {
	Format(ctx context.Context, id string) (*formats.Document, error)
	Table(ctx context.Context, id, table string) (*formats.TableDocument, error)
}

// FormatInput names a format.
type FormatInput struct {
	ID string `path:"id" maxLength:"64" doc:"Of /formats, or a uuid" example:"defender"`
}

type formatTableInput struct {
	FormatInput
	Table string `path:"table" maxLength:"64" example:"DeviceProcessEvents"`
}

func (s *Server) registerFormats(api huma.API) {
	const what, tag = "formats", "intakes"
	f := s.backends.Formats
	huma.Register(api, get(access.IntakesRead, "getFormat", "/formats/{id}", tag, "A format with its tables, columns, fields, smart descriptions and rules"), room(s, f, what, "show a format",
		func(ctx context.Context, f Formats, in *FormatInput) (*formats.Document, error) {
			return f.Format(ctx, in.ID)
		}))
	huma.Register(api, get(access.IntakesRead, "getFormatTable", "/formats/{id}/tables/{table}", tag, "A table of a format with its samples, before and after"), room(s, f, what, "show a table of a format",
		func(ctx context.Context, f Formats, in *formatTableInput) (*formats.TableDocument, error) {
			return f.Table(ctx, in.ID, in.Table)
		}))
	layer := get(access.IntakesRead, "formatLayer", "/formats/{id}/layer", tag, "The techniques of a format's rules as a layer of the ATT&CK Navigator")
	layer.Responses = map[string]*huma.Response{"200": {
		Description: "A layer, format 4.5", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}},
	}}
	huma.Register(api, layer, s.formatLayer)
}

func (s *Server) formatLayer(ctx context.Context, in *FormatInput) (*layerOutput, error) {
	if s.backends.Formats == nil {
		return nil, missing("formats")
	}
	d, err := s.backends.Formats.Format(ctx, in.ID)
	var b bytes.Buffer
	if err == nil {
		err = d.WriteLayer(&b)
	}
	if err != nil {
		return nil, s.problem("write the layer of a format", err)
	}
	return &layerOutput{fmt.Sprintf(`attachment; filename="%s-attack-layer.json"`, d.ID), "application/json", b.Bytes()}, nil
}
