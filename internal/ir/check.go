package ir

import (
	"flag"
	"fmt"
	"os"
	"sync"
)

// checking reports whether Check validates: in tests, and in any binary if EGRET_VALIDATE is set, for debugging.
var checking = sync.OnceValue(func() bool {
	return flag.Lookup("test.v") != nil || os.Getenv("EGRET_VALIDATE") != ""
})

// Check validates the result of a stage and returns it. It panics if Validate finds a fault, which is a bug in that stage.
// Outside of tests it does nothing unless the environment variable EGRET_VALIDATE is set.
func Check(stage string, e Expr, bound bool) Expr {
	if checking() {
		if err := Validate(e, bound); err != nil {
			panic(fmt.Sprintf("egret bug: %s made an invalid query: %v", stage, err))
		}
	}
	return e
}
