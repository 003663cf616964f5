package schema_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// show formats a place: column, then .member, ['key'] and [], then the type's kind, then $rest of a JSON text.
func show(p schema.Location) string {
	var b strings.Builder
	b.WriteString(p.Column)
	for _, s := range p.Steps {
		switch s.Kind {
		case schema.Member:
			b.WriteString("." + s.Name)
		case schema.Key:
			b.WriteString("['" + s.Name + "']")
		case schema.Each:
			b.WriteString("[]")
		case schema.Joined:
			b.WriteString("['" + s.Name + "'][]")
		}
	}
	b.WriteString(" " + p.Type.Kind.String())
	if p.JSON.Text != "" {
		b.WriteString(" $" + p.JSON.Text)
	}
	for _, e := range p.JSON.Embedded {
		fmt.Fprintf(&b, " %q in %d", p.JSON.Text[:e.Length], e.Encoding)
	}
	if p.JSON.Any {
		b.WriteString(" any")
	}
	if p.Encoding != value.NoJSON {
		fmt.Fprintf(&b, " encoded %d", p.Encoding)
	}
	for _, v := range p.Values {
		b.WriteString(" " + v.Log + "=" + v.Table)
	}
	for _, v := range p.Absent {
		b.WriteString(" -" + v)
	}
	return b.String()
}

func shown(places []schema.Location) []string {
	var list []string
	for _, p := range places {
		list = append(list, show(p))
	}
	return list
}

func layout(t *testing.T, name string) *schema.Layout {
	t.Helper()
	p, err := schema.FindLayout(schema.All(), name)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The expected places follow from the table definitions in the Athena User Guide.
func TestPlacesInCloudTrailTables(t *testing.T) {
	for _, test := range []struct {
		layout, field string
		want          []string
	}{
		{"cloudtrail/athena", "eventName", []string{"eventname string"}},
		{"cloudtrail/athena", "userIdentity.sessionContext.attributes.mfaAuthenticated", []string{"useridentity.sessioncontext.attributes.mfaauthenticated string"}},
		{"cloudtrail/athena", "userIdentity.sessionContext", []string{"useridentity.sessioncontext struct"}},
		{"cloudtrail/athena", "requestParameters", []string{"requestparameters json"}},
		{"cloudtrail/athena", "requestParameters.bucketName", []string{"requestparameters json $bucketName"}},
		{"cloudtrail/athena", "requestParameters.policyDocument.Statement.Action", []string{`requestparameters json $policyDocument.Statement.Action "policyDocument" in 2`}},
		{"cloudtrail/athena", "resources.ARN", []string{"resources[].arn string"}},
		{"cloudtrail/athena", "resources", []string{"resources[] struct"}},
		{"cloudtrail/athena", "userIdentity.sessionContext.webIdFederationData.attributes.accounts.google.com:aud",
			[]string{"useridentity.sessioncontext.webidfederationdata.attributes['accounts.google.com:aud'] string"}},
		{"cloudtrail/athena", "eventName.more", nil},
		{"cloudtrail/athena", "status", nil},
		{"cloudtrail/athena", "timestamp", nil}, // a partition is not a field of the log
		{"cloudtrail/athena-org", "account", nil},
		{"cloudtrail/athena-org", "userIdentity.arn", []string{"useridentity.arn string"}},
		{"cloudtrail/files", "eventName", []string{"event json $eventName"}},
		{"cloudtrail/files", "requestParameters.policyDocument.Version",
			[]string{`event json $requestParameters.policyDocument.Version "requestParameters.policyDocument" in 2`}},
		{"cloudtrail/lake", "requestParameters.policyDocument.Version",
			[]string{`eventjson json $requestParameters.policyDocument.Version "requestParameters.policyDocument" in 2`}},
		{"cloudtrail/lake", "responseElements", []string{"eventjson json $responseElements"}},
		{"cloudtrail/lake", "readOnly", []string{"readonly boolean"}},
		{"cloudtrail/lake", "tlsDetails.tlsVersion", []string{"tlsdetails.tlsversion string"}},
		{"cloudtrail/security-lake-v2", "requestParameters", []string{"api.request.data json"}},
		{"cloudtrail/security-lake-v2", "responseElements.ConsoleLogin", []string{"api.response.data json $ConsoleLogin"}},
		{"cloudtrail/security-lake-v2", "sourceIPAddress", []string{"src_endpoint.ip string", "src_endpoint.domain string"}},
		{"cloudtrail/security-lake-v2", "userIdentity.sessionContext.sessionIssuer.type", []string{"unmapped['userIdentity.sessionContext.sessionIssuer.type'] string"}},
		{"cloudtrail/security-lake-v2", "additionalEventData.MFAUsed",
			[]string{"is_mfa boolean No=false Yes=true", "unmapped['additionalEventData.MFAUsed'] string"}},
		{"cloudtrail/security-lake-v2", "eventCategory", []string{"metadata.product.feature.name string -Management, Data, and Insights"}},
		{"cloudtrail/security-lake-v2", "additionalEventData", nil}, // only its leaves are kept
		{"cloudtrail/security-lake-v2", "userIdentity", nil},
		{"cloudtrail/security-lake-v2", "status", nil}, // a column with another meaning
		{"cloudtrail/security-lake-v2-s3", "eventName", []string{"api.operation string"}},
		{"cloudtrail/security-lake-v1", "userIdentity.arn", []string{"actor.user.uuid string"}},
		{"cloudtrail/security-lake-v1", "requestParameters", nil}, // only its leaves are kept
		{"cloudtrail/security-lake-v1", "requestParameters.roleName", []string{"unmapped['requestParameters.roleName'][] string", "user.name string"}},
		{"cloudtrail/security-lake-v1", "responseElements.role.description", nil}, // shares its column with others
		{"cloudtrail/security-lake-v1", "responseElements.ConsoleLogin", []string{"status string"}},
		{"cloudtrail/security-lake-v1", "requestParameters.layers", []string{"unmapped['requestParameters.layers'][] string"}},
		{"cloudtrail/security-lake-v1", "requestParameters.policyDocument.Version", []string{
			"unmapped['requestParameters.policyDocument'] json $Version encoded 2", "unmapped['requestParameters.policyDocument.Version'][] string"}},
		{"cloudtrail/security-lake-v2", "resources.ARN", []string{"resources[].uid string", "unmapped['resources.ARN'][] string"}},
		{"guardduty/athena", "service.action.actionType", []string{"service json $action.actiontype"}},
		{"vpcflow/athena", "pkt_srcaddr", []string{"pkt_srcaddr string"}},
		{"vpcflow/athena", "pkt-srcaddr", []string{"pkt_srcaddr string"}},
		{"vpcflow/athena", "region", []string{"region string"}},
		{"vpcflow/security-lake-v2", "srcaddr", []string{"src_endpoint.intermediate_ips[] string", "src_endpoint.ip string"}},
		{"waf/athena", "httpRequest.headers.name", []string{"httprequest.headers[].name string"}},
		{"generic", "a.b.c", []string{"a.b.c unknown"}},
		{"generic", "EventID", []string{"EventID unknown"}},
	} {
		if got := shown(layout(t, test.layout).Locations(test.field)); !slices.Equal(got, test.want) {
			t.Errorf("%s %s: got %q, want %q", test.layout, test.field, got, test.want)
		}
	}
}
