package setup

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/textgen"
)

// TextOptions choose how rules are written for a text target.
type TextOptions struct {
	// Format is the name of a format. Method is that of a method for correlations, "" for the default of the target.
	Format, Method string
	// Options are those of the target, by name.
	Options map[string]string
	// Exact refuses what the language can only say differently. Loose is as in textgen.Options.
	Exact, Loose bool
}

// TextBackend returns the back end and the format of a text target.
func TextBackend(target *textgen.Target, o TextOptions) (*textgen.Backend, *textgen.Format, error) {
	backend, err := target.Backend(textgen.Options{Exact: o.Exact, Options: o.Options, Loose: o.Loose})
	var unknown *textgen.OptionError
	if errors.As(err, &unknown) {
		help := target.Name + " has no options"
		if len(unknown.Known) > 0 {
			help = nearest(unknown.Key, unknown.Known, "it takes ")
		}
		return nil, nil, UsageError(help, fmt.Errorf("-O: %q is not an option of %s", unknown.Key, target.Name))
	}
	if err != nil {
		return nil, nil, UsageError("docs/backends/format.md describes the file", err)
	}
	format := backend.Spec.FormatByName(o.Format)
	if format == nil {
		return nil, nil, UsageError(nearest(o.Format, backend.Spec.FormatNames(), "the formats of "+target.Name+" are "),
			fmt.Errorf("--format: %s has no format %q", target.Name, o.Format))
	}
	methods := backend.Spec.Methods()
	if o.Method != "" && !slices.Contains(methods, o.Method) {
		help := target.Name + " has no correlations"
		if len(methods) > 0 {
			help = nearest(o.Method, methods, "the methods of "+target.Name+" are ")
		}
		return nil, nil, UsageError(help, fmt.Errorf("--correlation-method: %s has no method %q", target.Name, o.Method))
	}
	return backend, format, nil
}

// KeyValues reads options of the form KEY=VALUE. A key that is given several times is a list.
func KeyValues(texts []string) (map[string]string, error) {
	options := map[string]string{}
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, UsageError("as in -O key=value", fmt.Errorf("-O %s is not KEY=VALUE", text))
		}
		if had, twice := options[key]; twice {
			value = had + "," + value
		}
		options[key] = value
	}
	return options, nil
}

// nearest returns advice: the nearest word, or all of them.
func nearest(word string, words []string, all string) string {
	if near := diag.Near(word, words); near != "" {
		return "the nearest is " + near
	}
	return all + strings.Join(words, ", ")
}
