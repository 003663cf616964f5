package athenatest

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Credentials sign a client's requests.
type Credentials struct {
	AccessKey, Secret string
	// SessionToken is "" for permanent credentials.
	SessionToken string
	// Expires is when the session ends; zero for never.
	Expires time.Time
	// Principal is the ARN of the owner.
	Principal string
}

// Role is a role for AssumeRole.
type Role struct {
	ARN string
	// ExternalID is required to assume the role; "" if it needs none.
	ExternalID string
}

// account is the account of everything in the endpoint.
const account = "111122223333"

// newCredentials returns new credentials. Secrets are random, so that a test can search outputs for them.
func newCredentials(prefix, principal string) Credentials {
	return Credentials{AccessKey: prefix + randomHex(8), Secret: randomHex(20), Principal: principal}
}

// randomHex returns random bytes as hexadecimal digits.
func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// newID returns a random id in the form of a UUID.
func newID() string {
	x := randomHex(16)
	return x[:8] + "-" + x[8:12] + "-4" + x[13:16] + "-a" + x[17:20] + "-" + x[20:]
}
