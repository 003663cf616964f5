package stixmatch

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/egret-hunt/egret/stix"
)

// An Object is a cyber-observable object, such as an ipv4-addr: its properties as encoding/json decodes them with UseNumber.
type Object map[string]any

// Type returns the type of the object, "" if it has none.
func (o Object) Type() string {
	t, _ := o["type"].(string)
	return t
}

// An Observation is what was seen at one time or over a span of time.
type Observation struct {
	// ID is the id of the observed-data object.
	ID string
	// First and Last are the ends of the span, equal for an instant.
	First, Last time.Time
	// Number says how often it was seen, at least 1. It then stands for as many observations.
	Number int
	// Objects are the objects of the observation by their ids or, in STIX 2.0, their numbers.
	Objects map[string]Object
}

// maxNumber limits number_observed, since each one takes part in the search for bindings.
const maxNumber = 1000

// ReadObservations reads observed-data of STIX 2.0 and 2.1 from JSON: bundles, lists of objects, or objects with a list of objects, one
// after the other. Objects of other types that no observed-data refers to are ignored. The observations are in the order of the
// text.
func ReadObservations(r io.Reader) ([]Observation, error) {
	decoder := json.NewDecoder(r)
	decoder.UseNumber()
	var list []Observation
	for {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, fmt.Errorf("STIX: %w", err)
		}
		objects, err := objectsOf(raw)
		if err != nil {
			return nil, err
		}
		found, err := observations(objects)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
}

// objectsOf returns the objects of a bundle or list, or the object itself.
func objectsOf(raw json.RawMessage) ([]Object, error) {
	var list []Object
	if text := bytes.TrimSpace(raw); len(text) > 0 && text[0] == '[' {
		return list, decode(raw, &list)
	}
	var one struct {
		Type    string          `json:"type"`
		Objects json.RawMessage `json:"objects"`
	}
	if err := json.Unmarshal(raw, &one); err != nil {
		return nil, fmt.Errorf("STIX: %w", err)
	}
	if one.Objects != nil && one.Type != "observed-data" {
		return list, decode(one.Objects, &list)
	}
	list = make([]Object, 1)
	return list, decode(raw, &list[0])
}

func decode(raw json.RawMessage, to any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(to); err != nil {
		return fmt.Errorf("STIX: %w", err)
	}
	return nil
}

func observations(objects []Object) ([]Observation, error) {
	byID := map[string]Object{}
	for _, o := range objects {
		if id, ok := o["id"].(string); ok {
			byID[id] = o
		}
	}
	var list []Observation
	for _, o := range objects {
		if o.Type() != "observed-data" {
			continue
		}
		observation, err := observe(o, byID)
		if err != nil {
			return nil, err
		}
		list = append(list, observation)
	}
	return list, nil
}

func observe(o Object, byID map[string]Object) (Observation, error) {
	out := Observation{Number: 1, Objects: map[string]Object{}}
	out.ID, _ = o["id"].(string)
	for _, end := range []struct {
		name string
		at   *time.Time
	}{{"first_observed", &out.First}, {"last_observed", &out.Last}} {
		text, _ := o[end.name].(string)
		var err error
		if *end.at, err = time.Parse(time.RFC3339Nano, text); err != nil {
			return out, fmt.Errorf("STIX: %s has no valid %s: %q", out.ID, end.name, text)
		}
	}
	if n, ok := o["number_observed"].(json.Number); ok {
		number, err := strconv.Atoi(n.String())
		if err != nil || number < 1 {
			return out, fmt.Errorf("STIX: %s has no valid number_observed: %s", out.ID, n)
		}
		out.Number = min(number, maxNumber)
	}
	if graph, ok := o["objects"].(map[string]any); ok { // STIX 2.0
		// Iteration order does not matter: each object gets its own key.
		for key, value := range graph {
			if object, ok := value.(map[string]any); ok {
				out.Objects[key] = object
			}
		}
	}
	refs, _ := o["object_refs"].([]any)
	for _, ref := range refs {
		if id, ok := ref.(string); ok && byID[id] != nil {
			out.Objects[id] = byID[id]
		}
	}
	return out, nil
}

// Values returns the values at an object path, of all objects of its type.
func (o *Observation) Values(p *stix.Path) []any {
	steps := newPath(*p)
	var list []any
	for _, object := range o.ofType(p.Type) {
		list = append(list, o.values(object, &steps)...)
	}
	return list
}

// values returns the values at a path in an object. References are followed into other objects of the observation.
func (o *Observation) values(object Object, path *path) []any {
	found := []any{map[string]any(object)}
	for i := range path.steps {
		step, last := &path.steps[i], i == len(path.steps)-1
		var next []any
		for _, value := range found {
			next = o.step(next, value, step, last)
		}
		if found = next; len(found) == 0 {
			return nil
		}
	}
	return found
}

// step appends the values to which a step leads. A reference is an id until another step follows.
func (o *Observation) step(to []any, value any, step *step, last bool) []any {
	var reached []any
	switch value := value.(type) {
	case map[string]any:
		if member, ok := value[step.key]; ok && !step.list {
			reached = []any{member}
		}
	case []any:
		switch {
		case !step.list:
		case step.any:
			reached = value
		case step.index >= 0 && step.index < len(value):
			reached = value[step.index : step.index+1]
		}
	}
	if last || !step.ref {
		return append(to, reached...)
	}
	for _, value := range reached {
		if id, ok := value.(string); ok {
			if object := o.Objects[id]; object != nil {
				to = append(to, map[string]any(object))
			}
			continue
		}
		to = append(to, value)
	}
	return to
}

// ofType returns the objects of a type, in the order of their ids.
func (o *Observation) ofType(name string) []Object {
	var ids []string
	// Iteration order does not matter: the ids are sorted below.
	for id, object := range o.Objects {
		if object.Type() == name {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, strings.Compare)
	list := make([]Object, len(ids))
	for i, id := range ids {
		list[i] = o.Objects[id]
	}
	return list
}
