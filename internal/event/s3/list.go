package s3

import (
	"context"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/egret-hunt/egret/internal/event"
)

// List implements event.Remote. A path is an object, a folder, or both, if one has exactly that name; else with
// wildcards (*, ?, [, and ** for any number of folders) it is a pattern; else it is a prefix of keys.
func (s *Store) List(ctx context.Context, address string, from, to time.Time, found func(event.RemoteFile) error) error {
	name, key := split(address)
	if name == "" {
		return errors.New("the address has no bucket name")
	}
	b := s.bucket(name)
	w := newWalk(ctx, b, from, to, found)
	defer w.cancel(nil)
	if err := w.start(key); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return err
	}
	return w.run()
}

// start determines what a path is and queues it.
func (w *walk) start(key string) error {
	if key == "" || strings.HasSuffix(key, "/") && !strings.ContainsAny(key, "*?[") {
		return w.startFolder(key)
	}
	exact, folder, some, err := w.exists(key)
	switch {
	case err != nil && denied(err):
		// Permission to read an object does not include permission to list.
		object, headErr := w.b.head(w.ctx, key)
		if headErr != nil {
			return w.b.explain(listing, err)
		}
		return w.object(object)
	case err != nil:
		return w.b.explain(listing, err)
	case exact != nil, folder:
		if exact != nil {
			if err := w.object(*exact); err != nil {
				return err
			}
		}
		if folder {
			return w.startFolder(key + "/")
		}
	case strings.ContainsAny(key, "*?["):
		return w.startGlob(key)
	case some:
		w.push(w.plan(key, task{}))
	default:
		return errors.New("no object begins with this")
	}
	return nil
}

// startFolder queues a folder that the user named.
func (w *walk) startFolder(prefix string) error {
	if prefix == "" {
		w.push(task{depth: 1})
		return nil
	}
	return w.folder(prefix, task{})
}

// exists looks for an object with that key, for a folder with that name, and for anything with that prefix.
func (w *walk) exists(key string) (exact *object, folder, some bool, err error) {
	first, err := w.b.page(w.ctx, query{prefix: key, most: 1})
	if err != nil {
		return nil, false, false, err
	}
	some = len(first.objects) > 0
	if some && first.objects[0].key == key {
		exact = &first.objects[0]
	}
	if some {
		below, err := w.b.page(w.ctx, query{prefix: key + "/", most: 1})
		if err != nil {
			return nil, false, false, err
		}
		folder = len(below.objects) > 0
	}
	return exact, folder, some, nil
}

// startGlob queues a pattern: the folders before the first wildcard literally, the rest one element at a time.
func (w *walk) startGlob(pattern string) error {
	parts := strings.Split(strings.TrimSuffix(pattern, "/"), "/")
	for _, part := range parts {
		if _, err := path.Match(part, ""); err != nil {
			return errors.New("the pattern is malformed")
		}
	}
	n := 0
	for !strings.ContainsAny(parts[n], "*?[") {
		n++
	}
	prefix := strings.Join(parts[:n], "/")
	if n > 0 {
		prefix += "/"
	}
	w.push(task{prefix: prefix, glob: parts[n:]})
	return nil
}

// glob lists what matches the first element of a pattern in one folder.
func (w *walk) glob(t task) error {
	parts := t.glob
	deep := parts[0] == "**" && len(parts) > 1
	if deep {
		parts = parts[1:]
	}
	head, _, _ := strings.Cut(parts[0], `\`)
	if i := strings.IndexAny(head, "*?["); i >= 0 {
		head = head[:i]
	}
	if deep {
		head = ""
	}
	matches := func(name string) bool {
		ok, err := path.Match(parts[0], name)
		return ok && err == nil
	}
	return w.pages(query{prefix: t.prefix + head, delimited: true}, func(p *page) error {
		for _, folder := range p.folders {
			matched := matches(strings.TrimSuffix(folder[len(t.prefix):], "/"))
			if matched && len(parts) == 1 {
				if err := w.folder(folder, task{}); err != nil {
					return err
				}
				continue
			}
			if !matched && !deep {
				continue
			}
			if skipped, err := w.skipped(folder); err != nil {
				return err
			} else if skipped {
				continue
			}
			if matched {
				w.push(task{prefix: folder, glob: parts[1:]})
			}
			if deep {
				w.push(task{prefix: folder, glob: t.glob})
			}
		}
		for _, o := range p.objects {
			if name := o.key[len(t.prefix):]; len(parts) == 1 && name != "" && matches(name) {
				if err := w.object(o); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
