// Package story tells what findings mean together: who acted, through which identities, what worked, what was left
// behind, and what to do now.
//
// Its input is findings in their order, and the records of events that tie identities together or that make and remove
// things (Record). Its output is a Story. The package is pure: it reads no log, knows no rule and runs no command. What ties
// identities, what counts as automation, and how something is undone is data of the log source (schema.Trace). All texts
// come from logs and are not trusted: they are kept short, lists are bounded with the number of the rest, and the memory
// for a million findings is that for a few thousand, because findings are added up and not kept.
package story

import (
	"strings"

	"github.com/egret-hunt/egret/internal/finding"
	"github.com/egret-hunt/egret/internal/schema"
	"github.com/egret-hunt/egret/internal/value"
)

// A Story is what a hunt found, told by who did it.
type Story struct {
	// Intrusions are groups of serious findings of one chain of identities, the worst first.
	Intrusions []Intrusion
	// MoreIntrusions is how many were left out of Intrusions, and MoreFindings the number of their findings.
	MoreIntrusions, MoreFindings int
	// Apart are findings that belong to no intrusion: automation, and actors with findings of low levels only; the most
	// severe first. MoreApart is how many groups were left out, MoreApartFindings the number of their findings.
	Apart                        []Group
	MoreApart, MoreApartFindings int
	// NotFollowed says why identities were not followed through the log, "" if they were. Then an intrusion has only what
	// findings show, and it is unknown what still stands.
	NotFollowed string
	// LogEnd is the time of the last event of the log, NoTime if it is not known. "Still stands" means: at that time.
	LogEnd value.Time
}

// A Group is the findings of one actor that belong to no intrusion.
type Group struct {
	// Principal is who acted, Automation the name of the tool if the calls were those of automation, such as Terraform.
	Principal, Automation string
	// Addresses are where the calls came from.
	Addresses   Texts
	Level       finding.Level
	Findings    int
	First, Last value.Time
	// Titles are the titles of the rules, the most severe first.
	Titles Texts
}

// Texts is a bounded list of different texts.
type Texts struct {
	List []string
	// More is how many further texts there were, at least.
	More int
}

// An Intrusion is what one chain of identities did.
type Intrusion struct {
	// Principal is the first identity of the chain that acted, as findings name it; Account is its account.
	Principal, Account string
	// Keys are the access keys or logon ids with which the chain began: those of Principal.
	Keys Texts
	// Actors are all principals of findings, the first one first. Sessions are their keys and sessions.
	Actors, Sessions Texts
	// Addresses, Agents, Regions and Accounts are in the order in which they came.
	Addresses, Agents, Regions, Accounts Texts
	// Origins say where addresses are and whose, for those of Addresses of which something is known.
	Origins []finding.Origin
	// Level is the highest level of a finding.
	Level finding.Level
	// First and Last are the times of the first and the last event of its findings; NoTime if the log has none.
	First, Last value.Time
	// Findings and Events are counts; an event of two findings counts twice.
	Findings, Events int
	// Outcomes count the events by how their calls ended.
	Outcomes finding.Outcomes
	WayIn    WayIn
	// Chain has the links between identities in order of time, equal ones once.
	Chain []Hop
	// MoreChain is how many links were left out.
	MoreChain int
	// Steps are the tactics of the findings in the order of the kill chain.
	Steps []Step
	// Made is what the intrusion created or granted, in order of time.
	Made     []Thing
	MoreMade int
	// Given is what was shared with other accounts or everyone.
	Given     []Gift
	MoreGiven int
	// Logging are changes of logging and detection in order of time.
	Logging     []Change
	MoreLogging int
	// Do is what to do now, the most urgent first.
	Do     []Action
	MoreDo int
}

// WayIn is how the intrusion began as far as the log shows.
type WayIn struct {
	// Kind is such as "access key", "sign-in" or "session of a role".
	Kind string
	// Identity is the principal, Key its access key or session, "" if there is none.
	Identity, Key, Address, Agent string
	Time                          value.Time
	// Finding is the title of the first finding.
	Finding string
}

// HopKind says what a link between two identities is.
type HopKind string

// The kinds of links.
const (
	// TookRole is a session of a role, GotSession temporary credentials of the same identity.
	TookRole   HopKind = "session"
	MadeKey    HopKind = "key"
	MadeUser   HopKind = "user"
	MadeRole   HopKind = "role"
	SetPass    HopKind = "password"
	SetTrust   HopKind = "trust"
	RanMachine HopKind = "machine"
	SignedIn   HopKind = "sign-in"
)

// A Hop is a link from one identity to another.
type Hop struct {
	Kind HopKind
	// From is the principal that acted and FromKey its key or session.
	From, FromKey string
	// Machine means that From is a machine, which got a session of its role.
	Machine bool
	// To is the identity that was reached and Key its new key or session, "" if there is none.
	To, Key string
	// Address and Agent are those of the call.
	Address, Agent string
	Time           value.Time
	// Count is how many equal links there were; Keys are their keys or sessions.
	Count int
	Keys  Texts
	// Automation is the name of the tool that made the call, "" for others.
	Automation string
}

// A Step is what happened in one tactic of ATT&CK.
type Step struct {
	// Tactic is the name of the tactic for people, such as "Defense evasion".
	Tactic      string
	First, Last value.Time
	Findings    int
	Level       finding.Level
	Outcomes    [4]int // by finding.Outcome
	// Deeds are the rules that found something in this tactic, in order of time.
	Deeds     []Deed
	MoreDeeds int
}

// A Deed is what one rule found.
type Deed struct {
	Title       string
	Level       finding.Level
	First, Last value.Time
	Findings    int
	Outcomes    [4]int // by finding.Outcome
	// Targets and Facts are those of its findings, what was done before what was tried.
	Targets, Facts Texts
}

// A Thing is something that the intrusion made or granted.
type Thing struct {
	// Kind is such as "user" or "share of snapshot"; Name is what it is about, Part what was added to it, "" if that is
	// the thing itself. Text names the thing for people, with the short forms of ARNs.
	Kind, Name, Part, Text string
	Account, Region        string
	Time                   value.Time
	// By is the key, session or principal that made it.
	By string
	// Removed is when it was removed, NoTime if it stood at the end of the log; RemovedBy is the principal.
	Removed   value.Time
	RemovedBy string
	// Command undoes it, "" if there is none.
	Command string

	rule *schema.Thing
}

// Stands reports whether the thing was there at the end of the log.
func (t *Thing) Stands() bool { return t.Removed == finding.NoTime }

// A Gift is something that was shared with another account or with everyone.
type Gift struct {
	// What is the thing, such as "image ami-1". How is the fact, such as "shared with account", and To its value, such as
	// "444455556666 (outside)", "" if the fact says it all.
	What, How, To string
	// By is the principal that shared it, "" if several may have.
	By      string
	Outcome finding.Outcome
	Time    value.Time
	// Undone is when the share was taken back, NoTime if it was not or that is not known.
	Undone value.Time
}

// A Change is a change of logging or detection.
type Change struct {
	// What is the fact, such as "trail deleted"; Targets are what it was done to.
	What    string
	Targets Texts
	Outcome finding.Outcome
	Time    value.Time
	Count   int
	// GapHours is the length of the gap in the log that followed, 0 if there was none.
	GapHours int
}

// Recipient says who got it.
func (g *Gift) Recipient() string {
	switch {
	case strings.Contains(g.How, "everyone"):
		return "everyone"
	case strings.HasSuffix(g.How, "account"):
		return "account " + g.To
	case g.To == "":
		return g.How
	}
	return g.How + " " + g.To
}

// ActionKind orders what to do.
type ActionKind uint8

// The kinds of actions, the most urgent first.
const (
	DisableKey ActionKind = iota
	RevokeSessions
	RemoveThing
	Look
)

// An Action is something to do now. Commands are printed and never run.
type Action struct {
	Kind ActionKind
	// Text says what to do, Command is for a POSIX shell with the AWS CLI; "" if no command is safe or known.
	Text, Command string
}
