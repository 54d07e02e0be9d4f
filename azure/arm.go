package azure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

const armSchema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"

// ordered is a JSON object that keeps its order.
type ordered []pair

type pair struct {
	name  string
	value any
}

func (o ordered) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, p := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := plain(&b, p.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := plain(&b, p.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// plain writes JSON without the escapes that HTML needs.
func plain(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// arm writes the template as Azure Resource Manager takes it.
func (t *template) arm() (string, error) {
	var parameters, outputs ordered
	for _, p := range t.parameters {
		parameters = append(parameters, pair{p.name, p.arm()})
	}
	resources := make([]any, len(t.resources))
	for i, r := range t.resources {
		resources[i] = r.arm()
	}
	for _, out := range t.outputs {
		kind := "string"
		if _, ok := out.value.(object); ok {
			kind = "object"
		}
		outputs = append(outputs, pair{out.name, ordered{{"type", kind}, {"value", armValue(out.value)}, {"metadata", ordered{{"description", out.about}}}}})
	}
	var compact, b bytes.Buffer
	err := plain(&compact, ordered{
		{"$schema", armSchema},
		{"contentVersion", "1.0.0.0"},
		{"metadata", ordered{{"description", t.summary()}}},
		{"parameters", parameters},
		{"variables", ordered{{"project", "[toLower(parameters('projectName'))]"}}},
		{"resources", resources},
		{"outputs", outputs},
	})
	if err != nil {
		return "", fmt.Errorf("write the ARM template: %w", err)
	}
	if err := json.Indent(&b, compact.Bytes(), "", "  "); err != nil {
		return "", fmt.Errorf("write the ARM template: %w", err)
	}
	return strings.TrimSpace(b.String()) + "\n", nil
}

func (p *parameter) arm() ordered {
	out := ordered{}
	if n, ok := p.value.(number); ok {
		out = append(out, pair{"type", "int"}, pair{"defaultValue", int(n)})
		if p.max > 0 {
			out = append(out, pair{"minValue", p.min}, pair{"maxValue", p.max})
		}
	} else {
		out = append(out, pair{"type", "string"}, pair{"defaultValue", armValue(p.value)})
		if p.max > 0 {
			out = append(out, pair{"minLength", p.min}, pair{"maxLength", p.max})
		}
	}
	if len(p.allowed) > 0 {
		out = append(out, pair{"allowedValues", p.allowed})
	}
	return append(out, pair{"metadata", ordered{{"description", p.about}}})
}

func (r *resource) arm() ordered {
	out := ordered{{"type", r.kind.name}, {"apiVersion", r.kind.version}, {"name", armName(r)}}
	if r.scope != nil {
		out = append(out, pair{"scope", "[" + armID(r.scope) + "]"})
	}
	out = append(out, pair{"comments", r.about})
	if r.where != nil {
		out = append(out, pair{"location", armValue(r.where)})
	}
	var wait []string
	if r.parent != nil {
		wait = append(wait, "["+armID(r.parent)+"]")
	}
	for _, other := range r.needs() {
		wait = append(wait, "["+armID(other)+"]")
	}
	if len(wait) > 0 {
		out = append(out, pair{"dependsOn", wait})
	}
	for _, f := range r.body {
		out = append(out, pair{f.name, armValue(f.value)})
	}
	return out
}

func armName(r *resource) string {
	names := r.names()
	if len(names) == 1 {
		return armValue(names[0]).(string)
	}
	var pattern []string
	var args []string
	for i, n := range names {
		pattern = append(pattern, fmt.Sprintf("{%d}", i))
		args = append(args, armTerm(n))
	}
	return "[format('" + strings.Join(pattern, "/") + "', " + strings.Join(args, ", ") + ")]"
}

// armID is the function that gives a resource's ID.
func armID(r *resource) string {
	if r.scope != nil {
		return "extensionResourceId(" + armID(r.scope) + ", '" + r.kind.name + "', " + armTerm(r.name) + ")"
	}
	args := []string{"'" + r.kind.name + "'"}
	for _, n := range r.names() {
		args = append(args, armTerm(n))
	}
	return "resourceId(" + strings.Join(args, ", ") + ")"
}

// armValue is a value of the JSON document: as it is, or an expression in brackets.
func armValue(e expr) any {
	switch e := e.(type) {
	case text:
		if strings.HasPrefix(string(e), "[") {
			return "[" + string(e)
		}
		return string(e)
	case number:
		return int(e)
	case flag:
		return bool(e)
	case list:
		out := make([]any, len(e))
		for i, one := range e {
			out[i] = armValue(one)
		}
		return out
	case object:
		out := ordered{}
		for _, f := range e {
			out = append(out, pair{f.name, armValue(f.value)})
		}
		return out
	case identities:
		return ordered{{"[format('{0}', parameters('" + string(keyParam) + "'))]", ordered{}}}
	}
	return "[" + armTerm(e) + "]"
}

// armTerm is a value within an expression.
func armTerm(e expr) string {
	switch e := e.(type) {
	case text:
		return "'" + strings.ReplaceAll(string(e), "'", "''") + "'"
	case project:
		return "variables('project')"
	case param:
		return "parameters('" + string(e) + "')"
	case hours:
		return "mul(" + armTerm(e.days) + ", 24)"
	case join:
		return "concat(" + armTerms(e) + ")"
	case unique:
		return "guid(" + armTerms(e) + ")"
	case idOf:
		return armID(e.of)
	case nameOf:
		return armTerm(e.of.name)
	case roleID:
		return "subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '" + e.id + "')"
	case partOf:
		return fmt.Sprintf("split(%s, '/')[%d]", armTerm(e.id), e.at)
	case keyPrincipal:
		return "reference(" + armTerm(keyParam) + ", '" + identityKind.version + "').principalId"
	case network:
		return "first(split(parameters('" + string(subnetParam) + "'), '/subnets/'))"
	case principalOf:
		return armFact(e.of) + ".principalId"
	case clientOf:
		return armFact(e.of) + ".clientId"
	case hostOf:
		return "replace(replace(" + armFact(e.of) + ".serviceBusEndpoint, 'https://', ''), ':443/', '')"
	case blobOf:
		return armFact(e.of) + ".primaryEndpoints.blob"
	case hubString:
		return "listKeys(" + armID(e.of) + ", '" + e.of.kind.version + "').primaryConnectionString"
	case storageString:
		return "format('DefaultEndpointsProtocol=https;AccountName={0};AccountKey={1};EndpointSuffix={2}', " + armTerm(e.of.name) +
			", listKeys(" + armID(e.of) + ", '" + e.of.kind.version + "').keys[0].value, environment().suffixes.storage)"
	}
	panic(fmt.Sprintf("azure: %T within an expression of ARM", e)) // the templates are ours alone
}

func armTerms(all []expr) string {
	out := make([]string, len(all))
	for i, e := range all {
		out[i] = armTerm(e)
	}
	return strings.Join(out, ", ")
}

func armFact(r *resource) string { return "reference(" + armID(r) + ", '" + r.kind.version + "')" }
