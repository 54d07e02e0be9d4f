package server

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// register adds every operation of the API.
func (s *Server) register(api huma.API) {
	api.UseMiddleware(s.authorise(api))
	s.registerSession(api)
	s.registerAccount(api)
	s.registerUsers(api)
	s.registerKeys(api)
	s.registerAudit(api)
	s.registerEvents(api)
	s.registerTail(api)
	s.registerDelivery(api)
	s.registerLicences(api)
	s.registerIntakes(api)
	s.registerQuarantine(api)
	s.registerAlerts(api)
	s.registerAssets(api)
	s.registerRules(api)
	s.registerExceptions(api)
	s.registerPacks(api)
	s.registerCoverage(api)
	s.registerExplain(api)
	s.registerInvestigator(api)
	s.registerProvenance(api)
	s.registerDrift(api)
	s.registerRetention(api)
	s.registerAzure(api)
	s.registerVocabulary(api)
	s.registerJobs(api)
	s.registerNotifications(api)
	s.registerSaved(api)
	s.registerExports(api)
	s.registerHunts(api)
	s.registerHuntSchedules(api)
	s.registerDoctor(api)
	describeProblems(api.OpenAPI())
}

// describeProblems tells OpenAPI that every error has the form of Problem.
func describeProblems(o *huma.OpenAPI) {
	ref := o.Components.Schemas.Schema(problemType, true, "Problem")
	for _, path := range o.Paths {
		for _, op := range operations(path) {
			op.Responses["default"] = &huma.Response{
				Description: "What went wrong",
				Content:     map[string]*huma.MediaType{"application/problem+json": {Schema: ref}},
			}
		}
	}
}

// OpenAPI describes the API as OpenAPI 3.1, in JSON. It is what a running server shows at /api/openapi.json.
func OpenAPI(version string) ([]byte, error) {
	s := &Server{}
	api := humago.New(http.NewServeMux(), apiConfig(version))
	s.register(api)
	doc, err := json.MarshalIndent(api.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("describe the API: %w", err)
	}
	return append(doc, '\n'), nil
}
