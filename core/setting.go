package core

import (
	"fmt"
	"slices"
	"strings"
)

// Setting says which datacentres the locality rule leaves out, on an operator's
// word (DESIGN 4.8). Each one is complete: it replaces the one before. Serial
// goes up by one with each that a master proposes, so of two chosen ones the
// higher serial is the later. The zero Setting waives nothing.
type Setting struct {
	Serial uint64
	Waived []string // datacentres, ascending
}

// MaxDatacentreBytes bounds the name of a datacentre, so that a setting which
// waives all of them fits into MaxSettingBytes.
const MaxDatacentreBytes = 60

const settingVersion = 1

// Has reports whether the setting waives a datacentre.
func (s Setting) Has(datacentre string) bool { return slices.Contains(s.Waived, datacentre) }

// with returns the setting that follows s: with the datacentre waived, or not.
func (s Setting) with(datacentre string, waived bool) Setting {
	next := Setting{Serial: s.Serial + 1}
	for _, dc := range s.Waived {
		if dc != datacentre {
			next.Waived = append(next.Waived, dc)
		}
	}
	if waived {
		next.Waived = append(next.Waived, datacentre)
		slices.Sort(next.Waived)
	}
	return next
}

// String prints the setting, as status and logs show it.
func (s Setting) String() string {
	if len(s.Waived) == 0 {
		return fmt.Sprintf("setting %d: nothing waived", s.Serial)
	}
	return fmt.Sprintf("setting %d: waived %s", s.Serial, strings.Join(s.Waived, " "))
}

// EncodeSetting appends the encoding of s: version u8, serial u64, count u8,
// then the names as u16 + bytes.
func EncodeSetting(dst []byte, s Setting) []byte {
	dst = appendUint64(append(dst, settingVersion), s.Serial)
	dst = append(dst, byte(len(s.Waived)))
	for _, dc := range s.Waived {
		dst = appendString(dst, dc)
	}
	return dst
}

// DecodeSetting reads what EncodeSetting wrote. No bytes at all are the zero
// Setting: nothing was ever waived.
func DecodeSetting(b []byte) (Setting, error) {
	if len(b) == 0 {
		return Setting{}, nil
	}
	d := decoder{b: b}
	if v := d.u8(); v != settingVersion {
		return Setting{}, fmt.Errorf("core: locality setting of version %d, this node knows %d", v, settingVersion)
	}
	s := Setting{Serial: d.u64()}
	for range d.u8() {
		s.Waived = append(s.Waived, d.string())
	}
	if d.failed || len(d.b) != 0 || s.Serial == 0 || !strictlyAscending(s.Waived) {
		return Setting{}, fmt.Errorf("core: malformed locality setting of %d bytes", len(b))
	}
	return s, nil
}

func strictlyAscending(names []string) bool {
	for k := 1; k < len(names); k++ {
		if names[k] <= names[k-1] {
			return false
		}
	}
	return true
}

// NewestSetting returns the later of two encoded settings: what the log kept and
// what the state machine applied, for Restored. One that can't be read loses.
func NewestSetting(a, b []byte) []byte {
	sa, errA := DecodeSetting(a)
	sb, errB := DecodeSetting(b)
	if errA != nil || errB == nil && sb.Serial > sa.Serial {
		return b
	}
	return a
}

// SettingValue encodes the control entry that puts a setting on the record.
func SettingValue(s Setting) Value {
	return EncodeSetting([]byte{KindLocality}, s)
}

// Setting returns the bytes of the setting that a KindLocality entry holds, as
// DecodeSetting reads them; nil for every other value.
func (v Value) Setting() []byte {
	if v.Kind() != KindLocality {
		return nil
	}
	return v[1:]
}
