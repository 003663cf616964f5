package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// benchFlows creates a gzipped VPC flow log with a number of lines, and a file of 20 rules for it, in the cache unless they
// exist. One flow in 20 is rejected, which is what the correlation among the rules counts.
func benchFlows(cache string, lines int, stderr io.Writer) (flows, rules string, err error) {
	flows, rules = filepath.Join(cache, fmt.Sprintf("flows-%d.log.gz", lines)), filepath.Join(cache, "flows.yml")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", "", err
	}
	if err := os.WriteFile(rules, []byte(flowRules()), 0o644); err != nil {
		return "", "", err
	}
	if exists(flows) {
		return flows, rules, nil
	}
	fmt.Fprintln(stderr, "writing", flows)
	if err := writeFlows(flows+".part", lines); err != nil {
		return "", "", err
	}
	return flows, rules, os.Rename(flows+".part", flows)
}

func writeFlows(name string, lines int) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer file.Close()
	packed := gzip.NewWriter(file)
	out := bufio.NewWriterSize(packed, 1<<20)
	fmt.Fprintln(out, "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status")
	random := rand.New(rand.NewPCG(1, 2)) // the same log each time
	ports := []int{443, 443, 443, 80, 22, 53, 3306, 8080}
	for i := range lines {
		action := "ACCEPT"
		if random.IntN(20) == 0 {
			action = "REJECT"
		}
		start := 1_768_208_400 + i/200
		fmt.Fprintf(out, "2 111122223333 eni-0a1b2c3d%08x 10.0.%d.%d 203.0.113.%d %d %d 6 %d %d %d %d %s OK\n",
			random.IntN(500), random.IntN(8), random.IntN(250), random.IntN(250), 1024+random.IntN(60_000), ports[random.IntN(len(ports))],
			1+random.IntN(100), 40+random.IntN(100_000), start, start+60, action)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return file.Close()
}

// flowRules returns 18 rules for ports, one for the size of flows to some networks, and a correlation that counts ports.
func flowRules() string {
	var b strings.Builder
	number := 0
	rule := func(title, name, detection string) {
		number++
		fmt.Fprintf(&b, "title: %s\nid: 0a1b2c3d-0000-4000-8000-0000000001%02d\n%slogsource: {product: aws, service: vpcflow}\n"+
			"detection: {selection: {%s}, condition: selection}\nlevel: medium\n---\n", title, number, name, detection)
	}
	for _, port := range []int{23, 445, 1337, 2375, 3333, 3389, 4444, 5555, 5984, 6379, 6667, 7777, 9200, 11211, 14444, 27017, 31337, 45700} {
		rule("Port "+strconv.Itoa(port), "", fmt.Sprintf("dstport: %d, action: ACCEPT", port))
	}
	rule("Large flow", "", "'bytes|gte': 1000000000, 'srcaddr|cidr': 10.0.0.0/8")
	rule("Rejected", "name: rejected\n", "action: REJECT")
	b.WriteString("title: Many ports\nid: 0a1b2c3d-0000-4000-8000-000000000199\ncorrelation: {type: value_count, rules: [rejected], " +
		"group-by: [srcaddr, dstaddr], timespan: 10m, condition: {gte: 20, field: dstport}}\nlevel: high\n")
	return b.String()
}
