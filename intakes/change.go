package intakes

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"time"

	"penstock/config"
	"penstock/pasted"
	"penstock/source/blob"
	"penstock/source/http"
	"penstock/source/kafka"
)

// Create keeps an intake and starts it unless it is to be paused. What is wrong with it comes as Mistakes.
func (s *Supervisor) Create(ctx context.Context, in *Intake) (*State, error) {
	s.creating.Lock()
	defer s.creating.Unlock()
	in = in.clone()
	in.Name, in.Origin = pasted.Tidy(in.Name), API
	c, err := in.complete(s.options.Formats, s.options.Clouds)
	wrong, ok := err.(Mistakes) //nolint:errorlint // it is not wrapped
	if err != nil && !ok {
		return nil, err
	}
	if !wrong.has("name") {
		if err := s.checkName(ctx, in, &wrong); err != nil {
			return nil, err
		}
	}
	if err := wrong.err(); err != nil {
		return nil, err
	}
	in.Created = time.Now().UTC().Truncate(time.Millisecond)
	in.Changed = in.Created
	key, err := s.keepNew(ctx, in)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e := &entry{intake: in, config: c}
	s.add(e)
	s.start(e)
	s.log.Info("an intake was made", "intake", in.Name)
	st := s.state(e)
	st.NewKey = config.Secret(key)
	return &st, nil
}

// keepNew keeps a new intake, with a key where programs are to send to it.
func (s *Supervisor) keepNew(ctx context.Context, in *Intake) (key string, err error) {
	if in.Source != http.Kind {
		return "", s.store.save(ctx, in, nil)
	}
	var made *intakeKey
	err = s.store.save(ctx, in, func(tx *sql.Tx) (err error) {
		key, made, err = s.keys.issue(ctx, tx, in.Name)
		return err
	})
	if err == nil {
		s.keys.taken(made)
	}
	return key, err
}

// checkName finds whether the name is free. The name of a deleted intake is free for the same namespace only: in another
// one, where it read would be taken for where to go on.
func (s *Supervisor) checkName(ctx context.Context, in *Intake, wrong *Mistakes) error {
	s.mu.Lock()
	made := 0
	for name, e := range s.entries {
		if strings.EqualFold(name, in.Name) {
			wrong.add("name", "There is an intake of this name already.")
		}
		if e.intake.Origin == API {
			made++
		}
	}
	s.mu.Unlock()
	if made >= maxIntakes {
		wrong.add("name", "There are %d intakes already, which is as many as there may be.", made)
	}
	was, deleted, err := s.store.before(ctx, in.Name)
	if err != nil {
		return err
	}
	if deleted && s.hasRead(in.Name) && !strings.EqualFold(was.Namespace, in.Namespace) {
		wrong.add("name", "An intake of this name was deleted, which read from another namespace or account (%s). Its events keep the name, so choose another one.", was.Namespace)
	}
	return nil
}

// whereField is the setting that says where an intake reads.
func (in *Intake) whereField() string {
	switch {
	case in.Source == blob.Kind && in.Authentication == ConnectionString:
		return StorageConnectionString
	case in.Source == blob.Kind:
		return "storageAccount"
	case in.Source == kafka.Kind && in.Authentication != ConnectionString:
		return "brokers"
	case in.Authentication == Entra:
		return "namespace"
	}
	return HubConnectionString
}

func (s *Supervisor) hasRead(name string) bool {
	return s.options.HasRead != nil && s.options.HasRead(name)
}

// Change lets change alter the settings of an intake and keeps them. It is started anew when what it reads, or how, is
// another; the others take no notice.
func (s *Supervisor) Change(ctx context.Context, name string, change func(*Intake)) (*State, error) {
	e, err := s.find(name)
	if err != nil {
		return nil, err
	}
	defer e.changing.Unlock()
	s.mu.Lock()
	old, in := e.intake, e.intake.clone()
	was := e.config
	s.mu.Unlock()
	change(in)
	in.Source = old.Source
	c, err := in.complete(s.options.Formats, s.options.Clouds)
	if err != nil {
		return nil, err
	}
	if !strings.EqualFold(old.Namespace, in.Namespace) && s.hasRead(name) {
		field := in.whereField()
		return nil, Mistakes{{field, fmt.Sprintf("This leads to another namespace or account (%s) than the one that this intake has read from (%s), where its position says nothing: make a new intake for it.", in.Namespace, old.Namespace)}}
	}
	in.Changed = time.Now().UTC().Truncate(time.Millisecond)
	if err := s.store.save(ctx, in, nil); err != nil {
		return nil, err
	}
	again := in.Paused != old.Paused || !reflect.DeepEqual(was, c)
	if again {
		s.stop(ctx, e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e.intake, e.config, e.problem = in, c, nil
	s.start(e)
	s.log.Info("an intake was changed", "intake", name, "started_anew", again && !in.Paused)
	st := s.state(e)
	return &st, nil
}

// Pause ends reading, once what was read is durable and acknowledged.
func (s *Supervisor) Pause(ctx context.Context, name string) (*State, error) {
	return s.pause(ctx, name, true)
}

// Resume reads on where the intake was paused.
func (s *Supervisor) Resume(ctx context.Context, name string) (*State, error) {
	return s.pause(ctx, name, false)
}

func (s *Supervisor) pause(ctx context.Context, name string, paused bool) (*State, error) {
	e, err := s.find(name)
	if err != nil {
		return nil, err
	}
	defer e.changing.Unlock()
	now := time.Now().UTC().Truncate(time.Millisecond)
	if err := s.store.pause(ctx, name, paused, now); err != nil {
		return nil, err
	}
	if paused {
		s.stop(ctx, e)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := e.intake.clone()
	if in.Paused != paused {
		in.Paused, in.Changed = paused, now
		s.log.Info("an intake was paused or resumed", "intake", name, "paused", paused)
	}
	e.intake = in
	s.start(e)
	st := s.state(e)
	return &st, nil
}

// Delete ends an intake and forgets it with its secrets. Its events stay and keep its name.
func (s *Supervisor) Delete(ctx context.Context, name string) error {
	e, err := s.find(name)
	if err != nil {
		return err
	}
	defer e.changing.Unlock()
	if err := s.store.delete(ctx, name, time.Now(), func(tx *sql.Tx) error { return s.keys.forget(ctx, tx, name) }); err != nil {
		return err
	}
	s.keys.forgotten(name)
	s.stop(ctx, e)
	s.mu.Lock()
	defer s.mu.Unlock()
	e.gone = true
	delete(s.entries, name)
	if s.options.Deleted != nil {
		s.options.Deleted(name)
	}
	s.log.Info("an intake was deleted", "intake", name)
	return nil
}

// Draft is what would be read with settings that are not kept: those of the intake of a name, altered by change. One of
// the configuration stands as it is; an empty name is a new intake.
func (s *Supervisor) Draft(name string, change func(*Intake)) (*config.Intake, string, error) {
	in := &Intake{Name: "test", Format: Defender, Secrets: map[string]config.Secret{}}
	if name != "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		e := s.entries[name]
		switch {
		case e == nil:
			return nil, "", ErrNotFound
		case e.config == nil && e.locked != "":
			return nil, "", Mistakes{{"format", e.problem.Error()}}
		case e.locked != "":
			return e.config, e.intake.Authentication, nil
		}
		in = e.intake.clone()
	}
	change(in)
	c, err := in.complete(s.options.Formats, s.options.Clouds)
	if c != nil && name == "" {
		c.Name = "" // it is none of those that there are
	}
	return c, in.Authentication, err
}
