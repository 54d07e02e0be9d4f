package azure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeCLI stands in for the Azure CLI: it writes its arguments down, and answers what the script asks for. Of what it is asked
// to show it says that it is there when the second run begins.
const fakeCLI = `
az() {
  printf '%s\0' "$@" END >> "$CALLS"
  case "$1 $2 $3" in
  'cloud show '*) echo "$CLOUD" ;;
  'account show '*) echo "$SUBSCRIPTION" ;;
  'group exists '*) [ -n "$AGAIN" ] && echo true || echo false ;;
  'role assignment list') [ -n "$AGAIN" ] && echo there || true ;;
  'eventhubs namespace show')
    case "$*" in *capacity*) [ -n "$AGAIN" ] || return 3; echo 7 ;; *) echo "https://$(value --name "$@").$HUBS:443/" ;; esac ;;
  'storage container-rm show' | 'network private-dns zone' | 'network private-dns link')
    case "$*" in *' show '*) [ -n "$AGAIN" ] || return 3 ;; esac ;;
  'identity show '*)
    case "$*" in *--ids*) echo "principal-of-$(basename "$(value --ids "$@")")" ;; *principalId*) echo "principal-of-$(value --name "$@")" ;; *) echo "client-of-$(value --name "$@")" ;; esac ;;
  'eventhubs namespace authorization-rule' | 'eventhubs eventhub authorization-rule')
    case "$*" in *' keys list '*)
      local id="$EVENTHUB/namespaces/$(value --namespace-name "$@")" hub=$(value --eventhub-name "$@")
      id="$id${hub:+/eventhubs/$hub}/authorizationRules/$(value --name "$@")"
      echo "Endpoint=sb://of${id//\//.}" ;;
    esac ;;
  'storage account show-connection-string') echo "DefaultEndpointsProtocol=https;AccountName=$(value --name "$@");AccountKey=key-of-$(value --name "$@");EndpointSuffix=$STORAGE" ;;
  'storage account show') echo "https://$(value --name "$@").blob.$STORAGE/" ;;
  esac
}
value() {
  local wanted=$1; shift
  while [ $# -gt 1 ]; do if [ "$1" = "$wanted" ]; then echo "$2"; return; fi; shift; done
}
`

// runScript runs the script with bash, and gives the calls that it made, its standard output and its standard error.
func runScript(t *testing.T, w world, text, cloud string, again bool) (calls [][]string, stdout string) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash here")
	}
	dir := t.TempDir()
	script, fake, record := filepath.Join(dir, "penstock.sh"), filepath.Join(dir, "fake.sh"), filepath.Join(dir, "calls")
	for name, content := range map[string]string{script: text, fake: fakeCLI, record: ""} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), bash, script)
	cmd.Env = append(os.Environ(), "BASH_ENV="+fake, "CALLS="+record, "CLOUD="+cloud, "SUBSCRIPTION="+subscription, "HUBS="+w.eventHubs, "STORAGE="+w.storage, "EVENTHUB="+w.id("Microsoft.EventHub"))
	if again {
		cmd.Env = append(cmd.Env, "AGAIN=1")
	} else {
		cmd.Env = append(cmd.Env, "AGAIN=")
	}
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s\n%s", err, errOut.String(), text)
	}
	data, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	for call := range strings.SplitSeq(strings.TrimSuffix(string(data), "END\x00"), "END\x00") {
		calls = append(calls, strings.Split(strings.TrimSuffix(call, "\x00"), "\x00"))
	}
	return calls, out.String()
}

// cliCall is a call of the CLI taken apart.
type cliCall struct {
	command string
	flags   map[string][]string
}

func parseCall(words []string) cliCall {
	c := cliCall{flags: map[string][]string{}}
	flag := ""
	for _, w := range words {
		switch {
		case strings.HasPrefix(w, "--"):
			flag = w
			c.flags[flag] = nil
		case flag == "":
			c.command = strings.TrimSpace(c.command + " " + w)
		default:
			c.flags[flag] = append(c.flags[flag], w)
		}
	}
	return c
}

func (c *cliCall) get(flag string) string { return strings.Join(c.flags[flag], " ") }

// is gives the value of a flag, nil where it is not there.
func (c *cliCall) is(flag string) any {
	if _, ok := c.flags[flag]; !ok {
		return nil
	}
	return c.get(flag)
}

// readScript reads back what a first run of the script made.
func readScript(t *testing.T, w world, text, cloud string) reading {
	t.Helper()
	calls, stdout := runScript(t, w, text, cloud, false)
	out := reading{map[string]map[string]string{}, map[string]string{}, map[string]string{}}
	r := &scriptReader{t: t, w: w, out: &out}
	for _, words := range calls {
		r.call(parseCall(words))
	}
	var intake map[string]any
	if err := json.Unmarshal([]byte(stdout), &intake); err != nil {
		t.Fatalf("standard output is not JSON: %v\n%s", err, stdout)
	}
	flatten(out.intake, "", intake)
	return out
}

type scriptReader struct {
	t   *testing.T
	w   world
	out *reading
}

func (r *scriptReader) put(kind, id, scope string, values map[string]any) {
	flat := map[string]string{}
	flatten(flat, "", values)
	into := r.out.resources[key(kind, id, scope, flat)]
	if into == nil {
		into = map[string]string{}
		r.out.resources[key(kind, id, scope, flat)] = into
	}
	for name, value := range flat {
		into[name] = value
	}
}

func (r *scriptReader) call(c cliCall) {
	name := c.get("--name")
	hubs := func(rest string, names ...string) string {
		path, all := "Microsoft.EventHub/namespaces", []string{c.get("--namespace-name")}
		if hub := c.get("--eventhub-name"); hub != "" {
			path, all = path+"/eventhubs", append(all, hub)
		}
		return r.w.id(path+rest, append(all, names...)...)
	}
	account := r.w.id("Microsoft.Storage/storageAccounts", c.get("--account-name")+c.get("--storage-account"))
	body := func(flag string) (v any) {
		if err := json.Unmarshal([]byte(c.get(flag)), &v); err != nil {
			r.t.Fatalf("%s: %s is not JSON: %v", c.command, flag, err)
		}
		return v
	}
	if group, ok := c.flags["--resource-group"]; ok && group[0] != r.w.group {
		r.t.Errorf("%s is in the group %v", c.command, group)
	}
	switch c.command {
	case "eventhubs namespace create":
		r.put("", r.w.id("Microsoft.EventHub/namespaces", name), "", cliNamespace(&c))
	case "eventhubs eventhub create":
		r.put("", hubs("/eventhubs", name), "", map[string]any{"properties": map[string]any{
			"partitionCount": c.is("--partition-count"), "retentionDescription": map[string]any{"cleanupPolicy": c.is("--cleanup-policy"), "retentionTimeInHours": c.is("--retention-time-in-hours")},
		}})
	case "eventhubs eventhub consumer-group create":
		r.put("", hubs("/consumergroups", name), "", map[string]any{"properties": map[string]any{"userMetadata": c.is("--user-metadata")}})
	case "eventhubs eventhub authorization-rule create", "eventhubs namespace authorization-rule create":
		r.put("", hubs("/authorizationRules", name), "", map[string]any{"properties": map[string]any{"rights": []any{c.get("--rights")}}})
	case "storage account create":
		r.put("", r.w.id("Microsoft.Storage/storageAccounts", name), "", map[string]any{
			"location": c.is("--location"), "sku": map[string]any{"name": c.is("--sku")}, "kind": c.is("--kind"), "properties": map[string]any{
				"minimumTlsVersion": c.is("--min-tls-version"), "supportsHttpsTrafficOnly": c.is("--https-only"), "allowBlobPublicAccess": c.is("--allow-blob-public-access"),
				"allowSharedKeyAccess": c.is("--allow-shared-key-access"), "isHnsEnabled": c.is("--enable-hierarchical-namespace"), "publicNetworkAccess": c.is("--public-network-access"),
			},
		})
	case "storage account blob-service-properties update":
		r.put("", account+"/blobServices/default", "", map[string]any{"properties": map[string]any{
			"isVersioningEnabled": c.is("--enable-versioning"), "deleteRetentionPolicy": map[string]any{"enabled": c.is("--enable-delete-retention")},
		}})
	case "storage container-rm create":
		r.put("", account+"/blobServices/default/containers/"+name, "", map[string]any{"properties": map[string]any{"publicAccess": map[string]string{"off": "None"}[c.get("--public-access")]}})
	case "identity create":
		r.put("", r.w.id("Microsoft.ManagedIdentity/userAssignedIdentities", name), "", map[string]any{"location": c.is("--location")})
	case "role assignment create":
		r.put("Microsoft.Authorization/roleAssignments", "", c.get("--scope"), map[string]any{"properties": map[string]any{
			"roleDefinitionId": roleDefinition(c.get("--role")),
			"principalId":      c.is("--assignee-object-id"), "principalType": c.is("--assignee-principal-type"),
		}})
	case "monitor diagnostic-settings create":
		r.put("Microsoft.Insights/diagnosticSettings", name, c.get("--resource"), map[string]any{"properties": map[string]any{
			"workspaceId": c.is("--workspace"), "logs": body("--logs"), "metrics": body("--metrics"),
		}})
	case "network private-endpoint create":
		r.put("", r.w.id("Microsoft.Network/privateEndpoints", name), "", map[string]any{"location": c.is("--location"), "properties": map[string]any{
			"subnet": map[string]any{"id": c.is("--subnet")}, "privateLinkServiceConnections": []any{map[string]any{
				"name": c.is("--connection-name"), "properties": map[string]any{"privateLinkServiceId": c.is("--private-connection-resource-id"), "groupIds": []any{c.get("--group-id")}},
			}},
		}})
	case "network private-endpoint dns-zone-group create":
		r.put("", r.w.id("Microsoft.Network/privateEndpoints/privateDnsZoneGroups", c.get("--endpoint-name"), name), "", map[string]any{"properties": map[string]any{
			"privateDnsZoneConfigs": []any{map[string]any{"name": c.is("--zone-name"), "properties": map[string]any{"privateDnsZoneId": c.is("--private-dns-zone")}}},
		}})
	case "network private-dns zone create":
		r.put("", r.w.id("Microsoft.Network/privateDnsZones", name), "", map[string]any{"location": "global"})
	case "network private-dns link vnet create":
		r.put("", r.w.id("Microsoft.Network/privateDnsZones/virtualNetworkLinks", c.get("--zone-name"), name), "", map[string]any{"properties": map[string]any{
			"registrationEnabled": c.is("--registration-enabled"), "virtualNetwork": map[string]any{"id": c.is("--virtual-network")},
		}})
	case "rest":
		path, version, _ := strings.Cut(c.get("--url"), "?api-version=")
		_, rest, _ := strings.Cut(path, "/subscriptions/")
		id := "/subscriptions/" + rest
		r.put("", id, "", body("--body").(map[string]any))
		r.put("", id, "", map[string]any{"apiVersion": version})
	case "cloud show", "account show", "provider register", "group exists", "group create", "eventhubs namespace show", "storage container-rm show", "identity show", "role assignment list",
		"network private-dns zone show", "network private-dns link vnet show", "eventhubs eventhub authorization-rule keys list", "eventhubs namespace authorization-rule keys list",
		"storage account show-connection-string", "storage account show":
	default:
		r.t.Errorf("the script calls az %s", c.command)
	}
}

func cliNamespace(c *cliCall) map[string]any {
	p := map[string]any{
		"minimumTlsVersion": c.is("--minimum-tls-version"), "disableLocalAuth": c.is("--disable-local-auth"), "publicNetworkAccess": c.is("--public-network-access"),
		"isAutoInflateEnabled": c.is("--enable-auto-inflate"), "maximumThroughputUnits": c.is("--maximum-throughput-units"),
	}
	out := map[string]any{"location": c.is("--location"), "sku": map[string]any{"name": c.is("--sku"), "tier": c.is("--sku"), "capacity": c.is("--capacity")}, "properties": p}
	if id := c.get("--mi-user-assigned"); id != "" {
		out["identity"] = map[string]any{"type": "UserAssigned"}
		k := map[string]any{}
		for _, pair := range c.flags["--encryption-config"] {
			name, value, _ := strings.Cut(pair, "=")
			switch name {
			case "key-name":
				k["keyName"] = value
			case "key-vault-uri":
				k["keyVaultUri"] = value
			case "key-version":
				k["keyVersion"] = value
			case "user-assigned-identity":
				k["identity"] = map[string]any{"userAssignedIdentity": value}
			default:
				panic(fmt.Sprint("a part of the key: ", pair))
			}
		}
		p["encryption"] = map[string]any{"keySource": "Microsoft.KeyVault", "keyVaultProperties": []any{k}}
	}
	return out
}
