package duckdb

import "penstock/kql"

func (c *compiler) steps(*kql.Steps) *rows { return c.unsupportedRows("the operator scan") }
