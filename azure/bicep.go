package azure

import (
	"fmt"
	"regexp"
	"strings"
)

// bicep writes the template in Bicep.
func (t *template) bicep() string {
	var b strings.Builder
	fmt.Fprintf(&b, "metadata description = %s\n\ntargetScope = 'resourceGroup'\n", bicepText(t.summary()))
	for _, p := range t.parameters {
		p.bicep(&b)
	}
	b.WriteString("\nvar project = toLower(projectName)\n")
	for _, r := range t.resources {
		r.bicep(&b)
	}
	for _, out := range t.outputs {
		kind := "string"
		if _, ok := out.value.(object); ok {
			kind = "object"
		}
		fmt.Fprintf(&b, "\n@description(%s)\n", bicepText(out.about))
		if out.secret {
			b.WriteString("#disable-next-line outputs-should-not-contain-secrets\n")
		}
		fmt.Fprintf(&b, "output %s %s = %s\n", out.name, kind, bicepValue(out.value, 0))
	}
	return b.String()
}

func (p *parameter) bicep(b *strings.Builder) {
	kind, least, most := "string", "minLength", "maxLength"
	if _, ok := p.value.(number); ok {
		kind, least, most = "int", "minValue", "maxValue"
	}
	fmt.Fprintf(b, "\n@description(%s)\n", bicepText(p.about))
	if p.max > 0 {
		fmt.Fprintf(b, "@%s(%d)\n@%s(%d)\n", least, p.min, most, p.max)
	}
	if len(p.allowed) > 0 {
		b.WriteString("@allowed([\n")
		for _, a := range p.allowed {
			fmt.Fprintf(b, "  %s\n", bicepText(a))
		}
		b.WriteString("])\n")
	}
	fmt.Fprintf(b, "param %s %s = %s\n", p.name, kind, bicepValue(p.value, 0))
}

func (r *resource) bicep(b *strings.Builder) {
	fmt.Fprintf(b, "\n// %s\n", r.about)
	if r.kind == nestedKind {
		b.WriteString("#disable-next-line no-deployments-resources // a module would be a second file\n")
	}
	fmt.Fprintf(b, "resource %s '%s@%s' = {\n", r.symbol, r.kind.name, r.kind.version)
	if r.parent != nil {
		fmt.Fprintf(b, "  parent: %s\n", r.parent.symbol)
	}
	if r.scope != nil {
		fmt.Fprintf(b, "  scope: %s\n", r.scope.symbol)
	}
	fmt.Fprintf(b, "  name: %s\n", bicepValue(r.name, 1))
	if r.where != nil {
		fmt.Fprintf(b, "  location: %s\n", bicepValue(r.where, 1))
	}
	if r.after != nil {
		fmt.Fprintf(b, "  dependsOn: [\n    %s\n  ]\n", r.after.symbol)
	}
	for _, f := range r.body {
		fmt.Fprintf(b, "  %s: %s\n", f.name, bicepValue(f.value, 1))
	}
	b.WriteString("}\n")
}

func bicepText(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`, "${", `\${`, "\n", `\n`).Replace(s) + "'"
}

// bicepWord is a name that needs no quotes.
var bicepWord = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func bicepValue(e expr, depth int) string {
	within := strings.Repeat("  ", depth+1)
	switch e := e.(type) {
	case list:
		if len(e) == 0 {
			return "[]"
		}
		var b strings.Builder
		b.WriteString("[\n")
		for _, one := range e {
			b.WriteString(within + bicepValue(one, depth+1) + "\n")
		}
		return b.String() + within[2:] + "]"
	case object:
		var b strings.Builder
		b.WriteString("{\n")
		for _, f := range e {
			name := f.name
			if !bicepWord.MatchString(name) {
				name = bicepText(name)
			}
			b.WriteString(within + name + ": " + bicepValue(f.value, depth+1) + "\n")
		}
		return b.String() + within[2:] + "}"
	case identities:
		return "{\n" + within + "'${" + string(keyParam) + "}': {}\n" + within[2:] + "}"
	}
	return bicepTerm(e)
}

func bicepTerm(e expr) string {
	switch e := e.(type) {
	case text:
		return bicepText(string(e))
	case number:
		return fmt.Sprint(int(e))
	case flag:
		return fmt.Sprint(bool(e))
	case project:
		return "project"
	case param:
		return string(e)
	case hours:
		return string(e.days) + " * 24"
	case join:
		var b strings.Builder
		for _, one := range e {
			if s, ok := one.(text); ok {
				inner := bicepText(string(s))
				b.WriteString(inner[1 : len(inner)-1])
			} else {
				b.WriteString("${" + bicepTerm(one) + "}")
			}
		}
		return "'" + b.String() + "'"
	case unique:
		var args []string
		for _, one := range e {
			args = append(args, bicepTerm(one))
		}
		return "guid(" + strings.Join(args, ", ") + ")"
	case idOf:
		return e.of.symbol + ".id"
	case nameOf:
		return e.of.symbol + ".name"
	case roleID:
		return "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '" + e.id + "')"
	case partOf:
		return fmt.Sprintf("split(%s, '/')[%d]", e.id, e.at)
	case keyPrincipal:
		return "reference(" + string(keyParam) + ", '" + identityKind.version + "').principalId"
	case network:
		return "first(split(" + string(subnetParam) + ", '/subnets/'))"
	case principalOf:
		return e.of.symbol + ".properties.principalId"
	case clientOf:
		return e.of.symbol + ".properties.clientId"
	case hostOf:
		return "replace(replace(" + e.of.symbol + ".properties.serviceBusEndpoint, 'https://', ''), ':443/', '')"
	case blobOf:
		return e.of.symbol + ".properties.primaryEndpoints.blob"
	case hubString:
		return e.of.symbol + ".listKeys().primaryConnectionString"
	case storageString:
		return "'DefaultEndpointsProtocol=https;AccountName=${" + e.of.symbol + ".name};AccountKey=${" + e.of.symbol + ".listKeys().keys[0].value};EndpointSuffix=${environment().suffixes.storage}'"
	}
	panic(fmt.Sprintf("azure: %T in Bicep", e)) // the templates are ours alone
}
