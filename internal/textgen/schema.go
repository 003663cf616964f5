package textgen

import (
	"maps"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v3"
)

// JSONSchema returns the JSON schema (draft 2020-12) of the spec format, for editors: keys and types. New checks more.
func JSONSchema() map[string]any {
	schema := schemaOf(reflect.TypeFor[Spec]())
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "Spec of a text language for egret convert"
	schema["required"] = []string{"name", "title"}
	properties := schema["properties"].(map[string]any) //nolint:errcheck,forcetypeassert // schemaOf made it
	match := map[string]any{}
	for _, kind := range slices.Sorted(maps.Keys(Kinds)) {
		match[kind] = schemaOf(reflect.TypeFor[Form]())
	}
	properties["match"] = map[string]any{"type": "object", "properties": match, "additionalProperties": false}
	departures := map[string]any{}
	for _, f := range Features {
		departures[f.Name] = map[string]any{"type": "string", "description": f.Help}
	}
	properties["departures"] = map[string]any{"type": "object", "properties": departures, "additionalProperties": false}
	properties["strategies"] = map[string]any{"type": "array", "items": map[string]any{"enum": StrategyNames()}}
	return schema
}

// schemaOf returns the schema of a type of the spec.
func schemaOf(t reflect.Type) map[string]any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[Template]():
		return map[string]any{"type": "string"}
	case reflect.TypeFor[Pattern]():
		return map[string]any{"type": "string", "format": "regex"}
	case reflect.TypeFor[yaml.Node]():
		return map[string]any{}
	case reflect.TypeFor[Form]():
		return map[string]any{"anyOf": []any{map[string]any{"type": []string{"string", "null"}}, objectOf(t)}}
	}
	switch t.Kind() { //nolint:exhaustive // specs have no other types
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Struct:
		return objectOf(t)
	}
	return map[string]any{"type": "string"}
}

// objectOf returns the schema of a struct: its keys, and no others.
func objectOf(t reflect.Type) map[string]any {
	properties := map[string]any{}
	for field := range t.Fields() {
		if tag := field.Tag.Get("yaml"); tag != "" {
			properties[tag] = schemaOf(field.Type)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
}
