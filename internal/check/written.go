package check

func writtenChecks() []*Check { return nil }
