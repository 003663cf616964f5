// Command egret finds attackers in cloud logs with open detection content.
package main

import (
	"os"

	"github.com/egret-hunt/egret/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
