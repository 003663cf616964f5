package sigma

// ModifierKind groups modifiers by what they do; the groups decide which modifiers can be combined.
type ModifierKind uint8

// The kinds of modifiers.
const (
	// ListModifier changes how the values of a list are joined: all.
	ListModifier ModifierKind = iota
	// NegationModifier negates the whole item: neq.
	NegationModifier
	// CaseModifier makes the comparison case-sensitive: cased.
	CaseModifier
	// PositionModifier selects where in the field the value occurs: contains, startswith, endswith.
	PositionModifier
	// PlaceholderModifier fills in values from outside the rule: expand.
	PlaceholderModifier
	// EncodingModifier rewrites the values: base64, base64offset, the UTF-16 family, windash.
	EncodingModifier
	// PatternModifier treats the values as another kind of pattern: re, cidr.
	PatternModifier
	// FlagModifier is a flag that follows re: i, m, s.
	FlagModifier
	// CompareModifier compares numbers: gt, gte, lt, lte.
	CompareModifier
	// TimeModifier extracts a number from a time: minute to year.
	TimeModifier
	// ExistenceModifier tests whether the field exists: exists.
	ExistenceModifier
	// ReferenceModifier treats the values as field names: fieldref.
	ReferenceModifier
)

// ModifierInfo describes one modifier of the specification.
type ModifierInfo struct {
	Name    string
	Kind    ModifierKind
	Meaning string // one line, lower case
	// Min and Max are the range of a time part, both 0 for other modifiers.
	Min, Max int
}

// Modifiers lists every modifier of the Sigma Modifiers Appendix 2.1.0, sorted by name.
var Modifiers = []ModifierInfo{
	{Name: "all", Kind: ListModifier, Meaning: "all values of the list must match, not just one"},
	{Name: "base64", Kind: EncodingModifier, Meaning: "the value encoded as Base64"},
	{Name: "base64offset", Kind: EncodingModifier, Meaning: "the value at any of the three offsets within Base64"},
	{Name: "cased", Kind: CaseModifier, Meaning: "compare case-sensitively"},
	{Name: "cidr", Kind: PatternModifier, Meaning: "the address is in the network"},
	{Name: "contains", Kind: PositionModifier, Meaning: "the value occurs anywhere in the field"},
	{Name: "day", Kind: TimeModifier, Meaning: "day of the month of a time", Min: 1, Max: 31},
	{Name: "endswith", Kind: PositionModifier, Meaning: "the field ends with the value"},
	{Name: "exists", Kind: ExistenceModifier, Meaning: "the field exists (true) or not (false)"},
	{Name: "expand", Kind: PlaceholderModifier, Meaning: "placeholders such as %servers% are replaced by their values"},
	{Name: "fieldref", Kind: ReferenceModifier, Meaning: "the value names a field of the same event"},
	{Name: "gt", Kind: CompareModifier, Meaning: "greater than"},
	{Name: "gte", Kind: CompareModifier, Meaning: "greater than or equal"},
	{Name: "hour", Kind: TimeModifier, Meaning: "hour of a time", Min: 0, Max: 23},
	{Name: "i", Kind: FlagModifier, Meaning: "re ignores case"},
	{Name: "lt", Kind: CompareModifier, Meaning: "less than"},
	{Name: "lte", Kind: CompareModifier, Meaning: "less than or equal"},
	{Name: "m", Kind: FlagModifier, Meaning: "^ and $ of re match at each line"},
	{Name: "minute", Kind: TimeModifier, Meaning: "minute of a time", Min: 0, Max: 59},
	{Name: "month", Kind: TimeModifier, Meaning: "month of a time", Min: 1, Max: 12},
	{Name: "neq", Kind: NegationModifier, Meaning: "the field does not match the values"},
	{Name: "re", Kind: PatternModifier, Meaning: "the value is a regular expression"},
	{Name: "s", Kind: FlagModifier, Meaning: "the dot of re matches line breaks"},
	{Name: "startswith", Kind: PositionModifier, Meaning: "the field starts with the value"},
	{Name: "utf16", Kind: EncodingModifier, Meaning: "the value in UTF-16 with byte order mark"},
	{Name: "utf16be", Kind: EncodingModifier, Meaning: "the value in UTF-16, big-endian"},
	{Name: "utf16le", Kind: EncodingModifier, Meaning: "the value in UTF-16, little-endian"},
	// The specification says 52, but some ISO years have 53 weeks.
	{Name: "week", Kind: TimeModifier, Meaning: "ISO week of a time", Min: 1, Max: 53},
	{Name: "wide", Kind: EncodingModifier, Meaning: "the same as utf16le"},
	{Name: "windash", Kind: EncodingModifier, Meaning: "the dash of a command-line flag matches any kind of dash and the slash"},
	{Name: "year", Kind: TimeModifier, Meaning: "year of a time", Min: 0, Max: 9999},
}

// FindModifier returns the entry with a name in Modifiers, nil if there is none.
func FindModifier(name string) *ModifierInfo {
	low, high := 0, len(Modifiers)
	for low < high {
		middle := (low + high) / 2
		switch {
		case Modifiers[middle].Name == name:
			return &Modifiers[middle]
		case Modifiers[middle].Name < name:
			low = middle + 1
		default:
			high = middle
		}
	}
	return nil
}

// bit returns the set that contains only the kind.
func (k ModifierKind) bit() uint16 { return 1 << k }

// companions lists for each kind the kinds that can be combined with it in one item. Other pairs are reported. The
// relation is symmetric, which a test checks.
var companions = [...]uint16{
	ListModifier: NegationModifier.bit() | CaseModifier.bit() | PositionModifier.bit() | PlaceholderModifier.bit() |
		EncodingModifier.bit() | PatternModifier.bit() | FlagModifier.bit() | CompareModifier.bit() |
		TimeModifier.bit() | ReferenceModifier.bit(),
	NegationModifier: ListModifier.bit() | CaseModifier.bit() | PositionModifier.bit() | PlaceholderModifier.bit() |
		EncodingModifier.bit() | PatternModifier.bit() | FlagModifier.bit() | CompareModifier.bit() |
		TimeModifier.bit() | ExistenceModifier.bit() | ReferenceModifier.bit(),
	CaseModifier: ListModifier.bit() | NegationModifier.bit() | PositionModifier.bit() | PlaceholderModifier.bit() |
		EncodingModifier.bit() | ReferenceModifier.bit(),
	PositionModifier: ListModifier.bit() | NegationModifier.bit() | CaseModifier.bit() | PlaceholderModifier.bit() |
		EncodingModifier.bit() | ReferenceModifier.bit(),
	PlaceholderModifier: ListModifier.bit() | NegationModifier.bit() | CaseModifier.bit() | PositionModifier.bit() |
		EncodingModifier.bit() | PatternModifier.bit() | FlagModifier.bit() | CompareModifier.bit(),
	EncodingModifier: ListModifier.bit() | NegationModifier.bit() | CaseModifier.bit() | PositionModifier.bit() |
		PlaceholderModifier.bit() | EncodingModifier.bit(),
	PatternModifier: ListModifier.bit() | NegationModifier.bit() | PlaceholderModifier.bit() | FlagModifier.bit(),
	FlagModifier: ListModifier.bit() | NegationModifier.bit() | PlaceholderModifier.bit() | PatternModifier.bit() |
		FlagModifier.bit(),
	CompareModifier:   ListModifier.bit() | NegationModifier.bit() | PlaceholderModifier.bit() | TimeModifier.bit(),
	TimeModifier:      ListModifier.bit() | NegationModifier.bit() | CompareModifier.bit(),
	ExistenceModifier: NegationModifier.bit(),
	ReferenceModifier: ListModifier.bit() | NegationModifier.bit() | CaseModifier.bit() | PositionModifier.bit(),
}

// keywordKinds are the kinds of modifiers that have a meaning without a field. Of PositionModifier only contains is
// allowed, which keywords imply anyway, and of PatternModifier only re.
var keywordKinds = ListModifier.bit() | NegationModifier.bit() | CaseModifier.bit() | PositionModifier.bit() |
	PlaceholderModifier.bit() | EncodingModifier.bit() | PatternModifier.bit() | FlagModifier.bit()
