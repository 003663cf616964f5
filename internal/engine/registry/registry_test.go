package registry_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/registry"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/source"
)

// smallest are the keys that a lake of an engine requires.
var smallest = map[string]string{"athena": ", region: eu-west-1", "trino": ", url: https://trino.example.com, user: hunter"}

// TestDriversAgreeWithEngines checks that a driver describes its engine as the engine describes itself.
func TestDriversAgreeWithEngines(t *testing.T) {
	if !slices.IsSorted(registry.Names()) || len(slices.Compact(registry.Names())) != len(registry.Drivers) {
		t.Errorf("got names %v, want them sorted and distinct", registry.Names())
	}
	for _, d := range registry.Drivers {
		text := "lakes: {a: {engine: " + d.Name + smallest[d.Name] + "}}"
		c, list := config.Parse(source.NewFile("egret.yaml", text), registry.Config())
		if len(list) > 0 {
			t.Fatalf("%s: %v", text, list)
		}
		e, err := engine.SettingsOf(&c.Lakes[0]).Open(t.Context(), engine.Opening{Lake: "a"})
		if err != nil {
			if d.Needs != "" && strings.Contains(err.Error(), "not built in") {
				continue
			}
			t.Fatal(err)
		}
		info := e.Info()
		if info.Name != d.Name || info.Attaches != d.Attaches || info.Billed != (d.PricePerTB > 0) || sqlgen.DialectByName(info.Dialect) == nil {
			t.Errorf("driver: got %+v, want it to agree with %+v", d, info)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestKeysHaveOneMeaning checks that no key of an engine is a key of every lake.
func TestKeysHaveOneMeaning(t *testing.T) {
	for _, d := range registry.Drivers {
		names := []string{"budget", "chunk", "concurrency", "engine", "price_per_tb", "tables"}
		for _, k := range d.New().Keys() {
			if slices.Contains(names, k.Name()) {
				t.Errorf("%s: got two keys named %s", d.Name, k.Name())
			}
			names = append(names, k.Name())
		}
	}
}
