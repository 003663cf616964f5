"""The life cycle of a query, by boto3. The environment points to the endpoint; any surprise ends the script."""

import csv
import io
import os
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

once = Config(retries={"total_max_attempts": 1})
athena = boto3.client("athena", config=once)
s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}))


def refused(code, call, *names, **members):
    """The call must be refused with an error of that code; its response comes back."""
    try:
        call(*names, **members)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        return error.response
    raise AssertionError(f"expected {code}, found no error")


def wait(query):
    states = []
    while not states or states[-1] in ("QUEUED", "RUNNING"):
        assert len(states) < 2000, states
        if len(states) > 3:
            time.sleep(0.01)
        shown = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        states.append(shown["Status"]["State"])
    return shown, states


token = "one-token-for-one-query-and-no-other"
sql = "SELECT * FROM numbers"
first = athena.start_query_execution(QueryString=sql, ClientRequestToken=token, WorkGroup="hunting")["QueryExecutionId"]
again = athena.start_query_execution(QueryString=sql, ClientRequestToken=token, WorkGroup="hunting")["QueryExecutionId"]
assert first == again
response = refused("InvalidRequestException", athena.start_query_execution, QueryString="SELECT 2", ClientRequestToken=token)
assert response["AthenaErrorCode"] == "IDEMPOTENT_PARAMETER_MISMATCH", response
try:
    athena.get_query_results(QueryExecutionId=first)
except athena.exceptions.InvalidRequestException as error:
    assert "has not yet finished. Current state: QUEUED" in str(error), error
else:
    raise AssertionError("results before the end")

shown, states = wait(first)
assert states[:3] == ["QUEUED", "RUNNING", "RUNNING"] and states[-1] == "SUCCEEDED", states
assert shown["Query"] == sql and shown["StatementType"] == "DML" and shown["WorkGroup"] == "hunting", shown
assert shown["Statistics"]["DataScannedInBytes"] == 12_345_678, shown
assert shown["Status"]["CompletionDateTime"] >= shown["Status"]["SubmissionDateTime"], shown
batch = athena.batch_get_query_execution(QueryExecutionIds=[first, "not-there"])
assert [q["QueryExecutionId"] for q in batch["QueryExecutions"]] == [first], batch
assert batch["UnprocessedQueryExecutionIds"][0]["QueryExecutionId"] == "not-there", batch

# Rows by pages: the header is the first row of the first page, and of no other.
pages = list(athena.get_paginator("get_query_results").paginate(QueryExecutionId=first, PaginationConfig={"PageSize": 1000}))
rows = [[cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]]
assert len(pages) == 3 and len(rows) == 2501, (len(pages), len(rows))
assert rows[0] == ["n", "text"] and rows[1] == ["0", None] and rows[2] == ["1", 'say "1"'], rows[:3]
columns = pages[0]["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
assert [(c["Name"], c["Type"]) for c in columns] == [("n", "bigint"), ("text", "varchar")], columns
refused("InvalidRequestException", athena.get_query_results, QueryExecutionId=first, NextToken="nonsense")

# The object has the same rows; NULL is nothing between commas.
bucket, key = shown["ResultConfiguration"]["OutputLocation"].removeprefix("s3://").split("/", 1)
assert (bucket, key) == ("results", f"hunts/{first}.csv"), (bucket, key)
body = s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()
assert body.startswith('"n","text"\n"0",\n"1","say ""1"""\n'), body[:60]
assert len(list(csv.reader(io.StringIO(body)))) == 2501
s3.head_object(Bucket=bucket, Key=key + ".metadata")
part = s3.get_object(Bucket=bucket, Key=key, Range="bytes=4-9")
assert part["Body"].read() == b'"text"' and part["ContentRange"] == f"bytes 4-9/{len(body)}", part
refused("PreconditionFailed", s3.get_object, Bucket=bucket, Key=key, IfMatch='"other"')
s3.get_object(Bucket=bucket, Key=key, IfMatch=part["ETag"])
refused("NoSuchBucket", s3.get_object, Bucket="nowhere", Key=key)
assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "eu-west-1"

# A query that is stopped, and those that fail.
query = athena.start_query_execution(QueryString="SELECT slowly", WorkGroup="hunting")["QueryExecutionId"]
athena.stop_query_execution(QueryExecutionId=query)
shown, _ = wait(query)
assert shown["Status"]["State"] == "CANCELLED" and shown["Status"]["StateChangeReason"] == "Query cancelled by user", shown
refused("InvalidRequestException", athena.get_query_results, QueryExecutionId=query)
athena.stop_query_execution(QueryExecutionId=first)
query = athena.start_query_execution(QueryString="SELECT * FROM nothing", WorkGroup="hunting")["QueryExecutionId"]
shown, _ = wait(query)
assert shown["Status"]["State"] == "FAILED" and shown["Status"]["AthenaError"]["ErrorType"] == 1301, shown
query = athena.start_query_execution(QueryString="SELECT a lot", WorkGroup="hunting")["QueryExecutionId"]
shown, _ = wait(query)
assert shown["Status"]["State"] == "CANCELLED" and shown["Status"]["StateChangeReason"] == "Bytes scanned limit was exceeded", shown

# A result that is used again.
reuse = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 60}}
query = athena.start_query_execution(QueryString=sql, WorkGroup="hunting", ResultReuseConfiguration=reuse)["QueryExecutionId"]
shown, _ = wait(query)
assert query != first and shown["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"], shown
assert shown["Statistics"]["DataScannedInBytes"] == 0, shown
assert shown["ResultConfiguration"]["OutputLocation"] == f"s3://{bucket}/{key}", shown

# Workgroups.
group = athena.get_work_group(WorkGroup="hunting")["WorkGroup"]
assert group["State"] == "ENABLED" and group["Configuration"]["EnforceWorkGroupConfiguration"], group
assert group["Configuration"]["ResultConfiguration"]["OutputLocation"] == "s3://results/hunts/", group
assert group["Configuration"]["BytesScannedCutoffPerQuery"] == 20_000_000, group
assert [g["Name"] for g in athena.list_work_groups()["WorkGroups"]] == ["hunting", "nowhere", "primary"]
athena.update_work_group(WorkGroup="primary", ConfigurationUpdates={"BytesScannedCutoffPerQuery": 10_000_000})
assert athena.get_work_group(WorkGroup="primary")["WorkGroup"]["Configuration"]["BytesScannedCutoffPerQuery"] == 10_000_000
refused("InvalidRequestException", athena.get_work_group, WorkGroup="absent")
refused("InvalidRequestException", athena.start_query_execution, QueryString="SELECT 1", WorkGroup="absent")
response = refused("InvalidRequestException", athena.start_query_execution, QueryString="SELECT 1", WorkGroup="nowhere")
assert response["Error"]["Message"].startswith("No output location provided."), response
elsewhere = {"OutputLocation": "s3://not-there/x/"}
response = refused("InvalidRequestException", athena.start_query_execution, QueryString="SELECT 1", ResultConfiguration=elsewhere)
assert response["Error"]["Message"].startswith("Unable to verify/create output bucket not-there"), response
response = refused("InvalidRequestException", athena.start_query_execution, QueryString="SELECT '" + "x" * 262_144 + "'")
assert response["Error"]["Message"].endswith("less than or equal to 262144"), response["Error"]["Message"][-80:]
refused("InvalidRequestException", athena.start_query_execution, QueryString="SELECT ?", ExecutionParameters=["1"])

# The catalog.
where = {"CatalogName": "AwsDataCatalog", "DatabaseName": "security"}
table = athena.get_table_metadata(**where, TableName="cloudtrail_logs")["TableMetadata"]
assert [c["Name"] for c in table["Columns"]] == ["eventname", "useridentity"] and table["PartitionKeys"][0]["Name"] == "day", table
assert table["Columns"][1]["Type"] == "struct<type:string,arn:string>" and table["TableType"] == "EXTERNAL_TABLE", table
names = [t["Name"] for p in athena.get_paginator("list_table_metadata").paginate(**where, PaginationConfig={"PageSize": 1}) for t in p["TableMetadataList"]]
assert names == ["cloudtrail_logs", "vpc"], names
assert athena.get_database(**where)["Database"]["Name"] == "security"
response = refused("MetadataException", athena.get_table_metadata, **where, TableName="absent")
assert "EntityNotFoundException" in response["Error"]["Message"], response

# Errors that the test has ordered, by their classes.
try:
    athena.start_query_execution(QueryString="SELECT busy")
except athena.exceptions.TooManyRequestsException as error:
    assert error.response["Reason"] == "CONCURRENT_QUERY_LIMIT_EXCEEDED", error.response
else:
    raise AssertionError("expected TooManyRequestsException")
refused("ThrottlingException", athena.start_query_execution, QueryString="SELECT throttled")
refused("InternalServerException", athena.start_query_execution, QueryString="SELECT broken")
refused("AccessDeniedException", athena.start_query_execution, QueryString="SELECT denied")
refused("SlowDown", s3.get_object, Bucket="results", Key="slow")
refused("AccessDenied", s3.get_object, Bucket="results", Key="denied")
# boto3 follows to the bucket's region; the test sees that it was sent there.
other = boto3.client("s3", region_name="us-east-1", config=Config(s3={"addressing_style": "path"}))
assert other.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(body)

# Roles and credentials.
sts = boto3.client("sts", config=once)
assert sts.get_caller_identity()["Account"] == "111122223333"
role = {"RoleArn": "arn:aws:iam::111122223333:role/hunt", "RoleSessionName": "test"}
refused("AccessDenied", sts.assume_role, **role)
refused("AccessDenied", sts.assume_role, **role, ExternalId="wrong")
session = sts.assume_role(**role, ExternalId="outside")["Credentials"]
named = {"aws_access_key_id": session["AccessKeyId"], "aws_secret_access_key": session["SecretAccessKey"]}
client = boto3.client("athena", config=once, aws_session_token=session["SessionToken"], **named)
assert client.get_work_group(WorkGroup="primary")["WorkGroup"]["Name"] == "primary"
refused("UnrecognizedClientException", boto3.client("athena", config=once, aws_session_token="other", **named).get_work_group, WorkGroup="primary")
expired = boto3.client("athena", config=once, aws_access_key_id=os.environ["OLD_KEY"], aws_secret_access_key=os.environ["OLD_SECRET"], aws_session_token=os.environ["OLD_TOKEN"])
refused("ExpiredTokenException", expired.get_work_group, WorkGroup="primary")
key_id = os.environ["AWS_ACCESS_KEY_ID"]
for service, code, call, members in (
    ("athena", "InvalidSignatureException", "get_work_group", {"WorkGroup": "primary"}),
    ("s3", "SignatureDoesNotMatch", "get_object", {"Bucket": "results", "Key": key}),
    ("sts", "SignatureDoesNotMatch", "get_caller_identity", {}),
):
    config = s3.meta.config if service == "s3" else once
    wrong = boto3.client(service, config=config, aws_access_key_id=key_id, aws_secret_access_key="wrong")
    response = refused(code, getattr(wrong, call), **members)
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 403, response
refused("UnrecognizedClientException", boto3.client("athena", config=once, aws_access_key_id="unknown", aws_secret_access_key="x").get_work_group, WorkGroup="primary")
refused("InvalidSignatureException", boto3.client("athena", config=once, region_name="us-east-1").get_work_group, WorkGroup="primary")
print("life cycle complete")
