package check

import (
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/egret-hunt/egret/diag"
	"github.com/egret-hunt/egret/internal/lazyre"
	"github.com/egret-hunt/egret/sigma"
)

// awsops has the operations of the services of AWS, a line for each. They are from the service models of botocore, whose version is
// in the first line.
//
//go:embed data/awsops.txt.gz
var awsops []byte

// A service is a service of AWS with the names of its operations.
type service struct {
	operations map[string]bool
	names      []string
}

var services = sync.OnceValue(func() map[string]*service {
	list := map[string]*service{}
	unpacked, err := gzip.NewReader(strings.NewReader(string(awsops)))
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	text, err := io.ReadAll(unpacked)
	if err != nil {
		panic("egret bug: " + err.Error())
	}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		s := &service{operations: make(map[string]bool, len(words)), names: words[1:]}
		for _, name := range words[1:] {
			s.operations[name] = true
		}
		list[words[0]] = s
	}
	return list
})

// apiVersion matches the version that CloudTrail adds to the names of operations of some services.
var apiVersion = lazyre.New(`(20[0-9]{6}|20[0-9]{2}_[0-9]{2}_[0-9]{2})(v[0-9]+)?$`)

// unknownEvents reports names of events that AWS does not have for the eventSource beside them, where another service has the
// name, or the service has one that differs by a letter. Services also log events that no API has, such as ConsoleLogin.
func unknownEvents(r *reporter, d *Document) {
	if d.logSource.Service != "cloudtrail" && d.logSource.Product != "aws" {
		return
	}
	for _, search := range d.detection.Searches {
		sigma.WalkSearch(search.Expr, func(e sigma.SearchExpr) bool {
			all, ok := e.(*sigma.AllOf)
			if !ok {
				return true
			}
			var sources, events *sigma.Item
			for _, operand := range all.Exprs {
				item, ok := operand.(*sigma.Item)
				switch {
				case !ok || len(item.Modifiers) > 0:
				case item.Field == "eventSource":
					sources = item
				case item.Field == "eventName":
					events = item
				}
			}
			if sources != nil && events != nil {
				compareEvents(r, sources, events)
			}
			return true
		})
	}
}

func compareEvents(r *reporter, sources, events *sigma.Item) {
	var known []*service
	var names []string
	for i := range sources.Values {
		name, found := strings.CutSuffix(sources.Values[i].Text, ".amazonaws.com")
		s := services()[name]
		if !found || s == nil {
			return
		}
		known, names = append(known, s), append(names, name)
	}
	for i := range events.Values {
		v := &events.Values[i]
		name := apiVersion.ReplaceAllString(v.Text, "")
		if v.Kind != sigma.StringValue || strings.ContainsAny(v.Text, `*?\`) {
			continue
		}
		has, near := false, ""
		for _, s := range known {
			has = has || s.operations[name]
			if near == "" {
				near = diag.Near(name, s.names)
			}
		}
		switch {
		case has:
		case near != "":
			r.report(v.Span, fmt.Sprintf("%s has no operation %s", strings.Join(names, ", "), v.Text)).Help = "the nearest is " + near
		default:
			if owner := ownerOf(name); owner != "" {
				r.report(v.Span, fmt.Sprintf("%s has no operation %s", strings.Join(names, ", "), v.Text)).Help = "it is an operation of " + owner + ".amazonaws.com"
			}
		}
	}
}

// ownerOf returns the only service with an operation, "" if there are none or several.
func ownerOf(operation string) string {
	owner := ""
	// Iteration order does not matter: of several owners none is returned.
	for name, s := range services() {
		if s.operations[operation] {
			if owner != "" {
				return ""
			}
			owner = name
		}
	}
	return owner
}
