package textgen_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/testkit/schematest"
	"github.com/egret-hunt/egret/internal/textgen"
)

// Every embedded spec and the draft follow the schema for editors, and it refuses an unknown key.
func TestSpecsFollowTheSchema(t *testing.T) {
	want, err := json.Marshal(textgen.JSONSchema())
	if err != nil {
		t.Fatal(err)
	}
	schema := schematest.Compile(t, string(want))
	valid := func(text []byte) error {
		var v any
		if err := yaml.Unmarshal(text, &v); err != nil {
			t.Fatal(err)
		}
		return schema.Validate(plain(v))
	}
	paths, err := filepath.Glob("data/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, "draft.yaml") {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := valid(text); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if valid([]byte(minimal)) != nil || valid([]byte(minimal+"magic: 1\n")) == nil {
		t.Error("the schema takes an unknown key, or refuses the smallest spec")
	}
}

// plain turns the keys of maps into texts, as JSON has them.
func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v { // each key is changed alone, so the order does not matter
			v[key] = plain(v[key])
		}
		return v
	case map[any]any:
		out := map[string]any{}
		for key, value := range v { // as above
			text := "null" // a key that YAML reads as null
			if key != nil {
				text = fmt.Sprint(key)
			}
			out[text] = plain(value)
		}
		return out
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}
