package s3

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/egret-hunt/egret/internal/event"
	"github.com/egret-hunt/egret/internal/lazyre"
)

const (
	// listings is how many pages are requested at a time.
	listings = 16
	// mostPages and mostObjects limit what one path may list.
	mostPages   = 2_000_000
	mostObjects = 10_000_000
	// unknownDepth is how many levels of folders outside the known layouts are listed one by one in search of AWSLogs,
	// and unknownWidth how many folders of one level. Beyond that, everything below is listed flat.
	unknownDepth = 3
	unknownWidth = 200
)

// task is one prefix to list.
type task struct {
	prefix string
	glob   []string // the remaining elements of a pattern, nil for all
	flat   bool     // everything below at once, instead of folder by folder
	depth  int      // number of levels from the start that are outside the known layouts
}

// walk lists the objects for one path. The last queued task is taken first, so that deep folders come before their
// neighbours and few tasks wait.
type walk struct {
	b        *bucket
	ctx      context.Context
	cancel   context.CancelCauseFunc
	from, to time.Time

	reporting sync.Mutex
	found     func(event.RemoteFile) error

	mu      sync.Mutex
	changed sync.Cond
	waiting []task
	busy    int
	listed  int // number of pages
	objects int
}

func newWalk(ctx context.Context, b *bucket, from, to time.Time, found func(event.RemoteFile) error) *walk {
	w := &walk{b: b, from: from, to: to, found: found}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	w.changed.L = &w.mu
	return w
}

func (w *walk) push(t task) {
	w.mu.Lock()
	w.waiting = append(w.waiting, t)
	w.mu.Unlock()
	w.changed.Signal()
}

// next takes a task, or returns false if all are done or the walk has ended.
func (w *walk) next() (task, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.waiting) == 0 && w.busy > 0 {
		w.changed.Wait()
	}
	if len(w.waiting) == 0 || w.ctx.Err() != nil {
		return task{}, false
	}
	t := w.waiting[len(w.waiting)-1]
	w.waiting = w.waiting[:len(w.waiting)-1]
	w.busy++
	return t, true
}

func (w *walk) done() {
	w.mu.Lock()
	w.busy--
	w.mu.Unlock()
	w.changed.Broadcast()
}

// run processes all tasks. It returns the error of found, of the context or of a limit. Folders that cannot be listed
// are reported to found.
func (w *walk) run() error {
	var wait sync.WaitGroup
	for range listings {
		wait.Go(func() {
			for t, ok := w.next(); ok; t, ok = w.next() {
				if err := w.task(t); err != nil {
					w.cancel(err)
				}
				w.done()
			}
		})
	}
	wait.Wait()
	return context.Cause(w.ctx)
}

func (w *walk) task(t task) error {
	var err error
	switch {
	case t.glob != nil:
		err = w.glob(t)
	case t.flat:
		err = w.flat(t)
	default:
		err = w.level(t)
	}
	var failed *listError
	if errors.As(err, &failed) && w.ctx.Err() == nil {
		return w.report(event.RemoteFile{Path: w.b.address(t.prefix), Status: event.Failed, Reason: w.b.explain(listing, failed.err).Error()})
	}
	return err
}

// listError is the failure of a request, which ends one task and not the walk.
type listError struct{ err error }

func (e *listError) Error() string { return e.err.Error() }

// pages requests all pages of a query.
func (w *walk) pages(q query, take func(*page) error) error {
	for {
		w.mu.Lock()
		w.listed++
		over := w.listed > mostPages || w.objects > mostObjects
		w.mu.Unlock()
		if over {
			return fmt.Errorf("more than %d objects or %d pages of names: name a narrower prefix", mostObjects, mostPages)
		}
		p, err := w.b.page(w.ctx, q)
		if err != nil {
			return &listError{err}
		}
		w.mu.Lock()
		w.objects += len(p.objects)
		w.mu.Unlock()
		if err := take(p); err != nil {
			return err
		}
		switch p.next {
		case "":
			return nil
		case q.token:
			return &listError{errors.New("the listing does not advance")}
		}
		q.token = p.next
	}
}

// errWide means that a level has too many folders to list each with a request.
var errWide = errors.New("egret: wide")

// level lists one folder and queues its subfolders.
func (w *walk) level(t task) error {
	known := t.depth == 0
	err := w.pages(query{prefix: t.prefix, delimited: true}, func(p *page) error {
		if !known && len(p.folders) > unknownWidth {
			return errWide
		}
		for _, folder := range p.folders {
			if err := w.folder(folder, t); err != nil {
				return err
			}
		}
		for _, o := range p.objects {
			if err := w.object(o); err != nil {
				return err
			}
		}
		return nil
	})
	if errors.Is(err, errWide) { // what was already reported is reported again, and counts once
		t.flat = true
		return w.flat(t)
	}
	return err
}

// flat lists everything below a folder.
func (w *walk) flat(t task) error {
	folder, without := "", "" // folder of the last object; the last skipped folder
	return w.pages(query{prefix: t.prefix}, func(p *page) error {
		for _, o := range p.objects {
			if without != "" && strings.HasPrefix(o.key, without) {
				continue
			}
			if own := o.key[:strings.LastIndexByte(o.key, '/')+1]; own != folder {
				folder = own
				var err error
				if without, err = w.skippedAbove(folder, len(t.prefix)); err != nil {
					return err
				}
				if without != "" {
					continue
				}
			}
			if err := w.object(o); err != nil {
				return err
			}
		}
		return nil
	})
}

// skippedAbove returns the outermost skipped folder on the path of a folder, from a byte offset on, or "".
func (w *walk) skippedAbove(folder string, from int) (string, error) {
	for i := from; i < len(folder); i++ {
		if folder[i] != '/' {
			continue
		}
		if skipped, err := w.skipped(folder[:i+1]); err != nil || skipped {
			return folder[:i+1], err
		}
	}
	return "", nil
}

// layoutFolder matches folder names of known log layouts: dates, regions, accounts, organisations, partitions.
var layoutFolder = lazyre.New(`(^|/)((19|20)[0-9]{2}(/[0-9]{2}){0,2}|[a-z]{2,4}(-[a-z]{1,12}){1,3}-[0-9]{1,2}|[0-9]{12}|o-[a-z0-9]{10,32}|[a-z_-]+=[^/]*)/$`)

// folder queues a folder, or reports why it is skipped.
func (w *walk) folder(prefix string, above task) error {
	if skipped, err := w.skipped(prefix); err != nil || skipped {
		return err
	}
	w.push(w.plan(prefix, above))
	return nil
}

// plan decides how to list a prefix.
func (w *walk) plan(prefix string, above task) task {
	t := task{prefix: prefix}
	days, dated := event.FolderDays(prefix)
	switch {
	case dated:
		t.flat = days.Inside(w.from, w.to)
	case strings.HasPrefix(prefix, "AWSLogs/"), strings.Contains(prefix, "/AWSLogs/"), strings.Contains(prefix, "/CloudTrail/"):
	case layoutFolder.MatchString(prefix):
	default:
		t.depth = above.depth + 1
		t.flat = t.depth > unknownDepth
	}
	return t
}

// skipped reports whether a folder is skipped, and if so passes it to found.
func (w *walk) skipped(prefix string) (bool, error) {
	name := strings.TrimSuffix(prefix, "/")
	reason := event.LeftOut(name[strings.LastIndexByte(name, '/')+1:])
	if days, ok := event.FolderDays(prefix); ok && reason == "" && days.Outside(w.from, w.to) {
		reason = days.Reason()
	}
	if reason == "" {
		return false, nil
	}
	return true, w.report(event.RemoteFile{Path: w.b.address(prefix), Status: event.Skipped, Reason: reason})
}

// object passes an object to found, unless it is the empty object that consoles create as a folder.
func (w *walk) object(o object) error {
	if o.size == 0 && strings.HasSuffix(o.key, "/") {
		return nil
	}
	file := event.RemoteFile{Path: w.b.address(o.key), Size: o.size, Version: o.etag}
	if file.Reason = event.LeftOut(o.key[strings.LastIndexByte(o.key, '/')+1:]); file.Reason == "" && !o.restored {
		file.Reason = archived(o.class)
	}
	if file.Reason != "" {
		file.Status = event.Skipped
	}
	return w.report(file)
}

func (w *walk) report(file event.RemoteFile) error {
	w.reporting.Lock()
	defer w.reporting.Unlock()
	return w.found(file)
}
