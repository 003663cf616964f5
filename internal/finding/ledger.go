package finding

import "encoding/json"

// Ledger is the account of one hunt: what went in, what became of it, and what is missing. It adds up: Records.In is
// the sum of Evaluated, Duplicate, OutOfRange and Failed.
type Ledger struct {
	// Version is that of egret; Command is the command line without the program.
	Version string   `json:"version"`
	Command []string `json:"command"`
	// Partial is true when the hunt was stopped before all input was read; Stopped says why, "" otherwise.
	Partial bool   `json:"partial"`
	Stopped string `json:"stopped"`
	// From and To are the asked time range [from, to), NoTime where it is open.
	From Moment `json:"from"`
	To   Moment `json:"to"`

	Rules    RuleCounts   `json:"rules"`
	Files    FileCounts   `json:"files"`
	Records  RecordCounts `json:"records"`
	Findings FindCounts   `json:"findings"`
	// Lake is what a lake was asked; nil for a hunt in files.
	Lake *LakeCounts `json:"lake,omitempty"`

	// First and Last are the times of the earliest and the latest evaluated record.
	First Moment `json:"first"`
	Last  Moment `json:"last"`
	// Gaps are stretches without any file (or record) where neighbours have them, the most telling first.
	Gaps []Gap `json:"gaps"`
	// Notes are remarks that concern the hunt as a whole, in plain words.
	Notes []string `json:"notes"`
}

// RuleCounts says which rules ran.
type RuleCounts struct {
	// Folders are the rule sources as given, in order.
	Folders []string `json:"folders"`
	// Loaded counts rules and correlations that ran; Correlations those of them that are correlations; Filters the
	// filters that were applied.
	Loaded       int `json:"loaded"`
	Correlations int `json:"correlations"`
	Filters      int `json:"filters"`
	// Skipped are rules that were left out on purpose, Failed those that could not be read.
	Skipped Reasons `json:"-"`
	Failed  Reasons `json:"-"`
	// Tuned counts what egret.yaml changed.
	Tuned Tuning `json:"tuned"`
	// SHA256 is the hash over all rules that ran, as they ran, in hexadecimal; "" where none did.
	SHA256 string `json:"sha256"`
}

// Tuning counts what the configuration changed.
type Tuning struct {
	// Config is the path of the configuration, "" if there is none.
	Config string `json:"config"`
	// Levels counts rules whose level was changed, Disabled rules that were switched off, Filtered rules that a
	// filter of the configuration narrows.
	Levels   int `json:"levels"`
	Disabled int `json:"disabled"`
	Filtered int `json:"filtered"`
	Filters  int `json:"filters"`
}

// NotReached is the reason of files that a hunt which was stopped did not come to.
const NotReached = "not reached"

// FileCounts says which files were read. Files inside an archive count each. Read, Skipped.Total and Failed.Total add up
// to the number of Inputs, also when the hunt was stopped.
type FileCounts struct {
	// Read counts those read to their end without a fault, Bytes what was read of all of them as they are stored.
	Read    int     `json:"read"`
	Bytes   int64   `json:"bytes"`
	Skipped Reasons `json:"-"`
	// Failed are files that could not be read to their end; what came before the fault was hunted.
	Failed Reasons `json:"-"`
	// SHA256 is the hash over the sorted list of "hash  name" lines of all files read, in hexadecimal.
	SHA256 string `json:"sha256"`
	// Inputs are all files, also those that were not read, sorted by name.
	Inputs InputList `json:"inputs"`
}

// Input is one file, a member of an archive, or a folder that was left out as a whole.
type Input struct {
	Name string `json:"name"`
	// Bytes is its size as stored, SHA256 the hash of its bytes as stored, "" where the file was not read whole.
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Records counts its records, Format names what it was found to be, such as "gzip, CloudTrail records".
	Records int64  `json:"records"`
	Format  string `json:"format"`
	// Status is read, partial, failed, skipped or unread; Reason says why, "" for a file that was read whole.
	Status string `json:"status"`
	Reason string `json:"reason,omitempty"`
}

// RecordCounts says what became of the records.
type RecordCounts struct {
	In         int64 `json:"in"`
	Evaluated  int64 `json:"evaluated"`
	Duplicate  int64 `json:"duplicate"`
	OutOfRange int64 `json:"out_of_range"`
	// Failed are records that could not be read, by reason.
	Failed Reasons `json:"-"`
	// Skipped are records of other kinds of log. They are not part of In.
	Skipped Reasons `json:"-"`
	// WithoutTime counts evaluated records whose time could not be read; they take no part in correlations.
	WithoutTime int64 `json:"without_time"`
	// Unseen lists the correlations that could not see records for want of a time, sorted by rule id; never nil.
	Unseen []Unseen `json:"unseen_by_correlations"`
	// Paths counts the events that were found within records of another form, by the way to them, such as
	// "message.Records[]"; nil if there are none.
	Paths map[string]int64 `json:"paths,omitempty"`
	// WithoutRule counts evaluated records of log sources that no rule which ran is about.
	WithoutRule int64 `json:"without_rule"`
	// AtLeast is true where Duplicate is a lower bound, since there were too many ids to remember them all.
	AtLeast bool `json:"duplicate_at_least"`
	// Schemas counts evaluated records by schema.
	Schemas map[string]int64 `json:"schemas"`
}

// Unseen is a correlation that could not count records that its rules match.
type Unseen struct {
	// RuleID and Title are those of the correlation.
	RuleID string `json:"rule_id"`
	Title  string `json:"title"`
	// Records counts the records that match any of its rules and have no time that can be read.
	Records int64 `json:"records"`
}

// FindCounts says how many findings there are.
type FindCounts struct {
	Total int `json:"total"`
	// Written is less than Total where --max-findings cut the output, or where writing failed.
	Written int `json:"written"`
	// WriteError says why writing failed, "" where it did not. Written is 0 then for a file, which stays as it was, and for
	// standard output what was handed over before, not all of which may have arrived.
	WriteError string `json:"write_error,omitempty"`
}

// Gap is a stretch of time for which an account or region has no file where neighbours have them.
type Gap struct {
	// Kind is "hours" (a hole between files), "stops" (files end while others go on), "starts" (files begin while
	// others have them before) or "region" (no file at all where other accounts have them).
	Kind string `json:"kind"`
	// Account and Region are "" where the gap spans all of them.
	Account string `json:"account"`
	Region  string `json:"region"`
	// From and To are the half-open stretch, whole hours.
	From  Moment `json:"from"`
	To    Moment `json:"to"`
	Hours int    `json:"hours"`
	// Basis is "files" where file names tell the time, else "records".
	Basis string `json:"basis"`
}

// MarshalJSON writes skipped and failed as numbers, so that sums are easy, and their reasons beside them.
func (r RuleCounts) MarshalJSON() ([]byte, error) {
	type plain RuleCounts
	return json.Marshal(struct {
		plain
		leftOut
	}{plain(r), newLeftOut(r.Skipped, r.Failed)})
}

// MarshalJSON writes skipped and failed as numbers, so that sums are easy, and their reasons beside them.
func (f FileCounts) MarshalJSON() ([]byte, error) {
	type plain FileCounts
	return json.Marshal(struct {
		plain
		leftOut
	}{plain(f), newLeftOut(f.Skipped, f.Failed)})
}

// MarshalJSON writes skipped and failed as numbers, so that sums are easy, and their reasons beside them.
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
