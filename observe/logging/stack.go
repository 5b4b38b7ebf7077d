package logging

import (
	"errors"
	"log/slog"
	"reflect"
	"runtime"
	"strconv"
	"strings"
)

// NoStack returns an attribute by which a line gets no stack, whatever its level: where the place that logs says nothing of
// why something failed, as in the middle of a library. Given to a logger it holds for all its lines. It is written nowhere,
// by other handlers of slog neither.
func NoStack() slog.Attr { return slog.Any("", noStack{}) }

type noStack struct{}

// LogValue returns an empty group, which handlers leave out.
func (noStack) LogValue() slog.Value { return slog.GroupValue() }

// maxFrames bounds a stack.
const maxFrames = 64

// stackOf returns the stack that err carries, else that of the caller whose record has pc.
func stackOf(err error, pc uintptr) string {
	if err != nil {
		if s := carried(err); s != "" {
			return s
		}
	}
	var pcs [maxFrames]uintptr
	n := runtime.Callers(3, pcs[:]) // Callers, stackOf and Handle
	for i, p := range pcs[:n] {
		if p == pc {
			return formatStack(pcs[i:n])
		}
	}
	return formatStack(pcs[:n])
}

// formatStack writes frames as debug.Stack does, without arguments and addresses. Frames of slog at the top are left out,
// and so is how the runtime starts goroutines.
func formatStack(pcs []uintptr) string {
	var b strings.Builder
	frames := runtime.CallersFrames(pcs)
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "", f.Function == "runtime.goexit", f.Function == "runtime.main":
		case b.Len() == 0 && strings.HasPrefix(f.Function, "log/slog."):
		default:
			b.WriteString(f.Function)
			b.WriteString("\n\t")
			b.WriteString(f.File)
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(f.Line))
			b.WriteByte('\n')
		}
		if !more {
			return strings.TrimSuffix(b.String(), "\n")
		}
	}
}

// Errors carry stacks in one of these ways. github.com/pkg/errors and its like have a method StackTrace with a result of
// a type of their own, a slice of program counters.
type (
	callerser interface{ Callers() []uintptr }
	stacker   interface{ Stack() []byte }
)

// maxChain bounds how far errors are unwrapped.
const maxChain = 32

// carriesStack reports whether err or one that it wraps has a stack.
func carriesStack(err error) bool {
	for n := 0; err != nil && n < maxChain; n++ {
		switch err.(type) { //nolint:errorlint // the loop unwraps
		case callerser, stacker:
			return true
		}
		if m := reflect.ValueOf(err).MethodByName("StackTrace"); m.IsValid() && isStackTrace(m.Type()) {
			return true
		}
		err = errors.Unwrap(err)
	}
	return false
}

func isStackTrace(t reflect.Type) bool {
	return t.NumIn() == 0 && t.NumOut() == 1 && t.Out(0).Kind() == reflect.Slice && t.Out(0).Elem().Kind() == reflect.Uintptr
}

// carried returns the stack of the innermost error that has one: where it began.
func carried(err error) (stack string) {
	defer func() { _ = recover() }() // methods of others, on errors that may be nil inside
	for n := 0; err != nil && n < maxChain; n++ {
		switch e := err.(type) { //nolint:errorlint // the loop unwraps
		case callerser:
			stack = formatStack(e.Callers())
		case stacker:
			stack = trim(string(e.Stack()))
		default:
			if m := reflect.ValueOf(err).MethodByName("StackTrace"); m.IsValid() && isStackTrace(m.Type()) {
				frames := m.Call(nil)[0]
				pcs := make([]uintptr, min(frames.Len(), maxFrames))
				for i := range pcs {
					pcs[i] = uintptr(frames.Index(i).Uint())
				}
				stack = formatStack(pcs)
			}
		}
		err = errors.Unwrap(err)
	}
	return stack
}

func frameOf(pc uintptr) runtime.Frame {
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	return f
}

func appendSource(b []byte, pc uintptr) []byte {
	f := frameOf(pc)
	b = append(b, `,"source":{"function":`...)
	b = appendQuoted(b, f.Function)
	b = append(b, `,"file":`...)
	b = appendQuoted(b, f.File)
	b = append(b, `,"line":`...)
	b = strconv.AppendInt(b, int64(f.Line), 10)
	return append(b, '}')
}

// shortSource returns the last folder, the file and the line.
func shortSource(pc uintptr) string {
	f := frameOf(pc)
	file := f.File
	if i := strings.LastIndexByte(file, '/'); i >= 0 {
		file = file[strings.LastIndexByte(file[:i], '/')+1:]
	}
	return file + ":" + strconv.Itoa(f.Line)
}
