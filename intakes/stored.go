package intakes

import (
	"context"

	"penstock/config"
	"penstock/secret"
	"penstock/state"
)

// Known is an intake as it is kept, for those who look at it and do not run it.
type Known struct {
	*Intake
	// Config is what a source reads; nil where that cannot be told, because of the problem.
	Config   *config.Intake
	Problem  error // why it is not run; nil: it may
	Arrivals map[string]Arrival
	Keys     []Key
}

// Look reads the intakes of a configuration and those of the state, and changes nothing: another process may run them.
func Look(ctx context.Context, db *state.DB, secrets *secret.Store, c *config.Config, formats Formats) ([]Known, error) {
	var list []Known
	for i := range c.Intakes {
		k := Known{Intake: configured(&c.Intakes[i]), Config: &c.Intakes[i]}
		k.Problem = k.format(formats)
		list = append(list, k)
	}
	if db == nil {
		return list, nil
	}
	s := &store{db, secrets}
	kept, err := s.all(ctx)
	if err != nil {
		return list, err
	}
	for _, one := range kept {
		k := Known{Intake: one.Intake, Problem: one.problem}
		if k.Problem == nil {
			k.Problem = k.format(formats)
		}
		if k.Problem == nil {
			k.Config, k.Problem = k.complete(formats, c.Clouds)
		}
		list = append(list, k)
	}
	arrivals, err := s.arrivals(ctx)
	if err != nil {
		return list, err
	}
	opening := &keys{db: db}
	if err := opening.read(ctx, c.Intakes); err != nil {
		return list, err
	}
	for i := range list {
		list[i].Arrivals, list[i].Keys = arrivals[list[i].Name], opening.of(list[i].Name)
	}
	return list, nil
}

// Known are the intakes that there are, as the doctor looks at them.
func (s *Supervisor) Known() []Known {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []Known
	for _, e := range s.ordered() {
		k := Known{Intake: e.intake.clone(), Config: e.config}
		st := s.state(e)
		k.Arrivals, k.Keys = st.Arrivals, st.Keys
		if e.problem != nil {
			k.Problem = e.problem
		}
		list = append(list, k)
	}
	return list
}
