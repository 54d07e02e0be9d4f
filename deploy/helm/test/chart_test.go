// Package test renders and lints the Helm chart with Helm's own code. It is a module of its own, so that Penstock does
// not depend on Kubernetes.
package test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	"sigs.k8s.io/yaml"
)

const chartDir = "../penstock"

// cluster is what a rendered chart asks for.
type cluster struct {
	sets     []apps.StatefulSet
	services []core.Service
	secrets  []core.Secret
	configs  []core.ConfigMap
	accounts []core.ServiceAccount
	ingress  []network.Ingress
	policies []network.NetworkPolicy
}

// render renders the chart with values in YAML. A key that Kubernetes does not know is an error.
func render(t *testing.T, values string) *cluster {
	t.Helper()
	c, err := try(t, values)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func try(t *testing.T, values string) (*cluster, error) {
	t.Helper()
	chart, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	given, err := chartutil.ReadValues([]byte(values))
	if err != nil {
		t.Fatal(err)
	}
	all, err := chartutil.ToRenderValues(chart, given, chartutil.ReleaseOptions{Name: "defender", Namespace: "soc", IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	files, err := engine.Render(chart, all)
	if err != nil {
		return nil, err
	}
	var c cluster
	for name, text := range files {
		if strings.TrimSpace(text) == "" || !strings.HasSuffix(name, ".yaml") {
			continue
		}
		var kind struct{ Kind, APIVersion string }
		if err := yaml.Unmarshal([]byte(text), &kind); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		switch kind.APIVersion + " " + kind.Kind {
		case "apps/v1 StatefulSet":
			c.sets = append(c.sets, *read[apps.StatefulSet](t, name, text))
		case "v1 Service":
			c.services = append(c.services, *read[core.Service](t, name, text))
		case "v1 Secret":
			c.secrets = append(c.secrets, *read[core.Secret](t, name, text))
		case "v1 ConfigMap":
			c.configs = append(c.configs, *read[core.ConfigMap](t, name, text))
		case "v1 ServiceAccount":
			c.accounts = append(c.accounts, *read[core.ServiceAccount](t, name, text))
		case "networking.k8s.io/v1 Ingress":
			c.ingress = append(c.ingress, *read[network.Ingress](t, name, text))
		case "networking.k8s.io/v1 NetworkPolicy":
			c.policies = append(c.policies, *read[network.NetworkPolicy](t, name, text))
		default:
			t.Errorf("%s has a kind that nobody checks: %+v", name, kind)
		}
	}
	return &c, nil
}

func read[T any](t *testing.T, name, text string) *T {
	t.Helper()
	var out T
	if err := yaml.UnmarshalStrict([]byte(text), &out); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	return &out
}

func TestTheChartPassesTheLinterOfHelm(t *testing.T) {
	for _, m := range lint.All(chartDir, nil, "soc", true).Messages {
		if m.Severity > support.InfoSev {
			t.Error(m)
		}
	}
}

func TestByDefaultOnePenstockRunsWithoutRights(t *testing.T) {
	c := render(t, "")
	if len(c.sets) != 1 || len(c.services) != 1 || len(c.secrets) != 1 || len(c.configs) != 1 || len(c.accounts) != 1 || len(c.policies) != 1 || len(c.ingress) != 0 {
		t.Fatalf("%+v", c)
	}
	set := c.sets[0]
	pod := set.Spec.Template.Spec
	box := pod.Containers[0]
	if *set.Spec.Replicas != 1 || !*pod.SecurityContext.RunAsNonRoot || pod.SecurityContext.SeccompProfile == nil || *pod.AutomountServiceAccountToken {
		t.Errorf("%+v", pod.SecurityContext)
	}
	if s := box.SecurityContext; *s.AllowPrivilegeEscalation || !*s.ReadOnlyRootFilesystem || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) {
		t.Errorf("%+v", s)
	}
	for name, p := range map[string]*core.Probe{"startup": box.StartupProbe, "liveness": box.LivenessProbe, "readiness": box.ReadinessProbe} {
		if p == nil || p.HTTPGet == nil {
			t.Errorf("there is no %s probe", name)
		}
	}
	mounted := map[string]string{}
	for _, m := range box.VolumeMounts {
		mounted[m.MountPath] = m.Name
	}
	if mounted["/var/lib/penstock"] != set.Spec.VolumeClaimTemplates[0].Name || mounted["/tmp"] == "" || mounted["/etc/penstock"] == "" {
		t.Errorf("mounted are %v", mounted)
	}
	for k, v := range c.services[0].Spec.Selector {
		if set.Spec.Template.Labels[k] != v || set.Spec.Selector.MatchLabels[k] != v || c.policies[0].Spec.PodSelector.MatchLabels[k] != v {
			t.Errorf("label %s differs", k)
		}
	}
	if box.Image != "penstock:0.1.0" || c.services[0].Name != "defender-penstock" {
		t.Errorf("image %s, service %s", box.Image, c.services[0].Name)
	}
}

func TestWhatIsGivenGetsToItsPlace(t *testing.T) {
	c := render(t, `
config:
  intakes:
    - name: defender
      eventhub: {connection_string: "${PENSTOCK_EVENTHUB}", consumer_group: penstock}
secrets: {PENSTOCK_EVENTHUB: "Endpoint=sb://x/;SharedAccessKey=very secret="}
ingress: {enabled: true, className: nginx, hosts: [penstock.example.com], tlsSecret: page}
persistence: {size: 1Ti, storageClass: fast}
networkPolicy: {from: [{namespaceSelector: {matchLabels: {name: ingress}}}]}
podLabels: {azure.workload.identity/use: "true"}
`)
	text := c.configs[0].Data["penstock.yaml"]
	var config struct {
		Data   string
		Server struct {
			Listen    string
			Insecure  bool
			Hosts     []string
			PublicURL string `json:"public_url"`
		}
		Intakes []struct{ Name string }
	}
	if err := yaml.Unmarshal([]byte(text), &config); err != nil {
		t.Fatal(err)
	}
	if config.Data != "/var/lib/penstock" || config.Server.Listen != "0.0.0.0:8400" || !config.Server.Insecure || config.Server.PublicURL != "https://penstock.example.com" ||
		!slices.Contains(config.Server.Hosts, "penstock.example.com") || len(config.Intakes) != 1 {
		t.Errorf("penstock.yaml is\n%s", text)
	}
	if bytes.Contains([]byte(text), []byte("very secret")) || !strings.HasPrefix(c.secrets[0].StringData["PENSTOCK_EVENTHUB"], "Endpoint") {
		t.Error("the secret is not where it belongs")
	}
	if in := c.ingress[0].Spec; *in.IngressClassName != "nginx" || in.TLS[0].SecretName != "page" || in.Rules[0].HTTP.Paths[0].Backend.Service.Name != c.services[0].Name {
		t.Errorf("%+v", in)
	}
	claim := c.sets[0].Spec.VolumeClaimTemplates[0].Spec
	if *claim.StorageClassName != "fast" || claim.Resources.Requests.Storage().String() != "1Ti" || len(c.policies[0].Spec.Ingress[0].From) != 2 ||
		c.sets[0].Spec.Template.Labels["azure.workload.identity/use"] != "true" {
		t.Errorf("%+v", claim)
	}
}

func TestASecretThatIsThereIsTaken(t *testing.T) {
	c := render(t, "existingSecret: mine")
	if len(c.secrets) != 0 || c.sets[0].Spec.Template.Spec.Containers[0].EnvFrom[0].SecretRef.Name != "mine" {
		t.Errorf("%+v", c.secrets)
	}
}

func TestWrongValuesAreRefused(t *testing.T) {
	for _, values := range []string{"persistense: {}", "persistence: {size: much}", "ingress: {enabled: true}", "secrets: {A-B: c}", "service: {type: Cluster}"} {
		if _, err := try(t, values); err == nil {
			t.Errorf("%s is taken", values)
		}
	}
}
