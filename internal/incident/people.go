package incident

import (
	"fmt"
	"time"
)

// consoleReads are the calls of the console itself while a person browses.
var consoleReads = []string{
	"health:DescribeEventAggregates", "ec2:DescribeInstances", "ec2:DescribeInstanceStatus", "ec2:DescribeVolumes",
	"ec2:DescribeSecurityGroups", "ec2:DescribeAccountAttributes", "ec2:DescribeTags", "ec2:DescribeAddresses",
	"monitoring:DescribeAlarms", "logs:DescribeLogGroups", "logs:DescribeMetricFilters", "cloudtrail:LookupEvents",
	"cloudtrail:DescribeTrails", "iam:ListUsers", "iam:ListRoles", "iam:ListGroups", "iam:ListMFADevices",
	"iam:ListAccessKeys", "iam:GetAccountSummary", "rds:DescribeDBInstances", "ecs:ListClusters",
	"lambda:ListFunctions20150331", "s3:ListBuckets",
}

// browse looks at n pages of the console.
func (s *source) browse(t time.Time, who actor, region string, n int) time.Time {
	for range n {
		t = s.reads(t, who, region, time.Second, s.one(consoleReads...), s.one(consoleReads...))
		t = t.Add(s.between(10*time.Second, 90*time.Second))
	}
	return t
}

// signIn adds a console sign-in with a second factor and returns the session.
func (s *source) signIn(t time.Time, account, name string) actor {
	who := user(account, name, officeIP, browser)
	who.identity = who.identity[:4]
	who.identity = append(who.identity, field{"userName", name})
	check := s.record(t.Add(-8*time.Second), who, call{
		service: "signin", name: "CheckMfa", region: virginia, response: obj("CheckMfa", "Success"),
		additional: obj("MfaType", "Virtual MFA"),
	})
	check.EventType, check.RequestID = "AwsConsoleSignIn", ""
	s.login(t, account, name, officeIP, "Yes", "")
	return s.consoleUser(account, name, officeIP, "true", t)
}

// administrators work in the console from the office, with a second factor.
func administrators(s *source) {
	// the morning round, with one mistyped password
	s.login(at(7, 58, 12), production, "ops-admin", officeIP, "No", "Failed authentication")
	admin := s.signIn(at(7, 58, 41), production, "ops-admin")
	s.browse(at(7, 58, 55), admin, virginia, 24)
	s.browse(at(8, 41, 0), admin, ireland, 12)

	// A user for a reporting tool: the same calls as the intruder's, but planned, with few permissions, by day and with
	// a second factor.
	const name = "svc-reporting"
	t := at(9, 12, 4)
	s.createUser(t, admin, name)
	s.record(t.Add(21*time.Second), admin, call{
		service: "iam", name: "AttachUserPolicy", region: virginia,
		params: obj("userName", name, "policyArn", "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"),
	})
	s.createKey(t.Add(50*time.Second), admin, name)
	s.browse(at(9, 20, 0), admin, virginia, 14)

	second := s.signIn(at(10, 4, 30), staging, "ops-network")
	s.browse(at(10, 4, 50), second, virginia, 16)
	s.record(at(10, 22, 9), second, call{
		service: "ec2", name: "RevokeSecurityGroupIngress", region: virginia,
		params: obj("groupId", uniqueID("sg-", "old-bastion", 17), "ipPermissions", items(obj("ipProtocol", "tcp",
			"fromPort", 22, "toPort", 22, "groups", obj(), "ipRanges", items(obj("cidrIp", officeIP+"/32")),
			"ipv6Ranges", obj(), "prefixListIds", obj()))),
		response: obj("requestId", s.uuid(), "_return", true),
	})
	s.browse(at(16, 31, 0), s.signIn(at(16, 30, 44), staging, "ops-network"), ireland, 18)
}

// createUser adds the creation of a user.
func (s *source) createUser(t time.Time, who actor, name string) {
	s.record(t, who, call{
		service: "iam", name: "CreateUser", region: virginia,
		params: obj("userName", name),
		response: obj("user", obj("path", "/", "userName", name, "userId", iamID("AIDA", who.account+name),
			"arn", "arn:aws:iam::"+who.account+":user/"+name, "createDate", longDate(t))),
	})
}

// createKey adds the creation of a user's access key.
func (s *source) createKey(t time.Time, who actor, name string) {
	s.record(t, who, call{
		service: "iam", name: "CreateAccessKey", region: virginia,
		params: obj("userName", name),
		response: obj("accessKey", obj("accessKeyId", iamID("AKIA", who.account+name), "status", "Active",
			"userName", name, "createDate", longDate(t))),
	})
}

// developers sign in through single sign-on, read logs and metrics, and may change nothing.
func developers(s *source) {
	const path, role = "/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Developer_0a1b2c3d4e5f6071"
	sessions := []struct {
		name, account string
		hour, pages   int
	}{
		{"dev-orders", production, 7, 22}, {"dev-web", staging, 8, 26}, {"dev-orders", staging, 9, 24},
		{"dev-data", production, 10, 20}, {"dev-web", production, 14, 24}, {"dev-data", staging, 15, 20},
		{"dev-orders", production, 16, 26},
	}
	for i, session := range sessions {
		t := at(session.hour, 3+s.below(40), s.below(60))
		s.assumeRole(t, service(session.account, "sso.amazonaws.com"), virginia, session.account, path, role, session.name)
		who := s.role(session.account, path, role, session.name, officeIP, browser, t)
		who.console = true
		t = s.browse(t.Add(4*time.Second), who, s.one(virginia, virginia, ireland), session.pages)
		for range 6 {
			s.record(t, who, call{
				service: "logs", name: "StartQuery", region: virginia,
				params: obj("logGroupNames", list("/ecs/orders-web"), "startTime", t.Add(-time.Hour).Unix(),
					"endTime", t.Unix(), "queryString", "HIDDEN_DUE_TO_SECURITY_REASONS"),
				response: obj("queryId", s.uuid()),
			})
			t = s.reads(t.Add(2*time.Second), who, virginia, 3*time.Second, "logs:GetQueryResults", "logs:GetQueryResults")
			t = t.Add(s.between(20*time.Second, 4*time.Minute))
		}
		// They also open pages without permission.
		s.denied(t, who, virginia, "iam:ListAccessKeys")
		if i%2 == 0 {
			s.denied(t.Add(5*time.Second), who, virginia, "secretsmanager:ListSecrets")
		}
	}
	// a developer's script, run from the office with the read-only session
	t := at(15, 40, 10)
	who := s.role(staging, path, role, "dev-data", officeIP, awsCLI, t)
	s.record(t, who, call{service: "sts", name: "GetCallerIdentity", region: virginia})
	for i := range 30 {
		s.record(t.Add(time.Duration(i*3)*time.Second), who, call{
			service: "logs", name: "FilterLogEvents", region: virginia,
			params: obj("logGroupName", "/aws/lambda/orders-export", "nextToken", fmt.Sprintf("page-%02d", i)),
		})
	}
}
