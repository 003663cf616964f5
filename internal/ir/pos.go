package ir

import "github.com/egret-hunt/egret/source"

func (*AndExpr) expr()       {}
func (*OrExpr) expr()        {}
func (*NotExpr) expr()       {}
func (*ConstExpr) expr()     {}
func (*StringExpr) expr()    {}
func (*NumberExpr) expr()    {}
func (*TextOrderExpr) expr() {}
func (*BoolExpr) expr()      {}
func (*NullExpr) expr()      {}
func (*ExistsExpr) expr()    {}
func (*RegexExpr) expr()     {}
func (*CIDRExpr) expr()      {}
func (*FieldRefExpr) expr()  {}
func (*TimePartExpr) expr()  {}
func (*KeywordExpr) expr()   {}
func (*ListExpr) expr()      {}

// Pos implements Expr.
func (e *AndExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *OrExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *NotExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *ConstExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *StringExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *NumberExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *TextOrderExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *BoolExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *NullExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *ExistsExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *RegexExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *CIDRExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *FieldRefExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *TimePartExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *KeywordExpr) Pos() source.Span { return e.Span }

// Pos implements Expr.
func (e *ListExpr) Pos() source.Span { return e.Span }
