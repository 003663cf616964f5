package event

import (
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"
)

const (
	inflateIn     = 64 << 10 // bytes read at once
	inflateWindow = 32 << 10 // how far back a copy may reach
	inflateOut    = 256 << 10
	longestCopy   = 258
	// A refill reads eight bytes at once, and a pass of the fast loop has two. It writes up to three literals and a copy,
	// which may write a word more than it should.
	inMargin, outMargin = 16, longestCopy + 16
)

// inflater decompresses DEFLATE data (RFC 1951). Unpacking is a third of the time of a hunt through large files, so it
// is written for speed: input and output stand in buffers with a margin, so that the loop over symbols need not look
// for their ends, and both codes have tables that answer most symbols at once.
type inflater struct {
	from io.Reader
	err  error // of from, once there is no more input

	in       []byte // what was read is in[:end]
	at, end  int
	bits     uint64 // the next bits of the input, in part also those of in[at:]
	have     uint   // how many of the bits are not of in[at:]
	passed   int64  // bytes of input before in
	out      []byte
	start    int // of the data in out that copies may reach
	given, n int // out[given:n] is not yet taken

	last      bool // the block at hand is the last
	stored    int  // bytes that are left of a stored block
	inCodes   bool // in a block of codes
	lit, dist []uint32
	ownLit    [litRoom]uint32
	ownDist   [distRoom]uint32
	order     [1 << orderBits]uint32
	lengths   [maxLit + maxDist]uint8
}

// reset begins with other input.
func (d *inflater) reset(from io.Reader) {
	if d.in == nil {
		d.in, d.out = make([]byte, inflateIn), make([]byte, inflateWindow+inflateOut+outMargin)
	}
	d.from, d.err, d.at, d.end, d.passed = from, nil, 0, 0, 0
	d.bits, d.have = 0, 0
	d.start, d.given, d.n = 0, 0, 0
	d.begin()
}

// begin starts another stream, which copies nothing of the one before.
func (d *inflater) begin() {
	d.start, d.last, d.stored, d.inCodes = d.n, false, 0, false
}

// more decompresses until there is output to take, whose place is out[given:n]. All that was there must have been taken.
// io.EOF is the end of the stream; there may be output with it as with other errors.
func (d *inflater) more() error {
	if d.n >= inflateWindow+inflateOut {
		moved := d.n - inflateWindow
		copy(d.out, d.out[moved:d.n])
		d.start, d.n = max(0, d.start-moved), inflateWindow
	}
	d.given = d.n
	for d.n < inflateWindow+inflateOut {
		var err error
		switch {
		case d.stored > 0:
			err = d.copyStored()
		case d.inCodes:
			err = d.codes()
		case d.last:
			d.align()
			return io.EOF
		default:
			err = d.header()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *inflater) corrupt() error { return flate.CorruptInputError(d.passed + int64(d.at)) }

// fill reads more input. It fails only where there is none left at all.
func (d *inflater) fill() error {
	if d.err != nil {
		return d.err
	}
	d.unread()
	copy(d.in, d.in[d.at:d.end])
	d.passed += int64(d.at)
	d.end -= d.at
	d.at = 0
	for range 100 {
		var n int
		n, d.err = d.from.Read(d.in[d.end:])
		d.end += n
		if n > 0 || d.err != nil {
			break
		}
	}
	if d.at == d.end {
		if d.err == nil {
			d.err = io.ErrNoProgress
		}
		return d.err
	}
	return nil
}

// need makes sure of n bits, at most 32.
func (d *inflater) need(n uint) error {
	for d.have < n {
		if d.at == d.end {
			if err := d.fill(); err != nil {
				return noEOF(err)
			}
		}
		d.bits = d.bits&(1<<d.have-1) | uint64(d.in[d.at])<<d.have
		d.at++
		d.have += 8
	}
	return nil
}

// take removes bits that need made sure of.
func (d *inflater) take(n uint) uint {
	v := d.bits & (1<<n - 1)
	d.bits >>= n
	d.have -= n
	return uint(v)
}

// unread gives whole bytes back to in.
func (d *inflater) unread() {
	d.at -= int(d.have / 8)
	d.have %= 8
	d.bits &= 1<<d.have - 1
}

// align goes to the next whole byte.
func (d *inflater) align() {
	d.unread()
	d.bits, d.have = 0, 0
}

// Read reads bytes behind the stream, from a whole byte on.
func (d *inflater) Read(p []byte) (int, error) {
	if d.at == d.end {
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.in[d.at:d.end])
	d.at += n
	return n, nil
}

// header begins a block.
func (d *inflater) header() error {
	if err := d.need(3); err != nil {
		return err
	}
	d.last = d.take(1) == 1
	switch d.take(2) {
	case 0:
		d.align()
		var sizes [4]byte
		if _, err := io.ReadFull(d, sizes[:]); err != nil {
			return noEOF(err)
		}
		size := binary.LittleEndian.Uint16(sizes[:])
		if size != ^binary.LittleEndian.Uint16(sizes[2:]) {
			return d.corrupt()
		}
		d.stored = int(size)
		return nil
	case 1:
		d.lit, d.dist, d.inCodes = fixedLit[:], fixedDist[:], true
		return nil
	case 2:
		return d.readCodes()
	}
	return d.corrupt()
}

func (d *inflater) copyStored() error {
	n, err := d.Read(d.out[d.n:min(d.n+d.stored, len(d.out))])
	d.n += n
	d.stored -= n
	return noEOF(err)
}

// codeOrder is the order in which a block gives the lengths of the code for lengths.
var codeOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// readCodes reads the codes of a block.
func (d *inflater) readCodes() error {
	if err := d.need(14); err != nil {
		return err
	}
	lits, dists, orders := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if lits > maxLit || dists > maxDist {
		return d.corrupt()
	}
	var order [19]uint8
	for _, symbol := range codeOrder[:orders] {
		if err := d.need(3); err != nil {
			return err
		}
		order[symbol] = uint8(d.take(3))
	}
	if !buildTable(d.order[:], orderBits, order[:], orderSymbols[:]) {
		return d.corrupt()
	}
	lengths := d.lengths[:lits+dists]
	for i := 0; i < len(lengths); {
		symbol, err := d.next(d.order[:], orderBits)
		if err != nil {
			return err
		}
		if symbol >>= 16; symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		repeat, extra, length := 3, uint(2), uint8(0)
		switch symbol {
		case 16:
			if i == 0 {
				return d.corrupt()
			}
			length = lengths[i-1]
		case 17:
			extra = 3
		case 18:
			repeat, extra = 11, 7
		}
		if err := d.need(extra); err != nil {
			return err
		}
		if repeat += int(d.take(extra)); repeat > len(lengths)-i {
			return d.corrupt()
		}
		for range repeat {
			lengths[i] = length
			i++
		}
	}
	if !buildTable(d.ownLit[:], litBits, lengths[:lits], litSymbols[:]) ||
		!buildTable(d.ownDist[:], distBits, lengths[lits:], distSymbols[:]) {
		return d.corrupt()
	}
	d.lit, d.dist, d.inCodes = d.ownLit[:], d.ownDist[:], true
	return nil
}

// next decodes a symbol and, near the end, asks for no more input than its code needs. It returns the entry of the symbol;
// bits beyond the code are left to the caller.
func (d *inflater) next(table []uint32, tableBits int) (uint32, error) {
	if d.end-d.at >= 8 && d.have < maxCode {
		d.bits |= binary.LittleEndian.Uint64(d.in[d.at:]) << d.have
		d.at += int((63 - d.have) >> 3)
		d.have |= 56
	}
	for {
		known := d.bits & (1<<d.have - 1)
		e := table[known&(1<<tableBits-1)]
		code := uint(e >> 8 & 31)
		if e&entryTable != 0 {
			known >>= tableBits
			e = table[uint64(e>>16)+known&(1<<code-1)]
			code = uint(tableBits) + uint(e>>8&31)
		}
		if e != 0 && code <= d.have {
			d.take(code)
			return e, nil
		}
		if d.have >= maxCode {
			return 0, d.corrupt()
		}
		if err := d.need(d.have + 1); err != nil {
			return 0, err
		}
	}
}

// codes decodes until the block ends or the output is full.
func (d *inflater) codes() error {
	for d.n < inflateWindow+inflateOut && d.inCodes {
		if err := d.fast(); err != nil {
			return err
		}
		if d.n >= inflateWindow+inflateOut || !d.inCodes {
			return nil
		}
		if d.err == nil && d.end-d.at < inMargin {
			if err := d.fill(); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			continue
		}
		if err := d.one(); err != nil {
			return err
		}
	}
	return nil
}

// one decodes one literal or copy where the input may end at any bit.
func (d *inflater) one() error {
	e, err := d.next(d.lit, litBits)
	switch {
	case err != nil:
		return err
	case e&entryLiteral != 0:
		d.out[d.n] = byte(e >> 16)
		d.n++
		return nil
	case e&entryEnd != 0:
		d.inCodes = false
		return nil
	}
	length, err := d.extra(e)
	if err != nil {
		return err
	}
	if e, err = d.next(d.dist, distBits); err != nil {
		return err
	}
	distance, err := d.extra(e)
	if err != nil {
		return err
	}
	if distance > d.n-d.start {
		return d.corrupt()
	}
	for range length {
		d.out[d.n] = d.out[d.n-distance]
		d.n++
	}
	return nil
}

// extra is the length or distance of an entry, whose code is taken already.
func (d *inflater) extra(e uint32) (int, error) {
	extra := uint(e&0xff - e>>8&31)
	if err := d.need(extra); err != nil {
		return 0, err
	}
	return int(e>>16) + int(d.take(extra)), nil
}

// fast decodes as long as there is a margin of input and output, so that no step need look for their ends.
func (d *inflater) fast() error {
	const (
		litMask  = 1<<litBits - 1
		distMask = 1<<distBits - 1
	)
	in, out := d.in[:d.end], d.out
	lit, dist := (*[litRoom]uint32)(d.lit), (*[distRoom]uint32)(d.dist)
	at, n := d.at, d.n
	b, have := d.bits, d.have
	for at <= len(in)-inMargin && n < inflateWindow+inflateOut {
		b |= binary.LittleEndian.Uint64(in[at:]) << (have & 63)
		at += int((63 - have) >> 3)
		have |= 56
		e := lit[b&litMask]
		if e&entryLiteral != 0 {
			b >>= e & 63
			have -= uint(e & 63)
			out[n] = byte(e >> 16)
			n++
			if e = lit[b&litMask]; e&entryLiteral != 0 {
				b >>= e & 63
				have -= uint(e & 63)
				out[n] = byte(e >> 16)
				n++
				if e = lit[b&litMask]; e&entryLiteral != 0 {
					b >>= e & 63
					have -= uint(e & 63)
					out[n] = byte(e >> 16)
					n++
					continue
				}
			}
			b |= binary.LittleEndian.Uint64(in[at:]) << (have & 63)
			at += int((63 - have) >> 3)
			have |= 56
		}
		if e&entrySpecial != 0 {
			if e&entryTable != 0 {
				b >>= litBits
				have -= litBits
				e = lit[uint64(e>>16)+b&(1<<(e>>8&31)-1)]
				if e&entryLiteral != 0 {
					b >>= e & 63
					have -= uint(e & 63)
					out[n] = byte(e >> 16)
					n++
					continue
				}
			}
			if e&entryEnd != 0 {
				b >>= e & 63
				have -= uint(e & 63)
				d.inCodes = false
				break
			}
		}
		if e == 0 {
			d.at, d.bits, d.have, d.n = at, b, have, n
			return d.corrupt()
		}
		length := int(e>>16) + int(b&(1<<(e&63)-1)>>(e>>8&31))
		b >>= e & 63
		have -= uint(e & 63)

		e = dist[b&distMask]
		if e&entryTable != 0 {
			b >>= distBits
			have -= distBits
			e = dist[uint64(e>>16)+b&(1<<(e>>8&31)-1)]
		}
		distance := int(e>>16) + int(b&(1<<(e&63)-1)>>(e>>8&31))
		b >>= e & 63
		have -= uint(e & 63)
		if e == 0 || distance > n-d.start {
			d.at, d.bits, d.have, d.n = at, b, have, n
			return d.corrupt()
		}
		from, to := n-distance, n
		n += length
		switch {
		case distance >= length && length > 32:
			copy(out[to:n], out[from:from+length])
		case distance >= 8:
			for {
				binary.LittleEndian.PutUint64(out[to:], binary.LittleEndian.Uint64(out[from:]))
				to += 8
				if to >= n {
					break
				}
				from += 8
			}
		default:
			for ; to < n; to++ {
				out[to] = out[from]
				from++
			}
		}
	}
	d.at, d.bits, d.have, d.n = at, b, have, n
	return nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
