package check

// toolChecks are those of files that cannot be read and of comments; the reader and the comments report them.
func toolChecks() []*Check {
	return []*Check{
		{
			ID: "unreadable-file", Level: Error, Group: Tool, Title: "a rule file cannot be read",
			Why: "The file is missing, may not be read, or is larger than 4 MB.",
		},
		{
			ID: "other-fault", Level: Error, Group: Tool, Title: "egret refuses a rule for a reason without a page",
			Why: "The message says what is wrong.",
		},
		{
			ID: "ignore-without-reason", Level: Medium, Group: Tool, Title: "a comment silences a check without a reason",
			Why: "Who reads the rule later must know why it is right as it is. Without a reason the comment has no effect.",
		},
		{
			ID: "ignore-unknown-check", Level: Medium, Group: Tool, Title: "a comment silences a check that does not exist",
			Why: "The comment has no effect.",
		},
		{
			ID: "ignore-unused", Level: Low, Group: Tool, Title: "a comment silences a check that reports nothing",
			Why: "What it excused was mended; the comment would hide the next fault.",
		},
	}
}
