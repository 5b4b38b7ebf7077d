package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// fill sets every field that can be reached, so that one which an encoder forgets is missed.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString("text <&> \" \\ \x00\x1f\x7f\n\u2028 é 😀 \xff " + string(rune('a'+*n%26)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n) * 1_000_003)
	case reflect.Uint8:
		v.SetUint(uint64(1 + *n%4))
	case reflect.Uint64:
		v.SetUint(uint64(*n))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	}
}

// TestEncodersAgree: the encoder of traces writes what encoding/json makes of the same records.
func TestEncodersAgree(t *testing.T) {
	var span telemetry.Span
	var log telemetry.Log
	n := 0
	fill(reflect.ValueOf(&span).Elem(), &n)
	fill(reflect.ValueOf(&log).Elem(), &n)
	span.Status, span.GenAI.FinishReasons, log.Severity = telemetry.StatusError, "stop,length", telemetry.SeverityError
	bare := telemetry.Span{GenAI: &telemetry.GenAI{}}
	used := telemetry.Span{GenAI: &telemetry.GenAI{Usage: telemetry.Usage{AudioOut: telemetry.Known(0)}}}
	records := telemetry.Records{Spans: []telemetry.Span{span, bare, used}, Logs: []telemetry.Log{log, {}}, Truncated: true}
	want := Trace{TraceID: "x", Summary: summarise(&records), Truncated: true}
	for i := range records.Spans {
		want.Spans = append(want.Spans, newSpan(&records.Spans[i], false))
	}
	for i := range records.Logs {
		want.Logs = append(want.Logs, newLog(&records.Logs[i], false))
	}
	var got bytes.Buffer
	stream := recordStream{struct {
		TraceID string  `json:"trace_id"`
		Summary Summary `json:"summary"`
	}{want.TraceID, want.Summary}, &records}
	if err := stream.writeJSON(&got); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(members(t, text), members(t, got.Bytes())); diff != "" {
		t.Error(diff)
	}
}

func members(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}
