package cli

import (
	"context"
	"errors"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/trino"
)

// openTrino connects to the cluster of a lake. Secrets come from the environment.
func openTrino(ctx context.Context, l *foundLake) (engine.Engine, error) {
	s := &l.settings.Trino
	password, err := l.secret(s.PasswordEnv)
	if err != nil {
		return nil, err
	}
	token, err := l.secret(s.TokenEnv)
	if err != nil {
		return nil, err
	}
	if s.User.Value == "" && token == "" {
		return nil, usage("user: NAME, and password_env: VARIABLE where the cluster asks for one", errors.New("lake "+l.name()+" has no user"))
	}
	opt := trino.Options{
		Waits: l.waits,
		URL:   s.URL.Value, User: s.User.Value, Password: trino.Secret(password), Token: trino.Secret(token),
		Catalog: s.Catalog.Value, Schema: s.Schema.Value, Session: map[string]string{}, CAFile: l.path(s.CAFile.Value), MaxRunTime: s.TimeLimit,
	}
	for _, p := range s.Session {
		opt.Session[p.Name.Value] = p.Value.Value
	}
	e, err := trino.Open(ctx, opt)
	if err != nil {
		return nil, err
	}
	return e, nil
}
