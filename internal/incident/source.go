package incident

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"time"
)

// source generates the events of one actor or service.
type source struct {
	chance  *rand.PCG
	records []record
}

func newSource(seed uint64) *source { return &source{chance: rand.NewPCG(seed, 0x6567726574)} }

// below returns a number from 0 to n-1. PCG's algorithm fixes its raw output, while the helpers of math/rand may
// change.
func (s *source) below(n int) int { return int(s.chance.Uint64() % uint64(n)) }

// between returns a duration from low to high, in whole seconds.
func (s *source) between(low, high time.Duration) time.Duration {
	seconds := int((high - low) / time.Second)
	return low + time.Duration(s.below(seconds+1))*time.Second
}

// one returns a random element.
func (s *source) one(options ...string) string { return options[s.below(len(options))] }

// text returns n random characters of an alphabet.
func (s *source) text(n int, alphabet string) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[s.below(len(alphabet))])
	}
	return b.String()
}

const (
	hexDigits = "0123456789abcdef"
	upper     = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	letters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

// uuid returns a UUID whose first half is random. The second half is fixed: random data does not compress, and the
// files are part of the repository.
func (s *source) uuid() string {
	h := s.text(15, hexDigits)
	return h[:8] + "-" + h[8:12] + "-4" + h[12:] + "-8000-00000000e64e"
}

// key returns an access key id for one session. All end in EXAMPLE, so that they are not mistaken for real ones.
func (s *source) key() string { return "ASIA" + s.text(9, upper) + "EXAMPLE" }

// uniqueID returns the id of a named IAM or EC2 resource; the same name always has the same id.
func uniqueID(prefix, name string, digits int) string {
	sum := sha256.Sum256([]byte(prefix + name))
	return prefix + hex.EncodeToString(sum[:])[:digits]
}

// iamID returns the unique id of an IAM user, role or access key: a prefix of four letters and 16 or 17 characters.
func iamID(prefix, name string) string {
	sum := sha256.Sum256([]byte(prefix + name))
	var b strings.Builder
	b.WriteString(prefix)
	for _, c := range sum[:9] {
		b.WriteByte(upper[int(c)%len(upper)])
	}
	b.WriteString("EXAMPLE")
	return b.String()
}

// actor is the caller, with the address of the call.
type actor struct {
	account  string
	identity object
	ip       string
	agent    string
	// encrypted means that the event has TLS details, as calls of outside clients do.
	encrypted bool
	// console marks the credentials of a console session.
	console bool
}

// user returns an IAM user with a long-lived access key.
func user(account, name, ip, agent string) actor {
	return actor{account: account, ip: ip, agent: agent, encrypted: true, identity: obj(
		"type", "IAMUser",
		"principalId", iamID("AIDA", account+name),
		"arn", "arn:aws:iam::"+account+":user/"+name,
		"accountId", account,
		"accessKeyId", iamID("AKIA", account+name),
		"userName", name,
	)}
}

// consoleUser returns an IAM user in a console session.
func (s *source) consoleUser(account, name, ip, mfa string, created time.Time) actor {
	a := user(account, name, ip, browser)
	a.console = true
	a.identity[4].value = s.key()
	a.identity = append(a.identity, field{"sessionContext", obj(
		"attributes", obj("creationDate", stamp(created), "mfaAuthenticated", mfa))})
	return a
}

// role returns a session of an assumed role.
func (s *source) role(account, path, name, session, ip, agent string, created time.Time) actor {
	id := iamID("AROA", account+name)
	return actor{account: account, ip: ip, agent: agent, encrypted: true, identity: obj(
		"type", "AssumedRole",
		"principalId", id+":"+session,
		"arn", "arn:aws:sts::"+account+":assumed-role/"+name+"/"+session,
		"accountId", account,
		"accessKeyId", s.key(),
		"sessionContext", obj(
			"sessionIssuer", obj(
				"type", "Role",
				"principalId", id,
				"arn", "arn:aws:iam::"+account+":role"+path+name,
				"accountId", account,
				"userName", name),
			"attributes", obj("creationDate", stamp(created), "mfaAuthenticated", "false")),
	)}
}

// serviceRole returns a session of a service-linked role, used by the service itself.
func (s *source) serviceRole(account, service, name, session string, created time.Time) actor {
	a := s.role(account, "/aws-service-role/"+service+"/", name, session, service, service, created)
	a.identity = append(a.identity, field{"invokedBy", service})
	a.encrypted = false
	return a
}

// service returns an AWS service that acts for itself.
func service(account, name string) actor {
	return actor{account: account, ip: name, agent: name, identity: obj("type", "AWSService", "invokedBy", name)}
}

const (
	browser = "Mozilla/5.0 (X11; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0"
	awsCLI  = "aws-cli/2.15.30 md/Python#3.11.8 md/linux#6.5.0 exec-env/none lang/python#3.11.8 cfg/retry-mode#standard"
)

// stamp formats a time as CloudTrail does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// longDate formats a time as IAM and STS responses do.
func longDate(t time.Time) string { return t.UTC().Format("Jan 2, 2006, 3:04:05 PM") }
