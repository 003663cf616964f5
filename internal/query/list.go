package query

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/egret-hunt/egret/internal/engine"
	"github.com/egret-hunt/egret/internal/hunt/journal"
	"github.com/egret-hunt/egret/internal/setup"
)

// Listed is the JSON form of a stored query.
type Listed struct {
	Answer
	Created time.Time `json:"created"`
}

// List returns the stored queries of a lake, oldest first; never nil.
func List(ctx context.Context, folder string, l *setup.Lake) ([]Listed, error) {
	entries, err := journal.List(folder)
	if err != nil {
		return nil, unreadable(err)
	}
	list := []Listed{}
	for _, e := range entries {
		var settings storedSettings
		if json.Unmarshal(e.Header.Settings, &settings) != nil || settings != settingsOf(l) {
			continue
		}
		q, err := openStored(folder, e.ID, l)
		if err != nil {
			if engine.KindOf(err) == engine.Missing {
				continue // deleted in the meantime
			}
			return nil, err
		}
		status, counted, err := q.Status(ctx)
		q.Close()
		if err != nil {
			return nil, err
		}
		list = append(list, Listed{AnswerOf(e.ID, status, counted), e.Header.Created})
	}
	return list, nil
}

// Kept is a query in a state folder.
type Kept struct {
	// ID is its id. Lake is the name of its lake or, for a lake without a name, of its engine.
	ID, Lake string
	Created  time.Time
}

// KeptQueries returns the queries of a lake in a folder, those of all lakes if the name is "". It returns none if the
// folder cannot be read.
func KeptQueries(folder, lake string) []Kept {
	entries, _ := journal.List(folder)
	var list []Kept
	for _, e := range entries {
		var settings storedSettings
		if json.Unmarshal(e.Header.Settings, &settings) == nil && (lake == "" || settings.Lake == lake) {
			list = append(list, Kept{e.ID, cmp.Or(settings.Lake, settings.Engine), e.Header.Created})
		}
	}
	return list
}
