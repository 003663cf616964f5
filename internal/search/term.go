package search

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/egret-hunt/egret/internal/ir"
	"github.com/egret-hunt/egret/internal/lower"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// checkValue checks what all values have in common.
func checkValue(v string) error {
	switch {
	case v == "":
		return errors.New("got an empty value, which no event has")
	case len(v) > MaxValue:
		return fmt.Errorf("got a value of %d bytes, expected at most %d", len(v), MaxValue)
	case !utf8.ValidString(v):
		return errors.New("got a value that is not UTF-8")
	}
	return nil
}

// places are where events of a schema have what is looked for.
type places struct {
	principal, key, address, action, service, resource schema.Paths
}

// placesOf returns the places of a schema without the paths that has rules out.
func placesOf(s *schema.Schema, has func(path value.Path) bool) *places {
	p := &places{s.Principal, keyPaths(s), s.Address, s.Action, s.Service, resourcePaths(s)}
	if has == nil {
		return p
	}
	for _, list := range []*schema.Paths{&p.principal, &p.key, &p.address, &p.action, &p.service, &p.resource} {
		*list = slices.DeleteFunc(slices.Clone(*list), func(path value.Path) bool { return !has(path) })
	}
	return p
}

// fieldOf returns the field at one path of a schema.
func fieldOf(path value.Path) ir.Field {
	return ir.Field{Name: path.String(), Paths: []value.Path{path}}
}

// joined returns a pattern between two literal texts.
func joined(before string, p ir.Pattern, after string) ir.Pattern {
	var out ir.Pattern
	add := func(part ir.Part) {
		if n := len(out); n > 0 && part.Kind == ir.Literal && out[n-1].Kind == ir.Literal {
			out[n-1].Text += part.Text
			return
		}
		out = append(out, part)
	}
	if before != "" {
		add(ir.Part{Kind: ir.Literal, Text: before})
	}
	for _, part := range p {
		add(part)
	}
	if after != "" {
		add(ir.Part{Kind: ir.Literal, Text: after})
	}
	return out
}

// form is one way in which a text may contain a value.
type form struct {
	op            ir.StringOp
	before, after string
}

// anyForm returns the condition that one of the forms of a value is in one of the fields; nil without fields. Each path is a field of
// its own: as alternatives of one field only the first that an event has would count. With several forms it asks first whether the
// field contains the value, which decides most events with one test.
func anyForm(paths schema.Paths, v string, forms []form) ir.Expr {
	pattern := lower.ParsePattern(v)
	anyOf := &ir.OrExpr{}
	for _, path := range paths {
		one := &ir.OrExpr{}
		for _, f := range forms {
			one.Operands = append(one.Operands, &ir.StringExpr{Field: fieldOf(path), Op: f.op, Pattern: joined(f.before, pattern, f.after)})
		}
		if len(forms) == 1 {
			anyOf.Operands = append(anyOf.Operands, one.Operands[0])
			continue
		}
		contains := &ir.StringExpr{Field: fieldOf(path), Op: ir.Contains, Pattern: pattern}
		anyOf.Operands = append(anyOf.Operands, &ir.AndExpr{Operands: []ir.Expr{contains, one}})
	}
	if len(anyOf.Operands) == 0 {
		return nil
	}
	return anyOf
}

var whole = form{op: ir.Equal}

// principalForms are how a text names a principal: as a whole, as the last part of an ARN (user/NAME), as the role in the
// ARN of a session (assumed-role/ROLE/SESSION), or as the id before a session (AROA…:SESSION).
var principalForms = []form{
	whole, {ir.EndsWith, "/", ""}, {ir.EndsWith, ":", ""}, {ir.Contains, "/", "/"}, {ir.StartsWith, "", ":"},
}

func principalExpr(p *places, v string) ir.Expr {
	if strings.HasPrefix(v, "arn:") {
		return anyForm(p.principal, v, []form{whole, {ir.StartsWith, "", "/"}}) // of a role's session without its name
	}
	return anyForm(p.principal, v, principalForms)
}

func keyExpr(p *places, v string) ir.Expr {
	return anyForm(p.key, v, []form{whole})
}

// keyPaths returns where events of a schema name access keys: that of the caller, and those that calls are about or that
// they return.
func keyPaths(s *schema.Schema) schema.Paths {
	var paths schema.Paths
	add := func(more schema.Paths) { paths = addPaths(paths, more) }
	add(s.Session)
	trace := s.Trace()
	for i := range trace.Links {
		add(trace.Links[i].Key)
	}
	facts := s.Facts()
	for i := range facts.Targets {
		if facts.Targets[i].Type == "access key" {
			add(facts.Targets[i].Paths)
		}
	}
	for i := range facts.Notable {
		add(facts.Notable[i].Parts["key"])
		if facts.Notable[i].Fact == "session" {
			add(facts.Notable[i].Paths)
		}
	}
	return paths
}

// addPaths adds the paths that are not yet in a list.
func addPaths(list, more schema.Paths) schema.Paths {
next:
	for _, p := range more {
		for _, have := range list {
			if have.Text == p.Text {
				continue next
			}
		}
		list = append(list, p)
	}
	return list
}

// resourceForms are how a text names a resource: as a whole, as the last part of an ARN, or as a part within one, such as
// the bucket in arn:aws:s3:::BUCKET/KEY.
var resourceForms = []form{
	whole, {ir.EndsWith, "/", ""}, {ir.EndsWith, ":", ""}, {ir.Contains, "/", "/"}, {ir.Contains, ":", "/"}, {ir.Contains, ":", ":"},
}

func resourceExpr(p *places, v string) ir.Expr {
	forms := resourceForms
	if strings.HasPrefix(v, "arn:") {
		forms = []form{whole, {ir.StartsWith, "", "/"}, {ir.StartsWith, "", ":"}}
	}
	named := anyForm(p.resource, v, forms)
	if named == nil {
		return nil
	}
	if slices.ContainsFunc(p.resource, isEncoded) && strings.ContainsFunc(v, needsEncoding) {
		return named
	}
	// The keyword decides most events before any of a hundred paths is read, in tables without reading JSON. It holds wherever
	// one of them has the value.
	return &ir.AndExpr{Operands: []ir.Expr{&ir.KeywordExpr{Pattern: lower.ParsePattern(v)}, named}}
}

// isEncoded reports whether a path leads into JSON text, where a value may be spelt in another way. Ids have no character that is
// encoded.
func isEncoded(p value.Path) bool {
	return len(p.Embedded) > 0 && !strings.HasSuffix(p.Text, ".id")
}

// needsEncoding reports whether JSON or URLs may spell a character in another way.
func needsEncoding(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.*", r)
}

// resourcePaths returns where events of a schema name what calls are about. Where a call is about its caller, as a sign-in
// is, the paths are those of every event's principal, which is not what is looked for.
func resourcePaths(s *schema.Schema) schema.Paths {
	own := addPaths(addPaths(nil, s.Principal), s.Account)
	var paths schema.Paths
	facts := s.Facts()
	for i := range facts.Targets {
		for _, p := range facts.Targets[i].Paths {
			if !slices.ContainsFunc(own, func(o value.Path) bool { return o.String() == p.String() }) {
				paths = addPaths(paths, schema.Paths{p})
			}
		}
	}
	return paths
}

func checkAddress(v string) error {
	_, err := prefixOf(v)
	return err
}

// prefixOf reads an address or a network. Host bits of a network are cleared, as an analyst who writes 10.0.0.7/8 means.
func prefixOf(v string) (netip.Prefix, error) {
	if strings.Contains(v, "/") {
		p, err := netip.ParsePrefix(v)
		if err != nil {
			return p, fmt.Errorf("got %q, expected a network such as 198.51.100.0/24 or 2001:db8::/32", shown(v))
		}
		if p.Addr().Is4In6() {
			return p, fmt.Errorf("got %q, expected an IPv4 network in its own notation, such as 198.51.100.0/24", shown(v))
		}
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(v)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, fmt.Errorf("got %q, expected an address such as 198.51.100.7 or a network such as 198.51.100.0/24", shown(v))
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// shown shortens a value for a message.
func shown(v string) string {
	const most = 80
	if len(v) <= most {
		return v
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(v[cut]) {
		cut--
	}
	return v[:cut] + "…"
}

func addressExpr(p *places, v string) ir.Expr {
	prefix, err := prefixOf(v)
	if err != nil || len(p.address) == 0 {
		return nil // Check reports the error
	}
	anyOf := &ir.OrExpr{}
	for _, path := range p.address {
		anyOf.Operands = append(anyOf.Operands, &ir.CIDRExpr{Field: fieldOf(path), Prefix: prefix, Text: v})
	}
	return anyOf
}

func checkAction(v string) error {
	if service, action, ok := strings.Cut(v, ":"); ok && (service == "" || action == "") {
		return fmt.Errorf("got %q, expected an action such as CreateUser or iam:CreateUser", shown(v))
	}
	return nil
}

// actionExpr also takes the form of IAM policies, iam:CreateUser: the service is then the first label of its host name.
func actionExpr(p *places, v string) ir.Expr {
	if len(p.action) == 0 {
		return nil
	}
	named := anyForm(p.action, v, []form{whole})
	service, action, ok := strings.Cut(v, ":")
	if !ok || len(p.service) == 0 {
		return named
	}
	of := anyForm(p.service, service, []form{whole, {ir.StartsWith, "", "."}})
	return &ir.OrExpr{Operands: []ir.Expr{named, &ir.AndExpr{Operands: []ir.Expr{of, anyForm(p.action, action, []form{whole})}}}}
}

// checkText refuses a text that every string contains.
func checkText(v string) error {
	for _, part := range lower.ParsePattern(v) {
		if part.Kind != ir.AnyRun {
			return nil
		}
	}
	return fmt.Errorf("got %q, which every event contains; leave it out to search by the other terms or the time range alone", shown(v))
}

func textExpr(_ *places, v string) ir.Expr {
	return &ir.KeywordExpr{Pattern: lower.ParsePattern(v)}
}

// maxRegexSteps is the maximum number of instructions of a regular expression, as for those of rules.
const maxRegexSteps = 100_000

func checkRegex(v string) error {
	e := ir.RegexExpr{Text: v}
	parsed, err := syntax.Parse(v, e.Syntax())
	if err != nil {
		var fault *syntax.Error
		if errors.As(err, &fault) {
			return fmt.Errorf("%s: %q; RE2 has no lookaround and no backreferences", fault.Code, shown(fault.Expr))
		}
		return err
	}
	if steps := ir.RegexSteps(parsed); steps > maxRegexSteps {
		return fmt.Errorf("the expression is too large (%d steps, at most %d); use smaller repetitions", steps, maxRegexSteps)
	}
	return nil
}

func regexExpr(_ *places, v string) ir.Expr {
	return &ir.RegexExpr{Text: v}
}
