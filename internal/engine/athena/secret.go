package athena

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/egret-hunt/egret/internal/redact"
)

// credentialsWatcher provides credentials and remembers them, so that they can be removed from texts.
type credentialsWatcher struct {
	inner aws.CredentialsProvider
	// below are the credentials used to get these, nil for none.
	below *credentialsWatcher

	mutex   sync.Mutex
	secrets []string
}

// maxSecrets is how many secrets are remembered: those of a few days, at three an hour.
const maxSecrets = 500

// credentialsError marks an error of getting credentials.
type credentialsError struct{ error }

// Unwrap returns the cause.
func (e *credentialsError) Unwrap() error { return e.error }

// Retrieve returns credentials.
func (w *credentialsWatcher) Retrieve(ctx context.Context) (aws.Credentials, error) {
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

// scrub removes credentials from a text.
func (w *credentialsWatcher) scrub(text string) string {
	for ; w != nil; w = w.below {
		w.mutex.Lock()
		for _, secret := range w.secrets {
			text = strings.ReplaceAll(text, secret, redact.Stars)
		}
		w.mutex.Unlock()
	}
	return redact.Fault(text)
}
