package config

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/internal/timetext"
	"github.com/egret-hunt/egret/internal/yamlword"
)

// A Key is a key of a lake in egret.yaml, bound to the setting that it sets. Most keys leave their setting unchanged after a fault.
type Key struct {
	name string
	// required is the help text if the key is missing, "" for an optional key.
	required string
	read     func(p *parser, n *yaml.Node)
}

// Name returns the key's name.
func (k Key) Name() string { return k.name }

// Require returns a key that every lake must have; help is the help text of the error.
func (k Key) Require(help string) Key {
	k.required = help
	return k
}

// TextKey accepts any text but an empty one. want names the value in messages, for example "a database".
func TextKey(name string, into *Text, want string) Key {
	return FormKey(name, into, want, func(string) bool { return true })
}

// FormKey accepts texts for which is returns true. want names the value in messages.
func FormKey(name string, into *Text, want string, is func(text string) bool) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { *into = p.formed(n, want, is) }}
}

// AddressKey accepts the address of a service: http or https, a host, no credentials and no parameters.
func AddressKey(name string, into *Text) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { p.address(into, n) }}
}

// VariableKey accepts the name of an environment variable that holds a secret.
func VariableKey(name string, into *Text) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { p.variable(into, n) }}
}

// DurationKey accepts a duration above 0, such as 90s or 7d.
func DurationKey(name string, into *time.Duration) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { p.duration(into, n) }}
}

// BytesKey accepts a size such as 4GB and stores it in bytes.
func BytesKey(name string, into *int64) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { p.bytes(into, n) }}
}

// CountKey accepts a whole number from 1 to limit.
func CountKey(name string, into *int, limit int) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { p.count(into, n, limit) }}
}

// BoolKey accepts true and false.
func BoolKey(name string, into *bool) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { p.boolean(into, n) }}
}

// PairsKey accepts a map of texts and keeps the order of the file. want describes an entry in messages, for example "property: value".
func PairsKey(name string, into *[]Pair, want string) Key {
	return Key{name: name, read: func(p *parser, n *yaml.Node) { *into = p.pairs(n, want) }}
}

// formed reads a text for which is returns true. It returns an empty Text after a fault.
func (p *parser) formed(n *yaml.Node, want string, is func(string) bool) Text {
	text, ok := p.text(n, want)
	if ok && !is(text.Value) {
		p.fault(n, "config-value", "expected "+want+", found "+yamlword.Value(n), "")
		return Text{}
	}
	return text
}

// address reads the address of a service. Messages never show an address with credentials.
func (p *parser) address(into *Text, n *yaml.Node) {
	if strings.ContainsAny(n.Value, "?#") {
		p.secrets = append(p.secrets, p.span(n))
		p.fault(n, "config-value", "expected an address without parameters", "such as https://host:8443; put a token into an environment variable: token_env: VARIABLE")
		return
	}
	if strings.Contains(n.Value, "@") {
		p.secrets = append(p.secrets, p.span(n))
		p.fault(n, "config-value", "expected an address without user and password", "for Trino write user: NAME and password_env: VARIABLE")
		return
	}
	*into = p.formed(n, "an address such as https://host:8443", func(text string) bool {
		u, err := url.Parse(text)
		return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.RawQuery == "" && u.Fragment == ""
	})
}

var variableForm = lazyre.New(`^[A-Za-z_][A-Za-z0-9_]*$`)

// variable reads the name of an environment variable. A value that is not a valid name may be the secret itself.
func (p *parser) variable(into *Text, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || !variableForm.MatchString(n.Value) {
		p.secrets = append(p.secrets, p.span(n))
		p.fault(n, "config-value", "expected the name of an environment variable", "such as TRINO_PASSWORD; put the secret into the variable")
		return
	}
	*into = Text{n.Value, p.span(n)}
}

var regionForm = lazyre.New(`^[a-z]{2,}(-[a-z0-9]+)+$`)

// IsRegion reports whether a text looks like an AWS region, such as eu-west-1.
func IsRegion(text string) bool { return regionForm.MatchString(text) }

func (p *parser) bytes(into *int64, n *yaml.Node) {
	text, ok := p.text(n, "a size")
	if !ok {
		return
	}
	size, err := ParseBudget(text.Value)
	if err != nil || size.Bytes == 0 {
		p.fault(n, "config-value", "expected a size, found "+yamlword.Value(n), "bytes such as 4GB")
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
		p.fault(n, "config-value", "expected a budget, found "+yamlword.Value(n), "bytes such as 200GB, or money such as 5USD")
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
		p.fault(n, "config-value", "expected the price of a TB, found "+yamlword.Value(n), "in US dollars, such as 5USD")
		return
	}
	*into = price
}

func (p *parser) duration(into *time.Duration, n *yaml.Node) {
	text, ok := p.text(n, "a duration")
	if !ok {
		return
	}
	d, err := timetext.Duration(text.Value)
	if err != nil {
		p.fault(n, "config-value", "expected a duration, found "+yamlword.Value(n), "such as 90s, 15m, 24h, 7d or 2w")
		return
	}
	*into = d
}

// count reads a whole number from 1 to limit.
func (p *parser) count(into *int, n *yaml.Node, limit int) {
	number, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || number < 1 || number > limit {
		p.fault(n, "config-value", "expected a number from 1 to "+strconv.Itoa(limit)+", found "+yamlword.Value(n), "")
		return
	}
	*into = number
}

func (p *parser) boolean(into *bool, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode || n.Value != "true" && n.Value != "false" {
		p.fault(n, "config-value", "expected true or false, found "+yamlword.Value(n), "")
		return
	}
	*into = n.Value == "true"
}

// pairs reads a map of texts.
func (p *parser) pairs(n *yaml.Node, want string) []Pair {
	if n.Kind != yaml.MappingNode {
		p.fault(n, "config-value", "expected `"+want+"`, found "+yamlword.Kind(n), "")
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
