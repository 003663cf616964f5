package sigma

// What the tests outside of the package use; those cannot be inside, since the test kit imports this package.
var (
	CheckRoundTrip = checkRoundTrip
	CheckSpans     = checkSpans
)
