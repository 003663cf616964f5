package rulescli

import (
	"github.com/egret-hunt/egret/internal/datadir"
	"github.com/egret-hunt/egret/internal/noise"
)

// readNoise returns the findings a day of the rules of which they were measured, by ids in lower case.
func readNoise() (map[string]float64, error) {
	dir, err := datadir.Dir()
	if err != nil {
		return nil, nil //nolint:nilerr // without a data folder nothing was measured
	}
	scores, err := noise.Read(dir)
	if err != nil {
		return nil, err
	}
	perDay := map[string]float64{}
	for id, score := range scores { // each has its own key
		perDay[id] = score.PerDay()
	}
	return perDay, nil
}
