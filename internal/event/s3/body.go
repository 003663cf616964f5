package s3

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/egret-hunt/egret/internal/backoff"
	"github.com/egret-hunt/egret/internal/event"
)

// cuts is how many times in a row a connection may break without delivering a byte.
const cuts = 8

// Open implements event.Remote. Small objects are read over one connection, larger ones in pieces.
func (s *Store) Open(ctx context.Context, file event.RemoteFile) (io.ReadCloser, error) {
	name, key := split(file.Path)
	b := s.bucket(name)
	if file.Size > wholeSize {
		return newPieces(ctx, b, key, file)
	}
	return newBody(ctx, b, key, file, 0, file.Size), nil
}

// body reads the bytes [pos, end) of one version of an object, and reconnects where a connection broke.
type body struct {
	ctx      context.Context
	b        *bucket
	key      string
	version  string // entity tag, "" until it is known
	size     int64  // of the object
	pos, end int64

	from   io.ReadCloser // nil without a connection
	cancel context.CancelFunc
	stall  *time.Timer
	trial  int // connections in a row that delivered no byte
	lost   int // all broken connections
}

func newBody(ctx context.Context, b *bucket, key string, file event.RemoteFile, pos, end int64) *body {
	return &body{ctx: ctx, b: b, key: key, version: file.Version, size: file.Size, pos: pos, end: end}
}

// Read reads, and reconnects as often as necessary. At its regular end it has returned all bytes.
func (r *body) Read(p []byte) (int, error) {
	for {
		if r.pos >= r.end {
			return 0, io.EOF
		}
		if r.from == nil {
			if err := r.connect(); err != nil {
				return 0, r.b.explain(reading, err)
			}
		}
		r.stall.Reset(r.b.store.options.Stall)
		n, err := r.from.Read(p[:min(int64(len(p)), r.end-r.pos)])
		r.pos += int64(n)
		if n > 0 {
			r.trial = 0
		}
		if err != nil && r.pos < r.end {
			if err := r.again(err); err != nil {
				return n, err
			}
		}
		if n > 0 || len(p) == 0 {
			return n, nil
		}
	}
}

// again closes a failed connection and waits before the next attempt.
func (r *body) again(cause error) error {
	r.disconnect()
	if err := r.ctx.Err(); err != nil {
		return err
	}
	r.trial++
	r.lost++
	// A connection that delivers a few bytes each time would continue forever.
	if r.trial >= cuts || int64(r.lost) > 100+r.size>>20 {
		return fmt.Errorf("the connection broke %d times, the last time at byte %d: %s", r.lost, r.pos, describe(cause, "", 0))
	}
	return backoff.Sleep(r.ctx, r.b.store.pause(r.trial))
}

// connect requests the remaining bytes.
func (r *body) connect() error {
	var ctx context.Context
	ctx, r.cancel = context.WithCancel(r.ctx)
	input := &s3.GetObjectInput{Bucket: &r.b.name, Key: &r.key, RequestPayer: r.b.store.payer()}
	ranged := r.pos > 0 || r.end < r.size
	if ranged {
		input.Range = aws.String(fmt.Sprintf("bytes=%d-%d", r.pos, r.end-1))
	}
	if r.version != "" {
		input.IfMatch = &r.version
	}
	out, err := withRegion(r.b, func(client *s3.Client) (*s3.GetObjectOutput, error) { return client.GetObject(ctx, input) })
	if err != nil {
		r.disconnect()
		return err
	}
	r.from = out.Body
	r.stall = time.AfterFunc(r.b.store.options.Stall, r.cancel)
	if r.version == "" {
		r.version = aws.ToString(out.ETag)
	}
	if ranged && !strings.HasPrefix(aws.ToString(out.ContentRange), fmt.Sprintf("bytes %d-", r.pos)) {
		r.disconnect()
		return errors.New("the server does not support byte ranges")
	}
	return nil
}

func (r *body) disconnect() {
	if r.stall != nil {
		r.stall.Stop()
	}
	if r.from != nil {
		r.from.Close()
		r.from = nil
	}
	if r.cancel != nil {
		r.cancel()
		r.cancel = nil
	}
}

// Close closes the connection.
func (r *body) Close() error {
	r.disconnect()
	return nil
}
