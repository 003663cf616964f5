package stixcli_test

const (
	validIdentity = "a bundle is valid: the observation has the times and the objects of the whole row, and accounts are text"
	ownMaps       = "the mappings are egret's own"
)

// differences are the recorded calls that egret answers in another way, with the reason. docs/stix.md has them by kind.
var differences = map[string]string{
	"unmapped-observation":      "a service that cannot answer one side of AND is not asked",
	"issuperset":                "ISSUPERSET works",
	"bracket-missing-validated": "the message says what was expected in egret's words",
	"not-stix":                  "the message says what was expected in egret's words",
	"execute":                   validIdentity,
	"execute-r":                 validIdentity,
	"execute-query-refused":     "an answer instead of an empty output",
	"execute-failed":            "an answer instead of an empty output",
	"configs":                   "the mappings are egret's own, and cut in the recording",
	"mapping":                   ownMaps,
	"mapping-dialect":           ownMaps,
	"none":                      "the command explains itself",
	"results-nodata":            "a record without data has no action",
	"results-delete-denied":     "rows are not lost because files cannot be deleted; they are deleted only with --cleanup",
	"results-stix":              validIdentity,
	"results-2.1-dialect":       "STIX 2.1 works",
	"results-wrapped":           "a row inside the name of its service is read",
	"results-severity":          "the severity belongs to the finding; accounts are text",
	"results-severity-module":   "the severity belongs to the finding; accounts are text",
}
