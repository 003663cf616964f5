package s3

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// object is what a listing tells of one.
type object struct {
	key, etag string
	size      int64
	class     string // storage class, "" for the standard one
	restored  bool   // a copy of an archived object is there to be read
}

// page is one answer of a listing.
type page struct {
	folders []string // whole prefixes, with the slash at their ends
	objects []object
	next    string // token of the next page, "" at the end
}

// query is what one page is asked of.
type query struct {
	prefix    string
	delimited bool // folders instead of what is in them
	token     string
	most      int32 // 0 for as many as S3 gives
}

// brokenPages is how many times a page is asked for again when its answer cannot be read, such as when it is cut.
const brokenPages = 4

// page asks for a page. Names come URL-encoded, since XML cannot hold all the characters that a key can.
func (b *bucket) page(ctx context.Context, q query) (*page, error) {
	input := &s3.ListObjectsV2Input{
		Bucket: &b.name, Prefix: &q.prefix, EncodingType: types.EncodingTypeUrl, RequestPayer: b.store.payer(),
		OptionalObjectAttributes: []types.OptionalObjectAttributes{types.OptionalObjectAttributesRestoreStatus},
	}
	if q.delimited {
		input.Delimiter = aws.String("/")
	}
	if q.token != "" {
		input.ContinuationToken = &q.token
	}
	if q.most > 0 {
		input.MaxKeys = &q.most
	}
	for trial := 1; ; trial++ {
		out, err := ask(b, func(client *s3.Client) (*s3.ListObjectsV2Output, error) { return client.ListObjectsV2(ctx, input) })
		if err == nil {
			return readPage(out, q.prefix), nil
		}
		var broken *smithy.DeserializationError
		if !errors.As(err, &broken) || trial > brokenPages || sleep(ctx, b.store.pause(trial)) != nil {
			return nil, err
		}
	}
}

// readPage takes from an answer what begins with the prefix.
func readPage(out *s3.ListObjectsV2Output, prefix string) *page {
	name := func(s *string) (string, bool) {
		text := aws.ToString(s)
		if out.EncodingType == types.EncodingTypeUrl {
			if decoded, err := url.QueryUnescape(text); err == nil {
				text = decoded
			}
		}
		return text, strings.HasPrefix(text, prefix)
	}
	p := &page{}
	for _, folder := range out.CommonPrefixes {
		// One that is not longer than what was asked for would lead back to it.
		if text, ok := name(folder.Prefix); ok && len(text) > len(prefix) && strings.HasSuffix(text, "/") {
			p.folders = append(p.folders, text)
		}
	}
	for i := range out.Contents {
		o := &out.Contents[i]
		if text, ok := name(o.Key); ok {
			p.objects = append(p.objects, object{
				key: text, etag: aws.ToString(o.ETag), size: aws.ToInt64(o.Size), class: string(o.StorageClass),
				restored: o.RestoreStatus != nil && o.RestoreStatus.RestoreExpiryDate != nil,
			})
		}
	}
	if aws.ToBool(out.IsTruncated) {
		p.next = aws.ToString(out.NextContinuationToken)
	}
	return p
}

// head asks for one object where listing is denied.
func (b *bucket) head(ctx context.Context, key string) (object, error) {
	out, err := ask(b, func(client *s3.Client) (*s3.HeadObjectOutput, error) {
		return client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key, RequestPayer: b.store.payer()})
	})
	if err != nil {
		return object{}, err
	}
	return object{
		key: key, etag: aws.ToString(out.ETag), size: aws.ToInt64(out.ContentLength), class: string(out.StorageClass),
		restored: strings.Contains(aws.ToString(out.Restore), "expiry-date"),
	}, nil
}

// sleep waits, unless the context ends before.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
