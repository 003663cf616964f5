package facts_test

import (
	"slices"
	"testing"
)

// TestDestinationsAndProtections has calls that send data, let someone in or take a protection away, and near misses, which
// want nothing. The shapes are those of the services' API references.
func TestDestinationsAndProtections(t *testing.T) {
	const role, outsider = "arn:aws:iam::111122223333:role/r", "arn:aws:iam::444455556666:role/r"
	for _, test := range []struct {
		service, action, request string
		want                     []string
	}{
		{"s3", "PutBucketNotification", `{"bucketName":"b","NotificationConfiguration":{"QueueConfiguration":{"Queue":"arn:aws:sqs:eu-west-1:444455556666:q"}}}`, []string{"sends to arn:aws:sqs:eu-west-1:444455556666:q"}},
		{"s3", "PutBucketNotification", `{"bucketName":"b","NotificationConfiguration":{}}`, nil},
		{"s3", "PutBucketWebsite", `{"bucketName":"b","WebsiteConfiguration":{"RedirectAllRequestsTo":{"HostName":"www.example.com"}}}`, []string{"redirects to www.example.com"}},
		{"s3", "PutBucketWebsite", `{"bucketName":"b","WebsiteConfiguration":{"IndexDocument":{"Suffix":"index.html"}}}`, []string{"served as a web site"}},
		{"s3", "DeleteBucketWebsite", `{"bucketName":"b"}`, nil},
		{"s3", "CreateAccessGrant", `{"CreateAccessGrantRequest":{"Grantee":{"GranteeType":"IAM","GranteeIdentifier":"` + outsider + `"},"Permission":"READ"}}`, []string{"shared with account 444455556666 (outside) role/r"}},
		{"s3", "CreateAccessGrant", `{"CreateAccessGrantRequest":{"Grantee":{"GranteeType":"IAM","GranteeIdentifier":"` + role + `"},"Permission":"READ"}}`, nil},
		{"s3", "DeleteBucketPolicy", `{"bucketName":"b"}`, []string{"bucket policy removed"}},
		{"s3", "PutBucketOwnershipControls", `{"bucketName":"b","OwnershipControls":{"Rule":{"ObjectOwnership":"ObjectWriter"}}}`, []string{"ACLs turned on"}},
		{"s3", "PutBucketOwnershipControls", `{"bucketName":"b","OwnershipControls":{"Rule":{"ObjectOwnership":"BucketOwnerEnforced"}}}`, nil},
		{"firehose", "CreateDeliveryStream", `{"deliveryStreamName":"d","extendedS3DestinationConfiguration":{"bucketARN":"arn:aws:s3:::out"}}`, []string{"sends to arn:aws:s3:::out"}},
		{"firehose", "UpdateDestination", `{"deliveryStreamName":"d","httpEndpointDestinationUpdate":{"endpointConfiguration":{"url":"https://in.example.com"}}}`, []string{"sends to https://in.example.com"}},
		{"firehose", "UpdateDestination", `{"deliveryStreamName":"d","destinationId":"1"}`, nil},
		{"events", "CreateApiDestination", `{"name":"a","invocationEndpoint":"https://in.example.com"}`, []string{"sends to https://in.example.com"}},
		{"logs", "CreateExportTask", `{"logGroupName":"g","destination":"out"}`, []string{"exported to bucket out"}},
		{"athena", "StartQueryExecution", `{"queryString":"x","resultConfiguration":{"outputLocation":"s3://out/"}}`, []string{"results go to s3://out/"}},
		{"athena", "StartQueryExecution", `{"queryString":"x","workGroup":"primary"}`, nil},
		{"datasync", "CreateTask", `{"sourceLocationArn":"a","destinationLocationArn":"b"}`, []string{"copies to b"}},
		{"secretsmanager", "ReplicateSecretToRegions", `{"secretId":"s","addReplicaRegions":[{"region":"eu-west-2"}]}`, []string{"replicated to eu-west-2"}},
		{"eks", "CreateAccessEntry", `{"name":"c","principalArn":"` + outsider + `"}`, []string{"shared with account 444455556666 (outside) role/r", "access to the cluster for " + outsider}},
		{"eks", "CreateAccessEntry", `{"name":"c","principalArn":"` + role + `"}`, []string{"access to the cluster for " + role}},
		{"eks", "DescribeAccessEntry", `{"name":"c","principalArn":"` + outsider + `"}`, nil},
		{"eks", "AssociateAccessPolicy", `{"name":"c","principalArn":"` + role + `","policyArn":"AmazonEKSClusterAdminPolicy"}`, []string{"access policy of the cluster AmazonEKSClusterAdminPolicy for " + role}},
		{"ecs", "ExecuteCommand", `{"cluster":"c","task":"t1","interactive":true}`, []string{"shell in task t1"}},
		{"ecs", "RunTask", `{"cluster":"c","taskDefinition":"d","overrides":{"taskRoleArn":"` + role + `"}}`, []string{"runs as role " + role}},
		{"ecs", "RunTask", `{"cluster":"c","taskDefinition":"d","overrides":{"containerOverrides":[]}}`, nil},
		{"codebuild", "StartBuild", `{"projectName":"p","buildspecOverride":"x","serviceRoleOverride":"` + role + `"}`, []string{"runs as role " + role, "build commands replaced"}},
		{"codebuild", "StartBuild", `{"projectName":"p"}`, nil},
		{"rds", "AddRoleToDBCluster", `{"dBClusterIdentifier":"d","roleArn":"` + role + `"}`, []string{"runs as role " + role}},
		{"ecr", "PutImage", `{"repositoryName":"r","imageTag":"latest"}`, []string{"image pushed as latest"}},
		{"lambda", "CreateEventSourceMapping20150331", `{"functionName":"f","eventSourceArn":"arn:aws:sqs:eu-west-1:111122223333:q"}`, []string{"reads from arn:aws:sqs:eu-west-1:111122223333:q"}},
		{"ec2", "AttachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`, []string{"connected to the internet vpc-1"}},
		{"ec2", "DetachInternetGateway", `{"internetGatewayId":"igw-1","vpcId":"vpc-1"}`, nil},
		{"identitystore", "CreateGroupMembership", `{"groupId":"g","memberId":{"userId":"u"}}`, []string{"added to group g: u"}},
		{"cognito-idp", "AdminAddUserToGroup", `{"userPoolId":"p","groupName":"admins"}`, []string{"added to group admins"}},
		{"cognito-idp", "AdminRemoveUserFromGroup", `{"userPoolId":"p","groupName":"admins"}`, nil},
		{"iam", "AddClientIDToOpenIDConnectProvider", `{"openIDConnectProviderArn":"o","clientID":"app"}`, []string{"identity provider accepts app"}},
		{"iam", "UpdateSAMLProvider", `{"sAMLProviderArn":"s"}`, []string{"external identity provider changed s"}},
		{"iam", "DeleteAccountPasswordPolicy", `{}`, []string{"password policy removed"}},
		{"organizations", "MoveAccount", `{"accountId":"111122223333","sourceParentId":"ou-1","destinationParentId":"ou-2"}`, []string{"account moved to ou-2"}},
		{"account", "PutAlternateContact", `{"alternateContactType":"SECURITY","emailAddress":"a@example.com"}`, []string{"contact address a@example.com"}},
		{"account", "EnableRegion", `{"regionName":"af-south-1"}`, []string{"region turned on af-south-1"}},
		{"kms", "ImportKeyMaterial", `{"keyId":"k"}`, []string{"key material imported"}},
		{"kms", "DeleteImportedKeyMaterial", `{"keyId":"k"}`, []string{"key material deleted"}},
		{"kms", "DisableKeyRotation", `{"keyId":"k"}`, []string{"key rotation turned off"}},
		{"kms", "EnableKeyRotation", `{"keyId":"k"}`, nil},
		{"backup", "DeleteBackupVaultLockConfiguration", `{"backupVaultName":"v"}`, []string{"vault lock removed"}},
		{"backup", "UpdateRecoveryPointLifecycle", `{"backupVaultName":"v","lifecycle":{"deleteAfterDays":1}}`, []string{"backups deleted after days 1"}},
		{"config", "PutDeliveryChannel", `{"deliveryChannel":{"name":"d","s3BucketName":"out"}}`, []string{"configuration goes to bucket out"}},
		{"config", "PutConfigurationRecorder", `{"configurationRecorder":{"name":"d","recordingGroup":{"allSupported":false}}}`, []string{"configuration recorder narrowed"}},
		{"config", "PutConfigurationRecorder", `{"configurationRecorder":{"name":"d","recordingGroup":{"allSupported":true}}}`, nil},
		{"guardduty", "DeletePublishingDestination", `{"detectorId":"d","destinationId":"x"}`, []string{"GuardDuty findings no longer exported"}},
		{"redshift", "DisableLogging", `{"clusterIdentifier":"c"}`, []string{"audit logging turned off"}},
	} {
		got := texts(gather(t, call(test.service, test.action, test.request)))
		slices.Sort(got)
		want := slices.Sorted(slices.Values(test.want))
		if !slices.Equal(got, want) {
			t.Errorf("%s %s %s: got %q, want %q", test.service, test.action, test.request, got, want)
		}
	}
}
