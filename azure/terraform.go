package azure

import (
	"fmt"
	"strings"
	"unicode"
)

// tfBlock is a block of Terraform's language, or an attribute where it has a value.
type tfBlock struct {
	name  string // as `resource "azurerm_eventhub" "hub"`
	value string
	inner []tfBlock
	about string
}

func set(name, value string) tfBlock             { return tfBlock{name: name, value: value} }
func nest(name string, inner ...tfBlock) tfBlock { return tfBlock{name: name, inner: inner} }
func setAll(name string, values ...string) tfBlock {
	return set(name, "["+strings.Join(values, ", ")+"]")
}

// write writes a block as `terraform fmt` has it: the equal signs of neighbouring lines stand below each other.
func (b *tfBlock) write(out *strings.Builder, depth int) {
	margin := strings.Repeat("  ", depth)
	if b.about != "" {
		fmt.Fprintf(out, "%s# %s\n", margin, b.about)
	}
	fmt.Fprintf(out, "%s%s {", margin, b.name)
	if len(b.inner) == 0 {
		out.WriteString("}\n")
		return
	}
	out.WriteString("\n")
	for i := 0; i < len(b.inner); i++ {
		one := &b.inner[i]
		if one.value == "" {
			if i > 0 {
				out.WriteString("\n")
			}
			one.write(out, depth+1)
			continue
		}
		if i > 0 && b.inner[i-1].value == "" {
			out.WriteString("\n")
		}
		width, end := 0, i
		for end < len(b.inner) && b.inner[end].value != "" {
			width = max(width, len(b.inner[end].name))
			end++
		}
		for ; i < end; i++ {
			fmt.Fprintf(out, "%s  %-*s = %s\n", margin, width, b.inner[i].name, b.inner[i].value)
		}
		i--
	}
	out.WriteString(margin + "}\n")
}

// terraform writes the template for Terraform's provider azurerm.
func (t *template) terraform() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n", strings.ReplaceAll(t.summary(), "\n", "\n# "))
	blocks := t.terraformHead()
	for _, r := range t.resources {
		if one := t.terraformResource(r); one.name != "" {
			one.about = r.about
			blocks = append(blocks, one)
		}
	}
	if key := t.terraformKey(); key.name != "" {
		blocks = append(blocks, key)
	}
	for _, out := range t.outputs {
		blocks = append(blocks, t.terraformOutput(out))
	}
	for i := range blocks {
		b.WriteString("\n")
		blocks[i].write(&b, 0)
	}
	return b.String()
}

func (t *template) terraformHead() []tfBlock {
	features := nest("features")
	if t.options.limited() {
		// The machine that deploys need not reach the storage itself.
		features.inner = []tfBlock{nest("storage", set("data_plane_available", "false"))}
	}
	blocks := []tfBlock{
		nest("terraform",
			set("required_version", `">= 1.5"`),
			nest("required_providers", set("azurerm", `{ source = "hashicorp/azurerm", version = ">= 4.33, < 5.0" }`)),
		),
		{name: `provider "azurerm"`, about: "The subscription comes from the environment: ARM_SUBSCRIPTION_ID.", inner: []tfBlock{
			set("environment", tfText(t.cloud.Terraform)), set("storage_use_azuread", "true"), features,
		}},
		{name: `variable "resource_group"`, inner: []tfBlock{
			set("description", tfText("Resource group, which is made")), set("type", "string"), set("default", tfText(t.options.ResourceGroup)),
		}},
	}
	for _, p := range t.parameters {
		blocks = append(blocks, p.terraform())
	}
	if t.keyRole != nil {
		b := nest(`data "azurerm_user_assigned_identity" "key"`, set("name", `split("/", var.key_identity_id)[8]`), set("resource_group_name", `split("/", var.key_identity_id)[4]`))
		b.about = "The identity that may use the customer's key; it is in the same subscription."
		blocks = append(blocks, b)
	}
	return append(blocks,
		nest("locals", set("project", "lower(var.project_name)")),
		nest(`resource "azurerm_resource_group" "resource_group"`, set("name", "var.resource_group"), set("location", "var.location")),
	)
}

func (p *parameter) terraform() tfBlock {
	name := snake(p.name)
	b := nest("variable "+tfText(name), set("description", tfText(p.about)))
	var condition, message string
	n, isNumber := p.value.(number)
	switch {
	case isNumber:
		b.inner = append(b.inner, set("type", "number"), set("default", fmt.Sprint(int(n))))
		condition, message = fmt.Sprintf("var.%s >= %d && var.%s <= %d", name, p.min, name, p.max), fmt.Sprintf("Expected %d to %d.", p.min, p.max)
	default:
		b.inner = append(b.inner, set("type", "string"), set("default", tfText(string(p.value.(text)))))
	}
	switch {
	case p.name == string(projectParam):
		condition, message = `can(regex("`+projectName.String()+`", var.project_name))`, "Expected 2 to 22 small letters and digits, a letter first."
	case len(p.allowed) > 0:
		condition, message = fmt.Sprintf(`contains(["%s"], var.%s)`, strings.Join(p.allowed, `", "`), name), "Expected one of "+strings.Join(p.allowed, ", ")+"."
	}
	if condition != "" {
		b.inner = append(b.inner, nest("validation", set("condition", condition), set("error_message", tfText(message))))
	}
	return b
}

func (t *template) terraformOutput(out output) tfBlock {
	b := nest("output "+tfText(out.name), set("description", tfText(out.about)))
	if o, ok := out.value.(object); ok {
		var fields []string
		for _, f := range o {
			fields = append(fields, f.name+" = "+t.tf(f.value))
		}
		b.inner = append(b.inner, set("value", "{ "+strings.Join(fields, ", ")+" }"))
	} else {
		b.inner = append(b.inner, set("value", t.tf(out.value)))
	}
	if out.secret {
		b.inner = append(b.inner, set("sensitive", "true"))
	}
	return b
}

// snake is a name as Terraform writes it: projectName is project_name.
func snake(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.IsUpper(r) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func tfText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "${", "$${", "%{", "%%{", "\n", `\n`).Replace(s) + `"`
}

// tf is a value in Terraform's language.
func (t *template) tf(e expr) string {
	switch e := e.(type) {
	case text:
		return tfText(string(e))
	case number:
		return fmt.Sprint(int(e))
	case flag:
		return fmt.Sprint(bool(e))
	case list:
		var all []string
		for _, one := range e {
			all = append(all, t.tf(one))
		}
		return "[" + strings.Join(all, ", ") + "]"
	case project:
		return "local.project"
	case param:
		return "var." + snake(string(e))
	case join:
		var b strings.Builder
		for _, one := range e {
			if s, ok := one.(text); ok {
				inner := tfText(string(s))
				b.WriteString(inner[1 : len(inner)-1])
			} else {
				b.WriteString("${" + t.tf(one) + "}")
			}
		}
		return `"` + b.String() + `"`
	case idOf:
		return tfID(e.of)
	case nameOf:
		return tfRef(e.of) + ".name"
	case keyPrincipal:
		return "data.azurerm_user_assigned_identity.key.principal_id"
	case network:
		return `split("/subnets/", var.subnet_id)[0]`
	case principalOf:
		return tfRef(e.of) + ".principal_id"
	case clientOf:
		return tfRef(e.of) + ".client_id"
	case hostOf:
		return `"${` + tfRef(e.of) + `.name}.` + t.cloud.EventHubs + `"`
	case blobOf:
		return tfRef(e.of) + ".primary_blob_endpoint"
	case hubString, storageString:
		return tfRef(referred(e)) + ".primary_connection_string"
	}
	panic(fmt.Sprintf("azure: %T in Terraform", e)) // the templates are ours alone
}

// tfTypes are the resources of the provider for the types of Azure. Network rules, the settings of blobs and groups of DNS
// zones are blocks of others there.
var tfTypes = map[kind]string{
	namespaceKind: "azurerm_eventhub_namespace", hubKind: "azurerm_eventhub", groupKind: "azurerm_eventhub_consumer_group",
	hubPolicyKind: "azurerm_eventhub_authorization_rule", policyKind: "azurerm_eventhub_namespace_authorization_rule",
	storageKind: "azurerm_storage_account", containerKind: "azurerm_storage_container", identityKind: "azurerm_user_assigned_identity",
	assignmentKind: "azurerm_role_assignment", nestedKind: "azurerm_role_assignment", diagnosticKind: "azurerm_monitor_diagnostic_setting", endpointKind: "azurerm_private_endpoint",
	zoneKind: "azurerm_private_dns_zone", zoneLinkKind: "azurerm_private_dns_zone_virtual_network_link",
}

func tfRef(r *resource) string { return tfTypes[r.kind] + "." + r.symbol }

// tfID is the ID by which Azure knows the resource: of a container the provider's own is another.
func tfID(r *resource) string {
	if r.kind == containerKind {
		return tfRef(r) + ".resource_manager_id"
	}
	return tfRef(r) + ".id"
}
