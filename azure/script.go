package azure

import (
	"fmt"
	"strings"
)

// script writes the template as a shell script for the Azure CLI. It asks nothing and can be run again: what is there
// stays, and is brought to what is said.
func (t *template) script() string {
	s := &scriptWriter{template: t}
	s.line("#!/usr/bin/env bash")
	s.line("# " + strings.ReplaceAll(t.summary(), "\n", "\n# "))
	s.line("#")
	s.line("# Needs the Azure CLI, signed in (az login) to the right subscription (az account set --subscription NAME) as somebody who")
	s.line("# may make these things: Contributor on the resource group%s.", map[bool]string{true: ", and Role Based Access Control Administrator for the roles"}[t.options.Entra])
	s.line("# It can be run again. What it does is told on standard error; the settings of the intake come on standard output.")
	s.line("set -euo pipefail")
	s.line("export MSYS_NO_PATHCONV=1 # Git Bash takes resource IDs for paths otherwise")
	s.line("")
	s.settings()
	s.begin()
	for _, r := range t.resources {
		s.line("")
		s.line("say %s", shText(r.about))
		s.resource(r)
	}
	s.results()
	return s.b.String()
}

type scriptWriter struct {
	*template
	b strings.Builder
}

func (s *scriptWriter) line(format string, args ...any) {
	if len(args) == 0 {
		s.b.WriteString(format + "\n")
		return
	}
	fmt.Fprintf(&s.b, format+"\n", args...)
}

// az writes a call of the CLI, an argument that is a flag on a line of its own where the call is long.
func (s *scriptWriter) az(command string, arguments ...string) {
	s.line("%s", call(command, arguments...))
}

func call(command string, arguments ...string) string {
	short := "az " + command
	for _, a := range arguments {
		short += " " + a
	}
	if len(short) < 120 {
		return short
	}
	var b strings.Builder
	b.WriteString("az " + command)
	for _, a := range arguments {
		if strings.HasPrefix(a, "--") {
			b.WriteString(" \\\n  " + a)
		} else {
			b.WriteString(" " + a)
		}
	}
	return b.String()
}

// unless guards a command by one that shows whether its work is done: there are commands that refuse what is there.
func (s *scriptWriter) unless(show, create string) {
	s.line("if ! %s --output none 2>/dev/null; then", show)
	s.line("  %s", strings.ReplaceAll(create, "\n", "\n  "))
	s.line("fi")
}

const inGroup = `--resource-group "$resource_group"`

func (s *scriptWriter) settings() {
	s.line("resource_group=%s", shText(s.options.ResourceGroup))
	for _, p := range s.parameters {
		s.line("%s=%s # %s", shName(p.name), sh(p.value), p.about)
	}
	s.line("")
	s.line(`say() { printf '%s\n' "$*" >&2; }`)
	s.line("")
	s.line(`if ! printf '%%s' "$project_name" | grep -Eq %s; then`, shText(projectName.String()))
	s.line("  say 'The project must have 2 to 22 small letters and digits, a letter first.'")
	s.line("  exit 1")
	s.line("fi")
}

func (s *scriptWriter) begin() {
	s.line("cloud=$(az cloud show --query name --output tsv)")
	s.line(`if [ "$cloud" != %s ]; then`, shText(s.cloud.Azure))
	s.line(`  say "The Azure CLI is in $cloud. First: az cloud set --name %s && az login"`, s.cloud.Azure)
	s.line("  exit 1")
	s.line("fi")
	s.line("subscription=$(az account show --query id --output tsv)")
	s.line(`group_id="/subscriptions/$subscription/resourceGroups/$resource_group"`)
	referred := s.referred()
	for _, r := range s.resources {
		if referred[r] {
			s.line("%s_id=%s", r.symbol, shQuote(shPath(r)))
		}
	}
	s.line("")
	s.line("say 'The resource providers; Microsoft.Insights is what Defender asks for.'")
	providers := []string{"Microsoft.EventHub", "Microsoft.Storage", "Microsoft.Insights"}
	if s.identity != nil {
		providers = append(providers, "Microsoft.ManagedIdentity")
	}
	for _, one := range providers {
		s.az("provider register", "--namespace "+one, "--output none")
	}
	s.line("")
	s.line("say 'The resource group.'")
	s.line(`if [ "$(az group exists --name "$resource_group")" != true ]; then`)
	s.line(`  az group create --name "$resource_group" --location "$location" --output none`)
	s.line("fi")
}

// referred are the resources whose IDs the script asks for, with their parents.
func (s *scriptWriter) referred() map[*resource]bool {
	found := map[*resource]bool{}
	mark := func(r *resource) {
		for ; r != nil; r = r.parent {
			found[r] = true
		}
	}
	mark(s.namespace)
	for _, r := range s.resources {
		if r.kind == networkKind || r == s.storage {
			mark(r)
		}
		for _, other := range r.needs() {
			mark(other)
		}
	}
	return found
}

func (s *scriptWriter) results() {
	s.line("")
	s.line("say 'Done. Paste this into the form of a new intake:'")
	var settings object
	for _, out := range s.outputs {
		if o, ok := out.value.(object); ok {
			settings = o
		}
	}
	var names, values []string
	for _, f := range settings {
		if several, ok := f.value.(list); ok {
			names, values = append(names, fmt.Sprintf("  %q: %%s", f.name)), append(values, shQuote(shJSON(several)))
			continue
		}
		names = append(names, fmt.Sprintf("  %q: \"%%s\"", f.name))
		if fetch := s.fetch(f.value); fetch != "" {
			s.line("%s=$(%s)", shName(f.name), fetch)
			values = append(values, `"$`+shName(f.name)+`"`)
		} else {
			values = append(values, sh(f.value))
		}
	}
	if s.options.Entra {
		s.line("namespace=${namespace#https://}")
		s.line("namespace=${namespace%:443/}")
	}
	s.line(`printf '{\n%s\n}\n' \`, strings.Join(names, `,\n`))
	s.line("  %s", strings.Join(values, " \\\n  "))
	s.line(`say "For Defender's streaming settings, the resource ID of the namespace: $event_hubs_id"`)
}

// fetch is the command that tells a value which is known only once things are there; empty: it is known before. What it
// prints goes into a variable and never onto a command line.
func (s *scriptWriter) fetch(e expr) string {
	switch e := e.(type) {
	case hubString:
		command, where := "eventhubs namespace authorization-rule keys list", []string{"--namespace-name " + sh(s.namespace.name)}
		if e.of.kind == hubPolicyKind {
			command, where = "eventhubs eventhub authorization-rule keys list", append(where, "--eventhub-name "+sh(e.of.parent.name))
		}
		return call(command, append([]string{inGroup, "--name " + sh(e.of.name)}, append(where, "--query primaryConnectionString", "--output tsv")...)...)
	case storageString:
		return call("storage account show-connection-string", inGroup, "--name "+sh(e.of.name), "--query connectionString", "--output tsv")
	case hostOf:
		return call("eventhubs namespace show", inGroup, "--name "+sh(e.of.name), "--query serviceBusEndpoint", "--output tsv")
	case blobOf:
		return call("storage account show", inGroup, "--name "+sh(e.of.name), "--query primaryEndpoints.blob", "--output tsv")
	case clientOf:
		return call("identity show", inGroup, "--name "+sh(e.of.name), "--query clientId", "--output tsv")
	}
	return ""
}

func shName(name string) string { return snake(name) }

// shText is a text that the shell takes as it is.
func shText(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// shQuote is a text in which the shell replaces variables.
func shQuote(inner string) string { return `"` + inner + `"` }

// sh is a value as one word of the shell.
func sh(e expr) string {
	switch e := e.(type) {
	case text:
		return shText(string(e))
	case number:
		return fmt.Sprint(int(e))
	case flag:
		return fmt.Sprint(bool(e))
	case hours:
		return `"$((` + shName(string(e.days)) + ` * 24))"`
	case nameOf:
		return sh(e.of.name)
	}
	return shQuote(shInner(e))
}

// shInner is a value within double quotes.
func shInner(e expr) string {
	switch e := e.(type) {
	case text:
		return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`").Replace(string(e))
	case number, flag:
		return sh(e)
	case project:
		return "${project_name}"
	case param:
		return "${" + shName(string(e)) + "}"
	case join:
		var b strings.Builder
		for _, one := range e {
			b.WriteString(shInner(one))
		}
		return b.String()
	case idOf:
		return "${" + e.of.symbol + "_id}"
	case principalOf:
		return "${" + e.of.symbol + "_principal}"
	case network:
		return "${" + shName(string(subnetParam)) + "%/subnets/*}"
	}
	panic(fmt.Sprintf("azure: %T in the shell", e)) // the templates are ours alone
}

// shJSON is a value as JSON within double quotes.
func shJSON(e expr) string {
	switch e := e.(type) {
	case list:
		var all []string
		for _, one := range e {
			all = append(all, shJSON(one))
		}
		return "[" + strings.Join(all, ",") + "]"
	case object:
		var all []string
		for _, f := range e {
			all = append(all, `\"`+f.name+`\":`+shJSON(f.value))
		}
		return "{" + strings.Join(all, ",") + "}"
	case number, flag:
		return sh(e)
	case identities:
		return `{\"${` + shName(string(keyParam)) + `}\":{}}`
	}
	return `\"` + shInner(e) + `\"`
}

// shPath is a resource's ID as the shell puts it together.
func shPath(r *resource) string {
	if r.parent != nil {
		return "${" + r.parent.symbol + "_id}/" + r.kind.last() + "/" + shInner(r.name)
	}
	return "${group_id}/providers/" + r.kind.name + "/" + shInner(r.name)
}
