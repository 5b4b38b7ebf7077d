package jsonlines

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// Options steer Decode. The zero value is usable.
type Options struct {
	Service     string // of lines that do not name one
	Environment string // of lines that do not name one
	Resource    telemetry.Attrs

	// Now is the time of lines that have none; nil is the time at which each is read.
	Now func() time.Time

	RefuseText bool // refuse lines that are not JSON instead of taking them as text

	MaxLine       int // bytes of a line without its end; 0 is DefaultMaxLine
	MaxDepth      int // objects inside objects that are flattened, deeper ones are kept as JSON; 0 is DefaultMaxDepth
	MaxAttributes int // of a line; what is over is dropped and counted on the record; 0 is DefaultMaxAttributes
	MaxRefusals   int // how many refusals a Report tells one by one; 0 is DefaultMaxRefusals
}

// Defaults of Options.
const (
	DefaultMaxLine       = 1 << 20
	DefaultMaxDepth      = 8
	DefaultMaxAttributes = 256
	DefaultMaxRefusals   = 100
)

// DroppedAttributes is the attribute that says how many attributes of a line were over the limit.
const DroppedAttributes = "telltale.dropped_attributes"

// Report tells what became of the lines. Lines = Accepted + Rejected; empty lines are not counted.
type Report struct {
	Lines    int64
	Accepted int64
	Rejected int64
	Text     int64 // accepted lines that were not JSON
	Undated  int64 // accepted lines without a time of their own
	Refusals []Refusal
	ByCode   map[string]int64 // refused lines by code
}

// Codes of refusals, for the books.
const (
	CodeTooLong     = "line too long"
	CodeInvalidJSON = "invalid JSON"
	CodeNotObject   = "not a JSON object"
	CodeNotText     = "not text"
)

// Refusal is a line that was not taken.
type Refusal struct {
	Line   int    `json:"line"` // from 1, empty lines counted, as editors count
	Reason string `json:"reason"`
}

// Decode reads lines to the end of r and hands each as a log to emit, with its number. A line that cannot be taken is in
// the Report and does not stop the rest. An error of emit or of r ends it and is returned, with the Report so far; the
// record emit failed on is not counted.
//
// The log is valid until emit returns; a copy of the struct may be kept. A line too long is never held whole.
func Decode(r io.Reader, o Options, emit func(line int, l *telemetry.Log) error) (Report, error) {
	d := newDecoder(o, emit)
	err := d.decode(r, 1)
	return d.report, err
}

// decode reads r, whose first line has number n.
func (d *decoder) decode(r io.Reader, n int) error {
	in := bufio.NewReaderSize(r, 64<<10)
	var long []byte
	for ; ; n++ {
		line, tooLong, err := readLine(in, &long, d.MaxLine)
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if emitErr := d.line(n, line, tooLong); emitErr != nil {
			return fmt.Errorf("line %d: %w", n, emitErr)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read line %d: %w", n, err)
		}
	}
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		v *int
		d int
	}{
		{&o.MaxLine, DefaultMaxLine},
		{&o.MaxDepth, DefaultMaxDepth},
		{&o.MaxAttributes, DefaultMaxAttributes},
		{&o.MaxRefusals, DefaultMaxRefusals},
	} {
		if *d.v <= 0 {
			*d.v = d.d
		}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// readLine returns the next line without its end, which is valid until the next call. Of a line longer than limit the
// rest is read and thrown away. At the end of the input the last line comes with io.EOF.
func readLine(in *bufio.Reader, long *[]byte, limit int) (line []byte, tooLong bool, err error) {
	line, err = in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		*long = append((*long)[:0], line...)
		for errors.Is(err, bufio.ErrBufferFull) {
			line, err = in.ReadSlice('\n')
			if len(*long) <= limit+2 { // two more for the end of the line
				*long = append(*long, line[:min(len(line), limit+3-len(*long))]...)
			}
		}
		line = *long
	}
	line = bytes.TrimSuffix(line, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	return line, len(line) > limit, err
}

type decoder struct {
	Options
	emit   func(int, *telemetry.Log) error
	report Report
	record record // of the line at hand
}

func newDecoder(o Options, emit func(int, *telemetry.Log) error) *decoder {
	return &decoder{Options: o.withDefaults(), emit: emit, report: Report{ByCode: map[string]int64{}}}
}

// line decodes one line. Its error is that of emit.
func (d *decoder) line(n int, raw []byte, tooLong bool) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	d.report.Lines++
	if tooLong {
		d.refuse(n, CodeTooLong, fmt.Sprintf("longer than %d bytes", d.MaxLine))
		return nil
	}
	rec := &d.record
	*rec = record{decoder: d}
	if code, reason := rec.decode(raw); code != "" {
		d.refuse(n, code, reason)
		return nil
	}
	rec.finish()
	if err := d.emit(n, &rec.log); err != nil {
		d.report.Lines--
		return err
	}
	d.report.Accepted++
	if rec.text {
		d.report.Text++
	}
	if rec.undated {
		d.report.Undated++
	}
	return nil
}

func (d *decoder) refuse(n int, code, reason string) {
	d.report.Rejected++
	d.report.ByCode[code]++
	if len(d.report.Refusals) < d.MaxRefusals {
		d.report.Refusals = append(d.report.Refusals, Refusal{n, reason})
	}
}
