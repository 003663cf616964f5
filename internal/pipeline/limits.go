package pipeline

// Limits of what a pipeline may contain and do. Public pipelines stay far below them.
const (
	// maxSize is the maximum size of a pipeline file in bytes.
	maxSize = 4 << 20
	// maxNodes is the maximum number of YAML nodes of a pipeline, counting those behind an alias at each use.
	maxNodes = 400_000
	// maxDepth is the maximum depth of nested maps and lists, maxNesting that of nested steps and finalizers.
	maxDepth   = 100
	maxNesting = 20
	// maxRegex is the maximum length of a regular expression in bytes, and maxRegexSteps of its compiled program.
	maxRegex      = 4096
	maxRegexSteps = 20_000
	// maxValues is the maximum number of values of a detection item after a step.
	maxValues = 20_000
	// maxExpansions is the maximum number of values that the placeholders of one value may have together. pySigma 2 allows
	// 200 for a value; lists of indicators are longer.
	maxExpansions = 10_000
	// maxItems is the maximum number of detection items and values that a step makes of one rule, and maxRuleText the size of
	// their texts in bytes.
	maxItems    = 200_000
	maxRuleText = 16 << 20
	// maxSteps is the maximum number of steps of a pipeline, and maxWork the number of items that the steps look at in one rule.
	// Public pipelines have up to 100 steps, and public rules up to 1,000 items.
	maxSteps = 10_000
	maxWork  = 20_000_000
	// maxText is the maximum size in bytes of a query after a post-processing step, and of the output of finalizers.
	maxText   = 4 << 20
	maxOutput = 256 << 20
	// maxExternal is the maximum size in bytes of a list in a file.
	maxExternal = 10 << 20
)
