package ddl

import "strings"

// The expressions of RegexSerDe. Each must take the whole line and have one group for each column. A line that it does
// not take is a row of nulls, which no rule finds, so they ask for no more than they need:
//
//   - What stands in quotes may hold quotes, since whoever sends the request writes it. The user agent reaches as far as
//     it can, so that no text in it passes for the fields behind it.
//   - Fields that AWS added to the end of the format may be there or not, and there may be more.
//
// They are written in what Java's expressions and RE2 share, with (?s), as Java's dot leaves out U+2028 and others, and
// without alternatives inside repetitions, on which Java recurses.
var (
	// albRegex takes a line of an Application Load Balancer: "Access logs for your Application Load Balancer", section
	// "Access log entries", read 2026-11
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

	// accessRegex takes a line of an S3 server access log: Amazon S3 User Guide, "Amazon S3 server access log format", read
	// 2026-11 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html).
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
	// endpoint is an address and its port, or a hyphen. The address may have colons itself.
	endpoint = `([^ "]*?)(?::([0-9]*))?`
)
