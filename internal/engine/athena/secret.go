package athena

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/egret-hunt/egret/internal/redact"
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
	redact.Remember(c.SecretAccessKey, c.SessionToken)
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

// scrub takes credentials out of a text.
func (w *witness) scrub(text string) string {
	for ; w != nil; w = w.below {
		w.mutex.Lock()
		for _, secret := range w.secrets {
			text = strings.ReplaceAll(text, secret, redact.Stars)
		}
		w.mutex.Unlock()
	}
	return redact.Fault(text)
}
