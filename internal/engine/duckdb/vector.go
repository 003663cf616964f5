//go:build duckdb && cgo

package duckdb

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unsafe"

	duck "github.com/duckdb/duckdb-go-bindings"
)

// vector is a column of a chunk. DuckDB owns its memory, which is valid as long as the chunk.
type vector struct {
	data unsafe.Pointer
	// valid has a bit for each row, set if there is a value; nil if all rows have one.
	valid unsafe.Pointer
	read  func(data unsafe.Pointer, row int) any
}

func newVector(v duck.Vector, t duck.Type) vector {
	return vector{data: duck.VectorGetData(v), valid: duck.VectorGetValidity(v), read: readers[t]}
}

// cell returns the value of a row, nil for NULL. It does not share memory with the vector.
func (v *vector) cell(row int) any {
	if v.valid != nil {
		if word := *at[uint64](v.valid, row/64); word>>(row%64)&1 == 0 {
			return nil
		}
	}
	if v.read == nil {
		return nil
	}
	return v.read(v.data, row)
}

// at returns an element of an array in DuckDB's memory. The C interface defines the layout of each type of vector:
// "Vector Format" in DuckDB's manual, https://duckdb.org/docs/stable/clients/c/vector.
func at[T any](data unsafe.Pointer, i int) *T {
	var zero T
	return (*T)(unsafe.Add(data, uintptr(i)*unsafe.Sizeof(zero)))
}

// textValue is duckdb_string_t: up to twelve bytes are stored in place of a prefix and a pointer.
type textValue struct {
	length uint32
	short  [4]byte
	long   *byte
}

const shortText = 12

func readText(data unsafe.Pointer, row int) any {
	v := at[textValue](data, row)
	if v.length <= shortText {
		return strings.Clone(unsafe.String(&v.short[0], int(v.length))) //nolint:gosec // the bytes after short contain the rest
	}
	return strings.Clone(unsafe.String(v.long, int(v.length))) //nolint:gosec // DuckDB's own length
}

func readWhole[T int8 | int16 | int32 | int64 | uint8 | uint16 | uint32](data unsafe.Pointer, row int) any {
	return int64(*at[T](data, row))
}

// readUnsigned returns numbers that exceed int64 as text.
func readUnsigned(data unsafe.Pointer, row int) any {
	n := *at[uint64](data, row)
	if n > math.MaxInt64 {
		return strconv.FormatUint(n, 10)
	}
	return int64(n)
}

// readTime returns a function that reads a number of units since 1970. Infinite times, which time.Time cannot
// represent, are text as DuckDB prints them.
func readTime(unit func(int64) time.Time) func(unsafe.Pointer, int) any {
	return func(data unsafe.Pointer, row int) any {
		n := *at[int64](data, row)
		switch n {
		case math.MaxInt64:
			return "infinity"
		case -math.MaxInt64:
			return "-infinity"
		}
		return unit(n).UTC()
	}
}

func readDate(data unsafe.Pointer, row int) any {
	n := *at[int32](data, row)
	switch n {
	case math.MaxInt32:
		return "infinity"
	case -math.MaxInt32:
		return "-infinity"
	}
	return time.Unix(int64(n)*24*60*60, 0).UTC()
}

// readers are the types that are read directly; DuckDB converts all others to text.
var readers = map[duck.Type]func(data unsafe.Pointer, row int) any{
	duck.TypeVarchar:     readText,
	duck.TypeBoolean:     func(data unsafe.Pointer, row int) any { return *at[uint8](data, row) != 0 },
	duck.TypeTinyInt:     readWhole[int8],
	duck.TypeSmallInt:    readWhole[int16],
	duck.TypeInteger:     readWhole[int32],
	duck.TypeBigInt:      readWhole[int64],
	duck.TypeUTinyInt:    readWhole[uint8],
	duck.TypeUSmallInt:   readWhole[uint16],
	duck.TypeUInteger:    readWhole[uint32],
	duck.TypeUBigInt:     readUnsigned,
	duck.TypeFloat:       func(data unsafe.Pointer, row int) any { return float64(*at[float32](data, row)) },
	duck.TypeDouble:      func(data unsafe.Pointer, row int) any { return *at[float64](data, row) },
	duck.TypeTimestamp:   readTime(time.UnixMicro),
	duck.TypeTimestampTZ: readTime(time.UnixMicro),
	duck.TypeTimestampS:  readTime(func(n int64) time.Time { return time.Unix(n, 0) }),
	duck.TypeTimestampMS: readTime(time.UnixMilli),
	duck.TypeTimestampNS: readTime(func(n int64) time.Time { return time.Unix(0, n) }),
	duck.TypeDate:        readDate,
}
