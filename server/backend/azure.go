package backend

import (
	"strings"
	"sync"

	"penstock/azure"
	"penstock/cloud"
	"penstock/formats"
	builtin "penstock/rules"
	"penstock/server"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Azure answers for the setup kit; the router says which tables the built-in rules look at. Of no clouds it takes those that
// are built in.
func Azure(router pipeline.Router, clouds cloud.List) server.Azure {
	return &kit{clouds: clouds, counts: sync.OnceValues(func() (map[string]ruleCount, error) { return countRules(router) })}
}

type kit struct {
	clouds cloud.List
	counts func() (map[string]ruleCount, error)
}

// ruleCount is how many of the built-in rules look at a table: among others, and at it alone.
type ruleCount struct{ Rules, Only int }

// countRules finds for each table how many built-in rules look at it.
func countRules(router pipeline.Router) (map[string]ruleCount, error) {
	all, err := builtin.All()
	if err != nil {
		return nil, err
	}
	counts := map[string]ruleCount{}
	for _, r := range all.Rules {
		tables := tablesOf(router, r.Logsource)
		for table := range tables {
			n := counts[table]
			n.Rules++
			if len(tables) == 1 {
				n.Only++
			}
			counts[table] = n
		}
	}
	return counts, nil
}

func tablesOf(router pipeline.Router, ls sigma.Logsource) map[string]bool {
	tables := map[string]bool{}
	for _, s := range router.Route(ls).Streams {
		if s.Table != "" { // it is every table otherwise
			tables[s.Table] = true
		}
	}
	return tables
}

func (k *kit) Guide(o azure.DeploymentOptions) (*server.AzureGuide, error) {
	o.Clouds = k.clouds
	g, err := azure.GuideFor(o)
	if err != nil {
		return nil, err
	}
	out := &server.AzureGuide{SetupGuide: *g}
	for _, c := range g.Clouds {
		out.Clouds = append(out.Clouds, server.AzureCloud{
			ID: c.ID, Name: c.Name, About: c.About, Portal: c.Portal, AzurePortal: c.AzurePortal, Login: c.Login, EventHubs: c.EventHubs, Storage: c.Storage, Location: c.Location,
		})
	}
	if out.Query, err = azure.MeasureQuery(nil); err != nil {
		return nil, err
	}
	out.Tables, err = k.tables()
	return out, err
}

func (k *kit) tables() ([]server.AzureTable, error) {
	about, err := formats.Defender()
	if err != nil {
		return nil, err
	}
	counts, err := k.counts()
	if err != nil {
		return nil, err
	}
	shares, err := azure.VolumeShares()
	if err != nil {
		return nil, err
	}
	tables, err := azure.Tables()
	if err != nil {
		return nil, err
	}
	var list []server.AzureTable
	for _, t := range tables {
		n := counts[t.Name]
		list = append(list, server.AzureTable{
			Name: t.Name, About: about.Tables[t.Name], Use: t.Use, Without: t.Without, From: t.From, Listed: t.Listed, Share: shares[t.Name], Bytes: t.Bytes, Rules: n.Rules, Only: n.Only,
		})
	}
	return list, nil
}

func (k *kit) Template(language string, o azure.DeploymentOptions) (*azure.Deployment, error) {
	o.Clouds = k.clouds
	return azure.Deploy(language, o)
}

func (k *kit) Plan(o azure.PlanOrder, result string) (*azure.CapacityPlan, error) {
	if result != "" {
		measured, err := azure.ReadMeasured(strings.NewReader(result))
		if err != nil {
			return nil, err
		}
		o.Measured = measured
	}
	return azure.MakePlan(o)
}

func (k *kit) CheckNamespace(text string) *azure.NamespaceCheck { return azure.CheckNamespaceID(text) }
