package trino

import (
	"fmt"
	"io"
)

// Secret is a password or token. Printing or encoding it always yields three stars.
type Secret string

const stars = "***"

// String returns stars.
func (Secret) String() string { return stars }

// GoString returns stars.
func (Secret) GoString() string { return stars }

// MarshalText returns stars.
func (Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// Format writes stars for every verb, including those that are not valid for strings.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, stars) } //nolint:errcheck // as fmt's own writes
