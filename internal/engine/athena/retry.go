package athena

import (
	"context"
	"errors"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/egret-hunt/egret/internal/engine"
)

// maxAttempts is how often a call is made until its error counts. With three calls of ten throttled, one of two million
// fails twelve times in a row; the pauses add up to about a minute, which bridges a lost network as well.
const maxAttempts = 12

// newRetryer is the SDK's own, with other numbers. reached tells whether a service has ever answered.
func newRetryer(o *Options, reached func() bool) aws.Retryer {
	return retry.NewStandard(func(s *retry.StandardOptions) {
		s.MaxAttempts = maxAttempts
		s.MaxBackoff = o.MaxBackoff
		s.Backoff = retry.BackoffDelayerFunc(func(attempt int, err error) (time.Duration, error) {
			pause := o.pause(attempt)
			if o.Waits != nil {
				// What is in the SDK's error may repeat headers; the service's code, or that nobody answered, says enough.
				o.Waits(&engine.Error{Kind: engine.Transient, Engine: name, Err: errors.New(waitReason(err))}, pause)
			}
			return pause, nil
		})
		// The SDK's budget of retries is gone after fifty of them, and would turn throttling into an error.
		s.RateLimiter = ratelimit.None
		s.Retryables = append([]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
			if errors.Is(err, syscall.ECONNREFUSED) && !reached() {
				return aws.FalseTernary // an address at which nobody has ever been will not answer in a minute either
			}
			return again(err)
		})}, s.Retryables...)
	})
}

// pause is how long to wait before the try after so many: twice as long each time, less up to half of it by chance.
func (o *Options) pause(attempt int) time.Duration {
	longest := o.MaxBackoff / 80
	for range min(attempt, 10) {
		longest = min(2*longest, o.MaxBackoff)
	}
	return longest/2 + time.Duration(o.Random()*float64(longest/2))
}

// waitReason says in a few words why a call is made again.
func waitReason(err error) string {
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() != "":
		return "the service says " + api.ErrorCode()
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection is refused"
	}
	return "the service does not answer"
}

// again knows errors that the SDK would not try again: answers that broke off, and the catalog's throttling, which Athena
// passes on as an error of its own. What gets credentials has tried often enough itself.
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

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
