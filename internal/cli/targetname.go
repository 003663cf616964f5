package cli

import (
	"errors"
	"fmt"

	"github.com/egret-hunt/egret/internal/cli/command"
	"github.com/egret-hunt/egret/internal/sqlgen"
)

// otherTargets are words that people write for a target that is none, with what to write instead.
var otherTargets = map[string]string{
	"yara_l":               "secops writes UDM searches of Google SecOps; rules in YARA-L are not written",
	"yara-l":               "secops writes UDM searches of Google SecOps; rules in YARA-L are not written",
	"sentinel":             "as in -t kusto -p sentinel_asim",
	"microsoft_sentinel":   "as in -t kusto -p sentinel_asim",
	"microsoft365defender": "as in -t kusto -p microsoft_xdr",
	"microsoft_xdr":        "as in -t kusto -p microsoft_xdr",
	"azure_monitor":        "as in -t kusto -p azure_monitor",
	"elasticsearch":        "its languages are the targets lucene, eql and esql",
	"elastic":              "its languages are the targets lucene, eql and esql",
	"opensearch":           "its languages are the targets opensearch_lucene and open_search_ppl",
	"crowdstrike":          "its language is the target log_scale",
}

// sqlTarget returns the dialect of --target by its name or another one that people write.
func sqlTarget(name string) (*sqlgen.Dialect, error) {
	if d := sqlgen.DialectByName(name); d != nil {
		return d, nil
	}
	if help := otherTargets[name]; help != "" {
		return nil, command.Usage(help, fmt.Errorf("--target does not take %q", name))
	}
	if err := command.OneOf("target", name, targetNames()); err != nil {
		return nil, err
	}
	return nil, command.Usage("egret list targets shows them", errors.New("--target "+name+" is no dialect of SQL"))
}
