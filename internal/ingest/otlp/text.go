package otlp

import (
	"math"
	"strconv"
)

// appendNumber writes a number as encoding/json does: without an exponent where people would not use one.
func appendNumber(b []byte, f float64) []byte {
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(b, f, format, -1, 64)
}
