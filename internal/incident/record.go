package incident

import (
	"bytes"
	"encoding/json"
	"time"
)

// record is one CloudTrail event. The JSON fields are in the order of real logs; CloudTrail record contents, event
// version 1.11.
type record struct {
	EventVersion        string  `json:"eventVersion"`
	UserIdentity        object  `json:"userIdentity"`
	EventTime           string  `json:"eventTime"`
	EventSource         string  `json:"eventSource"`
	EventName           string  `json:"eventName"`
	AWSRegion           string  `json:"awsRegion"`
	SourceIPAddress     string  `json:"sourceIPAddress"`
	UserAgent           string  `json:"userAgent"`
	ErrorCode           string  `json:"errorCode,omitempty"`
	ErrorMessage        string  `json:"errorMessage,omitempty"`
	RequestParameters   object  `json:"requestParameters"`
	ResponseElements    object  `json:"responseElements"`
	AdditionalEventData object  `json:"additionalEventData,omitempty"`
	RequestID           string  `json:"requestID,omitempty"`
	EventID             string  `json:"eventID"`
	ReadOnly            bool    `json:"readOnly"`
	Resources           []any   `json:"resources,omitempty"`
	EventType           string  `json:"eventType"`
	ManagementEvent     bool    `json:"managementEvent"`
	RecipientAccountID  string  `json:"recipientAccountId"`
	SharedEventID       string  `json:"sharedEventID,omitempty"`
	ServiceEventDetails object  `json:"serviceEventDetails,omitempty"`
	EventCategory       string  `json:"eventCategory"`
	TLSDetails          object  `json:"tlsDetails,omitempty"`
	FromConsole         *string `json:"sessionCredentialFromConsole,omitempty"`

	time    time.Time
	account string
}

// object is a JSON object with ordered keys. A nil object prints as null, the result of obj() without arguments as {}.
type object []field

type field struct {
	key   string
	value any
}

// obj returns an object of alternating keys and values.
func obj(keysAndValues ...any) object {
	o := make(object, 0, len(keysAndValues)/2)
	for i := 0; i+1 < len(keysAndValues); i += 2 {
		key, ok := keysAndValues[i].(string)
		if !ok {
			panic("egret bug: incident: a key is not a string")
		}
		o = append(o, field{key, keysAndValues[i+1]})
	}
	return o
}

// list returns a JSON array.
func list(values ...any) []any { return values }

// items returns a list in the form of EC2.
func items(values ...any) object { return obj("items", values) }

// MarshalJSON prints the keys in order.
func (o object) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := encode(f.key)
		if err != nil {
			return nil, err
		}
		value, err := encode(f.value)
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// encode prints a value as CloudTrail does, without escapes of `<`, `>` and `&`.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
