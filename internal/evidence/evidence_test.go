package evidence

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/egret-hunt/egret/internal/testkit"
)

func TestKeyOfUUIDKeepsItsText(t *testing.T) {
	const id = "0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9"
	key := KeyOf([]byte(id))
	want := EventKey{ID: [16]byte{0x0a, 0x1b, 0x2c, 0x3d, 0x4e, 0x5f, 0x40, 0x71, 0x82, 0x93, 0xa4, 0xb5, 0xc6, 0xd7, 0xe8, 0xf9}}
	if key != want || key.IsHash() || string(key.AppendText(nil)) != id {
		t.Errorf("key %x, hash %v, text %q", key, key.IsHash(), key.AppendText(nil))
	}
}

func TestKeyOfHashesOtherIDs(t *testing.T) {
	seen := map[EventKey]string{}
	for _, id := range []string{
		"", "x", "HOST/Security/17", "logs/a.json#3",
		"0A1B2C3D-4e5f-4071-8293-a4b5c6d7e8f9", // upper case is another id
		"0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8fg", // not a hexadecimal digit
		"0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f90",
		"0a1b2c3d4e5f40718293a4b5c6d7e8f9",
		"0a1b2c3d-4e5f-4071-c293-a4b5c6d7e8f9", // the bits that mark a hash are set
		"0a1b2c3d-4e5f-4071-ff93-a4b5c6d7e8f9",
		"0a1b2c3d-4e5f-40718-293-a4b5c6d7e8f9",
	} {
		key := KeyOf([]byte(id))
		if !key.IsHash() || len(key.AppendText(nil)) != 0 {
			t.Errorf("%q: key %x is not a hash", id, key)
		}
		if key != KeyOf([]byte(id)) {
			t.Errorf("%q: KeyOf returns different keys for the same id", id)
		}
		if other, ok := seen[key]; ok {
			t.Errorf("%q and %q share a key", id, other)
		}
		seen[key] = id
	}
}

func TestSeenIsExactUpToItsLimit(t *testing.T) {
	const limit = 50_000
	s := NewSeen(limit)
	key := func(i int) (key EventKey) {
		binary.BigEndian.PutUint64(key.ID[:], uint64(i)) // the zero key is among them
		return key
	}
	for round, want := range []Sighting{First, Again} {
		for i := range limit {
			if got := s.Add(key(i)); got != want {
				t.Fatalf("round %d, key %d: %d, want %d", round, i, got, want)
			}
		}
	}
	if s.Full() || s.Len() != limit {
		t.Errorf("at the limit: full %v, len %d, want false and %d", s.Full(), s.Len(), limit)
	}
	unknown := 0
	for i := limit; i < 2*limit; i++ {
		if s.Add(key(i)) == Unknown {
			unknown++
		}
	}
	if !s.Full() || s.Len() > limit+SeenSlack || s.Len()+unknown != 2*limit {
		t.Errorf("beyond the limit: full %v, len %d, unknown %d", s.Full(), s.Len(), unknown)
	}
	if got := s.Add(key(7)); got != Again {
		t.Errorf("adding a key again: got %d, want %d", got, Again)
	}
}

func TestSeenAmongManyGoroutines(t *testing.T) {
	s := NewSeen(0)
	const workers, n = 4, 20_000
	first := make([]int, workers)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range n {
				var key EventKey
				binary.LittleEndian.PutUint64(key.ID[:], uint64((i*7+w*1000)%n)+1) // every worker adds the same keys
				if s.Add(key) == First {
					first[w]++
				}
			}
		})
	}
	wg.Wait()
	total := 0
	for _, f := range first {
		total += f
	}
	if total != n || s.Len() != n {
		t.Errorf("got %d first sightings and %d keys, want %d of each", total, s.Len(), n)
	}
}

func TestStoreReturnsStoredEvents(t *testing.T) {
	for _, memory := range []int64{0, 1, 200 << 10} {
		t.Run(fmt.Sprint(memory), func(t *testing.T) {
			dir := t.TempDir()
			s := NewStore(memory, dir)
			const workers, n = 3, 3000
			refs := make([][]Ref, workers)
			var wg sync.WaitGroup
			for worker := range workers {
				wg.Go(func() {
					w := s.NewWriter()
					for i := range n {
						ref, err := w.Put(sampleEvent(worker, i))
						if err != nil {
							t.Error(err)
						}
						refs[worker] = append(refs[worker], ref)
					}
					if err := w.Flush(); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if spilled := s.Spilled(); (memory == 0) != (spilled == 0) {
				t.Errorf("got %d bytes spilled with a limit of %d", spilled, memory)
			}
			for range 2000 {
				worker, i := rand.IntN(workers), rand.IntN(n)
				got, err := s.Get(refs[worker][i])
				want := sampleEvent(worker, i)
				if err != nil || got.Tag != want.Tag || !bytes.Equal(got.ID, want.ID) || !bytes.Equal(got.Raw, want.Raw) {
					t.Fatalf("event %d of worker %d: got tag %d, id %q, text %q, error %v", i, worker, got.Tag, got.ID, got.Raw, err)
				}
				id, err := s.ID(KeyOf([]byte("some text")), refs[worker][i])
				if err != nil || !bytes.Equal(id, want.ID) {
					t.Fatalf("event %d of worker %d: id %q, %v", i, worker, id, err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 0 {
				t.Errorf("got files left behind %v (error %v), want none", left, err)
			}
		})
	}
}

func sampleEvent(worker, i int) Event {
	e := Event{Tag: uint32(worker * i)}
	if i%3 == 0 {
		e.ID = fmt.Appendf(nil, "host/%d/%d", worker, i)
	}
	e.Raw = bytes.Repeat(fmt.Appendf(nil, `{"worker":%d,"n":%d}`, worker, i), i%90)
	return e
}

func TestStoreRejectsUnknownRefs(t *testing.T) {
	s := NewStore(0, t.TempDir())
	defer s.Close()
	w := s.NewWriter()
	ref, err := w.Put(Event{Raw: []byte("{}")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ref); err == nil {
		t.Error("Get read an event of an unflushed block")
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Get(ref); err != nil {
		t.Error(err)
	}
	for _, bad := range []Ref{0, 1, ref + 3, ref + 1000, ref + 5<<32} {
		if e, err := s.Get(bad); err == nil {
			t.Errorf("Get(%#x): got %q, want an error", bad, e.Raw)
		}
	}
}

func TestStoreTakesHugeEvents(t *testing.T) {
	s := NewStore(1<<20, t.TempDir())
	defer s.Close()
	w := s.NewWriter()
	huge := make([]byte, 20<<20)
	random := rand.NewChaCha8([32]byte{})
	if _, err := random.Read(huge); err != nil {
		t.Fatal(err)
	}
	ref, err := w.Put(Event{Raw: huge})
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Get(ref)
	if err != nil || !bytes.Equal(e.Raw, huge) {
		t.Errorf("got %d bytes (error %v), want the %d bytes that were stored", len(e.Raw), err, len(huge))
	}
}

func TestStoreErrorNamesUnwritableFolder(t *testing.T) {
	s := NewStore(1, filepath.Join(t.TempDir(), "missing"))
	w := s.NewWriter()
	if _, err := w.Put(Event{Raw: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("got error %v, want one that names the missing folder", err)
	}
}

func BenchmarkKeyOf(b *testing.B) {
	id := []byte("0a1b2c3d-4e5f-4071-8293-a4b5c6d7e8f9")
	for b.Loop() {
		KeyOf(id)
	}
}

// BenchmarkSeen adds 300,000 new ids from two goroutines.
func BenchmarkSeen(b *testing.B) {
	keys := make([]EventKey, 300_000)
	for i := range keys {
		binary.LittleEndian.PutUint64(keys[i].ID[:], rand.Uint64())
		binary.LittleEndian.PutUint64(keys[i].ID[8:], rand.Uint64())
	}
	for b.Loop() {
		s := NewSeen(0)
		var wg sync.WaitGroup
		for half := range 2 {
			wg.Go(func() {
				for _, key := range keys[half*len(keys)/2 : (half+1)*len(keys)/2] {
					s.Add(key)
				}
			})
		}
		wg.Wait()
	}
}

// BenchmarkPut stores real CloudTrail events. Its MB/s refer to the raw texts.
func BenchmarkPut(b *testing.B) {
	var events [][]byte
	size := 0
	err := filepath.WalkDir(testkit.Shared(b, "data/sans504"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".gz") || size > 20<<20 {
			return err
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		unpacked, err := gzip.NewReader(bufio.NewReader(file))
		if err != nil {
			return err
		}
		text, err := io.ReadAll(unpacked)
		if err != nil {
			return err
		}
		var records struct{ Records []json.RawMessage }
		if err := json.Unmarshal(text, &records); err != nil {
			return err
		}
		for _, record := range records.Records {
			events = append(events, record)
			size += len(record)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	for b.Loop() {
		s := NewStore(1<<30, "")
		w := s.NewWriter()
		for _, e := range events {
			if _, err := w.Put(Event{Raw: e}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(size)/float64(s.memory), "ratio")
	}
}
