package athena

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// witness gives credentials and remembers them, so that they can be taken out of texts.
type witness struct {
	inner aws.CredentialsProvider
	// below are the credentials with which these are got, nil for none.
	below *witness

	mutex   sync.Mutex
	secrets []string
}

// maxSecrets is how many texts are remembered: those of a few days, at three an hour.
const maxSecrets = 500

// credentialsError marks an error of getting credentials.
type credentialsError struct{ error }

// Unwrap gives the cause.
func (e *credentialsError) Unwrap() error { return e.error }

// Retrieve gives credentials.
func (w *witness) Retrieve(ctx context.Context) (aws.Credentials, error) {
	c, err := w.inner.Retrieve(ctx)
	if err != nil {
		return c, &credentialsError{err}
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for _, secret := range []string{c.SecretAccessKey, c.SessionToken, c.AccessKeyID} {
		if secret != "" && !slices.Contains(w.secrets, secret) {
			w.secrets = append(w.secrets, secret)
		}
	}
	if extra := len(w.secrets) - maxSecrets; extra > 0 {
		w.secrets = slices.Delete(w.secrets, 0, extra)
	}
	return c, nil
}

// keyForm is how ids of access keys look, tokenForm what follows the name of the header that holds a session token.
var (
	keyForm   = regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b`)
	tokenForm = regexp.MustCompile(`(?i)(security-token["':=\s]+)[A-Za-z0-9+/=%._-]{16,}`)
)

// stars stand for a secret.
const stars = "***"

// scrub takes credentials out of a text.
func (w *witness) scrub(text string) string {
	for ; w != nil; w = w.below {
		w.mutex.Lock()
		for _, secret := range w.secrets {
			text = strings.ReplaceAll(text, secret, stars)
		}
		w.mutex.Unlock()
	}
	return tokenForm.ReplaceAllString(keyForm.ReplaceAllString(text, stars), "${1}"+stars)
}
