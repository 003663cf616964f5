package stixout

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"github.com/egret-hunt/egret/stix"
)

// errNoObjects refuses an observation without objects, which STIX does not allow.
var errNoObjects = errors.New("an observation needs an object")

// Observe writes an observation and returns the id of its observed-data. What the bundle has already is not repeated.
func (w *Writer) Observe(o Observation) (string, error) {
	if len(o.Objects) == 0 {
		return "", errNoObjects
	}
	objects := converted(o.Objects, w.version)
	out := map[string]any{"first_observed": timeText(o.First), "last_observed": timeText(o.Last), "number_observed": max(o.Number, 1)}
	if o.Last.Before(o.First) {
		out["last_observed"] = out["first_observed"]
	}
	if w.version == stix.V20 {
		numbered := map[string]any{}
		for i, object := range objects {
			properties, _ := resolve(object.Properties, func(r Ref) string { return strconv.Itoa(int(r)) }).(map[string]any)
			properties["type"] = object.Type
			numbered[strconv.Itoa(i)] = ordered(properties)
		}
		out["objects"] = ordered(numbered)
	} else {
		refs, err := w.observables(objects)
		if err != nil {
			return "", err
		}
		out["object_refs"] = refs
	}
	text, err := canonical(out)
	if err != nil {
		return "", err
	}
	last := o.Last
	if last.Before(o.First) {
		last = o.First
	}
	maps.Copy(out, w.common("observed-data", o.Key+"\n"+string(text), last))
	id, _ := out["id"].(string)
	if _, there := w.written[id]; there {
		return id, nil
	}
	w.written[id] = [8]byte{}
	return id, w.put(out)
}

// observables writes the objects of an observation that the bundle does not have yet, and returns the ids of all.
func (w *Writer) observables(objects []Object) ([]any, error) {
	b := binder{w: w, objects: objects, bound: make([]bound, len(objects))}
	refs := make([]any, 0, len(objects))
	seen := map[string]bool{}
	for i := range objects {
		if err := b.bind(i); err != nil {
			return nil, err
		}
	}
	for i := range objects {
		o := &b.bound[i]
		if !seen[o.id] {
			seen[o.id] = true
			refs = append(refs, o.id)
		}
		if !o.fresh {
			continue
		}
		if err := w.define(objects[i].Type); err != nil {
			return nil, err
		}
		o.properties["type"], o.properties["id"], o.properties["spec_version"] = objects[i].Type, o.id, "2.1"
		if err := w.put(o.properties); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

// define writes the extension definition of a custom type once.
func (w *Writer) define(kind string) error {
	if _, ok := standard[kind]; ok {
		return nil
	}
	id := definitionID(kind)
	if _, there := w.written[id]; there {
		return nil
	}
	w.written[id] = [8]byte{}
	o := w.common("extension-definition", kind, epoch)
	o["id"], o["name"], o["version"] = id, kind, "1.0.0"
	o["description"] = "Objects of type " + kind + " describe what logs say beside STIX's own objects."
	o["schema"] = "https://github.com/egret-hunt/egret/blob/main/docs/stix.md"
	o["extension_types"] = []any{"new-sco"}
	return w.put(o)
}

// A binder finds the ids of the objects of an observation, which depend on those of the objects that they refer to.
type binder struct {
	w       *Writer
	objects []Object
	bound   []bound
}

// bound is an object with its id and without Refs.
type bound struct {
	id         string
	properties map[string]any
	// busy says that the id is being looked for, fresh that the bundle does not have the object yet.
	busy, fresh bool
}

var errCircle = errors.New("objects refer to one another in a circle")

// bind finds the id of an object.
func (b *binder) bind(i int) error {
	if i < 0 || i >= len(b.objects) {
		return fmt.Errorf("an object refers to object %d of %d", i, len(b.objects))
	}
	o := &b.bound[i]
	switch {
	case o.id != "":
		return nil
	case o.busy:
		return errCircle
	}
	o.busy = true
	var fault error
	o.properties, _ = resolve(b.objects[i].Properties, func(r Ref) string {
		if err := b.bind(int(r)); err != nil {
			fault = err
			return ""
		}
		return b.bound[r].id
	}).(map[string]any)
	if fault != nil {
		return fault
	}
	text, err := canonical(o.properties)
	if err != nil {
		return err
	}
	kind := b.objects[i].Type
	var id string
	if contributing := contributes(kind, o.properties); len(contributing) > 0 {
		if id, err = objectID(kind, contributing); err != nil {
			return err
		}
	} else {
		// STIX demands version 4 where nothing identifies the object.
		id = formV4(kind+"--", string(text))
	}
	sum := sha256.Sum256(text)
	content := [8]byte(sum[:8])
	if before, there := b.w.written[id]; there && before != content {
		// The bundle has an object with the same identifying properties and others that differ, so this one needs another id.
		if id, err = objectID(kind, map[string]any{"id": id, "content": string(text)}); err != nil {
			return err
		}
	}
	_, there := b.w.written[id]
	b.w.written[id] = content
	o.id, o.fresh = id, !there
	return nil
}

// resolve returns a copy of a value in which each Ref is a text.
func resolve(v any, text func(Ref) string) any {
	switch v := v.(type) {
	case Ref:
		return text(v)
	case []Ref:
		out := make([]any, len(v))
		for i, r := range v {
			out[i] = text(r)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = resolve(e, text)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v)+3)
		for name, e := range v {
			out[name] = resolve(e, text)
		}
		return out
	}
	return v
}
