package trino

import (
	"context"
	"time"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
)

// Driver returns the engine's entry in the registry.
func Driver() engine.Driver {
	return engine.Driver{Name: name, Title: "a Trino cluster", New: func() engine.Settings { return &Settings{} }}
}

// Settings are the keys of a lake in Trino.
type Settings struct {
	// URL is the cluster's address without credentials, never empty in a valid file.
	URL config.Text
	// User is the user that queries run as; PasswordEnv and TokenEnv name environment variables.
	User, PasswordEnv, TokenEnv config.Text
	// Catalog and Schema are the defaults for table names without them.
	Catalog, Schema config.Text
	// Session are session properties, in the order of the file.
	Session []config.Pair
	// CAFile is a file of trusted certificates, as written; relative paths start at the folder of egret.yaml.
	CAFile config.Text
	// TimeLimit ends queries that run longer; 0 means the default of Options.MaxRunTime.
	TimeLimit time.Duration
}

// Keys returns the keys of egret.yaml, in the order in which to document them.
func (s *Settings) Keys() []config.Key {
	return []config.Key{
		config.AddressKey("url", &s.URL).Require("the address of the cluster, as in url: https://trino.example.com"),
		config.TextKey("user", &s.User, "the name of a user"),
		config.VariableKey("password_env", &s.PasswordEnv),
		config.VariableKey("token_env", &s.TokenEnv),
		config.TextKey("catalog", &s.Catalog, "a catalog"),
		config.TextKey("schema", &s.Schema, "a schema of the catalog"),
		config.PairsKey("session", &s.Session, "property: value"),
		config.TextKey("ca_file", &s.CAFile, "a file of certificates"),
		config.DurationKey("time_limit", &s.TimeLimit),
	}
}

// Check finds nothing: combinations are checked in Open, once secrets are read.
func (s *Settings) Check() diag.List { return nil }

// Open connects to the cluster. It reads secrets from the environment.
func (s *Settings) Open(ctx context.Context, o engine.Opening) (engine.Engine, error) {
	password, err := o.Secret(s.PasswordEnv)
	if err != nil {
		return nil, err
	}
	token, err := o.Secret(s.TokenEnv)
	if err != nil {
		return nil, err
	}
	if s.User.Value == "" && token == "" {
		return nil, engine.MissingSetting("lake "+o.Lake+" has no user", "set user: NAME, and password_env: VARIABLE if the cluster requires a password")
	}
	opt := Options{
		OnPause: o.OnPause,
		URL:     s.URL.Value, User: s.User.Value, Password: Secret(password), Token: Secret(token),
		Catalog: s.Catalog.Value, Schema: s.Schema.Value, Session: map[string]string{}, CAFile: o.Path(s.CAFile.Value), MaxRunTime: s.TimeLimit,
	}
	for _, p := range s.Session {
		opt.Session[p.Name.Value] = p.Value.Value
	}
	e, err := Open(ctx, opt)
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Address returns the cluster's address.
func (s *Settings) Address() engine.Address { return engine.Address{URL: s.URL.Value} }
