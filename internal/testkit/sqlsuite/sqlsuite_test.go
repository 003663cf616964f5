package sqlsuite_test

import (
	"testing"

	"github.com/egret-hunt/egret/internal/testkit/sqlsuite"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
)

func TestCasesOnDuckDB(t *testing.T) { sqlsuite.Cases(t, sqltest.DuckDB(t)) }

func TestCasesOnTrinoIntegration(t *testing.T) { sqlsuite.Cases(t, sqltest.Trino(t)) }
