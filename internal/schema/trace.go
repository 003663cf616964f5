package schema

import "strings"

// A Trace describes which events tie one identity to another, which make or remove something, and how the story of a
// hunt reads findings. The zero Trace describes nothing.
type Trace struct {
	Links  []Link
	Things []Thing
	// Automation are the user agents of tools that work without people.
	Automation []Automation
	// Topics has the patterns of the names of facts that belong to a topic.
	Topics map[Topic][]Pattern
	// Services are addresses of calls that services make. Shared are principals that several people use at a time.
	Services, Shared []Pattern
	// Machines are the types of targets that get sessions of roles.
	Machines []string
	Contain  []Containment
}

// A Containment stops an identity.
type Containment struct {
	// Kind is "key" or "sessions".
	Kind string
	// Principals are the principals that it is for, Keys, if not nil, the keys or sessions.
	Principals, Keys []Pattern
	// Text says what to do, Command does it, "" if that needs people. Both may have {name}, the last part of the
	// principal, and {key}.
	Text, Command string
}

// A Topic is what a fact of a finding is about in the story of a hunt.
type Topic string

// The topics. Sharing is what leaves the account or is opened, Logging what logs and detection lose.
const (
	Sharing Topic = "sharing"
	Logging Topic = "logging"
)

var topics = []Topic{Sharing, Logging}

var noTrace = &Trace{}

// Trace returns the description of links and things, never nil. It must not be changed. The embedded ones are read on
// first use.
func (s *Schema) Trace() *Trace {
	if s.trace == nil {
		return noTrace
	}
	return s.trace()
}

// IsAbout reports whether a fact belongs to a topic, by its name.
func (t *Trace) IsAbout(topic Topic, fact string) bool {
	return MatchesAny(t.Topics[topic], []byte(fact))
}

// Tool returns the name of the tool that a user agent belongs to, "" if it is not known as automation.
func (t *Trace) Tool(agent string) string {
	if agent == "" {
		return ""
	}
	for i := range t.Automation {
		if MatchesAny(t.Automation[i].Agents, []byte(agent)) {
			return t.Automation[i].Name
		}
	}
	return ""
}

// Automation is a tool that works without people.
type Automation struct {
	Name   string
	Agents []Pattern
}

// LinkKinds are the kinds of links: what is reached is a session (of a role or of the same identity), a key, a user, a
// role, a password of a user, the trust of a role, a machine, or a sign-in.
var LinkKinds = []string{"session", "key", "user", "role", "password", "trust", "machine", "sign-in"}

// A Link chooses events that tie the identity that acts to another one.
type Link struct {
	On   Selection
	Kind string
	// Identity leads to what is reached, a name or an ARN; As is the type of a name, such as user. Without a value it is
	// the identity that acts.
	Identity Paths
	As       string
	// Key leads to the new access key or session.
	Key Paths
	// From leads to who acts through the link, if that is not the principal of the event, such as a machine that gets a
	// session of its role.
	From Paths
}

// A Thing chooses events that make something, and events that remove it.
type Thing struct {
	// Kind is what it is for people, such as user or share of snapshot. Text names one, with {name} and {part}.
	Kind    string
	Text    string
	Made    ThingEvent
	Removed []ThingEvent
	// Command undoes it: a command line with {name}, {part}, {region} and {account}. Advice is shown with it or instead
	// of it. Both may be "".
	Command, Advice string
	// Urgency orders what is to be undone; lower is more urgent.
	Urgency int
}

// A ThingEvent chooses the events that make or remove a thing.
type ThingEvent struct {
	On Selection
	// Name leads to what the thing is or belongs to. All values count.
	Name Paths
	// Part leads to what is added to or taken from it. If nil, the thing is the name itself; an event that removes then
	// removes all parts.
	Part Paths
	// Except are parts that do not count.
	Except []Pattern
	// Replaces means that the parts that are made take the place of all earlier ones.
	Replaces bool
}

// ShortName returns the last part of an ARN or path: names are compared by it, since calls name a thing by either.
func ShortName(name string) string {
	if !strings.HasPrefix(name, "arn:") {
		return name
	}
	return name[strings.LastIndexAny(name, ":/")+1:]
}
