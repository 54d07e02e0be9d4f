package main

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"penstock/server"
	"penstock/server/backend"
)

func explainEventCommand() *cobra.Command {
	var c client
	var recordFile, output string
	var known formatFlags
	cmd := &cobra.Command{
		Use:   "explain-event [EVENT]",
		Short: "Tell where each field of an event came from, and what nothing maps",
		Long: `Shows for every field of a stored event, or of a record from a file, the column or path that it came from, the line of the
mapping, and the value before and after; then what of the record no field has. A record from a file needs no running Penstock.`,
		Example: `  penstock explain-event aea1fe0dc3da04a40814dfe8e19d4222
  penstock explain-event --record record.json --mapping my.yaml`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var p *server.Provenance
			switch {
			case recordFile != "" && len(args) == 0:
				raw, err := readRecord(cmd, recordFile)
				if err != nil {
					return err
				}
				k, err := known.open("", cmd.ErrOrStderr())
				if err != nil {
					return err
				}
				var framed []byte
				if framed, err = k.framed(raw); err == nil {
					p, err = backend.Provenance(k.plan, framed, time.Now())
				}
				if err != nil {
					return fmt.Errorf("%s: %w", recordFile, err)
				}
			case recordFile == "" && len(args) == 1 && !known.given(cmd):
				p = new(server.Provenance)
				if err := c.get(cmd.Context(), "/events/"+url.PathEscape(args[0])+"/provenance", nil, p); err != nil {
					return err
				}
			default:
				return errors.New("name either a stored event, or a file by --record (with --record-format, --formats, --config, --mapping if you like)")
			}
			if output == "json" {
				return writeJSON(cmd.OutOrStdout(), p)
			}
			return showProvenance(cmd.OutOrStdout(), p)
		},
	}
	c.flags(cmd)
	cmd.Flags().StringVar(&recordFile, "record", "", "explain the record in this file instead; -: on standard input")
	known.recordFlags(cmd)
	known.only(cmd, "--record")
	cmd.Flags().StringVarP(&output, "format", "f", "table", "table or json")
	return cmd
}

func showProvenance(out io.Writer, p *server.Provenance) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	rows := func(title string, list []server.FieldOrigin) {
		fmt.Fprintln(w, title+"\tvalue\tfrom\tline")
		for i := range list {
			o := &list[i]
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", o.Field, cell(o.Value), originText(o), lineText(o))
		}
	}
	rows("field", p.Fields)
	if len(p.Unfit) > 0 {
		fmt.Fprintln(w, "\t\t\t")
		rows("left out", p.Unfit)
	}
	if len(p.Unmapped) > 0 {
		fmt.Fprintln(w, "\t\t\t")
		fmt.Fprintln(w, "not mapped\tvalue\twhy\t")
		for _, u := range p.Unmapped {
			fmt.Fprintf(w, "%s\t%s\t%s\t\n", u.Path, cell(u.Value), u.Why)
		}
	}
	return w.Flush()
}

// originText is what a field came from; the value only where it is not the same.
func originText(o *server.FieldOrigin) string {
	var parts []string
	for _, f := range o.From {
		part := f.Path
		if f.Value != o.Value {
			part += " " + cell(f.Value)
		}
		parts = append(parts, part)
	}
	if len(o.Follows) > 0 {
		parts = append(parts, "follows from "+strings.Join(o.Follows, ", "))
	}
	return strings.Join(parts, ", ")
}

func lineText(o *server.FieldOrigin) string {
	if o.Line == nil {
		return o.Source
	}
	place := "general rule"
	if o.Line.File != "" {
		place = fmt.Sprintf("%s:%d", o.Line.File, o.Line.Line)
	}
	return place
}

// cell fits a value into a table.
func cell(s string) string {
	const widest = 60
	s = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	if r := []rune(s); len(r) > widest {
		return string(r[:widest-1]) + "…"
	}
	return s
}
