package event

// result is what the search of a value gave.
type result struct {
	events int64
	kind   string // another kind of log that it is known to be, "" if it is not known
	fault  string // why a text in it cannot be read, "" if there is none
	// counted says that what it holds is counted, so that it is no record itself.
	counted bool
}

// pending are the elements of a list that are no events, as long as it is not known whether they are records.
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

// settle tells the frame at hand what the search of one of its values gave.
func (s *search) settle(r result) {
	if len(s.stack) == 0 {
		s.count(r)
		return
	}
	f := &s.stack[len(s.stack)-1]
	switch f.kind {
	case objectFrame:
		if r.events > 0 && f.next <= len(wrappers) {
			f.result.fault, r.fault = "", "" // the event stands in another wrapper, too
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

// flush counts the elements of a list that were passed over so far: they are records.
func (s *search) flush(f *frame) {
	for i, kind := range f.pending.kinds {
		s.others(kind, f.pending.counts[i])
	}
	for _, fault := range f.pending.faults {
		s.count(result{fault: fault})
	}
	f.pending, f.result.counted = pending{}, true
}

// count counts a record of which nothing more comes.
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
		kind = unknownKind
	}
	s.tally.otherKind(kind, n)
}
