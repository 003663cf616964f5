package facts_test

import (
	"slices"
	"testing"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
)

// TestOtherLogSourcesTellOutcomesTargetsAndFacts has events as AWS documents them for each log source besides CloudTrail.
func TestOtherLogSourcesTellOutcomesTargetsAndFacts(t *testing.T) {
	for _, test := range []struct {
		schema, name, event string
		outcome             finding.Outcome
		targets, facts      []string
	}{
		{"vpcflow", "rejected", `"action":"REJECT","srcaddr":"203.0.113.9","dstaddr":"192.0.2.4","dstport":22,"interface-id":"eni-1"`, finding.Refused, []string{"address 192.0.2.4", "network interface eni-1"}, []string{"to port 22"}},
		{"vpcflow", "accepted", `"action":"ACCEPT","dstaddr":"192.0.2.4"`, finding.Succeeded, []string{"address 192.0.2.4"}, nil},
		{"vpcflow", "no data", `"log-status":"NODATA","interface-id":"eni-1"`, finding.Unknown, []string{"network interface eni-1"}, nil},
		{"s3access", "read", `"operation":"REST.GET.OBJECT","httpstatus":"200","errorcode":"-","bucket_name":"b","key":"k"`, finding.Succeeded, []string{"bucket b", "object k"}, nil},
		{"s3access", "refused to nobody", `"operation":"REST.GET.OBJECT","httpstatus":"403","errorcode":"AccessDenied","bucket_name":"b","key":"k","requester":"-"`, finding.Refused, []string{"bucket b", "object k"}, []string{"called without credentials"}},
		{"s3access", "not there", `"operation":"REST.GET.OBJECT","httpstatus":"404","errorcode":"NoSuchKey","bucket_name":"b","key":"-"`, finding.Failed, []string{"bucket b"}, nil},
		{"alb", "answered", `"request_verb":"GET","elb_status_code":"200","request_url":"https://www.example.com/"`, finding.Succeeded, []string{"URL https://www.example.com/"}, []string{"answered with 200"}},
		{"alb", "forbidden", `"request_verb":"GET","elb_status_code":"403","request_url":"https://www.example.com/admin"`, finding.Refused, []string{"URL https://www.example.com/admin"}, []string{"answered with 403"}},
		{"alb", "no answer", `"request_verb":"GET","elb_status_code":"-","request_url":"u"`, finding.Unknown, []string{"URL u"}, []string{"answered with -"}},
		{"waf", "blocked", `"action":"BLOCK","webaclId":"w","terminatingRuleId":"sqli","httpRequest":{"uri":"/login"}`, finding.Refused, []string{"web ACL w", "URL /login"}, []string{"decided by rule sqli"}},
		{"waf", "allowed", `"action":"ALLOW","webaclId":"w","terminatingRuleId":"Default_Action"`, finding.Succeeded, []string{"web ACL w"}, []string{"decided by rule Default_Action"}},
		{"route53", "answered", `"query_name":"a.example.com.","query_type":"A","rcode":"NOERROR","answers":[{"Rdata":"192.0.2.4","Type":"A"}]`, finding.Succeeded, []string{"name a.example.com."}, []string{"answer 192.0.2.4"}},
		{"route53", "no such name", `"query_name":"a.example.com.","query_type":"A","rcode":"NXDOMAIN"`, finding.Failed, []string{"name a.example.com."}, nil},
		{"route53", "firewall", `"query_name":"a.example.com.","query_type":"A","rcode":"NOERROR","firewall_rule_action":"BLOCK"`, finding.Refused, []string{"name a.example.com."}, []string{"firewall BLOCK"}},
		{"guardduty", "a call that was refused", `"severity":8,"resource":{"accessKeyDetails":{"userName":"u","accessKeyId":"AKIA1"}},"service":{"action":{"awsApiCallAction":{"api":"CreateUser","errorCode":"AccessDenied"}}}`, finding.Refused, []string{"user u", "access key AKIA1"}, []string{"severity 8", "called CreateUser"}},
		{"guardduty", "a call", `"service":{"action":{"awsApiCallAction":{"api":"CreateUser"}}}`, finding.Succeeded, nil, []string{"called CreateUser"}},
		{"guardduty", "a connection that was blocked", `"resource":{"instanceDetails":{"instanceId":"i-1"}},"service":{"action":{"networkConnectionAction":{"blocked":true}}}`, finding.Refused, []string{"instance i-1"}, nil},
		{"guardduty", "anything else", `"severity":5.3,"type":"Recon:EC2/Portscan"`, finding.Unknown, nil, []string{"severity 5.3"}},
		{"securityhub", "finding", `"Severity":{"Label":"HIGH"},"Resources":[{"Id":"arn:aws:s3:::b"}],"Compliance":{"Status":"FAILED"}`, finding.Unknown, []string{"resource arn:aws:s3:::b"}, []string{"severity HIGH", "compliance FAILED"}},
		{"eks", "exec", `"verb":"create","objectRef":{"resource":"pods","subresource":"exec","namespace":"n","name":"p"},"responseStatus":{"code":101},"requestURI":"/exec?command=sh"`, finding.Succeeded, []string{"pod p", "namespace n"}, []string{"command in a running container /exec?command=sh"}},
		{"eks", "forbidden to nobody", `"verb":"list","objectRef":{"resource":"secrets"},"user":{"username":"system:anonymous"},"responseStatus":{"code":403,"reason":"Forbidden"}`, finding.Refused, nil, []string{"called without credentials"}},
		{"eks", "not found", `"verb":"get","objectRef":{"resource":"secrets","name":"s"},"responseStatus":{"code":404,"reason":"NotFound"}`, finding.Failed, []string{"secret s"}, nil},
		{"eks", "begun", `"verb":"get","stage":"RequestReceived","objectRef":{"resource":"secrets","name":"s"}`, finding.Unknown, []string{"secret s"}, nil},
		{"eks", "binding", `"verb":"create","objectRef":{"resource":"clusterrolebindings","name":"b"},"responseStatus":{"code":201},"requestObject":{"roleRef":{"name":"cluster-admin"},"subjects":[{"name":"u"}]}`, finding.Succeeded, []string{"role binding b"}, []string{"grants role cluster-admin", "grants to u"}},
		{"eks", "all-powerful role", `"verb":"create","objectRef":{"resource":"clusterroles","name":"r"},"responseStatus":{"code":201},"requestObject":{"rules":[{"verbs":["*"],"resources":["*"]}]}`, finding.Succeeded, []string{"role r"}, []string{"policy allows all verbs on all resources"}},
		{"eks", "privileged pod", `"verb":"create","objectRef":{"resource":"pods","name":"p"},"responseStatus":{"code":201},"requestObject":{"spec":{"hostNetwork":true,"volumes":[{"hostPath":{"path":"/"}}],"containers":[{"image":"x","securityContext":{"privileged":true}}]}}`, finding.Succeeded, []string{"pod p"}, []string{"privileged container", "shares the host's network", "mounts of the host /", "container image x"}},
		{"azure-activity", "begun", `"operationName":"MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE","resultType":"Start","resourceId":"/subscriptions/s/vm"`, finding.Unknown, []string{"resource /subscriptions/s/vm"}, nil},
		{"azure-activity", "done, REST", `"operationName":{"value":"w"},"status":{"value":"Succeeded"},"resourceId":"/subscriptions/s/vm"`, finding.Succeeded, []string{"resource /subscriptions/s/vm"}, nil},
		{"azure-activity", "failed", `"operationName":"w","resultType":"Failure","resultSignature":"Failed.Conflict"`, finding.Failed, nil, nil},
		{"entra-signin", "signed in", `"properties":{"status":{"errorCode":0},"appDisplayName":"Portal","location":{"countryOrRegion":"FR"}}`, finding.Succeeded, []string{"application Portal"}, []string{"country FR"}},
		{"entra-signin", "wrong password, Graph", `"status":{"errorCode":50126},"appDisplayName":"Portal"`, finding.Refused, []string{"application Portal"}, nil},
		{"entra-audit", "consent", `"properties":{"result":"success","targetResources":[{"displayName":"App","modifiedProperties":[{"displayName":"ConsentAction.Permissions","newValue":"Mail.Read"},{"displayName":"Other","newValue":"no"}]}]}`, finding.Succeeded, []string{"directory object App"}, []string{"permissions Mail.Read"}},
		{"entra-audit", "failed", `"result":"failure","resultReason":"no"`, finding.Failed, nil, nil},
		{"m365", "rule", `"ResultStatus":"True","Operation":"New-InboxRule","Parameters":[{"Name":"Name","Value":"x"},{"Name":"ForwardTo","Value":"a@example.org"}]`, finding.Succeeded, nil, []string{"forwards to a@example.org"}},
		{"m365", "file", `"Operation":"FileAccessed","ObjectId":"f"`, finding.Unknown, []string{"object f"}, nil},
		{"gcp", "empty status", `"protoPayload":{"status":{},"resourceName":"r","authorizationInfo":[{"permission":"p","granted":true}]}`, finding.Succeeded, []string{"resource r"}, []string{"permission p"}},
		{"gcp", "denied", `"protoPayload":{"status":{"code":7,"message":"PERMISSION_DENIED"},"resourceName":"r"}`, finding.Refused, []string{"resource r"}, nil},
		{"gcp", "no such thing", `"protoPayload":{"status":{"code":5},"resourceName":"r"}`, finding.Failed, []string{"resource r"}, nil},
	} {
		t.Run(test.schema+" "+test.name, func(t *testing.T) {
			f := gatherFrom(t, schema.ByName(test.schema), nil, test.event)
			if f.Outcomes.Counts[test.outcome] != 1 {
				t.Errorf("got outcomes %v, want %s", f.Outcomes.Counts, test.outcome)
			}
			var targets []string
			for _, target := range f.Targets {
				if name := target.Type + " " + target.Name; !slices.Contains(targets, name) {
					targets = append(targets, name)
				}
			}
			if !slices.Equal(targets, test.targets) {
				t.Errorf("got targets %q, want %q", targets, test.targets)
			}
			if got := texts(f); !slices.Equal(got, test.facts) {
				t.Errorf("got facts %q, want %q", got, test.facts)
			}
		})
	}
}
