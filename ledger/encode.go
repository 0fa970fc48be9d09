package ledger

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// One payload is written for each message and each answer. This file writes the values of most payloads
// at once as Canonical defines them, by a plan that is made once per type: it says the same as going by
// way of encoding/json, in a third of the time. What it does not know, it leaves to that.

// errUnplanned says that a value must go by way of encoding/json.
var errUnplanned = errors.New("no plan for this value")

// planned appends values of one type; depth is how many arrays and objects they are in.
type planned func(b []byte, v reflect.Value, depth int) ([]byte, error)

var plans sync.Map // reflect.Type → planned

// planOf is how a type is written.
func planOf(t reflect.Type) planned {
	if p, ok := plans.Load(t); ok {
		return p.(planned)
	}
	p := makePlan(t, map[reflect.Type]bool{})
	plans.Store(t, p)
	return p
}

func unplanned(b []byte, _ reflect.Value, _ int) ([]byte, error) { return b, errUnplanned }

var (
	marshaler     = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// makePlan makes the plan of a type; inside are those that hold it, so that one that holds itself is none.
func makePlan(t reflect.Type, inside map[reflect.Type]bool) planned {
	pointer := reflect.PointerTo(t)
	switch {
	case t == reflect.TypeFor[time.Time]():
		return planTime
	case t.Implements(marshaler) && t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface:
		return planMarshaler
	case t.Implements(marshaler) && t.Kind() == reflect.Interface, // what a nil pointer in it says is its own
		pointer.Implements(marshaler), t == reflect.TypeFor[json.Number](), inside[t]:
		return unplanned
	case t.Implements(textMarshaler) && t.Kind() != reflect.Pointer:
		return planText
	case pointer.Implements(textMarshaler):
		return unplanned
	}
	inside[t] = true
	defer delete(inside, t)
	switch t.Kind() {
	case reflect.String:
		return func(b []byte, v reflect.Value, _ int) ([]byte, error) { return planString(b, v.String()) }
	case reflect.Bool:
		return func(b []byte, v reflect.Value, _ int) ([]byte, error) { return strconv.AppendBool(b, v.Bool()), nil }
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return func(b []byte, v reflect.Value, _ int) ([]byte, error) { return strconv.AppendInt(b, v.Int(), 10), nil }
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			return strconv.AppendUint(b, v.Uint(), 10), nil
		}
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Interface { // which may hold the pointer to itself
			return unplanned
		}
		return planPointer(makePlan(t.Elem(), inside))
	case reflect.Interface:
		return planInterface
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 { // written as text by encoding/json
			return unplanned
		}
		return planSlice(deeper(makePlan(t.Elem(), inside)))
	case reflect.Map:
		if t.Key().Kind() != reflect.String || t.Key().Implements(textMarshaler) {
			return unplanned
		}
		return planMap(deeper(makePlan(t.Elem(), inside)))
	case reflect.Struct:
		return planStruct(t, inside)
	}
	return unplanned
}

func planString(b []byte, s string) ([]byte, error) {
	if !utf8.ValidString(s) {
		return b, errUnplanned
	}
	return appendString(b, s), nil
}

func planTime(b []byte, v reflect.Value, _ int) ([]byte, error) {
	t, ok := v.Interface().(time.Time)
	if _, offset := t.Zone(); !ok || offset != 0 || t.Year() < 0 || t.Year() > 9999 {
		return b, errUnplanned
	}
	return append(t.AppendFormat(append(b, '"'), time.RFC3339Nano), '"'), nil
}

func planText(b []byte, v reflect.Value, _ int) ([]byte, error) {
	m, ok := v.Interface().(encoding.TextMarshaler)
	if !ok {
		return b, errUnplanned
	}
	text, err := m.MarshalText()
	if err != nil {
		return b, errUnplanned // encoding/json says whose
	}
	return planString(b, string(text))
}

// planMarshaler writes what a type says as viaJSON does: encoding/json only compacts it, too, where it is told to leave HTML
// alone (SetEscapeHTML).
func planMarshaler(b []byte, v reflect.Value, depth int) ([]byte, error) {
	m, ok := v.Interface().(json.Marshaler)
	if !ok {
		return b, errUnplanned
	}
	text, err := m.MarshalJSON()
	if err != nil {
		return b, errUnplanned // encoding/json says whose
	}
	var tight bytes.Buffer
	if json.Compact(&tight, text) != nil || !utf8.Valid(text) {
		return b, errUnplanned
	}
	out, _, err := appendCanonical(b, tight.Bytes(), depth)
	if err != nil {
		return b, errUnplanned
	}
	return out, nil
}

func planPointer(elem planned) planned {
	return func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		return elem(b, v.Elem(), depth)
	}
}

func planInterface(b []byte, v reflect.Value, depth int) ([]byte, error) {
	if v.IsNil() {
		return append(b, "null"...), nil
	}
	return planOf(v.Elem().Type())(b, v.Elem(), depth)
}

// deeper is the plan of what is in an array or an object. One may even hold itself, by way of an interface.
func deeper(elem planned) planned {
	return func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		if depth == maxDepth {
			return b, errUnplanned
		}
		return elem(b, v, depth+1)
	}
}

func planSlice(elem planned) planned {
	return func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		var err error
		b = append(b, '[')
		for i := range v.Len() {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = elem(b, v.Index(i), depth); err != nil {
				return b, err
			}
		}
		return append(b, ']'), nil
	}
}

func planMap(elem planned) planned {
	return func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		if v.IsNil() {
			return append(b, "null"...), nil
		}
		values := make(map[string]reflect.Value, v.Len())
		for each := v.MapRange(); each.Next(); {
			values[each.Key().String()] = each.Value()
		}
		var err error
		b = append(b, '{')
		for i, key := range slices.Sorted(maps.Keys(values)) {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = planString(b, key); err != nil {
				return b, err
			}
			if b, err = elem(append(b, ':'), values[key], depth); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	}
}

// plannedField is one field of a struct, or of one embedded in it.
type plannedField struct {
	name     string
	label    []byte // its name as it is written, with the colon
	index    []int
	leaveOut func(reflect.Value) bool // nil: never
	write    planned
}

func planStruct(t reflect.Type, inside map[reflect.Type]bool) planned {
	fields, ok := plannedFields(t, nil, inside)
	if !ok {
		return unplanned
	}
	slices.SortFunc(fields, func(a, b plannedField) int { return cmp.Compare(a.name, b.name) })
	for n := range fields {
		if n > 0 && fields[n].name == fields[n-1].name { // which one stands is for encoding/json to say
			return unplanned
		}
		fields[n].label = append(appendString(nil, fields[n].name), ':')
	}
	return func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		var err error
		b = append(b, '{')
		start := len(b)
		for n := range fields {
			f := &fields[n]
			field := v.FieldByIndex(f.index)
			if f.leaveOut != nil && f.leaveOut(field) {
				continue
			}
			if len(b) > start {
				b = append(b, ',')
			}
			if b, err = f.write(append(b, f.label...), field, depth); err != nil {
				return b, err
			}
		}
		return append(b, '}'), nil
	}
}

// plannedFields are the fields of a struct in the order of their declaration. ok is false when a tag says
// something that is not known here.
func plannedFields(t reflect.Type, at []int, inside map[reflect.Type]bool) (fields []plannedField, ok bool) {
	for n := range t.NumField() {
		f := t.Field(n)
		index := append(slices.Clone(at), n)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct && f.IsExported():
			embedded, ok := plannedFields(f.Type, index, inside)
			if !ok {
				return nil, false
			}
			fields = append(fields, embedded...)
			continue
		case f.Anonymous:
			return nil, false
		case !f.IsExported() || f.Tag.Get("json") == "-":
			continue
		case name == "-" || strings.ContainsAny(name, `"\<>& `):
			return nil, false
		case name == "":
			name = f.Name
		}
		leaveOut, known := leftOut(f.Type, options)
		if !known {
			return nil, false
		}
		fields = append(fields, plannedField{name: name, index: index, leaveOut: leaveOut, write: deeper(makePlan(f.Type, inside))})
	}
	return fields, true
}

var zeroer = reflect.TypeFor[interface{ IsZero() bool }]()

// leftOut says which values of a field its options leave out.
func leftOut(t reflect.Type, options string) (leaveOut func(reflect.Value) bool, known bool) {
	switch {
	case options == "":
		return nil, true
	case options == "omitempty":
		return isEmpty, true
	case options != "omitzero":
		return nil, false
	case t.Implements(zeroer) && t.Kind() == reflect.Struct:
		return func(v reflect.Value) bool { return v.Interface().(interface{ IsZero() bool }).IsZero() }, true
	case t.Implements(zeroer), reflect.PointerTo(t).Implements(zeroer): // how they are asked is for encoding/json to say
		return nil, false
	}
	return reflect.Value.IsZero, true
}

// isEmpty is what encoding/json leaves out under omitempty: nothing of another kind, whatever its own JSON is.
func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.String, reflect.Array:
		return v.Len() == 0
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Interface, reflect.Pointer:
		return v.IsZero()
	}
	return false
}
