package incident

import "time"

// response is the administrator's reaction: logging is turned on again, then each change is undone with the same calls
// that the intruder made.
func response(s *source) {
	admin := s.signIn(at(14, 2, 51), production, "ops-admin")
	s.record(resumed, admin, call{
		service: "cloudtrail", name: "StartLogging", region: virginia,
		params: obj("name", "arn:aws:cloudtrail:"+virginia+":"+production+":trail/"+trailName),
	})
	s.reads(at(14, 9, 30), admin, virginia, 4*time.Second, "cloudtrail:LookupEvents", "cloudtrail:LookupEvents",
		"iam:ListUsers", "iam:ListAccessKeys", "cloudtrail:LookupEvents")

	// The outside account finds that one role still trusts it.
	outsider := actor{
		account: production, ip: intruderIP, agent: intruderAgent, encrypted: true,
		identity: obj("type", "AWSAccount", "principalId", iamID("AIDA", outside), "accountId", outside),
	}
	s.assumeRole(at(14, 13, 20), outsider, virginia, production, "/", opsRole, "sync").SharedEventID = s.uuid()
	guest := s.role(production, "/", opsRole, "sync", intruderIP, intruderAgent, at(14, 13, 20))
	s.reads(at(14, 13, 31), guest, virginia, 3*time.Second, "sts:GetCallerIdentity", "ec2:DescribeInstances",
		"iam:ListUsers")

	s.disableKey(at(14, 16, 2), admin, "ci-deploy")
	s.disableKey(at(14, 16, 29), admin, backdoor)
	s.trust(at(14, 18, 11), admin, `{"Version":"2012-10-17","Statement":[`+
		`{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)
	for i, name := range []string{"DeleteLoginProfile", "DetachUserPolicy", "DeleteAccessKey", "DeleteUser"} {
		params := obj("userName", backdoor)
		switch name {
		case "DetachUserPolicy":
			params = append(params, field{"policyArn", "arn:aws:iam::aws:policy/AdministratorAccess"})
		case "DeleteAccessKey":
			params = append(params, field{"accessKeyId", iamID("AKIA", production+backdoor)})
		}
		s.record(at(14, 20, 15*i), admin, call{service: "iam", name: name, region: virginia, params: params})
	}
	s.record(at(14, 24, 8), admin, bucket("DeleteBucketPolicy", virginia, production, exportsName, "policy", ""))
	s.record(at(14, 24, 31), admin, bucket("PutBucketPublicAccessBlock", virginia, production, exportsName,
		"publicAccessBlock", "", "PublicAccessBlockConfiguration", obj("BlockPublicAcls", true, "IgnorePublicAcls", true,
			"BlockPublicPolicy", true, "RestrictPublicBuckets", true)))
	s.share(at(14, 26, 50), admin, virginia, uniqueID("snap-", "taken", 17), "remove", outside)
	s.detector(at(14, 28, 14), admin, true)
	s.record(at(14, 29, 40), admin, call{
		service: "lambda", name: "RemovePermission20150331v2", region: virginia,
		params: obj("functionName", "orders-export", "statementId", "sync"),
	})
	s.record(at(14, 31, 5), admin, call{
		service: "cloudtrail", name: "UpdateTrail", region: virginia,
		params: obj("name", trailName, "enableLogFileValidation", true),
		response: obj("name", trailName, "s3BucketName", trailsName, "includeGlobalServiceEvents", true,
			"isMultiRegionTrail", true, "logFileValidationEnabled", true),
	})
	s.browse(at(14, 34, 0), admin, virginia, 30)
}

// disableKey adds the deactivation of a user's access key.
func (s *source) disableKey(t time.Time, who actor, name string) {
	s.record(t, who, call{
		service: "iam", name: "UpdateAccessKey", region: virginia,
		params: obj("userName", name, "accessKeyId", iamID("AKIA", production+name), "status", "Inactive"),
	})
}
