package stix

import (
	"encoding/hex"
	"math/big"
	"net/netip"
	"strings"
	"time"

	"github.com/egret-hunt/egret/diag"
)

// Check returns faults beyond the grammar. Errors are what can have no meaning: a date that does not exist, a network that is
// none, REPEATS and WITHIN of 0, and a qualifier twice. A warning is a hash whose length does not fit its name, since no file
// has it.
//
// Regular expressions are not checked here, because their syntax is that of the matcher.
func Check(p *Pattern) diag.List {
	c := checker{}
	c.observation(p.Expr)
	return c.diags
}

type checker struct{ diags diag.List }

func (c *checker) observation(expr ObservationExpr) {
	switch expr := expr.(type) {
	case *Observation:
		c.comparison(expr.Comparison)
	case *ObservationOperator:
		for _, operand := range expr.Operands {
			c.observation(operand)
		}
	case *Qualified:
		seen := map[string]bool{}
		base := ObservationExpr(expr)
		for {
			q, ok := base.(*Qualified)
			if !ok || q.Closed && q != expr {
				break
			}
			c.qualifier(q.Qualifier)
			if word := q.Qualifier.Keyword(); seen[word] {
				c.diags.Add(qualifierTwice(q.Span, word))
			} else {
				seen[word] = true
			}
			base = q.Of
		}
		c.observation(base)
	}
}

func (c *checker) qualifier(q Qualifier) {
	switch q := q.(type) {
	case StartStop:
		c.time(q.Start)
		c.time(q.Stop)
	case Within:
		c.aboveZero(q.Seconds)
	case Repeats:
		c.aboveZero(q.Times)
	}
}

func (c *checker) aboveZero(l Literal) {
	if n, ok := new(big.Rat).SetString(l.Text); ok && n.Sign() <= 0 {
		c.diags.Add(notPositive(l))
	}
}

// time checks that a timestamp exists. The grammar allows the second 60 and 31 days in every month.
func (c *checker) time(l Literal) {
	if l.Kind != Timestamp {
		return
	}
	if _, err := time.Parse(time.RFC3339Nano, l.Text); err != nil {
		c.diags.Add(noTime(l))
	}
}

func (c *checker) comparison(expr ComparisonExpr) {
	switch expr := expr.(type) {
	case *ComparisonOperator:
		for _, operand := range expr.Operands {
			c.comparison(operand)
		}
	case *Comparison:
		for _, value := range expr.Values {
			c.time(value)
		}
		switch expr.Operator {
		case "ISSUBSET", "ISSUPERSET":
			if !isNetwork(expr.Values[0].Text) {
				c.diags.Add(noNetwork(expr.Values[0]))
			}
		case "=", "!=", "IN":
			c.hashes(expr)
		}
	case *Exists:
	}
}

// isNetwork reports whether a text is an address, maybe with the length of a prefix.
func isNetwork(text string) bool {
	if _, err := netip.ParsePrefix(text); err == nil {
		return true
	}
	_, err := netip.ParseAddr(text)
	return err == nil
}

// hashLengths are the lengths of hashes in bytes, by their names in STIX 2.1, section 10.7, in lower case.
var hashLengths = map[string]int{
	"md5": 16, "sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64,
	"sha3-224": 28, "sha3-256": 32, "sha3-384": 48, "sha3-512": 64,
}

func (c *checker) hashes(expr *Comparison) {
	steps := expr.Path.Steps
	if len(steps) < 2 || steps[len(steps)-2].Key != "hashes" {
		return
	}
	name := steps[len(steps)-1].Key
	length := hashLengths[strings.ToLower(name)]
	if length == 0 {
		return
	}
	for _, value := range expr.Values {
		if raw, err := hex.DecodeString(value.Text); value.Kind != String || err != nil || len(raw) != length {
			c.diags.Add(noHash(value, name, length))
		}
	}
}
