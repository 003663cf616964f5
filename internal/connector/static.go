package connector

import (
	"github.com/egret-hunt/egret/internal/pyprint"
	"github.com/egret-hunt/egret/internal/stixmap"
)

// Modules returns the modules with their dialects.
func Modules() Answer {
	dialects := &pyprint.Dict{}
	for _, service := range Services {
		dialects.Set(service, pyprint.NewDict("language", "stix", "default", true))
	}
	return Answer{pyprint.NewDict(Module, dialects)}
}

// Configs returns the keys of connections and configurations, with their types, limits and presets.
func Configs(mappings []*stixmap.Mapping) Answer {
	connection := pyprint.NewDict(
		"type", pyprint.NewDict("displayName", "Amazon Athena", "group", "aws", "type", "connectorType"),
		"help", pyprint.NewDict("type", "link", "default", "data-sources.html"))
	for i, name := range connectionKeys {
		key := pyprint.NewDict("type", "text")
		if i > 1 {
			key.Set("optional", true)
		}
		connection.Set(name, key)
	}
	keys := pyprint.NewDict("type", "fields")
	for _, k := range optionKeys {
		keys.Set(k.name, k.config(mappings))
	}
	connection.Set("options", keys)
	auth := pyprint.NewDict("type", "fields")
	for _, name := range []string{"aws_access_key_id", "aws_iam_role", "aws_assume_role_external_id", "aws_secret_access_key"} {
		auth.Set(name, pyprint.NewDict("type", "password", "optional", true))
	}
	return Answer{pyprint.NewDict(Module, pyprint.NewDict("connection", connection, "configuration", pyprint.NewDict("auth", auth)))}
}

// config describes an option.
func (k *optionKey) config(mappings []*stixmap.Mapping) *pyprint.Dict {
	d := pyprint.NewDict("type", k.kind)
	set := func(pairs ...any) {
		for i := 0; i < len(pairs); i += 2 {
			d.Set(pairs[i], pairs[i+1])
		}
	}
	if k.kind == "number" {
		set("default", k.preset, "min", k.lowest, "max", k.highest)
	}
	if k.before != "" {
		set("previous", "connection."+k.before)
	}
	switch k.name {
	case "unmapped_fallback", "stix_2.1":
		set("default", false, "optional", true, "hidden", true)
	case "stix_validator":
		set("default", false, "optional", true, "hidden", true)
	case "language":
		set("default", "stix", "optional", true, "hidden", true)
	case "async_call", "batch_size", "dialects", "validate_pattern":
		set("optional", true, "hidden", true)
	case "time_range":
		set("nullable", true)
	case "timeout":
		set("hidden", true)
	case "mapping":
		maps, _ := Mapping(mappings).value.(*pyprint.Dict)
		set("optional", true, "default", maps)
	}
	return d
}
