package incident

import (
	"fmt"
	"time"
)

// terraform simulates the build pipeline: it plans all day and applies sometimes. It uses the key of ci-deploy only to
// assume the role that deploys.
func terraform(s *source) {
	const agent = "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.40.0 " +
		"(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.25.3 os/linux lang/go#1.21.8"
	for run := range 13 {
		account, region := production, virginia
		switch run % 4 {
		case 1:
			account = staging
		case 2:
			region = ireland
		}
		t := at(5, 20, 0).Add(time.Duration(run)*80*time.Minute + s.between(0, 25*time.Minute))
		ci := user(production, "ci-deploy", runnerIP, agent)
		session := fmt.Sprintf("build-%d", 4100+run*3)
		s.record(t, ci, call{service: "sts", name: "GetCallerIdentity", region: virginia})
		s.assumeRole(t.Add(time.Second), ci, virginia, account, "/", "terraform-deploy", session)
		who := s.role(account, "/", "terraform-deploy", session, runnerIP, agent, t.Add(time.Second))
		t = s.plan(t.Add(3*time.Second), who, region)
		if run%3 != 1 {
			s.apply(t.Add(40*time.Second), who, region, run)
		}
	}
}

// plan refreshes the state: it reads each resource, including two secrets.
func (s *source) plan(t time.Time, who actor, region string) time.Time {
	t = s.reads(t, who, region, 2*time.Second,
		"ec2:DescribeAvailabilityZones", "ec2:DescribeVpcs", "ec2:DescribeVpcAttribute", "ec2:DescribeVpcAttribute",
		"ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeRouteTables", "ec2:DescribeInternetGateways",
		"ec2:DescribeNatGateways", "ec2:DescribeSecurityGroups", "ec2:DescribeSecurityGroups", "ec2:DescribeNetworkAcls",
		"iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:GetPolicy", "iam:GetPolicyVersion",
		"iam:GetRole", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies", "iam:GetUser", "iam:ListAccessKeys",
		"ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTaskDefinition",
		"lambda:GetFunction20150331v2", "lambda:ListVersionsByFunction20150331", "lambda:GetPolicy20150331v2",
		"logs:DescribeLogGroups", "logs:ListTagsForResource", "kms:DescribeKey", "kms:GetKeyPolicy",
		"kms:GetKeyRotationStatus", "rds:DescribeDBInstances", "rds:DescribeDBSubnetGroups",
		"elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTargetGroups",
		"cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "guardduty:ListDetectors", "guardduty:GetDetector",
		"secretsmanager:DescribeSecret", "secretsmanager:DescribeSecret")
	for _, name := range []string{"orders-db", "orders-queue"} {
		s.secret(t, who, region, name)
		t = t.Add(time.Second)
	}
	for _, name := range []string{
		"GetBucketAcl", "GetBucketCors", "GetBucketEncryption", "GetBucketLifecycle", "GetBucketLocation",
		"GetBucketLogging", "GetBucketPolicy", "GetBucketPublicAccessBlock", "GetBucketTagging", "GetBucketVersioning",
	} {
		c := bucket(name, region, who.account, "example-app-assets")
		if name == "GetBucketCors" {
			c.failure, c.message = "NoSuchCORSConfiguration", "The CORS configuration does not exist"
		}
		s.record(t, who, c)
		t = t.Add(s.between(0, 2*time.Second))
	}
	return t
}

// secret adds the read of one secret and the decryption that it causes.
func (s *source) secret(t time.Time, who actor, region, name string) {
	arn := "arn:aws:secretsmanager:" + region + ":" + who.account + ":secret:" + uniqueID(name+"-", name, 6)
	s.record(t, who, call{
		service: "secretsmanager", name: "GetSecretValue", region: region, params: obj("secretId", arn),
	})
	via := who
	via.ip, via.agent, via.encrypted, via.console = "secretsmanager.amazonaws.com", "secretsmanager.amazonaws.com", false, false
	via.identity = append(append(object{}, who.identity...), field{"invokedBy", "secretsmanager.amazonaws.com"})
	s.record(t, via, call{
		service: "kms", name: "Decrypt", region: region,
		params: obj("encryptionAlgorithm", "SYMMETRIC_DEFAULT", "encryptionContext", obj("SecretARN", arn)),
		resources: list(obj("accountId", who.account, "type", "AWS::KMS::Key",
			"ARN", "arn:aws:kms:"+region+":"+who.account+":key/"+keyID)),
	})
}

// keyID is the id of the KMS key of both accounts.
const keyID = "1f2e3d4c-0000-4000-8000-00000000c0de"

// apply adds the changes of one release.
func (s *source) apply(t time.Time, who actor, region string, run int) {
	version := 41 + run
	s.record(t, who, call{
		service: "ecs", name: "RegisterTaskDefinition", region: region,
		params:   obj("family", "orders-web", "networkMode", "awsvpc", "cpu", "512", "memory", "1024"),
		response: obj("taskDefinition", obj("family", "orders-web", "revision", version, "status", "ACTIVE")),
	})
	s.record(t.Add(2*time.Second), who, call{
		service: "ecs", name: "UpdateService", region: region,
		params: obj("cluster", "orders", "service", "orders-web", "taskDefinition", fmt.Sprintf("orders-web:%d", version)),
	})
	s.record(t.Add(4*time.Second), who, call{
		service: "lambda", name: "UpdateFunctionCode20150331v2", region: region,
		params: obj("functionName", "orders-export", "s3Bucket", "example-app-artifacts",
			"s3Key", fmt.Sprintf("orders-export/%d.zip", version), "publish", true, "dryRun", false),
		response: obj("functionName", "orders-export", "runtime", "python3.12", "version", fmt.Sprint(version),
			"state", "Active", "packageType", "Zip"),
	})
	s.record(t.Add(6*time.Second), who, call{
		service: "ssm", name: "PutParameter", region: region,
		params:   obj("name", "/orders/release", "type", "String", "overwrite", true, "value", "HIDDEN_DUE_TO_SECURITY_REASONS"),
		response: obj("version", version, "tier", "Standard"),
	})
	switch run {
	case 3: // a load balancer is opened to the world on its intended port
		group := uniqueID("sg-", "orders-load-balancer", 17)
		s.record(t.Add(9*time.Second), who, call{
			service: "ec2", name: "AuthorizeSecurityGroupIngress", region: region,
			params: obj("groupId", group, "ipPermissions", items(obj("ipProtocol", "tcp", "fromPort", 443, "toPort", 443,
				"groups", obj(), "ipRanges", items(obj("cidrIp", "0.0.0.0/0", "description", "https")),
				"ipv6Ranges", obj(), "prefixListIds", obj()))),
			response: obj("requestId", s.uuid(), "_return", true),
		})
	case 6: // a role for a new function
		s.record(t.Add(9*time.Second), who, call{
			service: "iam", name: "CreateRole", region: virginia,
			params: obj("roleName", "orders-refund-role", "assumeRolePolicyDocument",
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
			response: obj("role", obj("path", "/", "roleName", "orders-refund-role",
				"roleId", iamID("AROA", production+"orders-refund-role"),
				"arn", "arn:aws:iam::"+who.account+":role/orders-refund-role", "createDate", longDate(t))),
		})
		s.record(t.Add(11*time.Second), who, call{
			service: "iam", name: "AttachRolePolicy", region: virginia,
			params: obj("roleName", "orders-refund-role",
				"policyArn", "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"),
		})
	}
}

// postureScan simulates a scanner that reads both accounts every four hours with a role that may read nearly
// everything.
func postureScan(s *source) {
	const agent = "Boto3/1.34.59 md/Botocore#1.34.59 ua/2.0 os/linux md/arch#x86_64 lang/python#3.12.2"
	for hour := 1; hour < 24; hour += 4 {
		for i, account := range []string{production, staging} {
			regions := []string{virginia, oregon, ireland}
			if account == staging {
				regions = []string{virginia, ireland}
			}
			t := at(hour, 5+20*i, s.below(60))
			session := fmt.Sprintf("scan-%02d", hour)
			scheduler := service(account, "lambda.amazonaws.com")
			s.assumeRole(t, scheduler, virginia, account, "/", "posture-scanner", session)
			who := s.role(account, "/", "posture-scanner", session, vpcIP, agent, t)
			t = s.reads(t.Add(2*time.Second), who, virginia, time.Second,
				"iam:GetAccountSummary", "iam:GetAccountPasswordPolicy", "iam:GetCredentialReport", "iam:ListUsers",
				"iam:ListRoles", "iam:ListPolicies", "iam:ListVirtualMFADevices", "s3:ListBuckets",
				"organizations:DescribeOrganization", "route53:ListHostedZones", "cloudfront:ListDistributions")
			for _, region := range regions {
				t = s.scanRegion(t, who, region)
			}
		}
	}
}

// scanRegion reads the settings of one region.
func (s *source) scanRegion(t time.Time, who actor, region string) time.Time {
	t = s.reads(t, who, region, time.Second,
		"ec2:DescribeInstances", "ec2:DescribeVolumes", "ec2:DescribeSnapshots", "ec2:DescribeImages",
		"ec2:DescribeSecurityGroups", "ec2:DescribeVpcs", "ec2:DescribeFlowLogs", "ec2:GetEbsEncryptionByDefault",
		"rds:DescribeDBInstances", "rds:DescribeDBSnapshots", "lambda:ListFunctions20150331", "kms:ListKeys",
		"kms:DescribeKey", "kms:GetKeyRotationStatus", "cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus",
		"cloudtrail:GetEventSelectors", "config:DescribeConfigurationRecorders", "guardduty:ListDetectors",
		"guardduty:GetDetector", "secretsmanager:ListSecrets", "ssm:DescribeParameters", "sns:ListTopics",
		"sqs:ListQueues", "dynamodb:ListTables", "ecr:DescribeRepositories", "ecs:ListClusters")
	// The scanner has no permission for these calls but makes them anyway.
	s.denied(t, who, region, "dynamodb:DescribeTable")
	s.denied(t.Add(time.Second), who, region, "lambda:GetPolicy20150331v2")
	return t.Add(2 * time.Second)
}
