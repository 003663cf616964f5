package config

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// plain reads any text into a setting.
func plain(into func(*Lake) *Text, want string) func(*parser, *Lake, *yaml.Node) {
	return form(into, want, func(string) bool { return true })
}

// form reads a text of some form into a setting.
func form(into func(*Lake) *Text, want string, is func(string) bool) func(*parser, *Lake, *yaml.Node) {
	return func(p *parser, l *Lake, n *yaml.Node) { *into(l) = p.formed(n, want, is) }
}

// formed is a text of some form, empty after a fault.
func (p *parser) formed(n *yaml.Node, want string, is func(string) bool) Text {
	text, ok := p.text(n, want)
	if ok && !is(text.Value) {
		p.fault(n, "config-value", "expected "+want+", found "+shown(n), "")
		return Text{}
	}
	return text
}

// address reads the address of a service into a setting. One with credentials is never shown.
func address(into func(*Lake) *Text) func(*parser, *Lake, *yaml.Node) {
	return func(p *parser, l *Lake, n *yaml.Node) {
		if strings.ContainsAny(n.Value, "?#") {
			p.secrets = append(p.secrets, p.span(n))
			p.fault(n, "config-value", "an address has no parameters here", "as in https://host:8443; a token stands in an environment variable: token_env: VARIABLE")
			return
		}
		if strings.Contains(n.Value, "@") {
			p.secrets = append(p.secrets, p.span(n))
			p.fault(n, "config-value", "an address holds no user and no password here", "user: NAME, and password_env: VARIABLE for Trino")
			return
		}
		*into(l) = p.formed(n, "an address such as https://host:8443", func(text string) bool {
			u, err := url.Parse(text)
			return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.RawQuery == "" && u.Fragment == ""
		})
	}
}

var variableForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variable reads the name of an environment variable into a setting. What is no name may be the secret itself.
func variable(into func(*Lake) *Text) func(*parser, *Lake, *yaml.Node) {
	return func(p *parser, l *Lake, n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || !variableForm.MatchString(n.Value) {
			p.secrets = append(p.secrets, p.span(n))
			p.fault(n, "config-value", "expected the name of an environment variable", "as in TRINO_PASSWORD; the secret itself stands in the variable")
			return
		}
		*into(l) = Text{n.Value, p.span(n)}
	}
}

var (
	regionForm  = regexp.MustCompile(`^[a-z]{2,}(-[a-z0-9]+)+$`)
	roleForm    = regexp.MustCompile(`^arn:[a-z-]+:iam::[0-9]{12}:role/\S+$`)
	s3Form      = regexp.MustCompile(`^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/\S*)?$`)
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	encryptions = []string{"sse-s3", "sse-kms", "cse-kms"}
)

func isRegion(text string) bool     { return regionForm.MatchString(text) }
func isRole(text string) bool       { return roleForm.MatchString(text) }
func isS3(text string) bool         { return s3Form.MatchString(text) }
func isAccount(text string) bool    { return accountForm.MatchString(text) }
func isEncryption(text string) bool { return slices.Contains(encryptions, text) }

func (p *parser) bytes(into *int64, n *yaml.Node) {
	text, ok := p.text(n, "a size")
	if !ok {
		return
	}
	size, err := ParseBudget(text.Value)
	if err != nil || size.Bytes == 0 {
		p.fault(n, "config-value", "expected a size, found "+shown(n), "bytes such as 4GB")
		return
	}
	*into = size.Bytes
}

func (p *parser) budget(into *Budget, n *yaml.Node) {
	text, ok := p.text(n, "a budget")
	if !ok {
		return
	}
	budget, err := ParseBudget(text.Value)
	if err != nil {
		p.fault(n, "config-value", "expected a budget, found "+shown(n), "bytes such as 200GB, or money such as 5USD")
		return
	}
	*into = budget
}

func (p *parser) price(into *float64, n *yaml.Node) {
	text, ok := p.text(n, "a price")
	if !ok {
		return
	}
	price, err := ParsePrice(text.Value)
	if err != nil {
		p.fault(n, "config-value", "expected the price of a TB, found "+shown(n), "in US dollars, such as 5USD")
		return
	}
	*into = price
}

func (p *parser) duration(into *time.Duration, n *yaml.Node) {
	text, ok := p.text(n, "a length of time")
	if !ok {
		return
	}
	d, err := parseDuration(text.Value)
	if err != nil {
		p.fault(n, "config-value", "expected a length of time, found "+shown(n), "such as 90s, 15m, 24h, 7d or 2w")
		return
	}
	*into = d
}

// count reads a whole number from 1 to a limit.
func (p *parser) count(into *int, n *yaml.Node, limit int) {
	number, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || number < 1 || number > limit {
		p.fault(n, "config-value", "expected a number from 1 to "+strconv.Itoa(limit)+", found "+shown(n), "")
		return
	}
	*into = number
}

func (p *parser) boolean(into *bool, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		p.fault(n, "config-value", "expected true or false, found "+shown(n), "")
		return
	}
	*into = n.Value == "true"
}

// pairs reads a map of texts.
func (p *parser) pairs(n *yaml.Node, want string) []Pair {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `"+want+"`, found "+kind(n), "")
		return nil
	}
	var pairs []Pair
	p.each(n, want, func(key, value *yaml.Node) {
		name, ok := p.text(key, "a name")
		if text, fine := p.text(value, "a value"); ok && fine {
			pairs = append(pairs, Pair{name, text})
		}
	})
	return pairs
}
