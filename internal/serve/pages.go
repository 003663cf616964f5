package serve

import (
	"github.com/egret-hunt/egret/internal/serve/checkpage"
	"github.com/egret-hunt/egret/internal/serve/convertpage"
	"github.com/egret-hunt/egret/internal/serve/coveragepage"
	"github.com/egret-hunt/egret/internal/serve/huntpage"
	"github.com/egret-hunt/egret/internal/serve/rulespage"
	"github.com/egret-hunt/egret/internal/serve/site"
	"github.com/egret-hunt/egret/internal/serve/workspace"
)

// pages are all pages in the order of the navigation. The first one is also at /.
var pages = []func(*workspace.Workspace) (site.Page, error){
	convertpage.New,
	checkpage.New,
	huntpage.New,
	coveragepage.New,
	rulespage.New,
}
