package wire

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
)

// FieldType is the type of a named field, the encoding that only STATISTICS uses:
// type i32, name string, then the value.
type FieldType int32

// The types of named fields.
const (
	FieldInt32  FieldType = 1
	FieldInt64  FieldType = 2
	FieldFloat  FieldType = 3
	FieldString FieldType = 4
	FieldList   FieldType = 5 // count i32, then named fields, in forward order
)

// Field is a named field. Which of the values counts depends on Type.
type Field struct {
	Type   FieldType
	Name   string
	Int    int64
	Float  float64
	String string
	List   []Field
}

// Float returns a field of type f64.
func Float(name string, v float64) Field { return Field{Type: FieldFloat, Name: name, Float: v} }

// Int32 returns a field of type i32.
func Int32(name string, v int32) Field { return Field{Type: FieldInt32, Name: name, Int: int64(v)} }

// Int64 returns a field of type i64.
func Int64(name string, v int64) Field { return Field{Type: FieldInt64, Name: name, Int: v} }

// List returns a field that holds fields.
func List(name string, fields ...Field) Field {
	return Field{Type: FieldList, Name: name, List: fields}
}

// AppendField appends a named field.
func AppendField(b []byte, f Field) []byte {
	b = AppendString(AppendInt32(b, int32(f.Type)), f.Name)
	switch f.Type {
	case FieldInt32:
		return AppendInt32(b, int32(f.Int))
	case FieldInt64:
		return AppendInt64(b, f.Int)
	case FieldFloat:
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(f.Float))
	case FieldString:
		return AppendString(b, f.String)
	case FieldList:
		b = AppendInt32(b, int32(len(f.List)))
		for _, e := range f.List {
			b = AppendField(b, e)
		}
		return b
	default:
		panic(fmt.Sprintf("wire: named field of type %d", f.Type))
	}
}

// Limits of a STATISTICS answer that a client takes.
const (
	maxFields     = 1 << 16
	maxFieldDepth = 8
)

// DecodeFields decodes a STATISTICS payload: one named field.
func DecodeFields(b []byte) (Field, error) {
	d := fieldReader{r: bytes.NewReader(b)}
	f := d.field(0)
	if d.err == nil && d.r.Len() > 0 {
		d.err = fmt.Errorf("%w: %d bytes behind the statistics", ErrReply, d.r.Len())
	}
	return f, d.err
}

type fieldReader struct {
	r     *bytes.Reader
	count int
	err   error
}

func (d *fieldReader) field(depth int) Field {
	if d.count++; d.count > maxFields || depth > maxFieldDepth {
		d.fail("too many or too deep fields")
		return Field{}
	}
	f := Field{Type: FieldType(d.int32()), Name: d.string()}
	switch f.Type {
	case FieldInt32:
		f.Int = int64(d.int32())
	case FieldInt64:
		f.Int = d.int64()
	case FieldFloat:
		f.Float = math.Float64frombits(uint64(d.int64()))
	case FieldString:
		f.String = d.string()
	case FieldList:
		n := d.int32()
		if n < 0 {
			d.fail("a negative count")
		}
		for i := int32(0); i < n && d.err == nil; i++ {
			f.List = append(f.List, d.field(depth+1))
		}
	default:
		d.fail(fmt.Sprintf("field type %d", f.Type))
	}
	return f
}

func (d *fieldReader) fail(what string) {
	if d.err == nil {
		d.err = fmt.Errorf("%w: statistics: %s", ErrReply, what)
	}
}

func (d *fieldReader) int32() int32 { return int32(d.fixed(4)) }
func (d *fieldReader) int64() int64 { return int64(d.fixed(8)) }

func (d *fieldReader) fixed(n int) uint64 {
	var b [8]byte
	if d.err == nil && d.r.Len() < n {
		d.fail("cut short")
	}
	if d.err != nil {
		return 0
	}
	_, _ = d.r.Read(b[:n]) // can't fail: there are n bytes
	return binary.LittleEndian.Uint64(b[:])
}

func (d *fieldReader) string() string {
	n := int(d.int32())
	if d.err == nil && (n < 0 || n > d.r.Len()) {
		d.fail(fmt.Sprintf("a string of %d bytes", n))
	}
	if d.err != nil {
		return ""
	}
	b := make([]byte, n)
	_, _ = d.r.Read(b) // can't fail: there are n bytes
	return string(b)
}
