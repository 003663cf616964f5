// Package stixmap maps the events of log sources to STIX objects, and conditions on STIX objects to conditions on events. The
// mappings are YAML files, one for each log source, in data; the format is below.
//
// One mapping serves both directions:
//
//   - From log to STIX: NewBuilder(m, schema).Build(doc) returns the observation of an event: the objects, numbered as in
//     observed-data of STIX 2.0, with references as numbers, and the span of time.
//   - From STIX to log: Mapping.Lower turns the condition of one pair of brackets into a query that holds for all events whose
//     observation may satisfy it. It is a superset: the exact answer is that of stixmatch on the observation.
//
// For(schemas, doc) chooses the mapping of an event. Rows of Security Lake have a mapping of their own, for which the event
// needs its whole row under the key "row".
//
// # Format
//
//	name: vpcflow                  # of the mapping
//	title: Amazon VPC flow log
//	schemas: [vpcflow]             # log sources whose events it describes
//	rows: true                     # only events that were rows in OCSF; without it, only others
//	first: {from: start, as: epoch-s}   # begin of the span
//	last: {from: end, as: epoch-s}      # its end; without it, the begin
//	number: {from: count, as: number}   # number_observed; without it, 1
//	objects:
//	  - name: src                  # for references, optional
//	    type: ip-addr              # ipv4-addr or ipv6-addr by its value; no object without an address
//	    properties:
//	      value: srcaddr           # the path of a field in the log
//
// A key of properties is the path of a property in STIX, with dots between names and names with dots in quotes. With [*] at its
// end the property is a list. A value is a path, a mapping with the keys below, or a sequence of these: a list has the values of
// all, any other property has the first one that exists. Fields that are missing, null, empty or a hyphen do not exist.
//
//	from: path      the field. A path that begins with a dot is relative to the element of each; . is the element
//	const: value    this text, number or boolean
//	join: [...]     the texts of values, one after the other. One that is missing is left out if it is optional: true, and
//	                otherwise there is no value. until: "/" on a part says that it has no such character
//	ref: name       a reference to an object, of the same element if there is one, else the first
//	as: conversion  see Conversions
//	map: {a: b}     the text a becomes b; other texts stay
//	prefix: text    before the text
//	if: {path: [x]} only if the field has one of the texts; "*" is any text. unless is the opposite
//	each: path      for a list of objects: properties of the object for each element. With key, a member for each element
//
// Keys of an object besides name, type and properties:
//
//	each: path      one object for each element of this list
//	many: property  one object for each value of this property
//	if, unless      as above
//	differs: path   only if the value differs from that field
//	require: [...]  only if one of these properties exists. Of ip-addr, url and domain-name it is value
//	always: true    every event of the log source has the object, so that patterns can say that a property is missing
//
// Objects under more instead of objects are for patterns alone. Their properties join those of the object of the same type and
// list, or they are objects of their own.
package stixmap
