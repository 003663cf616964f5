package textgen

import (
	"net/netip"

	"github.com/egret-hunt/egret/internal/textrule"
)

// A strategy is code for a language that a spec names where tokens do not carry. Each hook may handle a part or leave it to
// the next strategy and to the spec. All hooks may be nil.
type strategy struct {
	name string
	// help says what the strategy does, in one sentence.
	help string
	// queries writes a whole condition as one query or several. The strategy then calls the others itself.
	queries func(c *converter, n textrule.Node) ([]string, error)
	// node writes a part of a condition.
	node func(c *converter, n textrule.Node) (p piece, handled bool, err error)
	// match writes a comparison.
	match func(c *converter, m *textrule.Match) (p piece, handled bool, err error)
	// binds reports whether an argument needs no parentheses within an operator.
	binds func(c *converter, outer, inner textrule.Node) (binds, handled bool)
	// finish changes the text of a condition, before deferred parts follow.
	finish func(c *converter, query string) (string, error)
	// text changes the text of a query in a format, before the template of the format.
	text func(c *converter, format *Format, query string) (string, error)
	// document changes the document of a query.
	document func(c *converter, document any) (any, error)
}

// strategies are all strategies, sorted by name. docs/backends/format.md lists them.
var strategies = []*strategy{
	addressEqual,
	bareRegex,
	containsFirst,
	elastAlert,
	functionCIDR,
	functionNot,
	kustoLists,
	leadingWildcard,
	lokiQuery,
	notNull,
	openRanges,
	pplSource,
	prefixNot,
	quickwitFlat,
	quickwitLists,
	quotedRegex,
	slashRegex,
	splunkDataModel,
	splunkDeferred,
	udm,
	zircolite,
}

// StrategyNames returns the names of all strategies, sorted.
func StrategyNames() []string {
	names := make([]string, len(strategies))
	for i, s := range strategies {
		names[i] = s.name
	}
	return names
}

// StrategyHelp returns what a strategy does, in one sentence; "" if there is no such strategy.
func StrategyHelp(name string) string {
	if s := strategyByName(name); s != nil {
		return s.help
	}
	return ""
}

func strategyByName(name string) *strategy {
	for _, s := range strategies {
		if s.name == name {
			return s
		}
	}
	return nil
}

// notNull writes `not null` as the kind exists instead of a NOT of the kind null, and puts the kind null into parentheses.
var notNull = &strategy{
	name: "not-null",
	help: "writes a NOT of a comparison with null with the form not_null, and a comparison with null in parentheses",
	node: func(c *converter, n textrule.Node) (piece, bool, error) {
		if not, ok := n.(*textrule.Not); ok && isNull(not.Arg) {
			m := not.Arg.(*textrule.Match) //nolint:errcheck,forcetypeassert // isNull checked it
			c.depart("null", m.Span)
			p, err := c.form("not_null", false, m, "missing values")
			return p, true, err
		}
		return piece{}, false, nil
	},
	binds: func(_ *converter, _, inner textrule.Node) (bool, bool) {
		if not, ok := inner.(*textrule.Not); ok && isNull(not.Arg) {
			return true, true
		}
		return false, isNull(inner)
	},
}

func isNull(n textrule.Node) bool {
	m, ok := n.(*textrule.Match)
	if !ok || m.Keyword {
		return false
	}
	_, ok = m.Value.(*textrule.Null)
	return ok
}

// addressEqual writes a comparison with the empty text or an IP address with the kind exact_equal.
var addressEqual = &strategy{
	name: "address-equal",
	help: "writes a comparison with the empty text or with an IP address with the form address_equal",
	match: func(c *converter, m *textrule.Match) (piece, bool, error) {
		s, ok := m.Value.(*textrule.String)
		if !ok || m.Keyword || s.Cased {
			return piece{}, false, nil
		}
		if len(s.Parts) > 0 {
			if _, err := netip.ParseAddr(sigmaText(s.Parts)); err != nil {
				return piece{}, false, nil
			}
		}
		value, err := c.text(s.Parts, m.Span)
		if err != nil {
			return piece{}, true, err
		}
		p, err := c.form("address_equal", m.UnderNot && c.Spec.Operators.NotInside, m, "texts", "value", value)
		return p, true, err
	},
}
