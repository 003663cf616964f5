// Package search makes rules from what someone looks for: the events of a principal, a key, an address, a resource.
//
// It turns Terms and log sources into a set with one rule for each log source, so that a search runs wherever a hunt
// runs: on files and on the tables of a lake. Which fields of a log source hold a principal or a key is data of its schema;
// the package knows no log source. It reads no logs and prints nothing.
package search

import (
	"fmt"
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// Terms are what events are looked for by. Several values of one kind are alternatives; all kinds that have values must
// hold. Except for regular expressions, values ignore letter case and take the wildcards * and ?.
type Terms struct {
	// Principals are ARNs, names or ids of who acted. A role also stands for its sessions.
	Principals []string
	// Keys are access keys or ids of sessions. Events that a key signed match, and those that name it: where it was made,
	// changed or deleted.
	Keys []string
	// Addresses are IP addresses or networks (CIDR) from which calls came.
	Addresses []string
	// Actions are names of calls, such as CreateUser or iam:CreateUser.
	Actions []string
	// Resources are names, ids or ARNs of what calls were about.
	Resources []string
	// Texts are parts of any string of an event.
	Texts []string
	// Regexes are RE2 expressions for any string of an event.
	Regexes []string
}

// Limits of values. They keep a pasted file from becoming a query.
const (
	// MaxValue is the maximum length of a value in bytes.
	MaxValue = 4096
	// MaxValues is the maximum number of values of one kind.
	MaxValues = 1000
)

// Title is the title of the rules of a search.
const Title = "search"

// kind is one kind of values.
type kind struct {
	// flag is the name of the kind in messages, what is what a log source lacks if it has no fields for the kind.
	flag, what string
	values     []string
	// expr returns the condition for a value in the events of a schema, nil if there is no place for it.
	expr func(p *places, value string) ir.Expr
	// check returns an error for a value that cannot be looked for.
	check func(value string) error
}

func (t *Terms) kinds() []kind {
	return []kind{
		{"principal", "principals", t.Principals, principalExpr, nil},
		{"key", "access keys", t.Keys, keyExpr, nil},
		{"ip", "addresses", t.Addresses, addressExpr, checkAddress},
		{"event", "actions", t.Actions, actionExpr, checkAction},
		{"resource", "described targets", t.Resources, resourceExpr, nil},
		{"text", "", t.Texts, textExpr, checkText},
		{"regex", "", t.Regexes, regexExpr, checkRegex},
	}
}

// Empty reports whether there are no values.
func (t *Terms) Empty() bool {
	return !slices.ContainsFunc(t.kinds(), func(k kind) bool { return len(k.values) > 0 })
}

// Check returns an error for the first value that cannot be looked for; it begins with the kind, as in "--ip: …".
func (t *Terms) Check() error {
	for _, k := range t.kinds() {
		if len(k.values) > MaxValues {
			return fmt.Errorf("--%s: got %d values, expected at most %d", k.flag, len(k.values), MaxValues)
		}
		for _, v := range k.values {
			if err := checkValue(v); err != nil {
				return fmt.Errorf("--%s: %w", k.flag, err)
			}
			if k.check == nil {
				continue
			}
			if err := k.check(v); err != nil {
				return fmt.Errorf("--%s: %w", k.flag, err)
			}
		}
	}
	return nil
}

// A Skip is a log source that a search cannot cover.
type Skip struct {
	Schema *schema.Schema
	// Lacks is what its events do not have, such as "access keys".
	Lacks string
}

// Set returns the rules of a search, one for each log source that has fields for all kinds of values, and the other log
// sources. Without any values every event matches. has, if not nil, reports whether events have a path: tables may lack columns.
// Call Check first.
func (t *Terms) Set(schemas []*schema.Schema, has func(s *schema.Schema, path value.Path) bool) (*ruleset.Set, []Skip) {
	set := &ruleset.Set{}
	var skips []Skip
	for _, s := range schemas {
		var hasPath func(path value.Path) bool
		if has != nil {
			hasPath = func(path value.Path) bool { return has(s, path) }
		}
		where, lacks := t.where(placesOf(s, hasPath))
		if lacks != "" {
			skips = append(skips, Skip{s, lacks})
			continue
		}
		source, ok := sourceOf(s, schemas)
		if !ok {
			skips = append(skips, Skip{s, "log source of its own"})
			continue
		}
		set.Rules = append(set.Rules, &ruleset.Rule{
			Info:      ruleset.Info{ID: "search-" + s.Name, Title: Title, Level: ruleset.Levels[0], Reports: true},
			LogSource: source,
			Query:     &ir.Query{Rule: "search-" + s.Name, Title: Title, Where: where},
		})
	}
	return set, skips
}

// where returns the condition of all kinds, or what there is no place for.
func (t *Terms) where(p *places) (ir.Expr, string) {
	all := &ir.AndExpr{}
	for _, k := range t.kinds() {
		if len(k.values) == 0 {
			continue
		}
		anyOf := &ir.OrExpr{}
		for _, v := range k.values {
			if e := k.expr(p, v); e != nil {
				anyOf.Operands = append(anyOf.Operands, e)
			}
		}
		if len(anyOf.Operands) == 0 {
			return nil, k.what
		}
		all.Operands = append(all.Operands, anyOf)
	}
	if len(all.Operands) == 0 {
		return &ir.ConstExpr{Value: true}, ""
	}
	return all, ""
}

// sourceOf returns a log source that the schema serves without a condition, and that as few other schemas serve as
// possible.
func sourceOf(s *schema.Schema, all []*schema.Schema) (schema.LogSource, bool) {
	var found []schema.LogSource
	for _, product := range append(s.Products(), "") {
		found = append(found, schema.LogSource{Product: product})
		for _, service := range s.Services() {
			found = append(found, schema.LogSource{Product: product, Service: service})
		}
		for _, category := range s.Categories() {
			found = append(found, schema.LogSource{Product: product, Category: category})
		}
	}
	best, others := schema.LogSource{}, -1
	for _, source := range found {
		if condition, ok := s.SourceCondition(source); !ok || len(condition.All) > 0 {
			continue
		}
		n := 0
		for _, o := range all {
			if o != s && o.Serves(source) {
				n++
			}
		}
		if others < 0 || n < others {
			best, others = source, n
		}
	}
	return best, others >= 0
}

// String describes a search in one line, as in: key AKIAEXAMPLE and event Create* or Delete*.
func (t *Terms) String() string {
	var parts []string
	for _, k := range t.kinds() {
		if len(k.values) > 0 {
			shown := k.values[:min(len(k.values), maxDescribed)]
			text := k.flag + " " + strings.Join(shown, " or ")
			if more := len(k.values) - len(shown); more > 0 {
				text += fmt.Sprintf(" or %d more", more)
			}
			parts = append(parts, text)
		}
	}
	if len(parts) == 0 {
		return "every event"
	}
	return strings.Join(parts, " and ")
}

// maxDescribed is how many values of a kind String lists.
const maxDescribed = 10
