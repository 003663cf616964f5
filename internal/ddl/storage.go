package ddl

import (
	"fmt"
	"strings"
)

// storage is the file format of a table.
type storage struct {
	// serde is the class that splits a row into columns; "" for text delimited by spaces.
	serde string
	// serdeProperties are the SERDEPROPERTIES.
	serdeProperties []property
	// input and output are the file formats, "" for the default, which is text.
	input, output string
}

const (
	textInput  = "org.apache.hadoop.mapred.TextInputFormat"
	textOutput = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
)

// The classes are those of the tables in the Athena User Guide; see the Source of the layouts.
var (
	// cloudTrailJSON splits the list of records in a file into rows.
	cloudTrailJSON = storage{serde: "org.apache.hive.hcatalog.data.JsonSerDe",
		input: "com.amazon.emr.cloudtrail.CloudTrailInputFormat", output: textOutput}
	openJSON = storage{serde: "org.openx.data.jsonserde.JsonSerDe", input: textInput, output: textOutput}
	parquet  = storage{serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
		input:  "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
		output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"}
	flowText   = storage{}
	albText    = regexStorage(albRegex)
	accessText = regexStorage(accessRegex)
)

func regexStorage(regex string) storage {
	return storage{serde: "org.apache.hadoop.hive.serde2.RegexSerDe",
		serdeProperties: []property{{"serialization.format", "1"}, {"input.regex", regex}},
		input:           textInput, output: textOutput}
}

func (s *storage) write(b *strings.Builder) {
	if s.serde == "" {
		b.WriteString("ROW FORMAT DELIMITED\n  FIELDS TERMINATED BY ' '\n")
		return
	}
	fmt.Fprintf(b, "ROW FORMAT SERDE %s\n", literal(s.serde))
	if len(s.serdeProperties) > 0 {
		b.WriteString("WITH SERDEPROPERTIES (\n")
		propertyList(b, s.serdeProperties)
		b.WriteString(")\n")
	}
	fmt.Fprintf(b, "STORED AS INPUTFORMAT %s\n  OUTPUTFORMAT %s\n", literal(s.input), literal(s.output))
}
