package ini

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

var (
	errInt   = errors.New("not an integer")
	errFloat = errors.New("not a number")
	errBool  = errors.New("neither true nor false")
	errSize  = errors.New("not a size: write bytes, or a number with KiB, MiB or GiB")
	errTime  = errors.New("not a duration: write seconds, or a number with ms, s, m or h")
)

// parseInt reads an integer at the start of v: a sign, then decimal digits with
// optional _ between them, or 0x, 0o, 0b and digits. It returns what follows the
// number, which Arakoon ignores.
func parseInt(v string) (n int64, rest string, err error) {
	v = strings.TrimLeft(v, " \t")
	digits := v
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	sign := v[:len(v)-len(digits)]
	base := 10
	if len(digits) > 1 && digits[0] == '0' {
		switch digits[1] {
		case 'x', 'X':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
	}
	if base != 10 {
		digits = digits[2:]
	}
	end := 0
	for end < len(digits) && (digitValue(digits[end]) < base || end > 0 && digits[end] == '_') {
		end++
	}
	n, err = strconv.ParseInt(sign+strings.ReplaceAll(digits[:end], "_", ""), base, 64)
	if err != nil {
		return 0, v, errInt
	}
	return n, digits[end:], nil
}

// digitValue returns the value of a digit, or more than any base.
func digitValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return 99
}

// parseFloat reads a decimal number at the start of v and returns the rest.
func parseFloat(v string) (f float64, rest string, err error) {
	v = strings.TrimLeft(v, " \t")
	for end := len(v); end > 0; end-- {
		if f, err := strconv.ParseFloat(v[:end], 64); err == nil && v[end-1] != '_' {
			return f, v[end:], nil
		}
		if end > 64 {
			end = 64 // no number is longer
		}
	}
	return 0, v, errFloat
}

// parseBool reads true or false at the start of v, lower case.
func parseBool(v string) (b bool, rest string, err error) {
	if rest, ok := strings.CutPrefix(v, "true"); ok {
		return true, rest, nil
	}
	if rest, ok := strings.CutPrefix(v, "false"); ok {
		return false, rest, nil
	}
	return false, v, errBool
}

// parseString reads up to the first white space, so a path can't contain a blank.
func parseString(v string) (s, rest string) {
	if i := strings.IndexAny(v, " \t"); i >= 0 {
		return v[:i], v[i:]
	}
	return v, ""
}

// parseList splits at any run of commas, blanks and tabs.
func parseList(v string) []string {
	return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// units are the sizes that a size may be counted in.
var units = []struct {
	name  string
	bytes int64
}{
	{"", 1}, {"B", 1},
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
}

// parseSize reads a size: an integer, and a unit right behind it or after a blank.
func parseSize(v string) (int64, error) {
	n, rest, err := parseInt(v)
	if err != nil {
		return 0, errSize
	}
	rest = strings.Trim(rest, " \t")
	for _, u := range units {
		if rest == u.name {
			if n < 0 || n > math.MaxInt64/u.bytes {
				return 0, errSize
			}
			return n * u.bytes, nil
		}
	}
	return 0, errSize
}

// parseDuration reads a duration: an integer of seconds, or numbers with units.
func parseDuration(v string) (time.Duration, error) {
	v = strings.ReplaceAll(strings.Trim(v, " \t"), " ", "")
	if n, rest, err := parseInt(v); err == nil && rest == "" {
		if n < 0 || n > int64(math.MaxInt64/time.Second) {
			return 0, errTime
		}
		return time.Duration(n) * time.Second, nil
	}
	d, err := time.ParseDuration(v)
	if err != nil || d < 0 {
		return 0, errTime
	}
	return d, nil
}
