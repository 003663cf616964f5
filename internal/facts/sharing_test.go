package facts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The shapes are those of the services' API references as CloudTrail writes requests: names in lower camel case, with
// EC2's and S3 Control's newer calls in wrappers of their own.

const outside = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:root"},"Action":"*","Resource":"*"}`

// TestEveryResourcePolicyShowsToWhom has each call that sets a resource policy, with %s for the policy.
func TestEveryResourcePolicyShowsToWhom(t *testing.T) {
	asText, asObject := quoted(statement(outside)), statement(outside)
	for _, test := range []struct{ service, action, request, policy string }{
		{"s3", "PutBucketPolicy", `{"bucketName":"b","bucketPolicy":%s}`, asObject},
		{"s3", "PutBucketPolicy", `{"bucketName":"b","bucketPolicy":%s}`, asText},
		{"s3", "PutAccessPointPolicy", `{"name":"p","PutAccessPointPolicyRequest":{"Policy":%s}}`, asText},
		{"s3", "PutAccessPointPolicyForObjectLambda", `{"name":"p","PutAccessPointPolicyForObjectLambdaRequest":{"Policy":%s}}`, asText},
		{"s3", "PutMultiRegionAccessPointPolicy", `{"PutMultiRegionAccessPointPolicyRequest":{"Details":{"Name":"p","Policy":%s}}}`, asText},
		{"kms", "PutKeyPolicy", `{"keyId":"k","policyName":"default","policy":%s}`, asText},
		{"kms", "CreateKey", `{"policy":%s}`, asText},
		{"kms", "ReplicateKey", `{"keyId":"k","replicaRegion":"eu-west-1","policy":%s}`, asText},
		{"ecr", "SetRepositoryPolicy", `{"repositoryName":"r","policyText":%s}`, asText},
		{"ecr", "PutRegistryPolicy", `{"policyText":%s}`, asText},
		{"ecr-public", "SetRepositoryPolicy", `{"repositoryName":"r","policyText":%s}`, asText},
		{"sns", "SetTopicAttributes", `{"topicArn":"t","attributeName":"Policy","attributeValue":%s}`, asText},
		{"sns", "CreateTopic", `{"name":"t","attributes":{"Policy":%s}}`, asText},
		{"sqs", "SetQueueAttributes", `{"queueUrl":"q","attributes":{"Policy":%s}}`, asText},
		{"sqs", "CreateQueue", `{"queueName":"q","attributes":{"Policy":%s}}`, asText},
		{"sqs", "CreateQueue", `{"queueName":"q","attribute":{"Policy":%s}}`, asText},
		{"secretsmanager", "PutResourcePolicy", `{"secretId":"s","resourcePolicy":%s}`, asText},
		{"glacier", "SetVaultAccessPolicy", `{"vaultName":"v","accountId":"-","policy":{"policy":%s}}`, asText},
		{"es", "UpdateElasticsearchDomainConfig", `{"domainName":"d","accessPolicies":%s}`, asText},
		{"es", "CreateElasticsearchDomain", `{"domainName":"d","accessPolicies":%s}`, asText},
		{"es", "UpdateDomainConfig", `{"domainName":"d","accessPolicies":%s}`, asText},
		{"elasticfilesystem", "PutFileSystemPolicy", `{"fileSystemId":"f","policy":%s}`, asText},
		{"backup", "PutBackupVaultAccessPolicy", `{"backupVaultName":"v","policy":%s}`, asText},
		{"glue", "PutResourcePolicy", `{"policyInJson":%s}`, asText},
		{"dynamodb", "PutResourcePolicy", `{"resourceArn":"t","policy":%s}`, asText},
		{"kinesis", "PutResourcePolicy", `{"resourceARN":"k","policy":%s}`, asText},
		{"redshift", "PutResourcePolicy", `{"resourceArn":"r","policy":%s}`, asText},
		{"logs", "PutResourcePolicy", `{"policyName":"p","policyDocument":%s}`, asText},
		{"logs", "PutDestinationPolicy", `{"destinationName":"d","accessPolicy":%s}`, asText},
		{"events", "PutPermission", `{"eventBusName":"default","policy":%s}`, asText},
		{"codeartifact", "PutDomainPermissionsPolicy", `{"domain":"d","policyDocument":%s}`, asText},
		{"acm-pca", "PutPolicy", `{"resourceArn":"c","policy":%s}`, asText},
		{"ses", "PutIdentityPolicy", `{"identity":"i","policyName":"p","policy":%s}`, asText},
		{"cloudtrail", "PutResourcePolicy", `{"resourceArn":"c","resourcePolicy":%s}`, asText},
		{"ec2", "ModifyVpcEndpoint", `{"ModifyVpcEndpointRequest":{"PolicyDocument":%s}}`, asText},
		{"lambda", "PutResourcePolicy20240101", `{"resourceArn":"f","policy":%s}`, asText},
		{"imagebuilder", "PutImagePolicy", `{"imageArn":"i","policy":%s}`, asText},
		{"vpc-lattice", "PutAuthPolicy", `{"resourceIdentifier":"s","policy":%s}`, asText},
	} {
		got := texts(gather(t, call(test.service, test.action, fmt.Sprintf(test.request, test.policy))))
		if want := []string{"shared with account 444455556666 (outside)"}; !slices.Equal(got, want) {
			t.Errorf("%s %s %s: got %q, want %q", test.service, test.action, test.request, got, want)
		}
	}
}

// TestEverySpellingOfAPrincipal reads the grammar of policies: IAM User Guide, "AWS JSON policy elements: Principal".
func TestEverySpellingOfAPrincipal(t *testing.T) {
	const account = "shared with account 444455556666 (outside)"
	for _, test := range []struct {
		name, policy string
		want         []string
	}{
		{"star", statement(`{"Effect":"Allow","Principal":"*"}`), []string{"open to everyone"}},
		{"star of AWS", statement(`{"Effect":"Allow","Principal":{"AWS":"*"}}`), []string{"open to everyone"}},
		{"star of AWS in a list", statement(`{"Effect":"Allow","Principal":{"AWS":["*"]}}`), []string{"open to everyone"}},
		{"account id", statement(`{"Effect":"Allow","Principal":{"AWS":"444455556666"}}`), []string{account}},
		{"user", statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:user/x"}}`), []string{account + " user/x"}},
		{"role in a partition", statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws-us-gov:iam::444455556666:role/path/x"}}`), []string{account + " role/path/x"}},
		{"session", statement(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:sts::444455556666:assumed-role/r/s"}}`), []string{account + " assumed-role/r/s"}},
		{"several", statement(`{"Effect":"Allow","Principal":{"AWS":["444455556666","arn:aws:iam::777788889999:root"]}}`), []string{account, "shared with account 777788889999 (outside)"}},
		{"one's own", statement(`{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/r"]}}`), nil},
		{"a removed principal", statement(`{"Effect":"Allow","Principal":{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}}`), []string{"shared with account AIDACKCEVSQ6C2EXAMPLE"}},
		{"canonical user", statement(`{"Effect":"Allow","Principal":{"CanonicalUser":"79a59df900b949e5"}}`), []string{"shared with canonical user 79a59df900b949e5"}},
		{"service", statement(`{"Effect":"Allow","Principal":{"Service":["a.amazonaws.com"]}}`), nil},
		{"one statement, no list", `{"Statement":{"Effect":"Allow","Principal":"*"}}`, []string{"open to everyone"}},
		{"two statements", statement(`{"Effect":"Deny","Principal":"*"},{"Effect":"Allow","Principal":{"AWS":"444455556666"}}`), []string{account}},
		{"not a principal", statement(`{"Effect":"Allow","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:user/a","arn:aws:iam::111122223333:user/b"]}}`), []string{"open to everyone except 111122223333 user/a", "open to everyone except 111122223333 user/b"}},
		{"a condition", statement(`{"Effect":"Allow","Principal":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`), []string{"open to everyone (with conditions)"}},
		{"an empty condition", statement(`{"Effect":"Allow","Principal":"*","Condition":{}}`), []string{"open to everyone"}},
		{"a condition without keys", statement(`{"Effect":"Allow","Principal":"*","Condition":{"StringEquals":{}}}`), []string{"open to everyone"}},
		{"a condition on an account", statement(`{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Condition":{"StringEquals":{"sts:ExternalId":"x"}}}`), []string{account + " (with conditions)"}},
		{"no JSON", `"not a policy"`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, policy := range []string{test.policy, quoted(test.policy)} {
				if got := texts(gather(t, call("s3", "PutBucketPolicy", `{"bucketName":"b","bucketPolicy":`+policy+`}`))); !slices.Equal(got, test.want) {
					t.Errorf("bucket: got %q, want %q", got, test.want)
				}
			}
			var trust []string
			for _, text := range test.want {
				text = strings.Replace(strings.Replace(text, "shared with account", "trusts account", 1), "open to everyone", "trusts everyone", 1)
				if !strings.Contains(text, "canonical") {
					trust = append(trust, text)
				}
			}
			switch test.name {
			case "one's own":
				trust = []string{"trusts account 111122223333", "trusts account 111122223333 role/r"}
			case "service":
				trust = []string{"trusts service a.amazonaws.com"}
			}
			for key, action := range map[string]string{"policyDocument": "UpdateAssumeRolePolicy", "assumeRolePolicyDocument": "CreateRole"} {
				got := texts(gather(t, call("iam", action, `{"roleName":"r","`+key+`":`+quoted(test.policy)+`}`)))
				if !slices.Equal(got, trust) {
					t.Errorf("%s: got %q, want %q", action, got, trust)
				}
			}
		})
	}
}

// TestOtherWaysToShare has the calls that share without a policy.
func TestOtherWaysToShare(t *testing.T) {
	const account, everyone = "shared with account 444455556666 (outside)", "open to everyone"
	for _, test := range []struct {
		service, action, request string
		want                     []string
	}{
		{"ec2", "ModifySnapshotAttribute", `{"snapshotId":"s","attributeType":"CREATE_VOLUME_PERMISSION","createVolumePermission":{"add":{"items":[{"userId":"444455556666"},{"group":"all"}]}}}`, []string{account, everyone}},
		{"ec2", "ModifySnapshotAttribute", `{"createVolumePermission":{"add":{"items":[{"userId":"111122223333"}]},"remove":{"items":[{"userId":"444455556666"}]}}}`, nil},
		{"ec2", "ModifyImageAttribute", `{"imageId":"i","attributeType":"launchPermission","launchPermission":{"add":{"items":[{"userId":"444455556666"}]}}}`, []string{account}},
		{"ec2", "ModifyImageAttribute", `{"launchPermission":{"add":{"items":[{"group":"all"}]}}}`, []string{everyone}},
		{"ec2", "ModifyImageAttribute", `{"launchPermission":{"add":{"items":[{"organizationalUnitArn":"ou"}]}}}`, []string{"shared with organization ou"}},
		{"ec2", "ModifyImageAttribute", `{"launchPermission":{"remove":{"items":[{"group":"all"}]}}}`, nil},
		{"ec2", "ModifyImageAttribute", `{"imageId":"i","description":{"value":"x"}}`, nil},
		{"rds", "ModifyDBSnapshotAttribute", `{"dBSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["444455556666"]}`, []string{account}},
		{"rds", "ModifyDBClusterSnapshotAttribute", `{"dBClusterSnapshotIdentifier":"s","attributeName":"restore","valuesToAdd":["all"]}`, []string{everyone}},
		{"rds", "ModifyDBClusterSnapshotAttribute", `{"attributeName":"restore","valuesToAdd":["111122223333"],"valuesToRemove":["all"]}`, nil},
		{"redshift", "AuthorizeSnapshotAccess", `{"snapshotIdentifier":"s","accountWithRestoreAccess":"444455556666"}`, []string{account}},
		{"redshift", "AuthorizeDataShare", `{"dataShareArn":"d","consumerIdentifier":"444455556666"}`, []string{account}},
		{"redshift", "AuthorizeEndpointAccess", `{"clusterIdentifier":"c","account":"444455556666"}`, []string{account}},
		{"lambda", "AddPermission20150331v2", `{"functionName":"f","action":"lambda:InvokeFunction","principal":"444455556666"}`, []string{account}},
		{"lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"arn:aws:iam::444455556666:role/r"}`, []string{account + " role/r"}},
		{"lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"*","functionUrlAuthType":"NONE"}`, []string{everyone}},
		{"lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"*","principalOrgID":"o-1"}`, []string{everyone + " (with conditions)"}},
		{"lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"events.amazonaws.com","sourceArn":"r"}`, nil},
		{"lambda", "AddPermission20150331v2", `{"functionName":"f","principal":"111122223333"}`, nil},
		{"lambda", "AddLayerVersionPermission20181031", `{"layerName":"l","principal":"*"}`, []string{everyone}},
		{"lambda", "CreateFunctionUrlConfig", `{"functionName":"f","authType":"NONE"}`, []string{everyone}},
		{"lambda", "CreateFunctionUrlConfig", `{"functionName":"f","authType":"AWS_IAM"}`, nil},
		{"s3", "PutBucketAcl", `{"bucketName":"b","x-amz-acl":["public-read-write"]}`, []string{everyone}},
		{"s3", "PutBucketAcl", `{"bucketName":"b","accessControlList":{"x-amz-grant-read":"uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""}}`, []string{everyone}},
		{"s3", "PutBucketAcl", `{"bucketName":"b","accessControlList":{"x-amz-grant-read":"id=\"abc\""}}`, nil},
		{"s3", "PutBucketAcl", `{"AccessControlPolicy":{"AccessControlList":{"Grant":{"Grantee":{"URI":"http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},"Permission":"WRITE"}}}}`, []string{everyone}},
		{"s3", "PutBucketAcl", `{"AccessControlPolicy":{"AccessControlList":{"Grant":[{"Grantee":{"ID":"79a5"},"Permission":"FULL_CONTROL"}]}}}`, []string{"ACL grants FULL_CONTROL to 79a5"}},
		{"s3", "PutBucketReplication", `{"ReplicationConfiguration":{"Rule":[{"Destination":{"Bucket":"arn:aws:s3:::o","Account":"444455556666"}}]}}`, []string{"replicated to arn:aws:s3:::o", "replicated to account 444455556666 (outside)"}},
		{"s3", "PutPublicAccessBlock", `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"RestrictPublicBuckets":false}}`, []string{"public access block turned off"}},
		{"kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"arn:aws:iam::444455556666:root"}`, []string{account}},
		{"kms", "CreateGrant", `{"keyId":"k","granteePrincipal":"arn:aws:iam::111122223333:role/r"}`, nil},
		{"sns", "AddPermission", `{"topicArn":"t","aWSAccountIds":["444455556666"],"actionNames":["Publish"]}`, []string{account}},
		{"sqs", "AddPermission", `{"queueUrl":"q","aWSAccountIds":["444455556666"],"actions":["*"]}`, []string{account}},
		{"sqs", "AddPermission", `{"queueUrl":"q","aWSAccountIds":["111122223333"]}`, nil},
		{"ssm", "ModifyDocumentPermission", `{"name":"d","permissionType":"Share","accountIdsToAdd":["444455556666","all"]}`, []string{account, everyone}},
		{"ram", "CreateResourceShare", `{"name":"s","principals":["444455556666"],"allowExternalPrincipals":true}`, []string{account}},
		{"ram", "AssociateResourceShare", `{"resourceShareArn":"s","principals":["111122223333"]}`, nil},
		{"events", "PutPermission", `{"principal":"*","action":"events:PutEvents"}`, []string{everyone}},
		{"events", "PutPermission", `{"principal":"*","condition":{"type":"StringEquals","key":"aws:PrincipalOrgID","value":"o-1"}}`, []string{everyone + " (with conditions)"}},
		{"ecr", "PutReplicationConfiguration", `{"replicationConfiguration":{"rules":[{"destinations":[{"region":"eu-west-1","registryId":"444455556666"}]}]}}`, []string{"replicated to account 444455556666 (outside)"}},
		{"backup", "StartCopyJob", `{"recoveryPointArn":"p","destinationBackupVaultArn":"arn:aws:backup:eu-west-1:444455556666:backup-vault:v"}`, []string{"copied to account 444455556666 (outside) backup-vault:v"}},
		{"dynamodb", "ExportTableToPointInTime", `{"tableArn":"t","s3Bucket":"b","s3BucketOwner":"444455556666"}`, []string{"exported to bucket b", "exported to account 444455556666 (outside)"}},
		{"ec2", "EnableAddressTransfer", `{"EnableAddressTransferRequest":{"AllocationId":"a","TransferAccountId":"444455556666"}}`, []string{"address given to account 444455556666 (outside)"}},
		{"ec2", "CreateNetworkInterfacePermission", `{"networkInterfaceId":"e","awsAccountId":"444455556666","permission":"INSTANCE-ATTACH"}`, []string{account}},
		{"ds", "ShareDirectory", `{"directoryId":"d","shareTarget":{"id":"444455556666","type":"ACCOUNT"}}`, []string{account}},
		{"lakeformation", "GrantPermissions", `{"principal":{"dataLakePrincipalIdentifier":"444455556666"},"permissions":["SELECT"]}`, []string{account}},
		{"lakeformation", "GrantPermissions", `{"principal":{"dataLakePrincipalIdentifier":"arn:aws:iam::111122223333:role/r"}}`, nil},
		{"ec2", "ModifyEbsDefaultKmsKeyId", `{"ModifyEbsDefaultKmsKeyIdRequest":{"KmsKeyId":"arn:aws:kms:us-east-1:444455556666:key/k"}}`, []string{"encrypted with a key of account 444455556666 (outside) key/k"}},
		{"ec2", "CopySnapshot", `{"sourceSnapshotId":"s","encrypted":true,"kmsKeyId":"arn:aws:kms:us-east-1:444455556666:key/k"}`, []string{"encrypted with a key of account 444455556666 (outside) key/k"}},
		{"ec2", "CopySnapshot", `{"sourceSnapshotId":"s","kmsKeyId":"arn:aws:kms:us-east-1:111122223333:key/k"}`, nil},
		{"s3", "PutBucketEncryption", `{"ServerSideEncryptionConfiguration":{"Rule":{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms","KMSMasterKeyID":"arn:aws:kms:us-east-1:444455556666:key/k"}}}}`, []string{"encrypted with a key of account 444455556666 (outside) key/k"}},
		{"codebuild", "UpdateProjectVisibility", `{"projectArn":"p","projectVisibility":"PUBLIC_READ"}`, []string{everyone}},
		{"codebuild", "UpdateProjectVisibility", `{"projectArn":"p","projectVisibility":"PRIVATE"}`, nil},
		{"rolesanywhere", "CreateTrustAnchor", `{"name":"a","source":{"sourceType":"CERTIFICATE_BUNDLE"}}`, []string{"trusts certificates of CERTIFICATE_BUNDLE"}},
		{"serverlessrepo", "PutApplicationPolicy", `{"applicationId":"a","statements":[{"actions":["Deploy"],"principals":["*"]}]}`, []string{everyone}},
	} {
		if got := texts(gather(t, call(test.service, test.action, test.request))); !slices.Equal(got, test.want) {
			t.Errorf("%s %s %s: got %q, want %q", test.service, test.action, test.request, got, test.want)
		}
	}
}

// TestEverySpellingOfANetwork reads networks as people and tools write them, in each form of a request.
func TestEverySpellingOfANetwork(t *testing.T) {
	forms := map[string][2]string{ // for IPv4 and IPv6; %q is the network
		"AuthorizeSecurityGroupIngress": {
			`{"groupId":"g","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"groups":{},"ipRanges":{"items":[{"cidrIp":%q,"description":"x"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}`,
			`{"groupId":"g","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":22,"toPort":22,"ipRanges":{},"ipv6Ranges":{"items":[{"cidrIpv6":%q}]}}]}}`,
		},
		"ModifySecurityGroupRules": {
			`{"ModifySecurityGroupRulesRequest":{"GroupId":"g","SecurityGroupRule":{"SecurityGroupRuleId":"r","tag":1,"SecurityGroupRule":{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIpv4":%q}}}}`,
			`{"ModifySecurityGroupRulesRequest":{"GroupId":"g","SecurityGroupRule":[{"SecurityGroupRule":{"IpProtocol":"tcp","FromPort":22,"ToPort":22,"CidrIpv6":%q}}]}}`,
		},
		"CreateNetworkAclEntry": {
			`{"networkAclId":"a","ruleAction":"allow","egress":false,"aclProtocol":"6","portRange":{"from":22,"to":22},"cidrBlock":%q}`,
			`{"networkAclId":"a","ruleAction":"allow","egress":false,"aclProtocol":"6","portRange":{"from":22,"to":22},"ipv6CidrBlock":%q}`,
		},
	}
	response := `,"responseElements":{"securityGroupRuleSet":{"items":[{"isEgress":false}]}}`
	for network, open := range map[string]bool{
		"0.0.0.0/0": true, "10.20.30.40/0": true, "0.0.0.0/00": true, "000.000.000.000/0": true, "0/0": true, "0.0.0.0/0.0.0.0": true,
		"0.0.0.0/1": true, "128.0.0.0/1": true, "128.0.0.0/128.0.0.0": true, "0.0.0.0/2": false, "0.0.0.0/32": false, "192.0.2.7/32": false,
		"192.0.2.0/255.255.255.0": false, "::/0": true, "0:0:0:0:0:0:0:0/0": true, "2001:db8::/0": true, "::/1": true, "8000::/1": true,
		"8000:0000::/01": true, "::FFFF:0.0.0.0/96": true, "2001:db8::/32": false, "::/128": false,
	} {
		six := 0
		if strings.Contains(network, ":") {
			six = 1
		}
		for action, form := range forms {
			want := []string{"opened port 22 from " + network}
			if open {
				want = slices.Insert(want, 0, "open to everyone")
			}
			if got := texts(gather(t, call("ec2", action, fmt.Sprintf(form[six], network))+response)); !slices.Equal(got, want) {
				t.Errorf("%s: got %q, want %q", action, got, want)
			}
		}
		flat := fmt.Sprintf(`{"groupId":"g","ipProtocol":"tcp","fromPort":22,"toPort":22,"cidrIp":%q,"ipPermissions":{}}`, network)
		if got := texts(gather(t, call("ec2", "AuthorizeSecurityGroupIngress", flat))); (got[0] == "open to everyone") != open {
			t.Errorf("flat form: got %q for %s", got, network)
		}
	}
}

func TestPortsAndProtocols(t *testing.T) {
	for rule, want := range map[string]string{
		`"ipProtocol":"-1"`: "opened all ports from 192.0.2.0/24",
		`"ipProtocol":"tcp","fromPort":0,"toPort":65535`:  "opened all ports from 192.0.2.0/24",
		`"ipProtocol":"6","fromPort":22,"toPort":22`:      "opened port 22 from 192.0.2.0/24",
		`"ipProtocol":"tcp","fromPort":20,"toPort":21`:    "opened ports 20 to 21 from 192.0.2.0/24",
		`"ipProtocol":"icmp","fromPort":-1,"toPort":-1`:   "opened ICMP from 192.0.2.0/24",
		`"ipProtocol":"icmpv6","fromPort":-1,"toPort":-1`: "opened ICMP from 192.0.2.0/24",
		`"ipProtocol":"47"`:                               "opened protocol 47 from 192.0.2.0/24",
		`"ipProtocol":"50","fromPort":-1,"toPort":-1`:     "opened protocol 50 from 192.0.2.0/24",
	} {
		event := call("ec2", "AuthorizeSecurityGroupIngress", `{"ipPermissions":{"items":[{`+rule+`,"ipRanges":{"items":[{"cidrIp":"192.0.2.0/24"}]}}]}}`)
		if got := texts(gather(t, event)); !slices.Equal(got, []string{want}) {
			t.Errorf("%s: got %q, want %q", rule, got, want)
		}
	}
}

// TestWhatPoliciesAllow reads lists, single texts and the negated elements.
func TestWhatPoliciesAllow(t *testing.T) {
	for policy, want := range map[string][]string{
		statement(`{"Effect":"Allow","Action":"*","Resource":"*"}`):                                                  {"policy allows * on *"},
		`{"Statement":{"Effect":"Allow","Action":["*"],"Resource":["*"]}}`:                                           {"policy allows * on *"},
		statement(`{"Effect":"Allow","Action":"*:*","Resource":"*"}`):                                                {"policy allows * on *"},
		statement(`{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`):                                 {"policy allows all actions except iam:*", "policy allows all actions except sts:*"},
		statement(`{"Effect":"Allow","Action":"*","NotResource":"arn:aws:s3:::b"}`):                                  {"policy allows * on all but arn:aws:s3:::b"},
		statement(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"1"}}}`): {"policy allows * on * (with conditions)"},
		statement(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{}}`):                                   {"policy allows * on *"},
		statement(`{"Effect":"Allow","Action":["iam:PassRole","ec2:*"],"Resource":"*"}`):                             {"policy allows iam:PassRole on *", "policy allows ec2:* on *"},
		statement(`{"Effect":"Deny","NotAction":"iam:*","Resource":"*"}`):                                            nil,
		statement(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`):                                       nil,
	} {
		for _, action := range []string{"PutUserPolicy", "PutRolePolicy", "PutGroupPolicy", "CreatePolicy", "CreatePolicyVersion"} {
			if got := texts(gather(t, call("iam", action, `{"policyDocument":`+quoted(policy)+`}`))); !slices.Equal(got, want) {
				t.Errorf("%s %s: got %q, want %q", action, policy, got, want)
			}
		}
		got := texts(gather(t, call("sso", "PutInlinePolicyToPermissionSet", `{"inlinePolicy":`+quoted(policy)+`}`)))
		if !slices.Equal(got, want) {
			t.Errorf("permission set %s: got %q, want %q", policy, got, want)
		}
	}
}

// TestMachines counts what was started, and what was asked for where nothing was.
func TestMachines(t *testing.T) {
	for _, test := range []struct {
		service, action, request, response string
		want                               []string
	}{
		{"ec2", "RunInstances", `{"instanceType":"p2.xlarge","instancesSet":{"items":[{"imageId":"i","minCount":10,"maxCount":10}]}}`, `null`, []string{"instances wanted 10 of p2.xlarge"}},
		{"ec2", "RunInstances", `{"launchTemplate":{"launchTemplateId":"l"},"instancesSet":{"items":[{"minCount":1,"maxCount":2}]}}`,
			`{"instancesSet":{"items":[{"instanceId":"i-1","instanceType":"g5.large"},{"instanceId":"i-2","instanceType":"g5.large"}]}}`, []string{"started instances 2 of g5.large"}},
		{"ec2", "RunInstances", `{"launchTemplate":{"launchTemplateId":"l"},"instancesSet":{"items":[{"minCount":1,"maxCount":2}]}}`, `null`, []string{"instances wanted 2 of launch template l"}},
		{"ec2", "RequestSpotInstances", `{"instanceCount":5,"launchSpecification":{"instanceType":"p3.2xlarge"}}`, `null`, []string{"instances wanted 5 of p3.2xlarge"}},
		{"ec2", "CreateFleet", `{"CreateFleetRequest":{"TargetCapacitySpecification":{"TotalTargetCapacity":20},"LaunchTemplateConfigs":{"tag":1,"Overrides":{"tag":1,"InstanceType":"p3.2xlarge"}}}}`, `null`, []string{"instances wanted 20 of p3.2xlarge"}},
		{"autoscaling", "CreateAutoScalingGroup", `{"autoScalingGroupName":"g","desiredCapacity":50}`, `null`, []string{"instances wanted 50 in group g"}},
		{"autoscaling", "SetDesiredCapacity", `{"autoScalingGroupName":"g","desiredCapacity":50}`, `null`, []string{"instances wanted 50 in group g"}},
	} {
		event := call(test.service, test.action, test.request) + `,"responseElements":` + test.response
		if got := texts(gather(t, event)); !slices.Equal(got, test.want) {
			t.Errorf("%s %s: got %q, want %q", test.action, test.request, got, test.want)
		}
	}
}

// TestSecondFactor distinguishes sign-ins without MFA from those whose second factor AWS does not see.
func TestSecondFactor(t *testing.T) {
	for _, test := range []struct {
		identity, used string
		want           []string
	}{
		{"Root", "No", []string{"MFA not used"}}, {"IAMUser", "No", []string{"MFA not used"}}, {"IAMUser", "Yes", nil},
		{"AssumedRole", "No", nil}, {"FederatedUser", "No", nil}, {"SAMLUser", "No", nil},
	} {
		event := `"eventSource":"signin.amazonaws.com","eventName":"ConsoleLogin","userIdentity":{"type":"` + test.identity +
			`"},"additionalEventData":{"MFAUsed":"` + test.used + `"},"responseElements":{"ConsoleLogin":"Success"}`
		if got := texts(gather(t, event)); !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}
