package sqlsuite_test

import (
	"testing"

	"github.com/egret-hunt/egret/internal/testkit/sqlsuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func TestCasesOnDuckDB(t *testing.T) { sqlsuite.Cases(t, sqltest.DuckDB(t)) }

func TestCasesOnTrinoIntegration(t *testing.T) { sqlsuite.Cases(t, sqltest.Trino(t)) }

func TestRandomOnDuckDB(t *testing.T) {
	sqlsuite.Random(t, sqltest.DuckDB(t), sqlsuite.Size{Rounds: 5, Rules: 100, Events: 200, Seed: 1})
}

func TestRandomOnTrinoIntegration(t *testing.T) {
	sqlsuite.Random(t, sqltest.Trino(t), sqlsuite.Size{Rounds: 1, Rules: 50, Events: 100, Seed: 2})
}

// athenaTable is the table of Amazon's documentation.
var athenaTable = sqlsuite.Table{
	Profile: "cloudtrail/athena", Row: sqltest.Row, Packed: "eventid",
	Refused: map[string]string{"ccd6a6c8-bb4e-4a91-9d2a-07e632819374": "status"},
}

func TestCloudTrailOnDuckDB(t *testing.T) { sqlsuite.CloudTrail(t, sqltest.DuckDB(t), athenaTable) }

func TestCloudTrailOnTrinoIntegration(t *testing.T) {
	sqlsuite.CloudTrail(t, sqltest.Trino(t), athenaTable)
}
