package pipeline

import (
	"fmt"

	"github.com/egret-hunt/egret/internal/lazyre"
)

// StateText returns a value of the state as text, "" if it is not set. {name} in it stands for the variable of the pipelines
// with this name. An error says that a variable is missing.
func (r *Result) StateText(key string) (string, error) {
	value, ok := r.State[key]
	if !ok || value == nil {
		return "", nil
	}
	var err error
	whole, ok := scalarText(value)
	if !ok {
		return "", fmt.Errorf("state %s: expected a text, found a list or map", key)
	}
	text := variable.ReplaceAllStringFunc(whole, func(found string) string {
		name := found[1 : len(found)-1]
		if value := r.chain.vars[name]; value != nil {
			if text, ok := scalarText(value); ok {
				return text
			}
		}
		err = fmt.Errorf("state %s: no variable of the pipelines is named %s", key, name)
		return found
	})
	return text, err
}

var variable = lazyre.New(`\{[A-Za-z_][A-Za-z0-9_]*\}`)
