package sqlsuite

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/convert"
	"github.com/egret-hunt/egret/internal/rulepack"
	"github.com/egret-hunt/egret/internal/ruleset"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/sqlgen"
	"github.com/egret-hunt/egret/internal/testkit/sqltest"
	"github.com/egret-hunt/egret/internal/value"
)

// olderCloudTrail lists published definitions of CloudTrail's table with the columns that each lacks. Athena User
// Guide, pages "CloudTrail" of 2017 to 2019 and "Create a table for CloudTrail logs" of 2024; the table of CloudTrail's
// console has no partitions.
var olderCloudTrail = map[string][]string{
	"2017, by hand and by console": {
		"tlsdetails", "vpcendpointaccountid", "eventcategory", "addendum", "sessioncredentialfromconsole", "edgedevicedetails",
	},
	"2024": {"addendum", "sessioncredentialfromconsole", "edgedevicedetails"},
}

// olderIdentity is useridentity before 2023, without the identity center and the roles of EC2.
const olderIdentity = `struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,
	username:string,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,
	sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>>>`

// OlderTables converts the starter pack, each rule alone and all packed, and runs the queries on tables of older
// published definitions, in the given dialects. It runs one of every step rules. Correlations list no columns. A query
// may fail only if its condition reads a column that the table does not have.
func OlderTables(t *testing.T, engine sqltest.Engine, step int, dialects ...string) {
	layout, err := schema.FindLayout(schema.All(), "cloudtrail/athena")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	set, _, err := ruleset.Load(ctx, []ruleset.Folder{{Name: "starter", FS: rulepack.FS()}}, ruleset.Options{Schemas: []*schema.Schema{layout.Schema}})
	if err != nil {
		t.Fatal(err)
	}
	set.Correlations = nil
	identity, err := schema.ParseType(olderIdentity)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := new(value.Parser).Parse([]byte(`{"eventID": "e1", "eventTime": "2026-03-10T10:00:00Z", "eventSource": "cloudtrail.amazonaws.com",
		"eventName": "StopLogging", "awsRegion": "eu-west-1", "requestParameters": {"name": "trail"}, "recipientAccountId": "111122223333"}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, lacks := range olderCloudTrail {
		older := *layout
		older.PartitionedBy, older.Partitions = nil, nil
		older.Columns = slices.DeleteFunc(slices.Clone(layout.Columns), func(c schema.Column) bool { return slices.Contains(lacks, c.Name) })
		i := slices.IndexFunc(older.Columns, func(c schema.Column) bool { return c.Name == "useridentity" })
		older.Columns[i].Type = identity
		if err := engine.Load(ctx, "older", older.Columns, [][]any{sqltest.Row(&older, doc)}); err != nil {
			t.Fatal(err)
		}
		for _, dialect := range dialects {
			opt := sqlgen.Options{Dialect: sqlgen.DialectByName(dialect), Layout: layout, Table: "older"}
			ran, found := 0, 0
			for i, result := range append(convert.ToPackedSQL(set, opt)[:1], convert.ToSQL(set, opt)...) {
				if i%step != 0 || result.Query == "" || slices.ContainsFunc(result.Fields, newer) {
					continue
				}
				columns, rows, err := engine.Query(ctx, result.Query)
				if err != nil {
					t.Errorf("%s, %s, %s: got %v\n%s", name, dialect, result.Path, err, result.Query)
					continue
				}
				ran++
				at := slices.Index(columns, "eventid")
				for _, row := range rows {
					found++
					if row[at] != "e1" {
						t.Errorf("%s: got a row of %v", result.Path, row[at])
					}
				}
				var want []string
				if result.Pack > 0 {
					want = append(want, "rule")
				}
				for _, c := range older.Columns {
					want = append(want, c.Name)
				}
				if dialect != "athena" && !slices.Equal(columns, want) {
					t.Errorf("%s, %s, %s: got columns %q, want those of the table, %q", name, dialect, result.Path, columns, want)
				}
			}
			if ran < 40/step || found < 1 {
				t.Errorf("%s, %s: got %d queries that ran and %d events", name, dialect, ran, found)
			}
		}
	}
}

// newer reports whether a field is in a column, or a member, that older tables lack.
func newer(field string) bool {
	return field == "eventCategory" || field == "sessionCredentialFromConsole" || field == "userIdentity.sessionContext.ec2RoleDelivery" || strings.HasPrefix(field, "tlsDetails") || strings.HasPrefix(field, "userIdentity.onBehalfOf") ||
		strings.HasPrefix(field, "userIdentity.sessionContext.webIdFederationData")
}
