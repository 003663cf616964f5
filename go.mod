module github.com/egret-hunt/egret

go 1.26
