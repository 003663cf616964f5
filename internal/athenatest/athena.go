package athenatest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// request has the members of all supported requests. Other members are ignored, as by the service.
// https://docs.aws.amazon.com/athena/latest/APIReference/API_Operations.html
type request struct {
	QueryString, WorkGroup, QueryExecutionID, NextToken, Name string
	ClientRequestToken                                        *string
	CatalogName, DatabaseName, TableName, Expression          string
	QueryExecutionIDs, ExecutionParameters                    []string
	QueryExecutionContext                                     executionContext
	ResultConfiguration                                       resultConfiguration
	ResultReuseConfiguration                                  reuseConfiguration
	ConfigurationUpdates                                      *configurationUpdates
	Description, State                                        *string
	MaxResults                                                *int
}

type executionContext struct {
	Catalog  string `json:",omitempty"`
	Database string `json:",omitempty"`
}

type resultConfiguration struct {
	OutputLocation          string      `json:",omitempty"`
	EncryptionConfiguration *encryption `json:",omitempty"`
	ExpectedBucketOwner     string      `json:",omitempty"`
	ACLConfiguration        any         `json:"AclConfiguration,omitempty"`
}

type encryption struct {
	EncryptionOption string
	KmsKey           string `json:",omitempty"`
}

type reuseConfiguration struct {
	ResultReuseByAgeConfiguration *reuseByAge `json:",omitempty"`
}

type reuseByAge struct {
	Enabled         bool
	MaxAgeInMinutes *int `json:",omitempty"`
}

// action implements an API call of Athena.
type action func(s *Server, in *request, record *Call) (any, *Refusal)

// actions maps the names of the supported API calls.
var actions = map[string]action{
	"StartQueryExecution":    (*Server).startQueryExecution,
	"GetQueryExecution":      (*Server).getQueryExecution,
	"BatchGetQueryExecution": (*Server).batchGetQueryExecution,
	"GetQueryResults":        (*Server).getQueryResults,
	"StopQueryExecution":     (*Server).stopQueryExecution,
	"GetWorkGroup":           (*Server).getWorkGroup,
	"ListWorkGroups":         (*Server).listWorkGroups,
	"UpdateWorkGroup":        (*Server).updateWorkGroup,
	"GetTableMetadata":       (*Server).getTableMetadata,
	"ListTableMetadata":      (*Server).listTableMetadata,
	"GetDatabase":            (*Server).getDatabase,
}

// athenaCall parses a request to Athena.
func (s *Server) athenaCall(r *http.Request, body []byte) call {
	prefix, name, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	var in request
	err := json.Unmarshal(body, &in)
	c := call{name: name, contentType: "application/x-amz-json-1.1", about: in.about(name)}
	if in.ClientRequestToken != nil {
		c.token = *in.ClientRequestToken
	}
	c.serve = func(_ Credentials, record *Call) ([]byte, *Refusal) {
		serve := actions[name]
		if prefix != "AmazonAthena" || serve == nil {
			return nil, &Refusal{Type: "UnknownOperationException"}
		}
		if err != nil || r.Method != http.MethodPost {
			return nil, &Refusal{Type: "SerializationException", Message: "expected an object of JSON, sent by POST"}
		}
		out, refusal := serve(s, &in, record)
		if refusal != nil {
			return nil, refusal
		}
		answer, err := json.Marshal(out)
		if err != nil {
			return nil, Internal()
		}
		return answer, nil
	}
	return c
}

// about returns the subject of a call, as Rule.Match sees it.
func (in *request) about(name string) string {
	switch {
	case name == "StartQueryExecution":
		return in.QueryString
	case in.QueryExecutionID != "":
		return in.QueryExecutionID
	case len(in.QueryExecutionIDs) > 0:
		return strings.Join(in.QueryExecutionIDs, " ")
	case in.TableName != "":
		return in.DatabaseName + "." + in.TableName
	case in.DatabaseName != "":
		return in.DatabaseName
	default:
		return in.WorkGroup
	}
}

// seconds formats a time as the protocol does.
func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

// invalid returns Athena's error for an invalid member.
func invalid(message string) *Refusal { return InvalidRequest("INVALID_INPUT", message) }

// violated returns the error for a member that breaks a constraint of the API's model.
func violated(member, constraint string) *Refusal {
	return invalid("1 validation error detected: Value at '" + member + "' failed to satisfy constraint: " + constraint)
}
