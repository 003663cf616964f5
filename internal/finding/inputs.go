package finding

import (
	"encoding/json"
	"iter"
)

// InputList are inputs by name. There may be a million, which are read as they are asked for, as often as they are, but not
// after the hunt's result was closed. The zero value is empty.
type InputList struct {
	// All gives the inputs; nil for none.
	All iter.Seq2[Input, error]
	// apart says that JSON has InputsMarker in the place of the list.
	apart bool
}

// InputsMarker is the JSON text that stands for a list which is written apart.
const InputsMarker = `"\u0000inputs"`

// InputsApart is a list that JSON writes as InputsMarker.
var InputsApart = InputList{apart: true}

// List is the whole list.
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
