package trino

import (
	"fmt"
	"io"
)

// Secret is a password or token. However it is printed or encoded, three stars come out.
type Secret string

const stars = "***"

// String gives stars.
func (Secret) String() string { return stars }

// GoString gives stars.
func (Secret) GoString() string { return stars }

// MarshalText gives stars.
func (Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// Format writes stars for every verb, those that do not fit a string included.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, stars) } //nolint:errcheck // as fmt's own writes
