package otlp

import (
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// logFields are the fields of a log record of which there is one, as sent.
type logFields struct {
	trace          telemetry.TraceID
	span           telemetry.SpanID
	time, observed uint64
	severity       int32
	severityText   string
	name           string
	body           value
	dropped        uint32 // attributes, by the SDK
}

func (d *decoder) log(o *origin, p piece) bool {
	var in logFields
	if !d.logFields(&in, p) {
		return false
	}
	t, clock := d.logTime(in.time, in.observed)
	d.outLogs = append(d.outLogs, telemetry.Log{Batch: d.batch})
	l := &d.outLogs[len(d.outLogs)-1]
	l.Event = d.event(o, t, in.trace, in.span)
	var ok bool
	if l.Attributes, ok = d.attrs(d.attributes, 0); !ok {
		return false
	}
	if l.Body, ok = d.valueText(&in.body, "body"); !ok {
		return false
	}
	l.Name = d.clip(in.name, maxName, "name")
	if l.Name == "" {
		l.Name = l.Attributes.Value("event.name")
	}
	if l.Name == "" {
		l.Name = o.scope.Name
	}
	d.severity(l, in.severity, in.severityText)
	noteDropped(&l.Event, "otel.dropped_attributes_count", in.dropped)
	d.notes(&l.Event, clock)
	return true
}

func (d *decoder) logFields(in *logFields, p piece) bool {
	d.attributes = d.attributes[:0]
	f := d.fields(p, &logLayout)
	ok := true
	for ok && f.next() {
		switch f.number {
		case 1:
			in.time = f.uint
		case 2:
			in.severity = int32(f.uint)
		case 3:
			in.severityText = f.text()
		case 5:
			ok = d.value(f.piece, &in.body, 1)
		case 6:
			ok = d.note(&d.attributes, f.piece, weightKeyValue)
		case 7:
			in.dropped = uint32(f.uint)
		case 9:
			setID(in.trace[:], f.text())
		case 10:
			setID(in.span[:], f.text())
		case 11:
			in.observed = f.uint
		case 12:
			in.name = f.text()
		}
	}
	return ok && d.read(&f)
}

// severity reads the number, else the text. A text that says more than the level is kept.
func (c *converter) severity(l *telemetry.Log, number int32, text string) {
	if number >= 1 && number <= 24 {
		l.Severity = telemetry.Severity(number)
	}
	if text == "" {
		return
	}
	level := levelOf(text)
	if l.Severity == telemetry.SeverityUnknown {
		l.Severity = level
	}
	if !strings.EqualFold(text, l.Severity.Level()) {
		l.Attributes = l.Attributes.Set("severity.text", c.clip(text, maxKey, "severity.text"))
	}
}

func levelOf(text string) telemetry.Severity {
	text = strings.ToLower(text)
	switch text {
	case "warning":
		return telemetry.SeverityWarn
	case "err", "eror":
		return telemetry.SeverityError
	case "critical", "crit", "emergency", "alert", "panic", "dpanic":
		return telemetry.SeverityFatal
	case "information", "notice", "informational":
		return telemetry.SeverityInfo
	case "verbose", "finest":
		return telemetry.SeverityTrace
	}
	return telemetry.ParseLevel(text)
}
