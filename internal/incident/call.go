package incident

import (
	"strings"
	"time"
)

// call is one API call: its event source without `.amazonaws.com`, its name, its parameters and its response.
type call struct {
	service, name string
	region        string
	params        object
	response      object
	failure       string // error code, empty for success
	message       string
	resources     []any
	additional    object
}

// record adds the event of a call.
func (s *source) record(t time.Time, who actor, c call) *record {
	r := record{
		EventVersion:        "1.11",
		UserIdentity:        who.identity,
		EventTime:           stamp(t),
		EventSource:         c.service + ".amazonaws.com",
		EventName:           c.name,
		AWSRegion:           c.region,
		SourceIPAddress:     who.ip,
		UserAgent:           who.agent,
		ErrorCode:           c.failure,
		ErrorMessage:        c.message,
		RequestParameters:   c.params,
		ResponseElements:    c.response,
		AdditionalEventData: c.additional,
		RequestID:           s.uuid(),
		EventID:             s.uuid(),
		ReadOnly:            readOnly(c.name),
		Resources:           c.resources,
		EventType:           "AwsApiCall",
		ManagementEvent:     true,
		RecipientAccountID:  who.account,
		EventCategory:       "Management",
		time:                t,
		account:             who.account,
	}
	if global(c.service) {
		r.AWSRegion = virginia
	}
	if c.service == "s3" {
		r.RequestID = s.text(16, upper)
	}
	if who.encrypted {
		r.TLSDetails = obj("tlsVersion", "TLSv1.3", "cipherSuite", "TLS_AES_128_GCM_SHA256",
			"clientProvidedHostHeader", host(c.service, r.AWSRegion))
	}
	if who.console {
		yes := "true"
		r.FromConsole = &yes
		r.TLSDetails = nil
	}
	s.records = append(s.records, r)
	return &s.records[len(s.records)-1]
}

// reads adds a series of read calls, a few seconds apart, and returns the time after it. calls are "service:Name".
func (s *source) reads(t time.Time, who actor, region string, pause time.Duration, calls ...string) time.Time {
	for _, c := range calls {
		service, name, _ := strings.Cut(c, ":")
		s.record(t, who, call{service: service, name: name, region: region, params: readParams(service, name)})
		t = t.Add(s.between(0, pause))
	}
	return t
}

// denied adds a call for which the caller has no permission. EC2 uses a different error code.
func (s *source) denied(t time.Time, who actor, region, c string) {
	service, name, _ := strings.Cut(c, ":")
	failed := call{service: service, name: name, region: region, failure: "AccessDenied"}
	switch service {
	case "ec2":
		failed.failure = "Client.UnauthorizedOperation"
		failed.message = "You are not authorized to perform this operation."
	case "kms", "lambda", "secretsmanager", "guardduty", "organizations", "dynamodb", "ssm":
		failed.failure = "AccessDeniedException"
		failed.message = refusal(who, service, name)
	default:
		failed.message = refusal(who, service, name)
	}
	s.record(t, who, failed)
}

// refusal returns the message for a call that no policy allows.
func refusal(who actor, service, name string) string {
	arn := ""
	for _, f := range who.identity {
		if text, ok := f.value.(string); ok && f.key == "arn" {
			arn = text
		}
	}
	return "User: " + arn + " is not authorized to perform: " + service + ":" + name +
		" because no identity-based policy allows the " + service + ":" + name + " action"
}

// readParams returns request parameters that fit a read call.
func readParams(service, name string) object {
	switch {
	case service == "s3" && name == "ListBuckets":
		return obj("Host", "s3.amazonaws.com")
	case service == "ec2" && name == "DescribeRegions":
		return obj("regionSet", obj())
	case service == "ec2":
		return obj("maxResults", 100, "filterSet", obj())
	case service == "iam" && strings.HasPrefix(name, "List"):
		return obj("maxItems", 100)
	case service == "cloudtrail" && name == "DescribeTrails":
		return obj("includeShadowTrails", true)
	default:
		return nil
	}
}

// readOnly reports whether a call changes nothing, judged by the first word of its name.
func readOnly(name string) bool {
	for _, verb := range []string{
		"Describe", "List", "Get", "Head", "Lookup", "Filter", "BatchGet", "Search", "AssumeRole", "Decrypt",
		"GenerateDataKey", "StartQuery", "CheckMfa",
	} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// global reports whether a service logs its events in one region only.
func global(service string) bool {
	switch service {
	case "iam", "organizations", "route53", "cloudfront", "ce", "health", "support", "account":
		return true
	default:
		return false
	}
}

// host returns the host name to which a client connects.
func host(service, region string) string {
	switch {
	case service == "s3":
		return "s3." + region + ".amazonaws.com"
	case global(service):
		return service + ".amazonaws.com"
	default:
		return service + "." + region + ".amazonaws.com"
	}
}

// assumeRole adds the event for assuming a role, in the account of the role.
func (s *source) assumeRole(t time.Time, who actor, region, account, path, role, session string) *record {
	arn := "arn:aws:iam::" + account + ":role" + path + role
	return s.record(t, who, call{
		service: "sts", name: "AssumeRole", region: region,
		params: obj("roleArn", arn, "roleSessionName", session, "durationSeconds", 3600),
		response: obj(
			"credentials", obj("accessKeyId", s.key(), "sessionToken", "IQoJb3JpZ2luX2VjEXAMPLETOKEN",
				"expiration", longDate(t.Add(time.Hour))),
			"assumedRoleUser", obj("assumedRoleId", iamID("AROA", account+role)+":"+session,
				"arn", "arn:aws:sts::"+account+":assumed-role/"+role+"/"+session)),
		resources: list(obj("accountId", account, "type", "AWS::IAM::Role", "ARN", arn)),
	})
}

// serviceEvent adds an event that a service reports about itself, without a call.
func (s *source) serviceEvent(t time.Time, account, region, service, name string, details object) {
	r := s.record(t, actor{
		account: account, ip: service + ".amazonaws.com", agent: service + ".amazonaws.com",
		identity: obj("accountId", account, "invokedBy", service+".amazonaws.com"),
	}, call{service: service, name: name, region: region})
	r.RequestID = ""
	r.EventType = "AwsServiceEvent"
	r.ServiceEventDetails = details
}

// login adds a console sign-in with a password.
func (s *source) login(t time.Time, account, name, ip, mfa, failure string) {
	who := user(account, name, ip, browser)
	who.identity = who.identity[:4]
	who.identity = append(who.identity, field{"userName", name})
	outcome := "Success"
	if failure != "" {
		outcome = "Failure"
	}
	c := call{
		service: "signin", name: "ConsoleLogin", region: virginia,
		response: obj("ConsoleLogin", outcome),
		additional: obj("LoginTo", "https://console.aws.amazon.com/console/home?region=us-east-1",
			"MobileVersion", "No", "MFAUsed", mfa),
	}
	r := s.record(t, who, c)
	r.ErrorMessage = failure
	r.RequestID = ""
	r.EventType = "AwsConsoleSignIn"
	r.TLSDetails = obj("tlsVersion", "TLSv1.3", "cipherSuite", "TLS_AES_128_GCM_SHA256",
		"clientProvidedHostHeader", "signin.aws.amazon.com")
}

// bucket returns a call on an S3 bucket with its parameters and resources; more has further parameters.
func bucket(name, region, account, bucketName string, more ...any) call {
	params := obj("bucketName", bucketName, "Host", bucketName+".s3."+region+".amazonaws.com")
	return call{
		service: "s3", name: name, region: region,
		params: append(params, obj(more...)...),
		additional: obj("SignatureVersion", "SigV4", "CipherSuite", "TLS_AES_128_GCM_SHA256", "bytesTransferredIn", 0,
			"AuthenticationMethod", "AuthHeader", "bytesTransferredOut", 0),
		resources: list(obj("accountId", account, "type", "AWS::S3::Bucket", "ARN", "arn:aws:s3:::"+bucketName)),
	}
}
