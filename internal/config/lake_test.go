package config_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/egret-hunt/egret/internal/config"
	"github.com/egret-hunt/egret/internal/engine/athena"
	"github.com/egret-hunt/egret/internal/engine/duckdb"
	"github.com/egret-hunt/egret/internal/engine/trino"
	"github.com/egret-hunt/egret/source"
)

const lakes = `lakes:
  prod:
    region: eu-west-1
    engine: athena
    profile: hunting
    role: arn:aws:iam::111122223333:role/hunt
    external_id: "42"
    workgroup: hunting
    catalog: AwsDataCatalog
    database: security
    output: s3://results-111122223333/egret/
    encryption: sse-kms
    kms_key: alias/results
    bucket_owner: "111122223333"
    reuse: 1h
    cutoff: true
    endpoint: https://athena.example.com
    s3_endpoint: http://127.0.0.1:9000
    sts_endpoint: https://sts.example.com
    tables:
      cloudtrail: {table: security.cloudtrail_logs, layout: athena}
      vpcflow:
        - {table: security.vpc, layout: vpcflow/raw}
        - security.vpc_old
      eks: {layout: security-lake-v2, region: eu-west-1}
    budget: 200GB
    price_per_tb: 5
    concurrency: 4
    slice: 1d
  cluster: {engine: trino, url: "https://trino.example.com:8443", user: hunter, password_env: TRINO_PASSWORD, token_env: T1,
    catalog: hive, schema: logs, session: {query_max_scan_physical_bytes: 1TB}, ca_file: ca.pem, time_limit: 30m, budget: 5USD}
  here: {engine: duckdb, database: logs.duckdb, attach: {old: old.duckdb}, memory: 4GB, threads: 2, tables: {cloudtrail: "logs/*.parquet"}}
`

// values makes cmp compare only the values of Texts, not their positions.
var values = cmp.Transformer("value", func(t config.Text) string { return t.Value })

func text(value string) config.Text { return config.Text{Value: value} }

func TestParseReadsLakes(t *testing.T) {
	c, list := parse(lakes)
	if list != "" {
		t.Fatal(list)
	}
	want := []config.Lake{
		{
			Name: text("prod"), Engine: text("athena"),
			Settings: &athena.Settings{
				Region: text("eu-west-1"), Profile: text("hunting"), Role: text("arn:aws:iam::111122223333:role/hunt"), ExternalID: text("42"),
				Workgroup: text("hunting"), Catalog: text("AwsDataCatalog"), Database: text("security"),
				Output: text("s3://results-111122223333/egret/"), Encryption: text("sse-kms"), KMSKey: text("alias/results"),
				BucketOwner: text("111122223333"), Reuse: time.Hour, CutOff: true, Endpoint: text("https://athena.example.com"),
				S3Endpoint: text("http://127.0.0.1:9000"), STSEndpoint: text("https://sts.example.com"),
			},
			Tables: []config.LakeTable{
				{Source: text("cloudtrail"), Table: text("security.cloudtrail_logs"), Layout: text("athena")},
				{Source: text("vpcflow"), Table: text("security.vpc"), Layout: text("vpcflow/raw")},
				{Source: text("vpcflow"), Table: text("security.vpc_old")},
				{Source: text("eks"), Layout: text("security-lake-v2"), Region: text("eu-west-1")},
			},
			Budget: config.Budget{Bytes: 200e9}, Price: 5, Concurrency: 4, Chunk: 24 * time.Hour,
		},
		{
			Name: text("cluster"), Engine: text("trino"),
			Settings: &trino.Settings{
				URL: text("https://trino.example.com:8443"), User: text("hunter"), PasswordEnv: text("TRINO_PASSWORD"), TokenEnv: text("T1"),
				Catalog: text("hive"), Schema: text("logs"), CAFile: text("ca.pem"), TimeLimit: 30 * time.Minute,
				Session: []config.Pair{{Name: text("query_max_scan_physical_bytes"), Value: text("1TB")}},
			},
			Budget: config.Budget{Dollars: 5},
		},
		{
			Name: text("here"), Engine: text("duckdb"),
			Settings: &duckdb.Settings{
				Database: text("logs.duckdb"), Attach: []config.Pair{{Name: text("old"), Value: text("old.duckdb")}}, Memory: 4e9, Threads: 2,
			},
			Tables: []config.LakeTable{{Source: text("cloudtrail"), Table: text("logs/*.parquet")}},
		},
	}
	if diff := cmp.Diff(want, c.Lakes, values); diff != "" {
		t.Error(diff)
	}
}

func TestLakeFaultsHavePositionAndHelp(t *testing.T) {
	for _, row := range []struct{ text, want string }{
		{"lakes: [a]", "1:8 error[config-value] expected `name: {engine: …}`, found a list ()"},
		{"lakes: {a: x}", `1:12 error[config-value] expected the settings of a lake, found a single value (write for example {engine: trino, url: https://trino.example.com})`},
		{"lakes: {a/b: {engine: duckdb}}", `1:9 error[config-value] expected a lake's name without spaces and slashes and not starting with a dash, found "a/b" ()`},
		{"lakes: {a: {}}", `1:9 error[config-value] lake "a" has no engine (write for example engine: athena; the engines are athena, duckdb, trino)`},
		{"lakes: {a: {engine: athenna}}", `1:21 error[config-value] expected an engine, found "athenna" (the nearest engine is athena)`},
		{"lakes: {a: {engine: hive}}", `1:21 error[config-value] expected an engine, found "hive" (the engines are athena, duckdb, trino)`},
		{"lakes: {a: {engine: trino}}", `1:9 error[config-value] lake "a" has no url (the address of the cluster, as in url: https://trino.example.com)`},
		{"lakes: {a: {engine: duckdb, regoin: x}}", `1:29 error[unknown-config-key] key "regoin" is not defined (the keys are attach, budget, chunk, concurrency, database, engine, memory, price_per_tb, tables, threads)`},
		{"lakes: {a: {engine: athena, regoin: x}}", `1:29 error[unknown-config-key] key "regoin" is not defined (the nearest key is region)`},
		{"lakes: {a: {engine: duckdb, region: eu-west-1}}", `1:29 error[unknown-config-key] key "region" does not apply to the engine duckdb (the key belongs to athena; the keys of this lake are attach, budget, chunk, concurrency, database, engine, memory, price_per_tb, tables, threads)`},
		{"lakes: {a: {engine: athena, region: Ireland}}", `1:37 error[config-value] expected a region such as eu-west-1, found "Ireland" ()`},
		{"lakes: {a: {engine: athena, role: hunt}}", `1:35 error[config-value] expected the ARN of a role, found "hunt" ()`},
		{"lakes: {a: {engine: athena, output: results}}", `1:37 error[config-value] expected a location such as s3://bucket/prefix/, found "results" ()`},
		{"lakes: {a: {engine: athena, encryption: none}}", `1:41 error[config-value] expected one of sse-s3, sse-kms, cse-kms, found "none" ()`},
		{"lakes: {a: {engine: athena, kms_key: k}}", `1:38 error[config-value] kms_key goes with encryption sse-kms or cse-kms ()`},
		{"lakes: {a: {engine: athena, reuse: 1 fortnight}}", `1:36 error[config-value] expected a duration, found "1 fortnight" (such as 90s, 15m, 24h, 7d or 2w)`},
		{"lakes: {a: {engine: athena, cutoff: yes}}", `1:37 error[config-value] expected true or false, found "yes" ()`},
		{"lakes: {a: {engine: trino, url: trino:8080}}", `1:33 error[config-value] expected an address such as https://host:8443, found "trino:8080" ()`},
		{"lakes: {a: {engine: duckdb, memory: much}}", `1:37 error[config-value] expected a size, found "much" (bytes such as 4GB)`},
		{"lakes: {a: {engine: duckdb, threads: 0}}", `1:38 error[config-value] expected a number from 1 to 4096, found "0" ()`},
		{"lakes: {a: {engine: duckdb, threads: 4097}}", `1:38 error[config-value] expected a number from 1 to 4096, found "4097" ()`},
		{"lakes: {a: {engine: duckdb, budget: 5EUR}}", `1:37 error[config-value] expected a budget, found "5EUR" (bytes such as 200GB, or money such as 5USD)`},
		{"lakes: {a: {engine: duckdb, price_per_tb: cheap}}", `1:43 error[config-value] expected the price of a TB, found "cheap" (in US dollars, such as 5USD)`},
		{"lakes: {a: {engine: duckdb, attach: [x]}}", "1:37 error[config-value] expected `name: a database file`, found a list ()"},
		{"lakes: {a: {engine: duckdb, tables: [x]}}", "1:37 error[config-value] expected `log source: {table: …, layout: …}`, found a list ()"},
		{"lakes: {a: {engine: duckdb, tables: {cloudtrail: {tabel: x}}}}", `1:51 error[unknown-config-key] key "tabel" is not defined (the nearest key is table)`},
		{"lakes: {a: {engine: duckdb, engine: trino}}", `1:29 error[config-value] key "engine" appears twice ()`},
		{"lakes: {a: {engine: duckdb}, a: {engine: duckdb}}", `1:30 error[config-value] key "a" appears twice ()`},
	} {
		if _, got := parse(row.text); got != row.want {
			t.Errorf("%q:\ngot  %s\nwant %s", row.text, got, row.want)
		}
	}
}

// A secret in the file is an error. Diagnostics show lines of the file, but not the secret.
func TestSecretsAreRejectedAndHidden(t *testing.T) {
	const secret = "hunter2-XyZ"
	for _, row := range []struct{ text, want string }{
		{"lakes:\n  a:\n    engine: trino\n    url: https://t.example.com\n    password: " + secret, "secrets are not allowed in the file"},
		{"lakes: {a: {engine: trino, url: https://t.example.com, token: " + secret + ", regoin: x}}", "secrets are not allowed in the file"},
		{"lakes: {a: {regoin: x, engine: athena, secret_access_key: " + secret + "}}", "secrets are not allowed in the file"},
		{"lakes: {a: {engine: athena, secretkey: '" + secret + "'}}", "secrets are not allowed in the file"},
		{"lakes: {a: {engine: trino, url: https://t.example.com, passwrd: " + secret + "}}", "is not defined"},
		{"lakes: {a: {engine: trino, pasword: " + secret + ", url: https://t.example.com}}", "is not defined"},
		{"lakes: {a: {engine: trino, url: 'https://me:" + secret + "@t.example.com'}}", "expected an address without user and password"},
		{"lakes: {a: {engine: trino, url: https://t.example.com, password_env: " + secret + "}}", "expected the name of an environment variable"},
		{"lakes:\n  a:\n    password: *" + secret + "\n", "unknown anchor"},
		{"lakes:\n  a:\n    password: " + secret + "\n   b: c\n", "config-syntax"},
		{"lakes:\n  a: {engine: trino, password: \"" + secret + "\n", "config-syntax"},
		{"lakes:\n  a:\n    password: |\n      " + secret + "\n    engine: duckdb", "secrets are not allowed in the file"},
	} {
		_, list := config.Parse(source.NewFile("egret.yaml", row.text), engines())
		var shown strings.Builder
		for _, d := range list {
			shown.WriteString(d.String())
		}
		if !strings.Contains(shown.String(), row.want) {
			t.Errorf("%q: got\n%s\nwant a message with %q", row.text, shown.String(), row.want)
		}
		if strings.Contains(shown.String(), secret) {
			t.Errorf("%q: the message shows the secret:\n%s", row.text, shown.String())
		}
	}
}

func TestParseBudgetAndParsePrice(t *testing.T) {
	for text, want := range map[string]config.Budget{
		"200GB": {Bytes: 200_000_000_000}, "1.5TB": {Bytes: 1_500_000_000_000}, "1 TiB": {Bytes: 1 << 40}, "10mb": {Bytes: 10_000_000},
		"5USD": {Dollars: 5}, "5 usd": {Dollars: 5}, "$5": {Dollars: 5}, "$0.50": {Dollars: 0.5},
		"": {}, "5": {}, "GB": {}, "-5GB": {}, "0GB": {}, "5EUR": {}, "$5USD": {}, "1e3GB": {}, "InfGB": {}, "NaNGB": {}, "0x1GB": {}, "9999999PB": {}, "5GB 6": {}, "$": {},
	} {
		got, err := config.ParseBudget(text)
		if got != want || (err == nil) != (want != config.Budget{}) {
			t.Errorf("%q: got %+v (%v), want %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]float64{"5": 5, "5USD": 5, "$6.75": 6.75, "0": 0, "5GB": 0, "": 0} {
		if got, err := config.ParsePrice(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %v (%v), want %v", text, got, err, want)
		}
	}
}

func TestParseReadsDurations(t *testing.T) {
	for text, want := range map[string]string{
		"90s": "", "1h30m": "", "7d": "", "2w": "", "0s": "0s", "1": "1", "d": "d", "-1d": "-1d", "1.5h": "", "99999999999999999999s": "99999999999999999999s", "20000w": "20000w",
	} {
		_, list := parse("lakes: {a: {engine: duckdb, slice: '" + text + "'}}")
		if (list == "") != (want == "") {
			t.Errorf("%q: got diagnostics %q, want some: %v", text, list, want != "")
		}
	}
}

// A TB is 10^12 bytes, as in the price lists of AWS.
func TestBudgetInBytes(t *testing.T) {
	for _, c := range []struct {
		budget config.Budget
		price  float64
		want   int64
	}{
		{config.Budget{}, 5, 0}, {config.Budget{Bytes: 200e9}, 5, 200e9}, {config.Budget{Dollars: 5}, 5, 1e12},
		{config.Budget{Dollars: 1}, 5, 200e9}, {config.Budget{Dollars: 1e-15}, 5, 1}, {config.Budget{Dollars: 1e300}, 5, 1 << 62},
		{config.Budget{Dollars: 5}, 0, 0},
	} {
		if got := c.budget.BytesAt(c.price); got != c.want {
			t.Errorf("%+v at %g: got %d bytes, want %d", c.budget, c.price, got, c.want)
		}
	}
}
