package ddl

import "strings"

// These are the regular expressions for RegexSerDe. Each must match a whole line and have one group per column. A line
// that does not match becomes a row of nulls, which no rule finds, so the expressions are lenient:
//
//   - Quoted fields may contain quotes, since the sender of the request writes them. The user agent matches greedily,
//     so that its text cannot pass for the fields after it.
//   - Fields that AWS added at the end of the format are optional, and more may follow.
//
// The expressions use only what Java and RE2 have in common. They need (?s), since Java's dot excludes U+2028 and
// others, and avoid alternatives inside repetitions, for which Java recurses.
var (
	// albRegex matches a line of an Application Load Balancer: "Access logs for your Application Load Balancer",
	// section "Access log entries", read 2026-11
	// (https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html).
	albRegex = "(?s)" + strings.Join([]string{
		bare, bare, bare, // type, time, elb
		endpoint, endpoint, // client and target, each address and port
		bare, bare, bare, // processing times
		bare, bare, bare, bare, // two status codes, bytes received and sent
		`"([^ ]*) (.*?)(?: ([^ "]*) ?)?"`, // the request: verb, URL, protocol
		`"(.*)"`,                          // user agent
		bare, bare, bare,                  // cipher, protocol, target group
		quoted, quoted, quoted, // trace, domain, certificate
		bare, bare, // priority, time of creation
		quoted, quoted, quoted, // actions, redirect, error
	}, " ") +
		`(?: "(.*?)" "(.*?)" "(.*?)" "(.*?)")?` + // targets, their status codes, classification and its reason: since 2019
		`(?: ([^ "]*))?` + // trace of the connection: since 2024
		`(?: .*)?`

	// accessRegex matches a line of an S3 server access log: Amazon S3 User Guide, "Amazon S3 server access log
	// format", read 2026-11 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html).
	accessRegex = "(?s)" + strings.Join([]string{
		word, word, `\[(.*?)\]`, // owner, bucket, time
		word, word, word, word, word, // address, requester, request, operation, key
		`(?:"(.*?)"|-)`,                    // request line
		word, word, word, word, word, word, // status, error, bytes, size, two times
		`(?:"(.*?)"|-)`, // referrer
		`(?:"(.*)"|-)`,  // user agent
		word,            // version
	}, " ") +
		strings.Repeat(`(?: ([^ ]*))?`, 8) + // host id, signature, cipher, authentication, endpoint, TLS, access point, ACL
		`(?: .*)?`
)

const (
	word   = `([^ ]*)`
	bare   = `([^ "]*)`
	quoted = `"(.*?)"`
	// endpoint is an address and its port, or a hyphen. The address may contain colons.
	endpoint = `([^ "]*?)(?::([0-9]*))?`
)
