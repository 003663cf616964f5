package finding

import (
	"encoding/json"
	"iter"
)

// InputList is a list of inputs, ordered by name. There may be a million, so they are read on each iteration, which
// must happen before the hunt's result is closed. The zero value is empty.
type InputList struct {
	// All iterates over the inputs; nil for none.
	All iter.Seq2[Input, error]
	// apart means that JSON has InputsMarker in place of the list.
	apart bool
}

// InputsMarker is the JSON text in place of a list that is written separately.
const InputsMarker = `"\u0000inputs"`

// InputsApart is a list that JSON writes as InputsMarker.
var InputsApart = InputList{apart: true}

// List returns the whole list.
func (l InputList) List() ([]Input, error) {
	list := []Input{}
	if l.All == nil {
		return list, nil
	}
	for input, err := range l.All {
		if err != nil {
			return nil, err
		}
		list = append(list, input)
	}
	return list, nil
}

// MarshalJSON writes the list as an array.
func (l InputList) MarshalJSON() ([]byte, error) {
	if l.apart {
		return []byte(InputsMarker), nil
	}
	list, err := l.List()
	if err != nil {
		return nil, err
	}
	return json.Marshal(list)
}
