package finding

import "encoding/json"

// LakeCounts describes the statements that a hunt ran on a lake, and their cost.
type LakeCounts struct {
	// Engine is the name of the engine. Hunt is the id with which the hunt can be resumed, "" if it cannot.
	Engine string `json:"engine"`
	Hunt   string `json:"hunt"`
	// Tables are the tables with their schemas, as "security.logs (cloudtrail/athena)".
	Tables []string `json:"tables"`
	// Slices is the number of statements over a part of a table. Done counts those whose rows were evaluated, Resumed
	// those of them whose rows an earlier run had fetched. Slices minus Done is Left.
	Chunks  int `json:"slices"`
	Done    int `json:"done"`
	Resumed int `json:"resumed"`
	// Left counts the chunks that were not evaluated, by reason, with their errors.
	Left Reasons `json:"-"`
	// Queries counts the queries that this run started, Split the statements that were divided in two because they were
	// too complex or rejected, Retried the additional attempts after errors, Attached the running queries of an earlier
	// run that this run took over, Stopped the queries that were cancelled on the server, and NotStopped those that
	// could not be cancelled.
	Queries    int     `json:"queries"`
	Split      int     `json:"split"`
	Retried    int     `json:"retried"`
	Attached   int     `json:"attached"`
	Stopped    int     `json:"stopped"`
	NotStopped Reasons `json:"-"`
	// Rows and ReturnedBytes are what this run received.
	Rows          int64 `json:"rows"`
	ReturnedBytes int64 `json:"returned_bytes"`
	// ScannedBytes is what the engine read of the tables, BilledBytes what it charges for, Seconds the duration of its
	// queries. The first two include earlier runs of the hunt; EarlierQueries and EarlierBytes are the part of those
	// runs.
	ScannedBytes   int64   `json:"scanned_bytes"`
	BilledBytes    int64   `json:"billed_bytes"`
	Seconds        float64 `json:"seconds"`
	EarlierQueries int     `json:"earlier_queries"`
	EarlierBytes   int64   `json:"earlier_bytes"`
	// Unmeasured counts the queries for which the engine does not report the bytes read.
	Unmeasured int `json:"unmeasured"`
	// Billed means that bytes cost money: Dollars in total, at PricePerTB dollars for 10^12 bytes.
	Billed     bool    `json:"billed"`
	Dollars    float64 `json:"dollars"`
	PricePerTB float64 `json:"price_per_tb"`
	// BudgetBytes is the maximum number of bytes to read, 0 for no limit; BudgetUsed means that chunks were left
	// because of it.
	BudgetBytes int64 `json:"budget_bytes"`
	BudgetUsed  bool  `json:"budget_used"`
	// CannotRun counts rules that need something that their table does not have, by what is missing. NoTable counts the
	// rules without a table for their log source.
	CannotRun Reasons `json:"-"`
	NoTable   int     `json:"no_table"`
}

// MarshalJSON writes counts as numbers, with their reasons as separate keys.
func (l LakeCounts) MarshalJSON() ([]byte, error) {
	type plain LakeCounts
	return json.Marshal(struct {
		plain
		Left              int64    `json:"left"`
		LeftReasons       []Reason `json:"left_reasons"`
		CannotRun         int64    `json:"cannot_run"`
		CannotRunReasons  []Reason `json:"cannot_run_reasons"`
		NotStopped        int64    `json:"not_stopped"`
		NotStoppedReasons []Reason `json:"not_stopped_reasons"`
	}{plain(l), l.Left.Total, l.Left.list(), l.CannotRun.Total, l.CannotRun.list(), l.NotStopped.Total, l.NotStopped.list()})
}
