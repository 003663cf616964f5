package s3

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/egret-hunt/egret/internal/backoff"
)

// object is the listing's information about one object.
type object struct {
	key, etag string
	size      int64
	class     string // storage class, "" for the standard one
	restored  bool   // a restored copy of an archived object can be read
}

// page is one page of a listing.
type page struct {
	folders []string // complete prefixes, with the slash at the end
	objects []object
	next    string // token of the next page, "" on the last page
}

// query is a request for one page.
type query struct {
	prefix    string
	delimited bool // list folders instead of their content
	token     string
	most      int32 // 0 for S3's maximum
}

// brokenPages is how many times a page is requested again if its answer cannot be parsed, for example because it was
// cut off.
const brokenPages = 4

// page requests a page. Names come URL-encoded, since XML cannot represent all characters of keys.
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
		out, err := withRegion(b, func(client *s3.Client) (*s3.ListObjectsV2Output, error) { return client.ListObjectsV2(ctx, input) })
		if err == nil {
			return readPage(out, q.prefix), nil
		}
		var broken *smithy.DeserializationError
		if !errors.As(err, &broken) || trial > brokenPages || backoff.Sleep(ctx, b.store.pause(trial)) != nil {
			return nil, err
		}
	}
}

// readPage returns what begins with the prefix in an answer.
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
		// A folder that is not longer than the requested prefix would cause a loop.
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

// head requests the metadata of one object if listing is denied.
func (b *bucket) head(ctx context.Context, key string) (object, error) {
	out, err := withRegion(b, func(client *s3.Client) (*s3.HeadObjectOutput, error) {
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
