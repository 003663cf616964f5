package finding

import "encoding/json"

// LakeCounts is the account of what a lake was asked, and what it cost.
type LakeCounts struct {
	// Engine is its name, Hunt the id under which the hunt can be resumed, "" where it cannot.
	Engine string `json:"engine"`
	Hunt   string `json:"hunt"`
	// Tables are the tables with their schemas, as "security.logs (cloudtrail/athena)".
	Tables []string `json:"tables"`
	// Slices is how many statements over a slice there were. Done are those whose rows were evaluated, Resumed those of them
	// whose rows an earlier run had fetched. Slices less Done is Left.
	Slices  int `json:"slices"`
	Done    int `json:"done"`
	Resumed int `json:"resumed"`
	// Left are slices that were not evaluated, by reason, with their errors.
	Left Reasons `json:"-"`
	// Queries counts those that this run started; Split the statements that were too complex, or refused, and became two; Retried
	// the further attempts after errors; Attached the queries of an earlier run that were found again; Stopped those that
	// were ended on the server, NotStopped those for which that failed.
	Queries    int     `json:"queries"`
	Split      int     `json:"split"`
	Retried    int     `json:"retried"`
	Attached   int     `json:"attached"`
	Stopped    int     `json:"stopped"`
	NotStopped Reasons `json:"-"`
	// Rows and ReturnedBytes are what came back to egret in this run.
	Rows          int64 `json:"rows"`
	ReturnedBytes int64 `json:"returned_bytes"`
	// ScannedBytes is what the engine read of the tables, BilledBytes what it charges for, Seconds how long its queries ran.
	// The first two count the earlier runs of the hunt too; EarlierQueries and EarlierBytes are their share.
	ScannedBytes   int64   `json:"scanned_bytes"`
	BilledBytes    int64   `json:"billed_bytes"`
	Seconds        float64 `json:"seconds"`
	EarlierQueries int     `json:"earlier_queries"`
	EarlierBytes   int64   `json:"earlier_bytes"`
	// Unmeasured counts the queries of which the engine cannot tell what they read.
	Unmeasured int `json:"unmeasured"`
	// Billed says that bytes cost money: Dollars in all, at PricePerTB dollars for 10^12 bytes.
	Billed     bool    `json:"billed"`
	Dollars    float64 `json:"dollars"`
	PricePerTB float64 `json:"price_per_tb"`
	// BudgetBytes is the most that was to be read, 0 for any; BudgetUsed says that slices were left for it.
	BudgetBytes int64 `json:"budget_bytes"`
	BudgetUsed  bool  `json:"budget_used"`
	// CannotRun are rules that need what their table does not have, by what is missing. NoTable counts the rules whose log
	// source has no table.
	CannotRun Reasons `json:"-"`
	NoTable   int     `json:"no_table"`
}

// MarshalJSON writes counts as numbers and their reasons beside them.
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
