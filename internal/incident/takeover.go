package incident

import (
	"fmt"
	"time"
)

// backdoor is the user that the intruder creates to come back later.
const backdoor = "svc-backup-sync"

// intruderAgent is the user agent of the stolen key: an ordinary one.
const intruderAgent = awsCLI

// takeover adds the intruder's actions, in order.
func takeover(s *source) {
	stolen := user(production, "ci-deploy", intruderIP, intruderAgent)
	s.lookAround(stolen)
	s.persist(stolen)
	owner := user(production, backdoor, intruderIP, intruderAgent)
	owner.identity[4].value = iamID("AKIA", production+backdoor)
	s.console()
	s.disableDefences(owner)
	s.takeSecrets(owner)
	s.takeData(owner)
	s.addEntries(owner)
	s.mine(owner)
	s.moveOn(owner)
	s.record(stopped, owner, call{
		service: "cloudtrail", name: "StopLogging", region: virginia,
		params: obj("name", "arn:aws:cloudtrail:"+virginia+":"+production+":trail/"+trailName),
	})
}

// lookAround tests the permissions of the stolen key: most calls are denied, until IAM answers.
func (s *source) lookAround(who actor) {
	t := at(9, 47, 31)
	s.record(t, who, call{service: "sts", name: "GetCallerIdentity", region: virginia})
	t = t.Add(14 * time.Second)
	for _, region := range []string{virginia, ireland, oregon} {
		for _, c := range []string{
			"ec2:DescribeInstances", "ec2:DescribeSnapshots", "rds:DescribeDBInstances", "lambda:ListFunctions20150331",
			"secretsmanager:ListSecrets", "ssm:DescribeParameters", "dynamodb:ListTables", "kms:ListKeys",
			"guardduty:ListDetectors",
		} {
			s.denied(t, who, region, c)
			t = t.Add(s.between(time.Second, 3*time.Second))
		}
	}
	for _, c := range []string{
		"organizations:DescribeOrganization", "organizations:ListAccounts", "ce:GetCostAndUsage", "ses:GetSendQuota",
		"bedrock:ListFoundationModels", "iam:GetAccountAuthorizationDetails", "iam:GetCredentialReport",
	} {
		s.denied(t, who, virginia, c)
		t = t.Add(s.between(time.Second, 4*time.Second))
	}
	s.reads(t.Add(40*time.Second), who, virginia, 6*time.Second,
		"s3:ListBuckets", "iam:ListUsers", "iam:ListRoles", "iam:ListAttachedUserPolicies", "iam:ListUserPolicies",
		"iam:ListGroupsForUser", "iam:GetUser", "iam:ListAccessKeys", "iam:SimulatePrincipalPolicy")
}

// persist creates a user with all permissions, a key and a password.
func (s *source) persist(who actor) {
	s.createUser(at(10, 3, 12), who, backdoor)
	s.record(at(10, 3, 40), who, call{
		service: "iam", name: "AttachUserPolicy", region: virginia,
		params: obj("userName", backdoor, "policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"),
	})
	s.createKey(at(10, 4, 2), who, backdoor)
	s.record(at(10, 4, 45), who, call{
		service: "iam", name: "CreateLoginProfile", region: virginia,
		params: obj("userName", backdoor, "passwordResetRequired", false),
		response: obj("loginProfile", obj("userName", backdoor, "createDate", longDate(at(10, 4, 45)),
			"passwordResetRequired", false)),
	})
}

// console is a look at the account in the browser, with the new password and without a second factor.
func (s *source) console() {
	t := at(10, 11, 27)
	s.login(t, production, backdoor, intruderConsoleIP, "No", "")
	who := s.consoleUser(production, backdoor, intruderConsoleIP, "false", t)
	s.browse(t.Add(3*time.Second), who, virginia, 9)
}

// disableDefences weakens what would show or alert: log file validation, flow logs, GuardDuty.
func (s *source) disableDefences(who actor) {
	s.reads(at(10, 24, 8), who, virginia, 3*time.Second, "cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus",
		"guardduty:ListDetectors", "guardduty:GetDetector", "ec2:DescribeFlowLogs")
	s.record(at(10, 25, 30), who, call{
		service: "cloudtrail", name: "UpdateTrail", region: virginia,
		params: obj("name", trailName, "enableLogFileValidation", false),
		response: obj("name", trailName, "s3BucketName", trailsName, "includeGlobalServiceEvents", true,
			"isMultiRegionTrail", true, "logFileValidationEnabled", false,
			"trailARN", "arn:aws:cloudtrail:"+virginia+":"+production+":trail/"+trailName),
	})
	flow := uniqueID("fl-", "orders-vpc", 17)
	s.record(at(10, 26, 2), who, call{
		service: "ec2", name: "DeleteFlowLogs", region: virginia,
		params: obj("DeleteFlowLogsRequest", obj("FlowLogId", obj("tag", 1, "content", flow))),
		response: obj("DeleteFlowLogsResponse", obj("xmlns", "http://ec2.amazonaws.com/doc/2016-11-15/",
			"requestId", s.uuid(), "unsuccessful", "")),
	})
	s.detector(at(10, 26, 41), who, false)
}

// detector switches GuardDuty on or off.
func (s *source) detector(t time.Time, who actor, enable bool) {
	s.record(t, who, call{
		service: "guardduty", name: "UpdateDetector", region: virginia,
		params: obj("detectorId", uniqueID("", "detector", 32), "enable", enable),
	})
}

// takeSecrets reads every secret, one after the other.
func (s *source) takeSecrets(who actor) {
	t := at(10, 41, 5)
	t = s.reads(t, who, virginia, 2*time.Second, "secretsmanager:ListSecrets")
	for i := range 26 {
		name := fmt.Sprintf("team-%02d-credentials", i)
		if i < 2 {
			name = []string{"orders-db", "orders-queue"}[i]
		}
		s.secret(t, who, virginia, name)
		t = t.Add(s.between(time.Second, 2*time.Second))
	}
}

// takeData exfiltrates data: a snapshot shared with an outside account, a bucket opened to everyone and emptied.
func (s *source) takeData(who actor) {
	volume, snapshot := uniqueID("vol-", production+"data3", 17), uniqueID("snap-", "taken", 17)
	s.reads(at(10, 52, 10), who, virginia, 2*time.Second, "ec2:DescribeVolumes", "ec2:DescribeSnapshots")
	s.snapshot(at(10, 53, 1), who, virginia, volume, snapshot, "sync")
	s.share(at(10, 55, 20), who, virginia, snapshot, "add", outside)
	s.serviceEvent(at(10, 58, 44), production, virginia, "ec2", "SharedSnapshotVolumeCreated", obj("snapshotId", snapshot))

	s.record(at(11, 2, 9), who,
		bucket("DeleteBucketPublicAccessBlock", virginia, production, exportsName, "publicAccessBlock", ""))
	s.record(at(11, 2, 31), who, bucket("PutBucketPolicy", virginia, production, exportsName, "policy", "",
		"bucketPolicy", obj("Version", "2012-10-17", "Statement", list(obj("Sid", "sync", "Effect", "Allow",
			"Principal", "*", "Action", list("s3:GetObject", "s3:ListBucket"),
			"Resource", list("arn:aws:s3:::"+exportsName, "arn:aws:s3:::"+exportsName+"/*"))))))
	nobody := actor{
		account: production, ip: intruderConsoleIP, agent: "[curl/8.5.0]", encrypted: true,
		identity: obj("type", "AWSAccount", "principalId", "", "accountId", "anonymous"),
	}
	for i := range 90 {
		s.object(at(11, 4, 0).Add(time.Duration(i)*2*time.Second), nobody, "GetObject", exportKey(i))
	}
}

// addEntries creates two more ways in: a role that trusts the outside account, and a function that anyone may call.
func (s *source) addEntries(who actor) {
	s.trust(at(11, 15, 37), who, `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"},`+
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+outside+`:root"},"Action":"sts:AssumeRole"}]}`)
	s.record(at(11, 18, 2), who, call{
		service: "lambda", name: "UpdateFunctionCode20150331v2", region: virginia,
		params:   obj("functionName", "orders-export", "publish", true, "dryRun", false),
		response: obj("functionName", "orders-export", "runtime", "python3.12", "version", "77", "state", "Active"),
	})
	s.record(at(11, 18, 40), who, call{
		service: "lambda", name: "AddPermission20150331v2", region: virginia,
		params: obj("functionName", "orders-export", "statementId", "sync", "action", "lambda:InvokeFunction",
			"principal", "*"),
		response: obj("statement", `{"Sid":"sync","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction",`+
			`"Resource":"arn:aws:lambda:us-east-1:`+production+`:function:orders-export"}`),
	})
}

// opsRole is the role whose trust policy is changed and later restored.
const opsRole = "ops-maintenance"

// trust adds a change of who may assume the operators' role.
func (s *source) trust(t time.Time, who actor, policy string) {
	s.record(t, who, call{
		service: "iam", name: "UpdateAssumeRolePolicy", region: virginia,
		params: obj("roleName", opsRole, "policyDocument", policy),
	})
}

// mine tries to start machines with graphics cards in three regions. The quotas prevent it.
func (s *source) mine(who actor) {
	t := at(11, 24, 0)
	for _, region := range []string{virginia, oregon, ireland} {
		t = s.reads(t, who, region, 2*time.Second, "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeImages",
			"ec2:DescribeSubnets")
		for _, kind := range []string{"p4d.24xlarge", "p3.16xlarge", "g5.48xlarge", "g4dn.12xlarge"} {
			s.record(t, who, call{
				service: "ec2", name: "RunInstances", region: region, failure: "Client.VcpuLimitExceeded",
				message: "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the " +
					"instance bucket that the specified instance type belongs to.",
				params: obj("instancesSet", items(obj("imageId", uniqueID("ami-", region, 17), "minCount", 4, "maxCount", 8)),
					"instanceType", kind, "clientToken", s.uuid()),
			})
			t = t.Add(s.between(2*time.Second, 6*time.Second))
		}
	}
}

// moveOn assumes a role of the staging account, whose trail keeps recording while the other one is stopped.
func (s *source) moveOn(who actor) {
	const role, session = "cross-account-deploy", "sync"
	// Both accounts log the call, with one shared id.
	shared := s.uuid()
	s.assumeRole(at(11, 36, 18), who, virginia, staging, "/", role, session).SharedEventID = shared
	there := who
	there.account = staging
	s.assumeRole(at(11, 36, 18), there, virginia, staging, "/", role, session).SharedEventID = shared

	guest := s.role(staging, "/", role, session, intruderIP, intruderAgent, at(11, 36, 18))
	s.record(at(11, 36, 40), guest, call{service: "sts", name: "GetCallerIdentity", region: virginia})
	t := s.reads(at(11, 37, 5), guest, virginia, 5*time.Second, "s3:ListBuckets", "iam:ListUsers", "iam:ListRoles",
		"ec2:DescribeInstances", "ec2:DescribeSnapshots", "rds:DescribeDBSnapshots")
	for _, c := range []string{
		"organizations:LeaveOrganization", "iam:CreateUser", "cloudtrail:StopLogging", "cloudtrail:DeleteTrail",
		"guardduty:DeleteDetector", "secretsmanager:ListSecrets", "kms:ListKeys", "iam:CreateAccessKey",
		"iam:AttachRolePolicy", "lambda:ListFunctions20150331",
	} {
		t = t.Add(s.between(15*time.Second, 70*time.Second))
		s.denied(t, guest, virginia, c)
	}
	for i := range 8 {
		t = at(12, 10, 0).Add(time.Duration(i) * 11 * time.Minute)
		s.record(t, guest, bucket("GetBucketAcl", ireland, staging, fmt.Sprintf("example-staging-%d", i), "acl", ""))
		s.reads(t.Add(4*time.Second), guest, ireland, 4*time.Second, "ec2:DescribeInstances", "ec2:DescribeSnapshots")
	}
}
