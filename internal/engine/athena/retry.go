package athena

import (
	"errors"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/engine"
)

// maxAttempts is how often a call is made before its error is returned. If three calls of ten are throttled, one of
// two million fails twelve times in a row; the pauses add up to about a minute and a half, which bridges a network
// failure as well.
const maxAttempts = 12

// newRetryer returns the SDK's retryer with other settings. reached reports whether a service has ever answered.
func newRetryer(o *Options, reached func() bool) aws.Retryer {
	return retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = maxAttempts
		s.MaxBackoff = o.MaxBackoff
		s.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
			pause := o.backoff().Pause(attempt)
			if o.OnPause != nil {
				// The SDK's error may repeat headers; the service's code, or that there was no answer, is enough.
				o.OnPause(&engine.Error{Kind: engine.Transient, Engine: name, Err: errors.New(waitReason(err))}, pause)
			}
			return pause, nil
		})
		// The SDK's retry budget is used up after fifty retries, which would turn throttling into an error.
		s.RateLimiter = ratelimit.None
		s.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			if errors.Is(err, syscall.ECONNREFUSED) && !reached() {
				return aws.FalseTernary // an address that has never answered will not answer within a minute either
			}
			return again(err)
		})}, s.Retryables...)
	})
}

// backoff returns the policy for pauses before a call is repeated.
func (o *Options) backoff() backoff.Policy {
	return backoff.Policy{First: o.MaxBackoff / 40, Max: o.MaxBackoff, Random: o.Random}
}

// waitReason returns why a call is repeated, in a few words.
func waitReason(err error) string {
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() != "":
		return "the service answered " + api.ErrorCode()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused"
	}
	return "the service does not answer"
}

// again recognizes errors that the SDK would not retry: broken answers, and the catalog's throttling, which Athena
// returns as an error of its own. Errors of getting credentials are not retried, because that has its own retries.
func again(err error) aws.Ternary {
	var api smithy.APIError
	var credentials *credentialsError
	switch {
	case errors.As(err, &credentials):
		return aws.FalseTernary
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return aws.TrueTernary
	case errors.As(err, &api) && api.ErrorCode() == "MetadataException" && strings.Contains(api.ErrorMessage(), "Rate exceeded"):
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}
