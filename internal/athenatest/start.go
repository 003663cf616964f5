package athenatest

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxQueryLength is the length of the longest statement in bytes.
// https://docs.aws.amazon.com/athena/latest/ug/service-limits.html
const maxQueryLength = 262_144

// maxReuseAge is the maximum age of reused results in minutes.
const maxReuseAge = 10_080

func (s *Server) startQueryExecution(in *request, record *Call) (any, *Refusal) {
	if refusal := in.checkStart(); refusal != nil {
		return nil, refusal
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	q, refusal := s.newQuery(in)
	if refusal != nil {
		return nil, refusal
	}
	if earlier := s.tokens[q.token]; earlier != nil {
		if earlier.sql != q.sql || earlier.in.QueryExecutionContext.Database != q.in.QueryExecutionContext.Database ||
			earlier.in.ResultConfiguration.OutputLocation != q.in.ResultConfiguration.OutputLocation {
			return nil, InvalidRequest("IDEMPOTENT_PARAMETER_MISMATCH", "Idempotent parameters do not match")
		}
		q = earlier
	} else {
		if active := s.active(); s.options.Active > 0 && active >= s.options.Active {
			return nil, TooManyQueries()
		}
		s.queries[q.id], s.tokens[q.token], s.order = q, q, append(s.order, q)
		s.run(q)
	}
	q.starts = append(q.starts, s.options.Now())
	record.Query = q.id
	return map[string]string{"QueryExecutionId": q.id}, nil
}

// checkStart checks a request without regard to the server's state.
func (in *request) checkStart() *Refusal {
	switch token := in.ClientRequestToken; {
	case token == nil:
		return invalid("clientRequestToken is null or empty")
	case len(*token) < 32:
		return violated("clientRequestToken", "Member must have length greater than or equal to 32")
	case len(*token) > 128:
		return violated("clientRequestToken", "Member must have length less than or equal to 128")
	}
	switch age := in.ResultReuseConfiguration.ResultReuseByAgeConfiguration; {
	case in.QueryString == "":
		return violated("queryString", "Member must have length greater than or equal to 1")
	case len(in.QueryString) > maxQueryLength:
		return violated("queryString", "Member must have length less than or equal to "+strconv.Itoa(maxQueryLength))
	case len(in.ExecutionParameters) > 0:
		return invalid("ExecutionParameters are not served by this endpoint")
	case age != nil && age.MaxAgeInMinutes != nil && (*age.MaxAgeInMinutes < 0 || *age.MaxAgeInMinutes > maxReuseAge):
		return violated("resultReuseConfiguration.resultReuseByAgeConfiguration.maxAgeInMinutes", "Member must have value between 0 and 10080")
	}
	return nil
}

// newQuery checks a request against workgroups and buckets. The caller holds the lock.
func (s *Server) newQuery(in *request) (*query, *Refusal) {
	name := in.WorkGroup
	if name == "" {
		name = "primary"
	}
	group := s.workGroups[name]
	switch {
	case group == nil:
		return nil, invalid("WorkGroup is not found.")
	case group.Disabled:
		return nil, invalid("WorkGroup " + name + " is disabled.")
	}
	q := &query{id: newID(), sql: in.QueryString, token: *in.ClientRequestToken, workGroup: name, in: in, done: make(chan struct{}),
		submitted: s.options.Now(), kind: kindOf(in.QueryString), results: in.ResultConfiguration, cutoff: group.BytesCutoff}
	if group.Enforced || q.results.OutputLocation == "" {
		q.results.OutputLocation = group.OutputLocation
	}
	if group.Enforced || q.results.EncryptionConfiguration == nil {
		q.results.EncryptionConfiguration = group.encryption()
	}
	if q.results.OutputLocation == "" {
		return nil, invalid("No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.")
	}
	bucket, prefix, ok := splitLocation(q.results.OutputLocation)
	if !ok {
		return nil, invalid("outputLocation is not a valid S3 path.")
	}
	if there, err := s.objects.BucketExists(bucket); err != nil || !there || s.bucketRegion(bucket) != s.options.Region {
		return nil, OutputBucket(bucket)
	}
	q.bucket, q.key = bucket, prefix+q.id+q.kind.suffix
	q.output = "s3://" + bucket + "/" + q.key
	return q, nil
}

// splitLocation splits an address s3://bucket/prefix; the prefix is "" or ends with a slash.
func splitLocation(location string) (bucket, prefix string, ok bool) {
	u, err := url.Parse(location)
	if err != nil || u.Scheme != "s3" || u.Host == "" {
		return "", "", false
	}
	prefix = strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return u.Host, prefix, true
}

// kind is Athena's classification of a statement, and the suffix of its result.
type kind struct {
	statement, substatement, suffix string
	// header means that the first row of the result has the names of the columns.
	header bool
}

// kindOf classifies a statement by its first words. EXPLAIN counts as DML, but returns text without a header.
func kindOf(sql string) kind {
	words := strings.Fields(strings.ToUpper(sql) + " . .")
	switch word := strings.TrimLeft(words[0], "("); word {
	case "SELECT", "WITH", "VALUES":
		return kind{"DML", "SELECT", ".csv", true}
	case "EXPLAIN":
		return kind{"DML", "EXPLAIN", ".txt", false}
	case "SHOW":
		return kind{"UTILITY", "SHOW_" + words[1], ".txt", false}
	case "DESCRIBE", "DESC":
		return kind{"UTILITY", "DESCRIBE_TABLE", ".txt", false}
	case "INSERT", "UPDATE", "DELETE", "MERGE":
		return kind{"DML", word, ".csv", false}
	default:
		return kind{"DDL", "", ".txt", false}
	}
}

// active counts the queries that are queued or running. The caller holds the lock.
func (s *Server) active() int {
	n := 0
	for _, q := range s.order {
		if state := s.peek(q); state == queued || state == runningState {
			n++
		}
	}
	return n
}

// reusable returns an earlier query whose result can be reused, or nil. The caller holds the lock.
func (s *Server) reusable(q *query) *query {
	age := q.in.ResultReuseConfiguration.ResultReuseByAgeConfiguration
	if age == nil || !age.Enabled {
		return nil
	}
	minutes := 60
	if age.MaxAgeInMinutes != nil {
		minutes = *age.MaxAgeInMinutes
	}
	for i := len(s.order) - 1; i >= 0; i-- {
		e := s.order[i]
		if e != q && e.state == succeeded && !e.reused && e.sql == q.sql && e.workGroup == q.workGroup &&
			e.in.QueryExecutionContext == q.in.QueryExecutionContext && e.results.OutputLocation == q.results.OutputLocation &&
			q.submitted.Sub(e.completed) <= time.Duration(minutes)*time.Minute {
			return e
		}
	}
	return nil
}
