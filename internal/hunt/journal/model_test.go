package journal

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"syscall"
	"testing"
)

// model is a folder that remembers what was synced and what was not. It guarantees as little as POSIX does: a file's
// content survives after fsync of the file, its name after fsync of the folder; any part of the rest may survive a
// power cut.
type model struct {
	dirs  map[string]*modelDir
	steps int   // operations so far
	cut   int   // the power fails before the operation with this number; 0 for never
	space int64 // bytes that may still be written, if limited
	small bool  // space is limited
	trace []string
}

type modelDir struct {
	now, safe map[string]*modelFile
	pending   []func(map[string]*modelFile) // changes of the names since they were synced
}

type modelFile struct {
	now, safe []byte
	pending   []func([]byte) []byte // changes of the content since it was synced
	torn      []func(*rand.Rand, []byte) []byte
}

var errPower = errors.New("power failure")

func newModel() *model {
	return &model{dirs: map[string]*modelDir{".": {now: map[string]*modelFile{}, safe: map[string]*modelFile{}}}}
}

// step counts an operation. It returns an error after the power failed.
func (m *model) step(what string) error {
	if m.steps++; m.cut > 0 && m.steps >= m.cut {
		return errPower
	}
	m.trace = append(m.trace, what)
	return nil
}

// after returns what a power cut leaves; unsynced changes survive at random.
func (m *model) after(random *rand.Rand) *model {
	left := newModel()
	files := map[*modelFile]*modelFile{}
	for name, d := range m.dirs {
		names := maps.Clone(d.safe)
		for _, change := range d.pending {
			if random.IntN(2) == 0 {
				change(names)
			}
		}
		for n, f := range names {
			if files[f] == nil {
				data := bytes.Clone(f.safe)
				for i := range f.pending {
					switch random.IntN(3) {
					case 0:
						data = f.pending[i](data)
					case 1:
						data = f.torn[i](random, data)
					}
				}
				files[f] = &modelFile{now: data, safe: bytes.Clone(data)}
			}
			names[n] = files[f]
		}
		left.dirs[name] = &modelDir{now: names, safe: maps.Clone(names)}
	}
	return left
}

func (m *model) at(name string) (*modelDir, string, error) {
	d := m.dirs[path.Dir(name)]
	if d == nil {
		return nil, "", fs.ErrNotExist
	}
	return d, path.Base(name), nil
}

func (d *modelDir) change(change func(map[string]*modelFile)) {
	change(d.now)
	d.pending = append(d.pending, change)
}

func (m *model) open(name string) (file, error) {
	d, base, err := m.at(name)
	if err == nil && d.now[base] == nil {
		err = fs.ErrNotExist
	}
	if err = errors.Join(m.step("open "+name), err); err != nil {
		return nil, err
	}
	return &modelHandle{m: m, f: d.now[base], name: name}, nil
}

func (m *model) create(name string) (file, error) {
	d, base, err := m.at(name)
	if err == nil && d.now[base] != nil {
		err = fs.ErrExist
	}
	if err = errors.Join(m.step("create "+name), err); err != nil {
		return nil, err
	}
	f := &modelFile{}
	d.change(func(names map[string]*modelFile) { names[base] = f })
	return &modelHandle{m: m, f: f, name: name}, nil
}

func (m *model) rename(from, to string) error {
	d, base, err := m.at(from)
	if err == nil && d.now[base] == nil {
		err = fs.ErrNotExist
	}
	if err = errors.Join(m.step("rename "+to), err); err != nil {
		return err
	}
	f, target := d.now[base], path.Base(to)
	d.change(func(names map[string]*modelFile) {
		delete(names, base)
		names[target] = f
	})
	return nil
}

func (m *model) remove(name string) error {
	d, base, err := m.at(name)
	if err == nil && d.now[base] == nil {
		err = fs.ErrNotExist
	}
	if err = errors.Join(m.step("remove "+name), err); err != nil {
		return err
	}
	d.change(func(names map[string]*modelFile) { delete(names, base) })
	return nil
}

func (m *model) mkdir(name string) error {
	if err := m.step("mkdir " + name); err != nil {
		return err
	}
	m.dirs[name] = &modelDir{now: map[string]*modelFile{}, safe: map[string]*modelFile{}}
	return nil
}

func (m *model) names(sub string) ([]string, error) {
	d := m.dirs[sub]
	if d == nil {
		return nil, fs.ErrNotExist
	}
	return slices.Sorted(maps.Keys(d.now)), m.step("names " + sub)
}

func (m *model) sync(sub string) error {
	if err := m.step("sync " + sub); err != nil {
		return err
	}
	d := m.dirs[sub]
	d.safe, d.pending = maps.Clone(d.now), nil
	return nil
}

type modelHandle struct {
	m    *model
	f    *modelFile
	name string
	at   int
}

func (h *modelHandle) Read(p []byte) (int, error) {
	if h.at >= len(h.f.now) {
		return 0, io.EOF
	}
	n := copy(p, h.f.now[h.at:])
	h.at += n
	return n, nil
}

func (h *modelHandle) Seek(offset int64, _ int) (int64, error) {
	h.at = int(offset)
	return offset, nil
}

// patch writes bytes into a file, filling a gap with zeros.
func patch(data, p []byte, at int) []byte {
	data = append(data, make([]byte, max(0, at+len(p)-len(data)))...)
	copy(data[at:], p)
	return data
}

func (h *modelHandle) WriteAt(p []byte, at int64) (int, error) {
	if err := h.m.step("write " + h.name); err != nil {
		return 0, err
	}
	var full error
	if h.m.small && int64(len(p)) > h.m.space {
		p, full = p[:h.m.space], syscall.ENOSPC
	}
	h.m.space -= int64(len(p))
	p = bytes.Clone(p)
	h.f.now = patch(h.f.now, p, int(at))
	h.f.pending = append(h.f.pending, func(data []byte) []byte { return patch(data, p, int(at)) })
	h.f.torn = append(h.f.torn, func(random *rand.Rand, data []byte) []byte {
		cut := random.IntN(len(p) + 1)
		switch random.IntN(3) {
		case 0: // the beginning reached the disk
			return patch(data, p[:cut], int(at))
		case 1: // the end reached the disk
			return patch(data, p[cut:], int(at)+cut)
		default: // only the new size reached the disk
			return patch(data, make([]byte, len(p)), int(at))
		}
	})
	return len(p), full
}

func (h *modelHandle) Truncate(size int64) error {
	if err := h.m.step("truncate " + h.name); err != nil {
		return err
	}
	cut := func(data []byte) []byte { return data[:min(len(data), int(size))] }
	h.f.now = cut(h.f.now)
	h.f.pending = append(h.f.pending, cut)
	h.f.torn = append(h.f.torn, func(_ *rand.Rand, data []byte) []byte { return data })
	return nil
}

func (h *modelHandle) Sync() error {
	if err := h.m.step("fsync " + h.name); err != nil {
		return err
	}
	h.f.safe, h.f.pending, h.f.torn = bytes.Clone(h.f.now), nil, nil
	return nil
}

func (h *modelHandle) Close() error { return nil }

// onModel begins a journal in a model.
func onModel(t *testing.T) (*Journal, *model) {
	t.Helper()
	m := newModel()
	j := newJournal(m)
	if err := j.begin(testHeader); err != nil {
		t.Fatal(err)
	}
	return j, m
}
