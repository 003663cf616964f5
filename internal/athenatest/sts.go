package athenatest

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// stsNamespace is the XML namespace of STS. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

type responseMetadata struct {
	RequestID string `xml:"RequestId"`
}

type assumeRoleResponse struct {
	XMLName xml.Name
	Result  struct {
		AssumedRoleUser struct {
			ID  string `xml:"AssumedRoleId"`
			ARN string `xml:"Arn"`
		}
		Credentials struct {
			AccessKey                string `xml:"AccessKeyId"`
			Secret                   string `xml:"SecretAccessKey"`
			SessionToken, Expiration string
		}
	} `xml:"AssumeRoleResult"`
	ResponseMetadata responseMetadata
}

type callerIdentityResponse struct {
	XMLName xml.Name
	Result  struct {
		ARN     string `xml:"Arn"`
		User    string `xml:"UserId"`
		Account string
	} `xml:"GetCallerIdentityResult"`
	ResponseMetadata responseMetadata
}

// stsCall parses a request to STS.
func (s *Server) stsCall(body []byte) call {
	form, err := url.ParseQuery(string(body))
	c := call{name: form.Get("Action"), about: form.Get("RoleArn"), contentType: "text/xml"}
	c.serve = func(who Credentials, _ *Call) ([]byte, *Refusal) {
		var out any
		var refusal *Refusal
		switch {
		case err != nil:
			return nil, &Refusal{Type: "MalformedInput", Message: "expected a form"}
		case c.name == "AssumeRole":
			out, refusal = s.assumeRole(who, form)
		case c.name == "GetCallerIdentity":
			answer := callerIdentityResponse{XMLName: xml.Name{Space: stsNamespace, Local: "GetCallerIdentityResponse"}}
			answer.Result.ARN, answer.Result.User, answer.Result.Account = who.Principal, who.AccessKey, account
			answer.ResponseMetadata.RequestID = newID()
			out = answer
		default:
			return nil, &Refusal{Type: "InvalidAction", Message: "Could not find operation " + c.name + " for version 2011-06-15"}
		}
		if refusal != nil {
			return nil, refusal
		}
		answer, err := xml.Marshal(out)
		if err != nil {
			return nil, &Refusal{Status: http.StatusInternalServerError, Type: "InternalFailure"}
		}
		return answer, nil
	}
	return c
}

func (s *Server) assumeRole(who Credentials, form url.Values) (any, *Refusal) {
	arn, session := form.Get("RoleArn"), form.Get("RoleSessionName")
	if session == "" {
		return nil, &Refusal{Type: "ValidationError", Message: "1 validation error detected: Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null"}
	}
	lasts := 3600
	if text := form.Get("DurationSeconds"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 900 || n > 43_200 {
			return nil, &Refusal{Type: "ValidationError", Message: "1 validation error detected: Value '" + text + "' at 'durationSeconds' failed to satisfy constraint: Member must have value between 900 and 43200"}
		}
		lasts = n
	}
	var known *Role
	for _, role := range s.options.Roles {
		if role.ARN == arn {
			known = &role
		}
	}
	// AWS does not distinguish a missing role from a denied one, and gives no reason.
	if known == nil || known.ExternalID != "" && known.ExternalID != form.Get("ExternalId") {
		return nil, &Refusal{Status: http.StatusForbidden, Type: "AccessDenied", Message: "User: " + who.Principal + " is not authorized to perform: sts:AssumeRole on resource: " + arn}
	}
	name := arn[strings.LastIndex(arn, "/")+1:]
	principal := "arn:aws:sts::" + account + ":assumed-role/" + name + "/" + session
	c := s.Session(principal, time.Duration(lasts)*time.Second)
	answer := assumeRoleResponse{XMLName: xml.Name{Space: stsNamespace, Local: "AssumeRoleResponse"}}
	answer.Result.AssumedRoleUser.ARN, answer.Result.AssumedRoleUser.ID = principal, "EGRETROLE"+c.AccessKey+":"+session
	answer.Result.Credentials.AccessKey, answer.Result.Credentials.Secret = c.AccessKey, c.Secret
	answer.Result.Credentials.SessionToken, answer.Result.Credentials.Expiration = c.SessionToken, c.Expires.UTC().Format(time.RFC3339)
	answer.ResponseMetadata.RequestID = newID()
	return answer, nil
}
