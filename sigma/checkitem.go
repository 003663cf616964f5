package sigma

// modifierSet is the set of modifiers that checkItem has seen on an item.
type modifierSet struct {
	kinds uint16
	regex bool
	time  *ModifierInfo
}

func (s *modifierSet) has(kind ModifierKind) bool { return s.kinds&kind.bit() != 0 }

// checkItem reports modifiers that are unknown, cannot be combined or do not fit the values, and corrects unambiguous
// mistakes.
func (r *reader) checkItem(item *Item) {
	if len(item.Modifiers) == 0 {
		r.checkNulls(item)
		return
	}
	set, ok := r.checkModifiers(item)
	if !ok {
		return
	}
	r.checkNulls(item)
	r.checkValues(item, &set)
}

// checkModifiers checks each modifier against those before it. It returns false after an error.
func (r *reader) checkModifiers(item *Item) (modifierSet, bool) {
	var set modifierSet
	before := r.errors
	for i, m := range item.Modifiers {
		info := FindModifier(m.Name)
		if info == nil {
			r.add(unknownModifier(m.Span, m.Name))
			continue
		}
		if item.Field == "" && !fitsKeyword(info) {
			r.add(modifierNeedsField(m.Span, m.Name))
			continue
		}
		for _, earlier := range item.Modifiers[:i] {
			other := FindModifier(earlier.Name)
			switch {
			case other == nil:
			case other == info && info.Kind != EncodingModifier:
				r.add(repeatedModifier(m.Span, m.Name))
			case other != info && companions[info.Kind]&other.Kind.bit() == 0:
				// regular expressions are case-sensitive without cased, unless a flag overrides it
				if info.Name == "re" && other.Name == "cased" || info.Name == "cased" && other.Name == "re" {
					r.add(redundantCased(m.Span))
				} else {
					r.add(modifierConflict(m.Span, m.Name, earlier.Name))
				}
			}
		}
		if info.Kind == FlagModifier && !set.regex {
			r.add(flagWithoutRegex(m.Span, m.Name))
		}
		set.kinds |= info.Kind.bit()
		set.regex = set.regex || info.Name == "re"
		if info.Kind == TimeModifier {
			set.time = info
		}
	}
	return set, r.errors == before
}

// fitsKeyword reports whether a modifier has a meaning without a field.
func fitsKeyword(info *ModifierInfo) bool {
	switch info.Name {
	case "cidr", "startswith", "endswith":
		return false
	}
	return keywordKinds&info.Kind.bit() != 0
}

// checkNulls reports nulls in lists, and nulls with modifiers that need a value.
func (r *reader) checkNulls(item *Item) {
	for _, v := range item.Values {
		if v.Kind != NullValue {
			continue
		}
		if item.Field == "" {
			r.add(nullKeyword(v.Span))
			continue
		}
		for _, m := range item.Modifiers {
			if m.Name != "neq" && m.Name != "all" && FindModifier(m.Name) != nil {
				r.add(nullWithModifier(v.Span, m.Name))
				break
			}
		}
		if len(item.Values) > 1 {
			r.add(nullInList(v.Span))
		}
	}
}

// checkValues reports values that the modifiers cannot process.
func (r *reader) checkValues(item *Item, set *modifierSet) {
	if set.has(ListModifier) && len(item.Values) == 1 {
		for _, m := range item.Modifiers {
			if m.Name == "all" {
				r.add(allWithOneValue(m.Span))
			}
		}
	}
	numbers := set.has(CompareModifier) || set.has(TimeModifier)
	for i := range item.Values {
		v := &item.Values[i]
		switch {
		case v.Kind == NullValue:
		case set.has(ExistenceModifier):
			if v.Kind != BoolValue {
				r.add(existsNeedsBool(v.Span, v.Text))
			}
		case numbers && v.Kind != NumberValue:
			switch {
			case v.Kind == StringValue && isDecimal(v.Text):
				r.add(quotedNumber(v.Span, v.Text))
				v.Kind = NumberValue
			case !set.has(PlaceholderModifier): // a placeholder may be replaced by a number
				r.add(valueNeedsNumber(v.Span, v.Text))
			}
		case set.has(ReferenceModifier) && (v.Kind != StringValue || v.Text == ""):
			r.add(referenceNeedsName(v.Span, v.Text))
		}
		if set.time != nil && v.Kind == NumberValue && !inRange(v.Text, set.time) {
			r.add(timePartOutOfRange(v.Span, v.Text, set.time))
		}
	}
	if set.has(ExistenceModifier) && len(item.Values) > 1 {
		r.add(existsWithList(item.Span))
	}
}

// inRange reports whether a decimal number is an integer within the range of a time part.
func inRange(text string, part *ModifierInfo) bool {
	value := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' || i > 4 {
			return false
		}
		value = 10*value + int(text[i]-'0')
	}
	return part.Min <= value && value <= part.Max
}
