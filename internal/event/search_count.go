package event

import "cmp"

// result is the outcome of searching a value.
type result struct {
	events int64
	kind   string // the known other log type, "" for none
	fault  string // why text in it cannot be read, "" if there is no fault
	// counted means that its content is counted already, so that it is not a record itself.
	counted bool
}

// pending has the elements of a list that are not events, until it is known whether they are records.
type pending struct {
	kinds  []string
	counts []int64
	faults []string
}

func (p *pending) kind(kind string) {
	for i := range p.kinds {
		if p.kinds[i] == kind {
			p.counts[i]++
			return
		}
	}
	p.kinds, p.counts = append(p.kinds, kind), append(p.counts, 1)
}

// settle passes the outcome of a value to the frame that contains it.
func (s *search) settle(r result) {
	if len(s.stack) == 0 {
		s.count(r)
		return
	}
	f := &s.stack[len(s.stack)-1]
	switch f.kind {
	case objectFrame:
		if r.events > 0 && f.next <= len(wrappers) {
			f.result.fault, r.fault = "", "" // another wrapper has the event, too
		}
		if f.result.kind == "" {
			f.result.kind = r.kind
		}
		if f.result.fault == "" {
			f.result.fault = r.fault
		}
		f.result.counted = f.result.counted || r.counted
	case unitsFrame:
		s.count(r)
		f.result.counted = true
	case listFrame, textFrame:
		if r.events > 0 || r.counted {
			s.flush(f)
		}
		switch {
		case f.result.counted:
			s.count(r)
		case r.fault != "":
			f.pending.faults = append(f.pending.faults, r.fault)
		default:
			f.pending.kind(r.kind)
		}
	}
	f.result.events += r.events
}

// flush counts the pending elements of a list, which are now known to be records.
func (s *search) flush(f *frame) {
	for i, kind := range f.pending.kinds {
		s.others(kind, f.pending.counts[i])
	}
	for _, fault := range f.pending.faults {
		s.count(result{fault: fault})
	}
	f.pending, f.result.counted = pending{}, true
}

// count counts a record whose search has ended.
func (s *search) count(r result) {
	switch {
	case r.fault != "":
		number, offset := s.place()
		s.tally.fail(number, offset, r.fault)
	case r.events == 0 && !r.counted:
		s.others(r.kind, 1)
	}
}

func (s *search) others(kind string, n int64) {
	if kind == "" {
		kind = cmp.Or(s.kind, unknownKind)
	}
	s.tally.otherKind(kind, n)
}
