package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/egret-hunt/egret/internal/schema"
)

// FactPaths has what facts need of some calls and leaves out what only other calls need.
func TestFactPathsDependOnCalls(t *testing.T) {
	s := schema.ByName("cloudtrail")
	calls := func(service string, actions ...string) schema.Calls {
		of := schema.Calls{Services: []schema.Pattern{schema.NewPattern(service)}}
		for _, a := range actions {
			of.Actions = append(of.Actions, schema.NewPattern(a))
		}
		return of
	}
	for _, test := range []struct {
		name string
		of   schema.Calls
		want []string // "-" before paths that must not be there
	}{
		{"all", schema.Calls{}, []string{"errorCode", "userIdentity.type", "responseElements.ConsoleLogin", "requestParameters.bucketPolicy.Statement", "resources.ARN"}},
		{"a sign-in", calls("signin.amazonaws.com", "consolelogin"), []string{"responseElements.ConsoleLogin", "additionalEventData.MFAUsed", "-requestParameters.bucketName", "-responseElements.CheckMfa"}},
		{"S3 by prefix", calls("S3.amazonaws.com", "PutBucket*"), []string{"requestParameters.bucketName", "requestParameters.BucketLoggingStatus.LoggingEnabled", "requestParameters.x-amz-acl", "-responseElements.ConsoleLogin", "-resources.ARN"}},
		{"another service", calls("glue.amazonaws.com", "GetTable"), []string{"errorCode", "-requestParameters.bucketName", "-responseElements.ConsoleLogin"}},
	} {
		var got []string
		for _, path := range s.FactPaths(test.of) {
			if slices.Contains(got, path.Text) {
				t.Errorf("%s: got %s twice", test.name, path.Text)
			}
			got = append(got, path.Text)
		}
		for _, path := range test.want {
			if path, not := strings.CutPrefix(path, "-"); slices.Contains(got, path) == not {
				t.Errorf("%s: got %s: %v, want %v", test.name, path, not, !not)
			}
		}
	}
}
