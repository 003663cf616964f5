package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"unicode"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/redact"
)

// action is an action on S3, named like the permission that it needs.
type action string

const (
	listing action = "s3:ListBucket"
	reading action = "s3:GetObject"
)

// longestMessage is the maximum length of a server's message in output, in bytes.
const longestMessage = 300

// clean makes a server's message safe for one line of output.
func clean(text string) string {
	text = redact.Fault(text) // before cutting: the beginning of a secret is as bad
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if len(text) > longestMessage {
		text = strings.ToValidUTF8(text[:longestMessage], "") + "…"
	}
	return text
}

// archived returns why an object of a storage class cannot be read, or "" if it can.
func archived(class string) string {
	switch types.StorageClass(class) {
	case types.StorageClassGlacier, types.StorageClassDeepArchive:
		return "archived in " + class + ": restore it first"
	default: // GLACIER_IR can be read directly too
		return ""
	}
}

// denied reports whether S3 refused because a permission is missing.
func denied(err error) bool {
	code, status := codeOf(err)
	return code == "AccessDenied" || code == "AllAccessDisabled" || code == "Forbidden" || code == "" && status == http.StatusForbidden
}

// codeOf returns S3's error code and the HTTP status; "" and 0 if there was no answer.
func codeOf(err error) (string, int) {
	code, status := "", 0
	var fault smithy.APIError
	if errors.As(err, &fault) {
		code = fault.ErrorCode()
	}
	var response *smithyhttp.ResponseError
	if errors.As(err, &response) && response.Response != nil {
		status = response.HTTPStatusCode()
	}
	return code, status
}

// explain returns an error that describes the fault without the address, which the message already has. Errors of the
// context are returned unchanged.
func (b *bucket) explain(a action, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	code, status := codeOf(err)
	var state *types.InvalidObjectState
	switch {
	case errors.As(err, &state), code == "InvalidObjectState":
		class := "an archive tier"
		if state != nil && state.StorageClass != "" {
			class = clean(string(state.StorageClass))
		}
		return &event.SkippedError{Reason: "archived in " + class + ": restore it first"}
	case code == "NoSuchBucket":
		return errors.New("the bucket does not exist")
	case code == "NoSuchKey", code == "NotFound" && a == reading:
		return errors.New("the object was deleted after it was listed")
	case code == "PreconditionFailed", status == http.StatusPreconditionFailed:
		return errors.New("the object was overwritten after it was listed")
	case denied(err):
		return b.explainDenied(a, err)
	}
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired":
		return fmt.Errorf("the credentials have expired (%s): log in again", code)
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "InvalidSecurity", "NotSignedUp":
		return fmt.Errorf("the credentials are not valid here (%s)", code)
	case "RequestTimeTooSkewed":
		return fmt.Errorf("this machine's clock is wrong (%s)", code)
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "TemporaryRedirect":
		return fmt.Errorf("the bucket is in another region, which S3 does not report: set AWS_REGION (%s)", code)
	case "SlowDown", "ServiceUnavailable", "TooManyRequests", "ThrottlingException":
		return fmt.Errorf("S3 asked to slow down, even after many attempts (%s)", code)
	}
	return errors.New(describe(err, code, status))
}

// explainDenied names the missing permission.
func (b *bucket) explainDenied(a action, err error) error {
	need := "needs the permission " + string(a) + " on the bucket " + b.name
	if a == reading {
		need = "needs the permission s3:GetObject, and kms:Decrypt on its key if it is encrypted with SSE-KMS"
	}
	message := ""
	var fault smithy.APIError
	if errors.As(err, &fault) {
		message = clean(fault.ErrorMessage())
	}
	if strings.Contains(strings.ToLower(message), "kms") {
		need = "needs the permission kms:Decrypt on the key that it is encrypted with"
	}
	if message != "" && !strings.EqualFold(message, "Access Denied") && !strings.EqualFold(message, "Forbidden") {
		need += ": " + message
	}
	return errors.New("access denied: " + need)
}

// describe removes what the SDK adds around an error.
func describe(err error, code string, status int) string {
	var fault smithy.APIError
	if errors.As(err, &fault) && code != "" {
		if message := clean(fault.ErrorMessage()); message != "" {
			return clean(code) + ": " + message
		}
		return fmt.Sprintf("%s: HTTP status %d", clean(code), status)
	}
	var request *url.Error
	if errors.As(err, &request) {
		err = request.Err
	}
	var network *net.OpError
	if errors.As(err, &network) {
		err = network
	}
	return clean(err.Error())
}
