package value

import (
	"strings"
	"testing"
)

// BenchmarkParse parses an event of the shape that CloudTrail has.
func BenchmarkParse(b *testing.B) {
	event := []byte(`{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:session","arn":"arn:aws:sts::111122223333:assumed-role/ci/session","accountId":"111122223333","accessKeyId":"ASIAIOSFODNN7EXAMPLE","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::111122223333:role/ci","accountId":"111122223333","userName":"ci"},"webIdFederationData":{},"attributes":{"creationDate":"2026-03-01T10:00:00Z","mfaAuthenticated":"false"}}},"eventTime":"2026-03-01T10:05:12Z","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","sourceIPAddress":"192.0.2.44","userAgent":"[aws-sdk-go/1.44 (go1.20; linux; amd64)]","requestParameters":{"bucketName":"example-data","Host":"example-data.s3.us-east-1.amazonaws.com","key":"` + strings.Repeat("part/", 8) + `"},"responseElements":{"x-amz-server-side-encryption":"AES256"},"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":10240,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"EXAMPLE/EXAMPLE+EXAMPLE=","bytesTransferredOut":0},"requestID":"EXAMPLE123456789","eventID":"3f6e2a0c-54f3-4a57-9d5c-0f5b6d1a7c11","readOnly":false,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::example-data/part"},{"accountId":"111122223333","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::example-data"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"111122223333","eventCategory":"Data"}`)
	var p Parser
	b.SetBytes(int64(len(event)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Parse(event); err != nil {
			b.Fatal(err)
		}
	}
}
