package sqltree

// markedKey holds for a key of a map that is the path after its marks "[]" are removed.
func markedKey(key Expr, path string) Expr {
	return Compare("=", Fn("replace", key, Text("[]"), Text("")), Text(path))
}

// markedValue is the list of the texts of a value: parts if its key has marks.
func markedValue(key, value, parts Expr) Expr {
	return If(Compare(">", Fn("strpos", key, Text("[]")), Int(0)), parts, List{value})
}
