package stixout

import "bytes"

// ordered is an object whose JSON has the type first, or numbered objects in the order of their numbers.
type ordered map[string]any

// MarshalJSON writes the object.
func (o ordered) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	if err := encode(&out, o); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
