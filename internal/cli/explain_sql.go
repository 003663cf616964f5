package cli

import (
	"cmp"
	"fmt"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/sigma"
)

// sqlStage is the stage that shows what convert writes.
const sqlStage = "sql"

// explainTarget is the target of the stage sql if none is named.
const explainTarget = "athena"

// checkSQL checks the flags of the stages that are about tables.
func (f *explainFlags) checkSQL() error {
	if f.target == "" && f.schema == "" {
		return nil
	}
	if f.stage == "" {
		f.stage = sqlStage
	}
	if f.stage != sqlStage && f.stage != planStage {
		return usage("", fmt.Errorf("--target and --schema are for the stages %s and %s, not %s", planStage, sqlStage, f.stage))
	}
	if f.target != "" {
		if err := oneOf("target", f.target, targetNames()); err != nil {
			return err
		}
	}
	_, err := profileOf(f.schemas, f.schema)
	return err
}

// sql prints the query of a rule or correlation, or why there is none.
func (e *explainer) sql(info *ruleset.Info, source sigma.LogSource) {
	if e.flags.stage != sqlStage {
		return
	}
	opt := sqlgen.Options{Dialect: sqlgen.DialectByName(cmp.Or(e.flags.target, explainTarget)), Profile: usualProfile(e.flags.schemas, source)}
	if e.flags.schema != "" {
		if profile, err := profileOf(e.flags.schemas, e.flags.schema); err == nil {
			opt.Profile = profile
		}
	}
	results, ok := e.converted[opt.Profile]
	if !ok {
		results = convert.ToSQL(e.set, opt)
		e.converted[opt.Profile] = results
	}
	e.heading(sqlStage, opt.Dialect.Title+", "+opt.Profile.FullName())
	for i := range results {
		if results[i].Meta != info.Meta {
			continue
		}
		if results[i].Query != "" {
			e.block(results[i].Query)
		} else {
			e.printf("  refused: %s\n", diag.Safe(results[i].Fault()))
		}
		return
	}
	e.printf("  only the correlation that counts it becomes a query\n")
}

// usualProfile is the first table of the log source that serves a rule, the generic one if there is none.
func usualProfile(schemas []*schema.Schema, source sigma.LogSource) *schema.Profile {
	for _, s := range schemas {
		if _, ok := s.Gate(source.Product, source.Service, source.Category); ok && len(s.Profiles()) > 0 {
			return s.Profiles()[0]
		}
	}
	return schema.Generic().Profiles()[0]
}

// logSourceOf is the log source of the first rule that a correlation counts.
func logSourceOf(set *ruleset.Set, c *ruleset.Correlation) sigma.LogSource {
	for len(c.IR.Bases) > 0 {
		base := c.IR.Bases[0]
		if !base.Correlation {
			return set.Rules[base.Index].Rule.LogSource
		}
		c = set.Correlations[base.Index]
	}
	return sigma.LogSource{}
}
