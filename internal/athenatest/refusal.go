package athenatest

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"time"
)

// A Refusal is an error that answers a call. Athena writes it as JSON, STS and S3 as XML.
type Refusal struct { //nolint:errname // mainly an answer, and an error only for tests
	// Status is the HTTP status, 400 if it is 0.
	Status int
	// Type is the exception's name, such as InvalidRequestException; Message is its text.
	Type, Message string
	// Code is the AthenaErrorCode of an InvalidRequestException, Reason the reason of a TooManyRequestsException.
	Code, Reason string
	// Headers are set in the answer. Details are elements next to S3's Code and Message; nil for none.
	Headers, Details map[string]string
}

// Error returns the type and the message.
func (r *Refusal) Error() string { return r.Type + ": " + r.Message }

// InvalidRequest returns Athena's error for a request that cannot be served; detail is its AthenaErrorCode.
func InvalidRequest(detail, message string) *Refusal {
	return &Refusal{Type: "InvalidRequestException", Code: detail, Message: message}
}

// Malformed returns the answer to StartQueryExecution for text that is not a statement, with the parser's message.
func Malformed(message string) *Refusal { return InvalidRequest("MALFORMED_QUERY", message) }

// Denied returns the answer to an Athena call for which the caller lacks a permission, such as
// "athena:StartQueryExecution".
func Denied(permission string) *Refusal {
	return &Refusal{Type: "AccessDeniedException", Message: "You are not authorized to perform: " + permission +
		" on the resource. After your AWS administrator or you have updated your permissions, please try again."}
}

// DeniedByPolicy returns the longer form of Denied, which names the caller and the resource.
func DeniedByPolicy(principal, permission, resource string) *Refusal {
	return &Refusal{Type: "AccessDeniedException", Message: "User: " + principal + " is not authorized to perform: " + permission +
		" on resource: " + resource + " because no identity-based policy allows the " + permission + " action"}
}

// Throttled returns the answer to a client that calls too often.
func Throttled() *Refusal {
	return &Refusal{Type: "ThrottlingException", Message: "Rate exceeded"}
}

// TooManyQueries returns the answer to StartQueryExecution if too many queries are queued or running.
func TooManyQueries() *Refusal {
	return &Refusal{Type: "TooManyRequestsException", Reason: "CONCURRENT_QUERY_LIMIT_EXCEEDED",
		Message: "You have exceeded the limit for the number of queries you can run concurrently. Reduce the number of concurrent queries submitted by this account. Contact customer support to request a concurrent query limit increase."}
}

// Internal returns an error of the service itself.
func Internal() *Refusal {
	return &Refusal{Status: http.StatusInternalServerError, Type: "InternalServerException", Message: "InternalServerException"}
}

// OutputBucket returns the answer to StartQueryExecution if results cannot be written: the bucket does not exist, or
// s3:GetBucketLocation is not allowed.
func OutputBucket(bucket string) *Refusal {
	return InvalidRequest("INVALID_INPUT", "Unable to verify/create output bucket "+bucket)
}

// MissingMetadata returns the answer to GetTableMetadata and GetDatabase for an unknown name.
func MissingMetadata() *Refusal {
	return metadata("EntityNotFoundException", "Entity Not Found")
}

// DeniedMetadata returns the answer to GetTableMetadata if the caller may use Athena, but not Glue.
func DeniedMetadata(principal, permission, resource string) *Refusal {
	return metadata("AccessDeniedException", "User: "+principal+" is not authorized to perform: "+permission+" on resource: "+resource+
		" because no identity-based policy allows the "+permission+" action")
}

// DeniedByLakeFormation returns the answer to GetTableMetadata for a table that Lake Formation hides.
func DeniedByLakeFormation(table string) *Refusal {
	return metadata("AccessDeniedException", "Insufficient Lake Formation permission(s): Required Describe on "+table)
}

// metadata returns an error of the Glue data catalog as Athena reports it.
func metadata(exception, message string) *Refusal {
	return &Refusal{Type: "MetadataException", Message: fmt.Sprintf(
		"%s (Service: AmazonDataCatalog; Status Code: 400; Error Code: %s; Request ID: %s; Proxy: null)", message, exception, newID())}
}

// ObjectDenied returns S3's answer to a caller that lacks a permission.
func ObjectDenied() *Refusal {
	return &Refusal{Status: http.StatusForbidden, Type: "AccessDenied", Message: "Access Denied"}
}

// SlowDown returns S3's answer to a client that calls too often.
func SlowDown() *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, Type: "SlowDown", Message: "Please reduce your request rate."}
}

// NoSuchBucket returns S3's answer for a bucket that does not exist.
func NoSuchBucket(bucket string) *Refusal {
	return &Refusal{Status: http.StatusNotFound, Type: "NoSuchBucket", Message: "The specified bucket does not exist", Details: map[string]string{"BucketName": bucket}}
}

// otherRegion returns S3's answer to a request that is signed for a different region than the bucket's.
func otherRegion(bucket, region string) *Refusal {
	return &Refusal{Status: http.StatusMovedPermanently, Type: "PermanentRedirect",
		Message: "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		Headers: map[string]string{"X-Amz-Bucket-Region": region},
		Details: map[string]string{"Bucket": bucket, "Endpoint": bucket + ".s3." + region + ".amazonaws.com"}}
}

// pick returns a refusal with the name and status that a service has for a common error.
func pick(service, athena, sts, s3, message string) *Refusal {
	r := &Refusal{Status: http.StatusForbidden, Type: sts, Message: message}
	switch service {
	case "s3":
		r.Type = s3
	case "athena":
		r.Type, r.Status = athena, http.StatusBadRequest
	}
	return r
}

func unsigned(service string) *Refusal {
	return pick(service, "MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDenied", "Missing Authentication Token")
}

func unknownKey(service string) *Refusal {
	return pick(service, "UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId", "The security token included in the request is invalid.")
}

func expiredToken(service string) *Refusal {
	r := pick(service, "ExpiredTokenException", "ExpiredToken", "ExpiredToken", "The security token included in the request is expired")
	if service == "s3" {
		r.Status = http.StatusBadRequest
	}
	return r
}

func wrongScope(service, region string) *Refusal {
	return pick(service, "InvalidSignatureException", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed",
		"Credential should be scoped to a valid region, not '"+region+"'. ")
}

// wrongSignature returns status 403, as clients of Athena report it.
func wrongSignature(service string) *Refusal {
	r := pick(service, "InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	r.Status = http.StatusForbidden
	return r
}

func skewed(service, date string, now time.Time) *Refusal {
	message := "Signature expired: " + date + " is now earlier than " + now.UTC().Add(-maxSkew(service)).Format(amzDate) + " (" + now.UTC().Format(amzDate) + " - 5 min.)"
	if at, err := time.Parse(amzDate, date); err == nil && at.After(now) {
		message = "Signature not yet current: " + date + " is still later than " + now.UTC().Add(maxSkew(service)).Format(amzDate) + " (" + now.UTC().Format(amzDate) + " + 5 min.)"
	}
	if service == "s3" {
		message = "The difference between the request time and the current time is too large."
	}
	return pick(service, "InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed", message)
}

// write answers a call with the refusal in the form of the service.
func (r *Refusal) write(w http.ResponseWriter, service, requestID string) {
	status := r.Status
	if status == 0 {
		status = http.StatusBadRequest
	}
	for name, value := range r.Headers {
		w.Header().Set(name, value)
	}
	type element struct {
		XMLName xml.Name
		Text    string `xml:",chardata"`
	}
	var body []byte
	switch service {
	case "athena":
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		body, _ = json.Marshal(r.json()) // a map of strings always marshals
	case "s3":
		w.Header().Set("Content-Type", "application/xml")
		answer := struct {
			XMLName       xml.Name `xml:"Error"`
			Code, Message string
			Details       []element
			RequestID     string `xml:"RequestId"`
		}{Code: r.Type, Message: r.Message, RequestID: requestID}
		for name, value := range r.Details {
			answer.Details = append(answer.Details, element{xml.Name{Local: name}, value})
		}
		body, _ = xml.Marshal(answer)
	default:
		w.Header().Set("Content-Type", "text/xml")
		var answer struct {
			XMLName xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
			Error   struct{ Type, Code, Message string }
			ID      string `xml:"RequestId"`
		}
		answer.Error.Type, answer.Error.Code, answer.Error.Message, answer.ID = "Sender", r.Type, r.Message, requestID
		body, _ = xml.Marshal(answer)
	}
	w.WriteHeader(status)
	w.Write(body)
}

// json returns the error in Athena's form: its own exceptions have a Message, those of AWS's gateway a message.
func (r *Refusal) json() map[string]string {
	out := map[string]string{"__type": r.Type}
	switch r.Type {
	case "InvalidRequestException", "TooManyRequestsException", "InternalServerException", "MetadataException", "ResourceNotFoundException":
		out["Message"] = r.Message
	case "AccessDeniedException":
		out["Message"] = r.Message
	default:
		out["__type"], out["message"] = "com.amazon.coral.service#"+r.Type, r.Message
	}
	if r.Code != "" {
		out["AthenaErrorCode"], out["ErrorCode"] = r.Code, r.Code
	}
	if r.Reason != "" {
		out["Reason"] = r.Reason
	}
	return out
}
