package sqltest

import (
	"slices"
	"strings"

	"github.com/egret-hunt/egret/internal/value"
)

// ocsfClass is the class of an event with its activity.
type ocsfClass struct {
	name, category, activity     string
	uid, categoryUID, activityID int64
}

// signIns are the events of the class Authentication.
var signIns = []string{
	"ConsoleLogin", "ExternalIdPDirectoryLogin", "CheckMfa", "CredentialChallenge", "CredentialVerification", "UserAuthentication",
	"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity",
}

// verb is a prefix of event names, and the activity for it.
type verb struct {
	prefix, activity string
	id               int64
}

// verbs are the activities of API Activity, accountVerbs those of Account Change; the first match applies.
var (
	verbs = []verb{
		{"Create", "Create", 1}, {"Run", "Create", 1}, {"Generate", "Create", 1},
		{"Get", "Read", 2}, {"List", "Read", 2}, {"Describe", "Read", 2}, {"Search", "Read", 2}, {"Lookup", "Read", 2}, {"Head", "Read", 2},
		{"Delete", "Delete", 4}, {"Terminate", "Delete", 4},
		{"Update", "Update", 3}, {"Put", "Update", 3}, {"Modify", "Update", 3}, {"Add", "Update", 3}, {"Remove", "Update", 3}, {"Start", "Update", 3},
		{"Stop", "Update", 3}, {"Attach", "Update", 3}, {"Detach", "Update", 3}, {"Enable", "Update", 3}, {"Disable", "Update", 3},
		{"", "Other", 99},
	}
	accountVerbs = []verb{
		{"Create", "Create", 1}, {"EnableMFADevice", "Create", 1}, {"ResyncMFADevice", "Create", 1}, {"ChangePassword", "Password Change", 3},
		{"Attach", "Attach Policy", 7}, {"Put", "Attach Policy", 7}, {"AddUserToGroup", "Attach Policy", 7},
		{"Detach", "Detach Policy", 8}, {"Remove", "Detach Policy", 8}, {"Delete", "Delete", 6},
		{"", "Other", 99},
	}
	// accountReads are the calls of IAM that change no account.
	accountReads = []string{"Get", "List", "Generate", "Simulate"}
)

// classOf returns one of the three classes to which CloudTrail is mapped.
func classOf(source, name string, v2 bool) ocsfClass {
	reads := slices.ContainsFunc(accountReads, func(prefix string) bool { return strings.HasPrefix(name, prefix) })
	c := ocsfClass{name: "API Activity", uid: 6003, category: "Application Activity", categoryUID: 6}
	activities := verbs
	switch {
	case slices.Contains(signIns, name):
		c = ocsfClass{name: "Authentication", uid: 3002, category: "Identity & Access Management", categoryUID: 3}
		activities = []verb{{"", "Logon", 1}}
	case source == "iam.amazonaws.com" && !reads:
		c = ocsfClass{name: "Account Change", uid: 3001, category: "Identity & Access Management", categoryUID: 3}
		activities = accountVerbs
	}
	if !v2 {
		c.category, c.categoryUID = "Audit Activity", 3
		if c.uid == 6003 {
			c.uid = 3005
		}
	}
	i := slices.IndexFunc(activities, func(v verb) bool { return strings.HasPrefix(name, v.prefix) })
	c.activity, c.activityID = activities[i].activity, activities[i].id
	return c
}

// ofClass adds the columns of a specific class.
func (r *record) ofClass(event object, class ocsfClass, v2 bool) {
	switch class.name {
	case "API Activity":
		event["resources"] = r.resources(v2)
	case "Authentication":
		// In this class the status is the response only; other sign-ins than the console's have none.
		if r.peek("eventName") == "ConsoleLogin" {
			event["status"] = r.text("responseElements.ConsoleLogin")
		}
		mfa := r.truth("additionalEventData.MFAUsed", "Yes", "No")
		event["dst_endpoint"] = object{"svc_name": r.text("additionalEventData.LoginTo")}
		role, principal := r.text("requestParameters.roleArn"), r.peek("userIdentity.principalId")
		if role == nil {
			role = r.peek("userIdentity.arn")
		}
		user := object{"name": r.text("requestParameters.roleSessionName")}
		if v2 {
			event["is_mfa"], user["uid"], user["uid_alt"] = mfa, role, principal
		} else {
			event["mfa"], user["uuid"], user["uid"] = mfa, role, principal
		}
		event["user"] = user
	case "Account Change":
		user := object{
			"name": r.text("responseElements.user.userName", "requestParameters.userName", "responseElements.role.roleName", "requestParameters.roleName"),
		}
		r.drop("requestParameters.userName", "requestParameters.roleName")
		if !v2 {
			r.drop("responseElements.role.description")
		}
		if v2 {
			user["uid"] = r.text("responseElements.user.arn", "responseElements.role.arn")
			user["uid_alt"] = r.text("responseElements.user.userId", "responseElements.role.roleId")
		} else {
			user["uid"] = r.text("responseElements.user.userId", "responseElements.role.roleId")
		}
		event["user"] = user
	}
}

// resources returns the list of the resources of a call, or nil.
func (r *record) resources(v2 bool) any {
	list := r.find("resources")
	if list == value.None || r.doc.Kind(list) != value.Array {
		return nil
	}
	r.taken[list] = true
	out := []any{}
	for n := r.doc.First(list); n != value.None; n = r.doc.Next(list, n) {
		part := func(key string) any {
			m := r.doc.Get(n, key)
			if m == value.None || r.doc.Kind(m) == value.Null {
				return nil
			}
			return r.doc.String(m)
		}
		resource := object{"uid": part("ARN"), "type": part("type")}
		if v2 {
			resource["owner"] = object{"account": object{"uid": part("accountId")}}
		} else {
			resource["account_uid"] = part("accountId")
		}
		prune(resource)
		out = append(out, resource)
	}
	return out
}

// observables returns the names, addresses and resources of an event in one list.
func observables(event object) []any {
	var out []any
	add := func(name, kind string, id int64) {
		var v any = event
		for _, part := range strings.Split(name, ".") {
			o, _ := v.(object)
			v = o[part]
		}
		if text, ok := v.(string); ok {
			out = append(out, object{"name": name, "type": kind, "type_id": id, "value": text})
		}
	}
	add("actor.user.name", "User Name", 4)
	add("src_endpoint.domain", "Hostname", 1)
	add("src_endpoint.ip", "IP Address", 2)
	add("user.name", "User Name", 4)
	return out
}
