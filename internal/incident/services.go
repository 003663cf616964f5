package incident

import (
	"fmt"
	"time"
)

// functions simulates Lambda functions that run on a schedule.
func functions(s *source) {
	for _, account := range []string{production, staging} {
		for i := range 60 {
			t := at(0, 7, 0).Add(time.Duration(i)*24*time.Minute + s.between(0, 50*time.Second))
			const name = "orders-export"
			s.assumeRole(t, service(account, "lambda.amazonaws.com"), virginia, account, "/", name+"-role", name)
			who := s.role(account, "/", name+"-role", name, vpcIP,
				"Boto3/1.34.59 md/Botocore#1.34.59 ua/2.0 os/linux lang/python#3.12.2 exec-env/AWS_Lambda_python3.12", t)
			s.record(t.Add(time.Second), who, call{
				service: "ssm", name: "GetParameter", region: virginia,
				params: obj("name", "/orders/release", "withDecryption", true),
			})
			if i%4 == 0 {
				s.secret(t.Add(2*time.Second), who, virginia, "orders-db")
			}
			s.record(t.Add(3*time.Second), who, call{
				service: "logs", name: "CreateLogStream", region: virginia,
				params: obj("logGroupName", "/aws/lambda/"+name,
					"logStreamName", t.Format("2006/01/02")+"/[$LATEST]"+s.text(16, hexDigits)),
			})
		}
	}
}

// servers simulates EC2 instances whose agent reports and whose application reads its settings.
func servers(s *source) {
	for i, region := range []string{virginia, ireland} {
		for n := range 2 {
			id := uniqueID("i-", fmt.Sprint("orders-worker", i, n), 17)
			for hour := range 24 {
				t := at(hour, 10+15*n+s.below(9), s.below(60))
				who := s.role(production, "/", "orders-worker-role", id, vpcIP,
					"aws-sdk-go/1.50.35 (go1.21.8; linux; amd64) amazon-ssm-agent/", t.Add(-10*time.Minute))
				s.assumeRole(t.Add(-10*time.Minute), service(production, "ec2.amazonaws.com"), region, production, "/",
					"orders-worker-role", id)
				s.record(t, who, call{
					service: "ssm", name: "UpdateInstanceInformation", region: region,
					params: obj("instanceId", id, "agentVersion", "3.2.2303.0", "platformType", "Linux",
						"agentName", "amazon-ssm-agent"),
				})
				s.record(t.Add(4*time.Second), who, call{
					service: "ssm", name: "GetParameters", region: region,
					params: obj("names", list("/orders/release", "/orders/flags"), "withDecryption", true),
				})
				if hour%6 == n {
					s.secret(t.Add(6*time.Second), who, region, "orders-queue")
				}
			}
		}
	}
}

// containers simulates tasks that start: they pull images and create log streams.
func containers(s *source) {
	for i := range 56 {
		account := production
		if i%3 == 2 {
			account = staging
		}
		t := at(0, 18, 0).Add(time.Duration(i)*25*time.Minute + s.between(0, 9*time.Minute))
		task := s.text(32, hexDigits)
		s.assumeRole(t, service(account, "ecs-tasks.amazonaws.com"), virginia, account, "/", "orders-task-role", task)
		who := s.role(account, "/", "orders-task-role", task, "ecs-tasks.amazonaws.com", "ecs-tasks.amazonaws.com", t)
		who.encrypted = false
		who.identity = append(who.identity, field{"invokedBy", "ecs-tasks.amazonaws.com"})
		s.reads(t.Add(time.Second), who, virginia, time.Second,
			"ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetDownloadUrlForLayer")
		s.record(t.Add(5*time.Second), who, call{
			service: "logs", name: "CreateLogStream", region: virginia,
			params: obj("logGroupName", "/ecs/orders-web", "logStreamName", "web/orders-web/"+task),
		})
	}
}

// autoscaling starts and stops servers with the load.
func autoscaling(s *source) {
	for i := range 28 {
		region := []string{virginia, virginia, ireland, oregon}[i%4]
		t := at(1, 30, 0).Add(time.Duration(i)*47*time.Minute + s.between(0, 20*time.Minute))
		who := s.serviceRole(production, "autoscaling.amazonaws.com", "AWSServiceRoleForAutoScaling", "AutoScaling", t)
		t = s.reads(t, who, region, 2*time.Second, "ec2:DescribeInstanceStatus", "ec2:DescribeLaunchTemplateVersions",
			"elasticloadbalancing:DescribeTargetHealth")
		id := "i-" + s.text(17, hexDigits)
		if i%2 == 0 {
			s.record(t, who, call{
				service: "ec2", name: "RunInstances", region: region,
				params: obj("instancesSet", items(obj("minCount", 1, "maxCount", 1)), "instanceType", "m7g.large",
					"launchTemplate", obj("launchTemplateId", uniqueID("lt-", "orders-worker", 17), "version", "12"),
					"clientToken", s.uuid()),
				response: obj("requestId", s.uuid(), "ownerId", production, "instancesSet", items(obj("instanceId", id,
					"instanceType", "m7g.large", "instanceState", obj("code", 0, "name", "pending")))),
			})
			s.record(t.Add(5*time.Second), who, call{
				service: "elasticloadbalancing", name: "RegisterTargets", region: region,
				params: obj("targetGroupArn", "arn:aws:elasticloadbalancing:"+region+":"+production+
					":targetgroup/orders-worker/0a1b2c3d4e5f6071", "targets", list(obj("id", id))),
			})
			continue
		}
		s.record(t, who, call{
			service: "ec2", name: "TerminateInstances", region: region,
			params: obj("instancesSet", items(obj("instanceId", id))),
			response: obj("requestId", s.uuid(), "instancesSet", items(obj("instanceId", id,
				"currentState", obj("code", 32, "name", "shutting-down"), "previousState", obj("code", 16, "name", "running")))),
		})
	}
}

// recorder simulates AWS Config and the alarms of CloudWatch.
func recorder(s *source) {
	for i := range 36 {
		account, region := production, virginia
		switch i % 4 {
		case 1:
			region = ireland
		case 2:
			account = staging
		case 3:
			region = oregon
		}
		t := at(0, 31, 0).Add(time.Duration(i)*39*time.Minute + s.between(0, 10*time.Minute))
		who := s.serviceRole(account, "config.amazonaws.com", "AWSServiceRoleForConfig", "configLambdaExecution", t)
		t = s.reads(t, who, region, time.Second,
			"ec2:DescribeSecurityGroups", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeVolumes",
			"iam:GetAccountAuthorizationDetails", "rds:DescribeDBInstances", "lambda:ListFunctions20150331",
			"kms:ListAliases", "s3:ListBuckets", "ssm:ListAssociations", "elasticloadbalancing:DescribeLoadBalancers")
		c := bucket("PutObject", region, account, "example-config-history",
			"key", "AWSLogs/"+account+"/Config/ConfigWritabilityCheckFile")
		s.record(t, service(account, "config.amazonaws.com"), c)
		if i%3 == 0 {
			alarms := s.serviceRole(account, "ecs.application-autoscaling.amazonaws.com",
				"AWSServiceRoleForApplicationAutoScaling_ECSService", "AutoScaling-ManageAlarms", t)
			s.reads(t.Add(time.Minute), alarms, region, time.Second, "monitoring:DescribeAlarms")
			s.record(t.Add(62*time.Second), alarms, call{
				service: "monitoring", name: "PutMetricAlarm", region: region,
				params: obj("alarmName", "TargetTracking-service/orders/orders-web-AlarmHigh",
					"comparisonOperator", "GreaterThanThreshold", "evaluationPeriods", 3, "threshold", 60.0),
			})
		}
	}
	for i := range 3 {
		s.serviceEvent(at(3+6*i, 14, 9), production, virginia, "kms", "RotateKey", obj("keyId", keyID))
	}
}

// backups takes snapshots of the volumes in the early morning and shares one snapshot with the staging account: a
// share, but not with an outside account.
func backups(s *source) {
	for i, account := range []string{production, staging} {
		region := virginia
		t := at(2, 30+10*i, 0)
		const role = "AWSBackupDefaultServiceRole"
		s.assumeRole(t, service(account, "backup.amazonaws.com"), region, account, "/service-role/", role, "AWSBackup-"+role)
		who := s.role(account, "/service-role/", role, "AWSBackup-"+role, "backup.amazonaws.com", "backup.amazonaws.com", t)
		who.encrypted = false
		who.identity = append(who.identity, field{"invokedBy", "backup.amazonaws.com"})
		for n := range 9 {
			t = t.Add(s.between(5*time.Second, 30*time.Second))
			volume := uniqueID("vol-", fmt.Sprint(account, "data", n), 17)
			snapshot := uniqueID("snap-", fmt.Sprint(account, "nightly", n), 17)
			s.serviceEvent(t, account, region, "backup", "BackupJobStarted", obj("backupJobId", s.uuid(),
				"resourceArn", "arn:aws:ec2:"+region+":"+account+":volume/"+volume))
			s.snapshot(t.Add(2*time.Second), who, region, volume, snapshot, "nightly")
			s.record(t.Add(4*time.Second), who, call{
				service: "ec2", name: "CreateTags", region: region,
				params: obj("resourcesSet", items(obj("resourceId", snapshot)),
					"tagSet", items(obj("key", "aws:backup:source-resource", "value", volume))),
				response: obj("requestId", s.uuid(), "_return", true),
			})
			s.reads(t.Add(6*time.Second), who, region, 2*time.Second, "ec2:DescribeSnapshots", "ec2:DescribeVolumes")
		}
		if account == production {
			s.share(at(3, 10, 22), who, region, uniqueID("snap-", production+"nightly0", 17), "add", staging)
		}
	}
}

// snapshot adds the creation of a snapshot.
func (s *source) snapshot(t time.Time, who actor, region, volume, snapshot, description string) {
	s.record(t, who, call{
		service: "ec2", name: "CreateSnapshot", region: region,
		params: obj("volumeId", volume, "description", description),
		response: obj("requestId", s.uuid(), "snapshotId", snapshot, "volumeId", volume, "status", "pending",
			"startTime", t.UnixMilli(), "ownerId", who.account, "volumeSize", "200", "encrypted", false),
	})
}

// share adds a change of who may use a snapshot; change is add or remove.
func (s *source) share(t time.Time, who actor, region, snapshot, change, account string) {
	s.record(t, who, call{
		service: "ec2", name: "ModifySnapshotAttribute", region: region,
		params: obj("snapshotId", snapshot, "createVolumePermission", obj(change, items(obj("userId", account))),
			"attributeType", "CREATE_VOLUME_PERMISSION"),
		response: obj("requestId", s.uuid(), "_return", true),
	})
}

// trailDelivery simulates CloudTrail, which checks the bucket of the trail and writes to it.
func trailDelivery(s *source) {
	streams := []struct{ account, region string }{
		{production, virginia}, {production, ireland}, {production, oregon}, {staging, virginia}, {staging, ireland},
		{staging, oregon},
	}
	for round := range 58 {
		for i, stream := range streams {
			t := at(0, 4, 0).Add(time.Duration(round)*25*time.Minute + s.between(0, 4*time.Minute))
			who := service(stream.account, "cloudtrail.amazonaws.com")
			r := s.record(t, who, bucket("GetBucketAcl", stream.region, production, trailsName, "acl", ""))
			r.SharedEventID = s.uuid()
			if (round+i)%4 != 0 {
				continue
			}
			r = s.record(t.Add(time.Second), who, call{
				service: "kms", name: "GenerateDataKey", region: stream.region,
				params: obj("keySpec", "AES_256",
					"keyId", "arn:aws:kms:"+stream.region+":"+production+":key/"+keyID,
					"encryptionContext", obj("aws:cloudtrail:arn",
						"arn:aws:cloudtrail:"+virginia+":"+production+":trail/"+trailName)),
				resources: list(obj("accountId", production, "type", "AWS::KMS::Key",
					"ARN", "arn:aws:kms:"+stream.region+":"+production+":key/"+keyID)),
			})
			r.SharedEventID = s.uuid()
		}
	}
}

// objectAccess simulates the web application, which writes and reads the bucket of customer exports. The trail records
// data events for this bucket only.
func objectAccess(s *source) {
	for i := range 330 {
		t := at(0, 2, 0).Add(time.Duration(i)*4*time.Minute + s.between(0, 3*time.Minute))
		who := s.role(production, "/", "orders-web-role", "web", vpcIP,
			"[aws-sdk-java/2.25.6 Linux/5.10 OpenJDK_64-Bit_Server_VM/17.0.10]", at(t.Hour(), 0, 0))
		s.object(t, who, s.one("GetObject", "GetObject", "PutObject"), exportKey(s.below(400)))
	}
}

// exportKey returns the key of one customer export.
func exportKey(n int) string { return fmt.Sprintf("exports/2026/%02d/orders-%04d.csv", 1+n%3, n) }

// object adds a data event on the bucket of customer exports.
func (s *source) object(t time.Time, who actor, name, key string) {
	c := bucket(name, virginia, production, exportsName, "key", key)
	c.resources = list(
		obj("type", "AWS::S3::Object", "ARN", "arn:aws:s3:::"+exportsName+"/"+key),
		obj("accountId", production, "type", "AWS::S3::Bucket", "ARN", "arn:aws:s3:::"+exportsName))
	r := s.record(t, who, c)
	r.ManagementEvent, r.EventCategory = false, "Data"
}

// exportsName is the bucket of customer exports.
const exportsName = "example-customer-exports"
