package htmlreport

import (
	"io"
	"time"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/story"
)

// DefaultLimit is how many findings a report shows one by one unless Options say otherwise.
const DefaultLimit = 10_000

// Options say how a report looks, and how findings and ledger are put into words, which is the same in all formats.
type Options struct {
	// Location is the time zone of all times, nil for UTC.
	Location *time.Location
	// Limit is how many findings are shown one by one, the most severe; 0 is DefaultLimit.
	Limit int
	// Events means that the findings are events of a search: their rules are the names of calls, and levels say nothing.
	Events bool
	// Story is what the findings mean together; nil if nobody tells it.
	Story *story.Story
	// Describe puts the facts of a finding into words.
	Describe func(f *finding.Finding) Words
	// Nothing says what it means that there are no findings.
	Nothing func(l *finding.Ledger) string
	// Ledger returns the lines of the ledger.
	Ledger func(l *finding.Ledger) []Line
}

// Words are the facts of a finding as texts.
type Words struct {
	// Outcome is such as "2 succeeded, 1 failed (NoSuchBucket)", "" if it is not known.
	Outcome string
	// Targets and Facts have one phrase each, those of succeeded calls first.
	Targets, Facts []string
	// Origins are the addresses of which more is known.
	Origins []Origin
}

// An Origin says where an address is and whose it is, such as "Dublin, IE; AS64500 Example".
type Origin struct{ Address, Text string }

// A Line is a row of the ledger. Name is "" if the row continues the one before. Alarm means that something was not read
// or not done.
type Line struct {
	Name, Text string
	Alarm      bool
}

// Writer writes a report. It is not safe for concurrent use.
type Writer struct {
	w        io.Writer
	options  Options
	keep     *keeper
	profiles *profiles
	rules    *ruleCounts
	origins  origins
}

// New starts a report. Nothing is written before Close.
func New(w io.Writer, options Options) *Writer {
	if options.Limit <= 0 {
		options.Limit = DefaultLimit
	}
	if options.Location == nil {
		options.Location = time.UTC
	}
	return &Writer{
		w: w, options: options, keep: newKeeper(options.Limit, maxKeptBytes), profiles: newProfiles(maxProfiles),
		rules: newRuleCounts(), origins: origins{},
	}
}

// maxOrigins is for how many addresses a report says where they are.
const maxOrigins = 5000

// origins say where addresses are, by address.
type origins map[string]string

func (o origins) add(more []Origin) {
	for _, one := range more {
		if len(o) < maxOrigins {
			o[safe(one.Address)] = safe(one.Text)
		}
	}
}

// Finding adds a finding. It keeps no reference to it. An error means that the temporary file could not be written.
func (h *Writer) Finding(f *finding.Finding) error {
	words := h.options.Describe(f)
	rule, also := h.rules.add(f)
	h.profiles.add(f, &words)
	h.origins.add(words.Origins)
	if !h.keep.wants(f.Level) {
		h.keep.leaveOut(f.Level)
		return nil
	}
	return h.keep.add(newRow(f, &words, rule, also), newDetail(f, &words), f.Level)
}

// Close writes the report. It does not close the underlying writer.
func (h *Writer) Close(summary *finding.Summary, ledger *finding.Ledger) error {
	err := h.write(summary, ledger)
	if closed := h.keep.close(); err == nil {
		err = closed
	}
	return err
}
