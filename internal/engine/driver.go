package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/redact"
	"github.com/egret-hunt/egret/internal/schema"
)

// Driver describes an engine before a lake is opened: an entry of the registry (package engine/registry).
type Driver struct {
	// Name is the value of engine in egret.yaml and of --engine, Title the name for display.
	Name, Title string
	// Needs is what the program must be built with, "" if every build includes the engine.
	Needs string
	// Attaches equals Info.Attaches, for commands that need not open the engine.
	Attaches bool
	// ByFlags reports that --engine alone, without egret.yaml, is enough to open it.
	ByFlags bool
	// TakesFiles reports that a table may be a file, a folder or a pattern, so its name has any form.
	TakesFiles bool
	// PricePerTB is the default price of reading a TB (10^12 bytes), in USD; 0 if reading is free.
	PricePerTB float64
	// Flags are the flags beside --engine that set settings.
	Flags []Flag
	// New returns empty settings for a lake.
	New func() Settings
}

// Flag is a flag that is used with --engine.
type Flag struct {
	// Name has no dashes. Engines may share a flag; the Usage of the first one, in the form of package pflag, is
	// displayed.
	Name, Usage string
	// File reports that the value is the path of an input file, which no output may overwrite.
	File bool
	// Set sets the flag's value, which is not empty, in settings returned by New.
	Set func(s Settings, value string)
}

// Settings are the engine-specific keys of a lake in egret.yaml, or the equivalent flags, and open the engine.
type Settings interface {
	config.Settings
	// Open prepares the engine. Errors are *Error, *SettingError or the context's. The caller closes the engine.
	Open(ctx context.Context, o Opening) (Engine, error)
	// Address returns where the engine is, for display; fields that do not apply are "".
	Address() Address
}

// SettingsOf returns the settings of a lake of egret.yaml, which an engine of the registry has created.
func SettingsOf(l *config.Lake) Settings {
	s, ok := l.Settings.(Settings)
	if !ok {
		panic("egret bug: lake " + l.Name.Value + " has settings of no engine")
	}
	return s
}

// Address is the address of an engine. It contains no secret.
type Address struct{ Region, Workgroup, URL string }

// Opening is what an engine needs besides its settings. The zero value opens a lake without a name and without tables.
type Opening struct {
	// Lake is the lake's name for messages.
	Lake string
	// Dir is the folder that relative paths of the settings start from, "" for the working folder.
	Dir string
	// Tables are the layouts of the lake's tables by the names that Describe is called with.
	Tables map[string]*schema.Layout
	// OnPause, if not nil, is called before each pause with the reason for retrying a call and the length of the pause.
	// It may be called from several goroutines.
	OnPause func(err error, pause time.Duration)
}

// Path returns a path of the settings; relative paths start at Dir.
func (o *Opening) Path(name string) string {
	if name == "" || o.Dir == "" || o.Dir == "." || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(o.Dir, name)
}

// Secret reads the environment variable that a setting names, "" if it names none. From then on messages never show
// its value. If the variable is not set, the error is a *SettingError.
func (o *Opening) Secret(variable config.Text) (string, error) {
	if variable.Value == "" {
		return "", nil
	}
	value := os.Getenv(variable.Value)
	if value == "" {
		place := ""
		if file := variable.Span.File; file != nil {
			place = fmt.Sprintf(" (%s:%d)", file.Name, file.Position(variable.Span.Start).Line)
		}
		return "", &SettingError{
			Err:  fmt.Errorf("the environment variable %s is not set", variable.Value),
			Help: "lake " + o.Lake + " takes a secret from it" + place,
		}
	}
	redact.Remember(value)
	return value, nil
}

// SettingError is an error in a lake's settings that is found without calling the engine.
type SettingError struct {
	Err error
	// Help is advice on what to do, "" if there is none.
	Help string
}

// Error returns the cause alone.
func (e *SettingError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *SettingError) Unwrap() error { return e.Err }

// MissingSetting returns a *SettingError with a message and help.
func MissingSetting(message, help string) error {
	return &SettingError{Err: errors.New(message), Help: help}
}
