package finding

import "encoding/json"

// A Ledger is the account of one hunt: what was read, what became of it, and what is missing. The numbers add up:
// Records.In is the sum of Evaluated, Duplicate, OutOfRange and Failed.
type Ledger struct {
	// Version is egret's version; Command is the command line without the program.
	Version string   `json:"version"`
	Command []string `json:"command"`
	// Partial means that the hunt was stopped before all input was read; Stopped says why, "" otherwise.
	Partial bool   `json:"partial"`
	Stopped string `json:"stopped"`
	// From and To are the requested time range [from, to), NoTime for an open end.
	From Moment `json:"from"`
	To   Moment `json:"to"`
	// Search says what was looked for instead of rules: by egret search, summary and metrics. "" for a hunt.
	Search string `json:"search,omitempty"`

	Rules    RuleCounts   `json:"rules"`
	Files    FileCounts   `json:"files"`
	Records  RecordCounts `json:"records"`
	Findings FindCounts   `json:"findings"`
	// Lake describes the statements on a lake; nil for a hunt in files.
	Lake *LakeCounts `json:"lake,omitempty"`

	// First and Last are the times of the earliest and the latest evaluated record.
	First Moment `json:"first"`
	Last  Moment `json:"last"`
	// Gaps are periods without any file (or record) in which a steady account or region is silent, or that begin after
	// logging was touched, most important first. Quiet counts the other periods.
	Gaps  []Gap `json:"gaps"`
	Quiet Quiet `json:"quiet"`
	// Notes are remarks about the hunt as a whole.
	Notes []string `json:"notes"`
}

// RuleCounts describes which rules ran.
type RuleCounts struct {
	// Folders are the rule sources as given, in order.
	Folders []string `json:"folders"`
	// Loaded counts rules and correlations that ran; Correlations counts the correlations among them; Filters counts
	// the applied filters.
	Loaded       int `json:"loaded"`
	Correlations int `json:"correlations"`
	Filters      int `json:"filters"`
	// Skipped counts rules that were left out on purpose, Failed those that could not be read.
	Skipped Reasons `json:"-"`
	Failed  Reasons `json:"-"`
	// Tuned counts the changes by egret.yaml.
	Tuned Tuning `json:"tuned"`
	// SHA256 is the hash of all rules that ran, including levels, filters and placeholders, in hexadecimal; "" if none
	// ran.
	SHA256 string `json:"sha256"`
}

// Tuning counts the changes by the configuration.
type Tuning struct {
	// Config is the path of the configuration, "" if there is none.
	Config string `json:"config"`
	// Levels counts rules with a changed level, Disabled rules that are switched off, Filtered rules to which a filter
	// of the configuration applies.
	Levels   int `json:"levels"`
	Disabled int `json:"disabled"`
	Filtered int `json:"filtered"`
	Filters  int `json:"filters"`
}

// NotReached is the reason of files that a stopped hunt did not read, NotListed that of folders in which it did not look for
// all files.
const (
	NotReached = "not reached"
	NotListed  = "not listed to its end"
)

// FileCounts describes which files were read. Files inside an archive count separately. Read, Skipped.Total and
// Failed.Total add up to the number of Inputs, even if the hunt was stopped.
type FileCounts struct {
	// Read counts the files that were read to the end without a fault. Bytes is the total number of stored bytes read.
	Read    int     `json:"read"`
	Bytes   int64   `json:"bytes"`
	Skipped Reasons `json:"-"`
	// Failed counts files that could not be read to the end; records before the fault were evaluated.
	Failed Reasons `json:"-"`
	// SHA256 is the hash of the sorted "hash  name" lines of all files read, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Inputs lists all files, including those that were not read, sorted by name.
	Inputs InputList `json:"inputs"`
}

// An Input is one file, a member of an archive, or a folder that was skipped as a whole.
type Input struct {
	Name string `json:"name"`
	// Bytes is the stored size, SHA256 the hash of the stored bytes, "" if the file was not read completely.
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Records counts the file's records. Format is the detected format, such as "gzip, CloudTrail records".
	Records int64  `json:"records"`
	Format  string `json:"format"`
	// Status is read, partial, failed, skipped or unread; Reason says why, "" for a file that was read completely.
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// RecordCounts says what became of the records.
type RecordCounts struct {
	In         int64 `json:"in"`
	Evaluated  int64 `json:"evaluated"`
	Duplicate  int64 `json:"duplicate"`
	OutOfRange int64 `json:"out_of_range"`
	// Failed counts records that could not be read, by reason.
	Failed Reasons `json:"-"`
	// Skipped counts records of other log types. They are not part of In.
	Skipped Reasons `json:"-"`
	// WithoutTime counts evaluated records without a readable time; correlations do not use them.
	WithoutTime int64 `json:"without_time"`
	// Unseen lists the correlations that could not use records without a time, sorted by rule id; never nil.
	Unseen []Unseen `json:"unseen_by_correlations"`
	// Paths counts the events that were found inside other records by their path, such as "message.Records[]"; nil if
	// there are none.
	Paths map[string]int64 `json:"paths,omitempty"`
	// WithoutRule counts evaluated records of log sources for which no rule ran.
	WithoutRule int64 `json:"without_rule"`
	// AtLeast means that Duplicate is a lower bound, since there were too many ids to keep them all.
	AtLeast bool `json:"duplicate_at_least"`
	// Schemas counts evaluated records by schema.
	Schemas map[string]int64 `json:"schemas"`
}

// An Unseen is a correlation that could not count some records that its rules match.
type Unseen struct {
	// RuleID and Title are the id and title of the correlation.
	RuleID string `json:"rule_id"`
	Title  string `json:"title"`
	// Records counts the records that match any of its rules and have no readable time.
	Records int64 `json:"records"`
}

// FindCounts counts the findings.
type FindCounts struct {
	Total int `json:"total"`
	// Folded are findings of other rules that are shown with one of Total, which does not count them. Below are findings that
	// --min-level left out because of their outcome; neither Total nor Folded counts them.
	Folded int `json:"folded"`
	Below  int `json:"below_level"`
	// Written is less than Total if --max-findings limited the output or if writing failed.
	Written int `json:"written"`
	// WriteError says why writing failed, "" if it did not. For a file, which then stays unchanged, Written is 0. For
	// standard output, Written counts the findings passed to it, not all of which may have arrived.
	WriteError string `json:"write_error,omitempty"`
}

// A Gap is a period in which an account or region has no file while others have some.
type Gap struct {
	// Kind is "hours" (a hole between files) or "stops" (files end while those of others continue).
	Kind string `json:"kind"`
	// Account and Region are "" if the gap covers all of them.
	Account string `json:"account"`
	Region  string `json:"region"`
	// From and To are the half-open period, in whole hours.
	From  Moment `json:"from"`
	To    Moment `json:"to"`
	Hours int    `json:"hours"`
	// Basis is "files" if the gap was found from file names, else "records".
	Basis string `json:"basis"`
	// After is the title of the rule that found a change of logging just before the gap, at AfterTime; "" for none.
	After     string `json:"after"`
	AfterTime Moment `json:"after_time"`
}

// Quiet counts the periods without logs of accounts and regions that write too rarely to tell why they are silent, that
// began later than others, or that have no logs at all although other accounts do.
type Quiet struct {
	// Streams is the number of accounts and regions, Gaps that of the periods. Examples are the first names, sorted.
	Streams  int      `json:"streams"`
	Gaps     int      `json:"gaps"`
	Examples []string `json:"examples"`
}

// MarshalJSON writes skipped and failed as numbers, so that sums are easy, and their reasons as separate keys.
func (r RuleCounts) MarshalJSON() ([]byte, error) {
	type plain RuleCounts
	return json.Marshal(struct {
		plain
		leftOut
	}{plain(r), newLeftOut(r.Skipped, r.Failed)})
}

// MarshalJSON writes skipped and failed as numbers, so that sums are easy, and their reasons as separate keys.
func (f FileCounts) MarshalJSON() ([]byte, error) {
	type plain FileCounts
	return json.Marshal(struct {
		plain
		leftOut
	}{plain(f), newLeftOut(f.Skipped, f.Failed)})
}

// MarshalJSON writes skipped and failed as numbers, so that sums are easy, and their reasons as separate keys.
func (r RecordCounts) MarshalJSON() ([]byte, error) {
	type plain RecordCounts
	return json.Marshal(struct {
		plain
		leftOut
	}{plain(r), newLeftOut(r.Skipped, r.Failed)})
}

type leftOut struct {
	Skipped        int64    `json:"skipped"`
	SkippedReasons []Reason `json:"skipped_reasons"`
	Failed         int64    `json:"failed"`
	FailedReasons  []Reason `json:"failed_reasons"`
}

func newLeftOut(skipped, failed Reasons) leftOut {
	return leftOut{skipped.Total, skipped.list(), failed.Total, failed.list()}
}
