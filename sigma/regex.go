package sigma

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

const (
	maxRegex        = 4096   // bytes of a pattern
	maxRegexProgram = 20_000 // instructions; what a pattern with nested counts can grow to
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
	// Only counts can make a program much longer than its text.
	if strings.Contains(pattern, "{") {
		if parsed, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			program, err := syntax.Compile(parsed.Simplify())
			if err == nil && len(program.Inst) > maxRegexProgram {
				return errors.New("the regular expression becomes too large: smaller numbers in {} are needed")
			}
		}
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return regexFault(err)
	}
	o.Regexp = re
	return nil
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
		return errors.New("the regular expression becomes too large: smaller numbers in {} are needed")
	}
	return fmt.Errorf("the regular expression does not compile: %s: %q", fault.Code, fault.Expr)
}
