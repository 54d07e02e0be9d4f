package sigma

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

const (
	maxRegex   = 4096   // bytes of a pattern
	maxProgram = 20_000 // instructions and ranges of characters; counts and classes can make many of few bytes
)

// compile makes the regular expression of a value with its flags. It is looked for anywhere in a value.
func (o *operand) compile() error {
	pattern := o.text
	if len(pattern) > maxRegex {
		return fmt.Errorf("the regular expression is longer than %d bytes; write several shorter ones", maxRegex)
	}
	if o.fromHead || o.toTail {
		pattern = "(?:" + pattern + ")"
		if o.fromHead {
			pattern = `\A` + pattern
		}
		if o.toTail {
			pattern += `\z`
		}
	}
	if o.flags != "" {
		pattern = "(?" + o.flags + ")" + pattern
	}
	size, err := programSize(pattern)
	switch {
	case err != nil:
		return regexFault(err)
	case size > maxProgram:
		return errLargeRegex
	}
	o.program = size
	re, err := regexp.Compile(pattern)
	if err != nil {
		return regexFault(err)
	}
	o.Regexp = re
	return nil
}

var errLargeRegex = errors.New("the regular expression becomes too large: smaller numbers in {} or fewer classes are needed")

func programSize(pattern string) (int, error) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, err
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, err
	}
	size := len(program.Inst)
	for i := range program.Inst {
		size += len(program.Inst[i].Rune) / 2
	}
	return size, nil
}

func regexFault(err error) error {
	var fault *syntax.Error
	if !errors.As(err, &fault) {
		return fmt.Errorf("the regular expression does not compile: %w", err)
	}
	switch fault.Code {
	case syntax.ErrInvalidPerlOp, syntax.ErrMissingRepeatArgument:
		if strings.HasPrefix(fault.Expr, "(?") {
			return fmt.Errorf("the regular expression does not compile: %q is not supported, as lookaround takes time without bound; "+
				"write what must not be there as a selection behind not", fault.Expr)
		}
	case syntax.ErrLarge, syntax.ErrInvalidRepeatSize, syntax.ErrNestingDepth:
		return errLargeRegex
	}
	return fmt.Errorf("the regular expression does not compile: %s: %q", fault.Code, fault.Expr)
}
