package athenatest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// WorkGroup is a workgroup of Athena.
type WorkGroup struct {
	Name, Description string
	// Disabled means that it accepts no queries.
	Disabled bool
	// OutputLocation is where results go, s3://bucket/prefix/; "" if the client must specify it.
	OutputLocation string
	// Encryption is the encryption of results: "SSE_S3", "SSE_KMS", "CSE_KMS" or "" for none; KMSKey is the key of the
	// last two.
	Encryption, KMSKey string
	// Enforced means that its settings override the client's.
	Enforced bool
	// BytesCutoff is how many bytes a query may read; 0 for no limit. Athena accepts 10 MB or more; tests may use less.
	BytesCutoff int64
}

// minCutoff is the smallest limit that UpdateWorkGroup accepts.
const minCutoff = 10_000_000

// encryption returns the workgroup's setting, nil for none.
func (g *WorkGroup) encryption() *encryption {
	if g.Encryption == "" {
		return nil
	}
	return &encryption{EncryptionOption: g.Encryption, KmsKey: g.KMSKey}
}

func (g *WorkGroup) state() string {
	if g.Disabled {
		return "DISABLED"
	}
	return "ENABLED"
}

// WorkGroup returns the current settings of a workgroup; ok is false if there is none.
func (s *Server) WorkGroup(name string) (g WorkGroup, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.workGroups[name]; found != nil {
		return *found, true
	}
	return g, false
}

// SetWorkGroup adds or replaces a workgroup. Running queries keep the settings from their start.
func (s *Server) SetWorkGroup(g WorkGroup) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.workGroups[g.Name] = &g
}

func (s *Server) getWorkGroup(in *request, _ *Call) (any, *Refusal) {
	g, ok := s.WorkGroup(in.WorkGroup)
	if !ok {
		return nil, invalid("WorkGroup is not found.")
	}
	configuration := map[string]any{"EnforceWorkGroupConfiguration": g.Enforced, "PublishCloudWatchMetricsEnabled": false,
		"RequesterPaysEnabled": false, "EngineVersion": engineVersion(),
		"ResultConfiguration": resultConfiguration{OutputLocation: g.OutputLocation, EncryptionConfiguration: g.encryption()}}
	if g.BytesCutoff > 0 {
		configuration["BytesScannedCutoffPerQuery"] = g.BytesCutoff
	}
	return map[string]any{"WorkGroup": map[string]any{"Name": g.Name, "Description": g.Description, "State": g.state(),
		"CreationTime": seconds(created), "Configuration": configuration}}, nil
}

// maxList is the maximum number of workgroups, and tables, in a list.
const maxList = 50

func (s *Server) listWorkGroups(in *request, _ *Call) (any, *Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	names := slices.Sorted(maps.Keys(s.workGroups))
	from, to, next, refusal := in.page("workgroups", len(names))
	if refusal != nil {
		return nil, refusal
	}
	list := []any{}
	for _, name := range names[from:to] {
		g := s.workGroups[name]
		list = append(list, map[string]any{"Name": g.Name, "Description": g.Description, "State": g.state(),
			"CreationTime": seconds(created), "EngineVersion": engineVersion()})
	}
	return withNext(map[string]any{"WorkGroups": list}, next), nil
}

// page returns the range of a list that a call returns, and the token for the next page.
func (in *request) page(list string, length int) (from, to int, next string, refusal *Refusal) {
	limit := maxList
	if in.MaxResults != nil {
		limit = *in.MaxResults
	}
	if limit < 1 || limit > maxList {
		return 0, 0, "", violated("maxResults", "Member must have value between 1 and "+strconv.Itoa(maxList))
	}
	from, ok := position(in.NextToken, list, length)
	if !ok {
		return 0, 0, "", invalid("Malformed nextToken")
	}
	if to = min(from+limit, length); to < length {
		next = token(list, to)
	}
	return from, to, next, nil
}

func withNext(out map[string]any, next string) map[string]any {
	if next != "" {
		out["NextToken"] = next
	}
	return out
}

// configurationUpdates are the supported changes of UpdateWorkGroup.
type configurationUpdates struct {
	EnforceWorkGroupConfiguration    *bool
	BytesScannedCutoffPerQuery       *int64
	RemoveBytesScannedCutoffPerQuery bool
	ResultConfigurationUpdates       struct {
		OutputLocation       *string
		RemoveOutputLocation bool
	}
}

func (s *Server) updateWorkGroup(in *request, _ *Call) (any, *Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.workGroups[in.WorkGroup]
	if g == nil {
		return nil, invalid("WorkGroup is not found.")
	}
	changed := *g
	if in.Description != nil {
		changed.Description = *in.Description
	}
	if in.State != nil {
		changed.Disabled = strings.EqualFold(*in.State, "DISABLED")
	}
	if u := in.ConfigurationUpdates; u != nil {
		if u.EnforceWorkGroupConfiguration != nil {
			changed.Enforced = *u.EnforceWorkGroupConfiguration
		}
		if u.RemoveBytesScannedCutoffPerQuery {
			changed.BytesCutoff = 0
		}
		if u.BytesScannedCutoffPerQuery != nil {
			if changed.BytesCutoff = *u.BytesScannedCutoffPerQuery; changed.BytesCutoff < minCutoff {
				return nil, violated("configurationUpdates.bytesScannedCutoffPerQuery", "Member must have value greater than or equal to 10000000")
			}
		}
		if u.ResultConfigurationUpdates.RemoveOutputLocation {
			changed.OutputLocation = ""
		}
		if u.ResultConfigurationUpdates.OutputLocation != nil {
			changed.OutputLocation = *u.ResultConfigurationUpdates.OutputLocation
		}
	}
	s.workGroups[in.WorkGroup] = &changed
	return map[string]any{}, nil
}
