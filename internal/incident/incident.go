// Package incident generates the sample logs of examples/incident: one day of CloudTrail logs of two accounts, in the
// layout of a real bucket, in which an access key leaks and an account is taken over.
//
// The output is the same on each run, since times and random seeds are fixed in the code. Each source of noise, and the
// takeover itself, has its own random generator, so a change to one does not affect the others. Names, addresses and
// accounts are those reserved for documentation; nothing in the logs comes from a real account.
package incident

import (
	"fmt"
	"sort"
	"time"
)

// Accounts, networks and names of the scenario.
const (
	production = "111122223333" // where the takeover happens
	staging    = "444455556666" // reached later, through a role
	outside    = "999988887777" // belongs to the intruder

	officeIP = "198.51.100.20"
	runnerIP = "192.0.2.40" // build runners
	vpcIP    = "192.0.2.77" // servers, behind one NAT gateway

	intruderIP        = "203.0.113.66"
	intruderConsoleIP = "203.0.113.67"

	virginia = "us-east-1" // region of global services
	oregon   = "us-west-2"
	ireland  = "eu-west-1"

	trailName  = "org-management-trail"
	trailsName = "example-trail-logs" // bucket of the trail
)

// day is the day of the incident, a Tuesday, at 00:00 UTC.
var day = time.Date(2026, time.March, 10, 0, 0, 0, 0, time.UTC)

// at returns a time on the day of the incident.
func at(hour, minute, second int) time.Time {
	return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second)
}

// The trail of the production account records nothing between stopped and resumed. The call that stops it is still
// recorded.
var (
	stopped = at(11, 47, 12)
	resumed = at(14, 9, 3)
)

// Write creates the files of the incident under dir, which need not exist. It replaces files of the same names and
// keeps all others. The error names the file that it could not write.
func Write(dir string) error {
	files, err := deliver(records())
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := f.write(dir); err != nil {
			return fmt.Errorf("incident: %w", err)
		}
	}
	return nil
}

// records returns all events that the trails recorded, ordered by time.
func records() []record {
	var all []record
	for i, source := range []func(*source){
		terraform, postureScan, administrators, developers, functions, servers, containers, autoscaling, recorder,
		backups, trailDelivery, objectAccess, takeover, response,
	} {
		s := newSource(uint64(i) + 1)
		source(s)
		all = append(all, s.records...)
	}
	recorded := all[:0]
	for _, r := range all {
		lost := r.account == production && r.time.After(stopped) && r.time.Before(resumed)
		if !lost && !r.time.Before(day) && r.time.Before(day.AddDate(0, 0, 1)) {
			recorded = append(recorded, r)
		}
	}
	sort.SliceStable(recorded, func(i, j int) bool { return recorded[i].time.Before(recorded[j].time) })
	return recorded
}
