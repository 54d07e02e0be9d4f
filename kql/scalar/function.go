package scalar

import "strings"

// Function is a function with its types, one letter each: s text, l whole number, r real, b bool, t datetime and p timespan (both ticks), d dynamic.
// A parameter followed by * takes all further arguments, as one array; one followed by ? may be missing, and is nil then.
//
// Arguments come as string, int64, float64, bool; d as a dynamic value; nil is null. Results are of the same kinds, d as any dynamic value.
type Function struct {
	Params string
	Result byte
	Call   func(args []any) any
}

// maxResult bounds the bytes of a result. What is longer is null.
const maxResult = 16 << 20

// maxItems bounds the items of an array that a function makes.
const maxItems = 1 << 20

// Table are the functions by name.
func Table() map[string]Function {
	out := map[string]Function{}
	for _, family := range []map[string]Function{
		textFunctions, encodingFunctions, urlFunctions, documentFunctions, commandFunctions, addressFunctions, timeFunctions,
		arrayFunctions, bagFunctions, seriesFunctions, smoothingFunctions, mathFunctions, decimalFunctions, unitFunctions, hashFunctions, placeFunctions, sessionFunctions, sketchFunctions,
	} {
		for name, f := range family {
			out[name] = f
		}
	}
	return out
}

// strict calls f only if no argument is null; the result is null else.
func strict(f func(args []any) any) func([]any) any {
	return func(args []any) any {
		for _, a := range args {
			if a == nil {
				return nil
			}
		}
		return f(args)
	}
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func long(v any, missing int64) int64 {
	if i, ok := v.(int64); ok {
		return i
	}
	return missing
}

func real(v any, missing float64) float64 {
	if f, ok := v.(float64); ok {
		return f
	}
	return missing
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// finite gives null for what is no number.
func bounded(s string) string {
	if len(s) > maxResult {
		return ""
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
