package hunt_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// TestMillionRowsIntegration does the same with Trino and a hive table with a partition for each day. It leaves out
// the starter pack, which takes a small server many minutes on a million rows.
func TestMillionRowsIntegration(t *testing.T) {
	skipWithoutPeaks(t)
	db := sqltest.Trino(t)
	p := layoutOf(t, "cloudtrail/athena")
	event := fmt.Sprintf(`{"eventVersion":"1.08","eventID":"-","eventTime":%q`, theDay.Format(time.RFC3339))
	for _, path := range []string{"eventName", "eventSource", "awsRegion", "sourceIPAddress", "userAgent", "recipientAccountId"} {
		event += fmt.Sprintf(`,%q:%q`, path, millionCell(path)(0, theDay))
	}
	event += `,"userIdentity":{"type":"IAMUser"`
	for _, member := range []string{"accountId", "principalId", "accessKeyId", "arn", "userName"} {
		event += fmt.Sprintf(`,%q:%q`, member, fmt.Sprint(millionCell("userIdentity."+member)(0, theDay)))
	}
	event += fmt.Sprintf(`},"requestParameters":%s,"additionalEventData":%s}`, millionCell("requestParameters")(0, theDay), millionCell("additionalEventData")(0, theDay))
	doc, err := new(value.Parser).Parse([]byte(event))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Load(t.Context(), "one", sqltest.Columns(p), [][]any{sqltest.Row(p, doc)}); err != nil {
		t.Fatal(err)
	}
	typeOfUser, _ := ask(t, db, "SELECT typeof(useridentity) FROM one")[0][0].(string)
	// One event becomes a million, each with its own id, time, user and object.
	var columns []string
	for _, c := range sqltest.Columns(p) {
		columns = append(columns, map[string]string{
			"eventid":           "concat('11111111-0000-4000-8000-', CAST(100000000000 + n AS varchar)) AS eventid",
			"eventtime":         "to_iso8601(at) AS eventtime",
			"useridentity":      readerOf(c.Type, typeOfUser),
			"requestparameters": "replace(requestparameters, 'part-0.', concat('part-', CAST(n AS varchar), '.')) AS requestparameters",
			"timestamp":         `date_format(at, '%Y/%m/%d') AS "timestamp"`,
		}[c.Name])
		if last := len(columns) - 1; columns[last] == "" {
			columns[last] = sqltest.QuoteIdentifier(c.Name)
		}
	}
	//nolint:unqueryvet // all columns of a table that the test created
	ask(t, db, fmt.Sprintf(`CREATE VIEW million AS SELECT * FROM one CROSS JOIN
		(SELECT n, date_add('millisecond', n * %d, from_iso8601_timestamp('%s')) AS at FROM (SELECT a * 1000 + b AS n FROM UNNEST(sequence(0, %d)) AS u(a), UNNEST(sequence(0, 999)) AS v(b)))`,
		(24*time.Hour/time.Duration(millionPerDay)).Milliseconds(), theDay.Format(time.RFC3339), millionDays*millionPerDay/1000-1))
	t.Cleanup(func() { _ = db.Exec(context.Background(), "DROP VIEW million") })
	table := inCatalog(t, db, "hive", "million", strings.Join(columns, ", "), "format = 'PARQUET', "+partitionedBy(p.PartitionedBy))
	for _, c := range millionCases {
		t.Run(c.name, func(t *testing.T) {
			dir := millionDir(t, c.rules, "lakes:\n  prod: {engine: trino, url: "+os.Getenv("EGRET_TRINO")+", user: egret, tables: {cloudtrail: {table: "+table+", schema: athena}}}\n")
			checkPeak(t, c.counted, func() (int, *millionLedger) {
				return egretPeak(t, dir, nil, append(millionWindow(), "--lake", "prod", "--rules", "rules")...)
			})
		})
	}
}

// readerOf returns the column of a user with the name and ARN of a reader.
func readerOf(user schema.Type, name string) string {
	var members []string
	for _, m := range user.Members {
		member := "useridentity." + sqltest.QuoteIdentifier(m.Name)
		switch m.Name {
		case "arn", "username":
			member = fmt.Sprintf("replace(%s, 'reader-0', concat('reader-', CAST(n %% %d AS varchar)))", member, readers)
		}
		members = append(members, member)
	}
	return "CAST(ROW(" + strings.Join(members, ", ") + ") AS " + name + ") AS useridentity"
}
