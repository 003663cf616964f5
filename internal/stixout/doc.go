// Package stixout writes bundles of STIX 2.0 and 2.1: observed data, sightings, and what they refer to.
//
// Its input is observations, whose objects have the names and properties of STIX 2.0. It writes observed-data with numbered
// objects (2.0), or with objects of their own that have deterministic ids (2.1). In 2.1 custom types get an extension
// definition, and custom properties of standard objects move to objects beside them, since the id of a standard object
// does not depend on custom properties. docs/stix.md names these objects.
//
// Output depends on input alone: ids are hashes and times are those of the observations, so two runs give the same bytes.
package stixout

import (
	"time"

	"github.com/egret-hunt/egret/stix"
)

// A Ref is a reference to another object of the observation: its index. Properties that end in _ref have a Ref, those
// that end in _refs a []Ref.
type Ref int

// An Object is a cyber-observable object.
type Object struct {
	Type string
	// Properties are without type and id. Values are Ref, []Ref, or as encoding/json decodes them with UseNumber.
	Properties map[string]any
}

// An Observation is what was seen at one time or over a span of time.
type Observation struct {
	// First and Last are the ends of the span, equal for an instant. A zero time is written as 1970-01-01.
	First, Last time.Time
	// Number is how often it was seen; less than 1 stands for 1.
	Number int
	// Objects should not be empty: STIX demands an object. Observe refuses an observation without one.
	Objects []Object
	// Key tells observations with equal content apart, such as the id of the event. It is part of the hash of the id only.
	Key string
}

// Options say what a bundle has.
type Options struct {
	Version stix.Version
	// Identity is the object that everything is created by; nil stands for Egret. What it lacks to be valid is added: type, id,
	// name, identity_class, created, modified and, in 2.1, spec_version.
	Identity map[string]any
}

// Egret returns the identity of egret itself.
func Egret() map[string]any {
	return map[string]any{"type": "identity", "id": formV4("identity--", "egret"), "name": "egret", "identity_class": "unknown"}
}

// An Indicator is what was hunted. If ID is "" it gets one.
type Indicator struct {
	ID, Name, Description string
	// Language is stix or sigma, Pattern the text in that language.
	Language, Pattern string
	// ValidFrom is since when it holds; zero stands for 1970-01-01.
	ValidFrom time.Time
	// Elsewhere says that the indicator is an object of another bundle, which is referred to and not repeated.
	Elsewhere bool
}

// A Sighting says that an indicator was seen.
type Sighting struct {
	Of Indicator
	// Observed are ids that Observe returned, at least one.
	Observed    []string
	First, Last time.Time
	// Count is how often it was seen, at least 1.
	Count int
}
