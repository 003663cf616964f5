package config

import (
	"time"

	"github.com/egret-hunt/egret/diag"
)

// A Lake is a database of log tables and how to connect to it. It holds no secrets, only the names of the environment
// variables with passwords and tokens.
type Lake struct {
	Name Text
	// Engine is the name of one of the engines passed to Parse, "" after a fault.
	Engine Text
	// Settings are the engine's own settings, nil if Engine is "".
	Settings Settings
	// Tables are in the order of the file. A log source may have several.
	Tables []LakeTable
	// Budget limits what a hunt may read or cost; the zero value sets no limit.
	Budget Budget
	// Price is the price in USD of reading a TB (10^12 bytes), 0 if not set.
	Price float64
	// Concurrency is the number of queries that may run at a time, 0 if not set.
	Concurrency int
	// Chunk is the time range that one statement covers, 0 if not set.
	Chunk time.Duration
}

// An Engine describes the settings of one engine in egret.yaml. Package engine/registry lists all engines.
type Engine struct {
	// Name is the value of the key "engine".
	Name string
	// New returns empty settings for one lake.
	New func() Settings
}

// Settings are the settings of a lake that only its engine has.
type Settings interface {
	// Keys returns the engine's own keys, without duplicates. Reading a key's value sets it in the settings.
	Keys() []Key
	// Check returns the faults of settings that depend on each other. Parse calls it after reading all keys.
	Check() diag.List
}

// A LakeTable is a table with the events of one log source.
type LakeTable struct {
	// Source is the name of the log source's schema, such as "cloudtrail".
	Source Text
	// Table is the table's name in the engine, "" for the default name of its layout. DuckDB accepts files too.
	Table Text
	// Layout names the table layout, such as "athena" or "cloudtrail/athena"; "" stands for the log source's default.
	Layout Text
	// Region replaces {region} in the table's name; "" leaves it.
	Region Text
}

// A Pair is one entry of a map.
type Pair struct{ Name, Value Text }
