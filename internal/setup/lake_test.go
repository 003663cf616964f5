package setup

import (
	"errors"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/engine/registry"
)

// configured writes a configuration to a temporary folder and reads it.
func configured(t *testing.T, text string) *Config {
	t.Helper()
	c, err := ReadConfig(write(t, "egret.yaml", text), nil)
	if err != nil {
		t.Fatal(err, c.Diagnostics)
	}
	return c
}

// find finds a lake in a configuration.
func find(t *testing.T, text string, o LakeOptions) (*Lake, error) {
	t.Helper()
	c := configured(t, text)
	l, _, err := FindLake(o, func() (*Config, error) { return c, nil })
	return l, err
}

// TestFindLakeReportsFirstFlag checks that the same flag is reported each time if several flags do not apply to a
// lake.
func TestFindLakeReportsFirstFlag(t *testing.T) {
	for range 100 {
		_, _, err := FindLake(LakeOptions{
			Lake: "prod", Flags: []EngineFlag{{"database", "x.db"}}, Layout: "cloudtrail", Region: "eu-west-1",
		}, nil)
		if err == nil || !strings.Contains(err.Error(), "--database requires --engine") {
			t.Fatalf("got %v, want an error about --database", err)
		}
	}
}

// TestFindLakeRefusesFlagOfAnotherEngine checks that a setting is never ignored silently.
func TestFindLakeRefusesFlagOfAnotherEngine(t *testing.T) {
	driver := &engine.Driver{Name: "none", New: func() engine.Settings { return nil }}
	_, err := engineSettings(driver, []EngineFlag{{"database", "logs.db"}})
	var fault *Error
	if !errors.As(err, &fault) || fault.Kind != Usage {
		t.Errorf("got %v, want wrong usage", err)
	}
}

const lakes = `lakes:
  prod:
    engine: trino
    url: https://trino.example.com
    user: egret
    tables:
      cloudtrail: {table: "hive.security.logs_{region}", schema: athena, region: eu-west-1}
      vpcflow: {table: hive.security.flows, layout: athena}
`

func TestFindLakeReadsTables(t *testing.T) {
	l, err := find(t, lakes, LakeOptions{Lake: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, table := range l.Tables {
		got = append(got, table.Source+" "+table.Name+" "+table.Layout.FullName())
	}
	want := "cloudtrail hive.security.logs_eu_west_1 cloudtrail/athena, vpcflow hive.security.flows vpcflow/athena"
	if text := strings.Join(got, ", "); text != want || l.Name() != "prod" {
		t.Errorf("got lake %s with %s, want %s", l.Name(), text, want)
	}
	for _, name := range []string{"vpcflow", "hive.security.flows"} {
		l, err := find(t, lakes, LakeOptions{Lake: "prod", Tables: []string{name}})
		if err != nil || len(l.Tables) != 1 || l.Tables[0].Source != "vpcflow" {
			t.Errorf("tables %s: got %+v, %v", name, l, err)
		}
	}
	if l, err := find(t, lakes, LakeOptions{Lake: "prod", NoTables: true}); err != nil || len(l.Tables) > 0 {
		t.Errorf("without tables: got %+v, %v", l, err)
	}
}

func TestFindLakeSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		text  string
		o     LakeOptions
		fault string
		help  string
	}{
		{lakes, LakeOptions{Lake: "prd"}, `unknown lake "prd"`, "the nearest is prod"},
		{lakes, LakeOptions{}, "no lake chosen", "has prod"},
		{lakes, LakeOptions{Lake: "prod", Tables: []string{"waf"}}, `no table or log source named "waf"`, "lake prod has cloudtrail"},
		{lakes, LakeOptions{Lake: "prod", Engine: "duckdb"}, "cannot be used together", ""},
		{lakes, LakeOptions{Engine: "nothing"}, `unknown engine "nothing"`, strings.Join(registry.Names(), ", ")},
		{lakes, LakeOptions{Engine: "trino"}, "needs settings", "--lake prod"},
		{lakes, LakeOptions{Engine: "duckdb", Tables: []string{"x.parquet"}}, "--table goes with --layout", ""},
		{lakes, LakeOptions{Engine: "duckdb", Layout: "cloudtrail/athena"}, "go with --table", ""},
		{strings.Replace(lakes, "vpcflow:", "vpcflows:", 1), LakeOptions{Lake: "prod"}, "egret.yaml: 1 error", ""},
		{strings.Replace(lakes, "hive.security.flows", `hive.\"flows`, 1), LakeOptions{Lake: "prod"}, "invalid table name", "double quotes"},
	} {
		_, err := find(t, c.text, c.o)
		var fault *Error
		if !errors.As(err, &fault) || fault.Kind != Usage || !strings.Contains(err.Error(), c.fault) || !strings.Contains(fault.Help, c.help) {
			t.Errorf("%+v: got %v (%+v), want %q with help %q", c.o, err, fault, c.fault, c.help)
		}
	}
}
