package sqlgen

import "github.com/egret-hunt/egret/internal/sqlgen/sqltree"

// Dialect is a variety of SQL; see package sqltree.
type Dialect = sqltree.Dialect

// Dialects returns all dialects, sorted by name. The slice must not be changed.
func Dialects() []*Dialect { return sqltree.Dialects() }

// DialectByName returns the dialect with a name, nil if there is none.
func DialectByName(name string) *Dialect { return sqltree.DialectByName(name) }
