package config

import "time"

// Lake is a place where logs are tables, and how it is reached. It holds no secret: passwords and tokens stand in
// environment variables, which it names.
type Lake struct {
	Name Text
	// Engine is one of Engines.
	Engine Text
	// Athena, Trino and DuckDB are the settings of that engine; those of the others are empty.
	Athena Athena
	Trino  Trino
	DuckDB DuckDB
	// Tables are in the order of the file, maybe several of one log source.
	Tables []LakeTable
	// Budget is the most that a hunt may read or cost, zero for no limit.
	Budget Budget
	// Price is what a TB (10^12 bytes) costs to read, in USD; 0 if the file does not say.
	Price float64
	// Concurrency is how many queries may run at a time, Slice the range of time of one; 0 if the file does not say.
	Concurrency int
	Slice       time.Duration
}

// Engines are the names of engines, sorted.
var Engines = []string{"athena", "duckdb", "trino"}

// LakeTable is a table of a log source.
type LakeTable struct {
	// Source is the name of the log source's schema, such as "cloudtrail".
	Source Text
	// Table is the table's name in the engine, "" for the profile's usual one; DuckDB takes files too.
	Table Text
	// Schema names the profile, "athena" or "cloudtrail/athena"; "" for the usual one of the log source.
	Schema Text
	// Region fills {region} in the table's name, "" if that is not wanted.
	Region Text
}

// Athena are the settings of Amazon Athena. An empty one is left to the environment, as AWS's own tools do.
type Athena struct {
	Region Text
	// Profile is one of AWS's configuration files; Role is a role's ARN to take on, with ExternalID.
	Profile, Role, ExternalID    Text
	Workgroup, Catalog, Database Text
	// Output is where results go: s3://bucket/prefix/. Encryption is how: sse-s3, sse-kms or cse-kms, the latter two with
	// the ARN or id of KMSKey. BucketOwner is the account that the bucket must belong to.
	Output, Encryption, KMSKey, BucketOwner Text
	// Reuse is how old a result may be that is given again, 0 for none.
	Reuse time.Duration
	// CutOff says that the workgroup is egret's own, so that its limit of bytes a query may be set.
	CutOff bool
	// Endpoint, S3Endpoint and STSEndpoint are addresses in the stead of the public ones.
	Endpoint, S3Endpoint, STSEndpoint Text
}

// Trino are the settings of a Trino cluster.
type Trino struct {
	// URL is its address without credentials, never empty.
	URL Text
	// User is the name that queries run under; PasswordEnv and TokenEnv name environment variables.
	User, PasswordEnv, TokenEnv Text
	// Catalog and Schema hold for tables whose names leave them out.
	Catalog, Schema Text
	// Session are session properties, in the order of the file.
	Session []Pair
	// CAFile is a file of certificates to trust, as written; relative paths start at the folder of the file.
	CAFile Text
	// TimeLimit ends queries that run longer; 0 leaves it to the engine (package trino), which has a limit of its own.
	TimeLimit time.Duration
}

// DuckDB are the settings of DuckDB within egret. Relative paths start at the folder of the file.
type DuckDB struct {
	// Database is a database file, "" for one in memory; Attach are further ones under names, in the order of the file.
	Database Text
	Attach   []Pair
	// Memory bounds what a statement keeps in memory, in bytes; 0 if the file does not say. Threads 0: one for each processor.
	Memory  int64
	Threads int
}

// Pair is a key of a map with its value.
type Pair struct{ Name, Value Text }
