package story

import (
	"cmp"

	"github.com/egret-hunt/egret/internal/value"
)

func compareNanos(a, b value.Time) int { return cmp.Compare(a.Nanos, b.Nanos) }
