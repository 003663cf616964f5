package athenatest

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Credentials are what a client signs with.
type Credentials struct {
	AccessKey, Secret string
	// SessionToken is "" for credentials that last.
	SessionToken string
	// Expires is when the session ends; zero for never.
	Expires time.Time
	// Principal is whose they are, as an ARN.
	Principal string
}

// Role is a role that AssumeRole gives credentials of.
type Role struct {
	ARN string
	// ExternalID must be named by whoever assumes the role; "" where the role asks for none.
	ExternalID string
}

// account is the account of everything here.
const account = "111122223333"

// newCredentials are fresh ones. Secrets are random, so that a test can search outputs for them.
func newCredentials(prefix, principal string) Credentials {
	return Credentials{AccessKey: prefix + randomHex(8), Secret: randomHex(20), Principal: principal}
}

// randomHex is a text of twice as many digits.
func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// newID is a random id of the form of a UUID.
func newID() string {
	x := randomHex(16)
	return x[:8] + "-" + x[8:12] + "-4" + x[13:16] + "-a" + x[17:20] + "-" + x[20:]
}
