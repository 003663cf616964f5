package event

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The smallest events by which the logs of identity providers and others are recognized, after their documentation.
var small = map[string]string{
	"okta":           `{"actor":{"alternateId":"a@example.com"},"eventType":"user.session.start","published":"2026-01-02T03:04:05Z","outcome":{"result":"SUCCESS"},"uuid":"u1"}`,
	"okta lower":     `{"actor":{"alternateId":"a@example.com"},"eventtype":"user.session.start","published":"2026-01-02 03:04:05","outcome":{"result":"SUCCESS"},"uuid":"u1"}`,
	"github":         `{"@timestamp":1685465626150,"_document_id":"d1","action":"repo.destroy","actor":"ana","org":"o"}`,
	"github no id":   `{"action":"repo.destroy","actor":"ana","created_at":1685465626150,"org":"o","repo":"o/r"}`,
	"kubernetes":     `{"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"a","stage":"ResponseComplete","verb":"get"}`,
	"kubernetes aks": `{"AuditId":"a","Stage":"ResponseComplete","Verb":"get","ObjectRef":"{\"resource\":\"pods\"}"}`,
	"bitbucket":      `{"auditType":{"category":"Auditing","action":"x"},"author":{"name":"a"},"timestamp":{"epochSecond":1638034465,"nano":0}}`,
	"bitbucket rest": `{"type":{"category":"Auditing","action":"x"},"author":{"name":"a"},"affectedObjects":[],"timestamp":"2026-01-02T03:04:05.000Z"}`,
	"duo":            `{"txid":"t","event_type":"authentication","factor":"duo_push","reason":"user_approved","result":"success","timestamp":1581620180}`,
	"duo admin":      `{"action":"admin_login","description":"{\"ip_address\":\"203.0.113.5\"}","isotimestamp":"2020-01-24T15:09:42+00:00","object":null,"timestamp":1579878582,"username":"a"}`,
	"onelogin":       `{"id":1,"created_at":"2026-01-02T03:04:05.000Z","account_id":2,"user_id":3,"event_type_id":532}`,
}

// indented returns JSON text on several lines, as people save it.
func indented(text string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", " "); err != nil {
		panic(err)
	}
	return b.String()
}

// Each log is found in the envelopes in which services and tools give it: as many events, all of the right log.
func TestShapesOfLogs(t *testing.T) {
	list := func(name string, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(small[name]+",", n), ",") + "]"
	}
	for _, c := range []struct {
		what, log, text string
		events          int64
	}{
		{"array of the System Log API", "okta", indented(list("okta", 3)), 3},
		{"lines", "okta", small["okta"] + "\n" + small["okta"] + "\n", 2},
		{"lines of a lake", "okta", small["okta lower"] + "\n", 1},
		{"EventBridge", "okta", `{"version":"0","source":"aws.partner/okta.com/x","detail-type":"SystemLog","time":"2026-01-02T03:04:05Z","detail":` + small["okta"] + `}`, 1},
		{"event hook", "okta", `{"eventType":"com.okta.event_hook","eventTypeVersion":"1.0","eventId":"e","data":{"events":` + list("okta", 2) + `}}`, 2},
		{"array of the REST API", "github", list("github", 2), 2},
		{"lines of a stream", "github", small["github no id"] + "\n" + small["github"] + "\n", 2},
		{"webhook of the API server", "kubernetes", `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":` + list("kubernetes", 2) + `}`, 2},
		{"export of CloudWatch", "kubernetes", `{"timestamp":1,"message":` + quoted(small["kubernetes"]) + `}`, 1},
		{"subscription of CloudWatch", "kubernetes", `{"messageType":"DATA_MESSAGE","owner":"111122223333","logGroup":"/aws/eks/c/cluster","logStream":"kube-apiserver-audit-1","logEvents":[{"id":"1","timestamp":1,"message":` + quoted(small["kubernetes"]) + `},{"id":"2","timestamp":1,"message":` + quoted(small["kubernetes"]) + `}]}`, 2},
		{"record of Kinesis", "kubernetes", `{"kinesis":{"data":"` + packed(t, `{"messageType":"DATA_MESSAGE","logEvents":[{"message":`+quoted(small["kubernetes"])+`}]}`) + `"},"eventSource":"aws:kinesis"}`, 1},
		{"diagnostic line of AKS", "kubernetes", `{"operationName":"Microsoft.ContainerService/managedClusters/diagnosticLogs/Read","category":"kube-audit","resourceId":"/SUBSCRIPTIONS/X","properties":{"log":` + quoted(small["kubernetes"]) + `,"stream":"stdout","pod":"p"},"time":"2026-01-02T03:04:05Z"}`, 1},
		{"Event Hub message of AKS", "kubernetes", `{"records":[{"operationName":"x","category":"kube-audit-admin","resourceId":"/SUBSCRIPTIONS/X","properties":{"log":` + quoted(small["kubernetes"]) + `}}]}`, 1},
		{"Log Analytics", "kubernetes", small["kubernetes aks"], 1},
		{"files of the server", "bitbucket", small["bitbucket"] + "\n", 1},
		{"REST API", "bitbucket", indented(`{"entities":` + list("bitbucket rest", 2) + `,"pagingInfo":{"lastPage":true,"size":2}}`), 2},
		{"Admin API, version 2", "duo", `{"stat":"OK","response":{"authlogs":` + list("duo", 2) + `,"metadata":{"total_objects":2}}}`, 2},
		{"Admin API, version 1", "duo", `{"stat":"OK","response":` + list("duo admin", 2) + `}`, 2},
		{"Events API", "onelogin", indented(`{"status":{"error":false,"code":200},"pagination":{"after_cursor":null},"data":` + list("onelogin", 3) + `}`), 3},
		{"webhook", "onelogin", list("onelogin", 2), 2},
	} {
		path := filepath.Join(t.TempDir(), "log.json")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		out := run(t, Options{}, path)
		f := out.files[0]
		if f.Events != c.events || f.FailedRecords != 0 || f.OtherRecords != 0 {
			t.Errorf("%s, %s: got %d events, %d failed, %v others, want %d", c.log, c.what, f.Events, f.FailedRecords, maps.Collect(maps.All(f.Others)), c.events)
		}
		for _, got := range out.schemas {
			if got != c.log {
				t.Errorf("%s, %s: got an event of %s", c.log, c.what, got)
			}
		}
	}
}

// Logs with the same keys are not taken for these.
func TestLogsThatOnlyLookAlike(t *testing.T) {
	for what, text := range map[string]string{
		"webhook of GitHub":        `{"action":"created","repository":{"id":1},"sender":{"login":"ana"},"installation":{"id":1},"created_at":"2026-01-02T03:04:05Z"}`,
		"activity of an app":       `{"action":"login","actor":"ana","timestamp":"2026-01-02T03:04:05Z","result":"ok"}`,
		"event of Kubernetes":      `{"kind":"Event","apiVersion":"v1","metadata":{"name":"x"},"involvedObject":{"kind":"Pod"},"reason":"Pulled","message":"m"}`,
		"line of a web server":     `{"verb":"GET","requestURI":"/","user":{"username":"a"},"code":200}`,
		"event of a shop":          `{"eventType":"order.created","published":"2026-01-02T03:04:05Z","id":"1"}`,
		"administration of a shop": `{"action":"delete","username":"ana","object":"article","timestamp":"2026-01-02T03:04:05Z"}`,
		"events by number":         `{"event_type_id":3,"name":"x","created_at":"2026-01-02T03:04:05Z"}`,
		"types with a category":    `{"type":{"category":"a","action":"b"},"name":"x"}`,
	} {
		path := filepath.Join(t.TempDir(), "log.json")
		if err := os.WriteFile(path, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if out := run(t, Options{}, path); out.files[0].Events != 0 {
			t.Errorf("%s: got an event of %v", what, out.schemas)
		}
	}
}
