package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/term"
)

func runImport(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "import", "FILE|-",
		"Read JSON lines, as structured loggers write them, into the store. Every batch is durable once it is acknowledged.\n"+
			"What comes by a pipe is sent after a second at the latest.\n"+
			"A line that cannot be read is reported by its number and does not stop the rest; the exit code is then 1.",
		example{"a file", "telltale import app.log"},
		example{"what another program writes, while it does", "kubectl logs -f shop-1 | telltale import - --service shop --env prod"},
		example{"go on after line 12000, where an import stopped", "telltale import --skip 12000 app.log"})
	connect := serverFlags(f)
	skip := f.Int64("skip", 0, "leave out the first `n` lines")
	service := f.String("service", "", "`name` of the service, for lines that name none")
	environ := f.String("env", "", "`name` of the environment, for lines that name none")
	text := f.Bool("text", false, "keep lines that are not JSON, as text; without it they are refused")
	tolerant := f.Bool("ignore-bad", false, "exit with 0 although lines were refused")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	name, err := f.one(operands, "a file, or - for what comes in by a pipe")
	if err != nil {
		return err
	}
	if *skip < 0 {
		return f.usage("--skip is at least 0")
	}
	c, err := connect()
	if err != nil {
		return err
	}
	in, size, err := openInput(env, name)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	im := &importer{env: env, client: c, params: compact(url.Values{"service": {*service}, "env": {*environ}, "text": {textParam(*text)}}), key: importKey(name), name: name, skip: *skip, size: size, patience: patience, started: env.now(), progress: newProgress(env)}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := im.run(ctx, in); err != nil {
		return im.stopped(err)
	}
	im.summary()
	if im.refused > 0 && !*tolerant {
		return fmt.Errorf("%s could not be imported", plural(im.refused, "line"))
	}
	return nil
}

// openInput opens a file; size is 0 where it is not known.
func openInput(env *environment, name string) (io.ReadCloser, int64, error) {
	if name == "-" {
		return io.NopCloser(env.stdin), 0, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, fmt.Errorf("import: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("import: %s is a folder", name)
	}
	if err != nil {
		return nil, 0, errors.Join(err, f.Close())
	}
	return f, info.Size(), nil
}

// Bounds of what is sent at a time.
const (
	batchLines = 2000
	batchBytes = 1 << 20
	maxLine    = 4 << 20
	maxShown   = 20 // refused lines that are reported one by one
	patience   = time.Second
)

// importer sends lines in batches, each once, in order.
type importer struct {
	env     *environment
	client  *client
	params  url.Values // of each batch
	key     string
	name    string
	skip    int64
	size    int64 // of the file, 0 where not known
	started time.Time

	batch    bytes.Buffer
	first    int64 // number of the first line in the batch
	inBatch  int64
	done     int64         // lines that are dealt with: durable or refused
	read     int64         // bytes
	patience time.Duration // a line of a pipe waits so long for others
	accepted int64
	refused  int64
	progress *progress
}

// run reads to the end, or until ctx is done: what was read by then is sent all the same.
func (im *importer) run(ctx context.Context, in io.Reader) error {
	ended := make(chan struct{})
	defer close(ended)
	lines := readLines(in, im.skip, ended)
	im.done = im.skip
	var due <-chan time.Time
	for {
		select {
		case l := <-lines:
			last, err := im.take(ctx, l)
			if err != nil && ctx.Err() != nil {
				return im.interrupted(ctx, lines) // the batch is sent again, by the same key
			}
			if last || err != nil {
				return err
			}
		case <-due:
			if err := im.send(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		case <-ctx.Done():
			return im.interrupted(ctx, lines)
		}
		switch {
		case im.inBatch == 0:
			due = nil
		case due == nil && im.size == 0: // batches of a file are cut by its lines alone, so that they are known again
			due = time.After(im.patience)
		}
	}
}

// take deals with a line, and reports whether it was the last.
func (im *importer) take(ctx context.Context, l inputLine) (last bool, err error) {
	last = l.err != nil
	im.read += l.size
	switch {
	case last && !errors.Is(l.err, io.EOF):
		return last, fmt.Errorf("read %s: %w", im.name, l.err)
	case len(l.text) == 0 && !l.long: // the end, or left out
	case l.long:
		if err := im.send(ctx); err != nil {
			return last, err
		}
		im.refuse(l.number, fmt.Sprintf("longer than %s", showBytes(maxLine)))
		im.done = l.number
	default:
		im.add(l.number, l.text)
	}
	if last || im.inBatch >= batchLines || im.batch.Len() >= batchBytes {
		return last, im.send(ctx)
	}
	return false, nil
}

// interrupted ends an import that somebody stopped. That is the usual end of a pipe: what came out of it is sent.
func (im *importer) interrupted(ctx context.Context, lines <-chan inputLine) error {
	rest, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if im.size > 0 {
		return errors.Join(im.send(rest), errors.New("import: interrupted"))
	}
	for range cap(lines) {
		select {
		case l := <-lines:
			if last, err := im.take(rest, l); last || err != nil {
				return err
			}
		default:
		}
	}
	return im.send(rest)
}

func (im *importer) add(number int64, line []byte) {
	if im.inBatch == 0 {
		im.first = number
	}
	im.batch.Write(line)
	if line[len(line)-1] != '\n' {
		im.batch.WriteByte('\n')
	}
	im.inBatch++
}

// importAnswer is how the server takes a batch. Lines are numbered from 1.
type importAnswer struct {
	Accepted int64 `json:"accepted"`
	Rejected int64 `json:"rejected_count"`
	Refusals []struct {
		Line   int64  `json:"line"`
		Reason string `json:"reason"`
	} `json:"rejected"` // the first of them
}

// send sends the batch and waits until it is durable.
func (im *importer) send(ctx context.Context) error {
	if len(bytes.TrimSpace(im.batch.Bytes())) > 0 {
		answer, err := im.post(ctx)
		if err != nil {
			return err
		}
		for _, r := range answer.Refusals {
			im.note(im.first+r.Line-1, r.Reason)
		}
		im.accepted += answer.Accepted
		im.refused += answer.Rejected
	}
	if im.inBatch > 0 {
		im.done = im.first + im.inBatch - 1
	}
	im.batch.Reset()
	im.inBatch = 0
	im.progress.show(im)
	return nil
}

// How often and how long to try again where the server asks for it.
const (
	tries    = 8
	longWait = 30 * time.Second
)

// post sends the batch, again where the server is busy or starting. The key lets the server know it again.
func (im *importer) post(ctx context.Context) (*importAnswer, error) {
	header := http.Header{}
	header.Set("Content-Type", "application/x-ndjson")
	header.Set("Idempotency-Key", im.key+":"+strconv.FormatInt(im.first, 10))
	wait := 200 * time.Millisecond
	for try := 1; ; try++ {
		answer, err := im.postOnce(ctx, header)
		var busy *serverError
		if err == nil || !errors.As(err, &busy) || try == tries || busy.status != http.StatusTooManyRequests && busy.status != http.StatusServiceUnavailable {
			return answer, err
		}
		if seconds, err := strconv.Atoi(busy.retryAfter); err == nil && seconds >= 0 {
			wait = max(wait, time.Duration(seconds)*time.Second)
		}
		select {
		case <-time.After(min(wait, longWait)):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		wait *= 2
	}
}

func (im *importer) postOnce(ctx context.Context, header http.Header) (*importAnswer, error) {
	var answer importAnswer
	response, err := im.client.send(ctx, http.MethodPost, "/api/v1/logs", im.params, header, im.batch.Bytes())
	var refused *serverError
	if errors.As(err, &refused) && refused.status == http.StatusBadRequest {
		// None of the lines was taken, and the answer says why of each.
		if json.Unmarshal(refused.body, &answer) == nil && answer.Rejected > 0 {
			return &answer, nil
		}
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("the answer of %s ends early or is no JSON: %w", im.client.base, err)
	}
	return &answer, nil
}

// importKey names an import. A file imported again is the same import, so that what the server still knows is not stored
// twice; what comes by a pipe is a new one each time.
func importKey(name string) string {
	if path, err := filepath.Abs(name); err == nil && name != "-" {
		sum := sha256.Sum256([]byte(path))
		return "file-" + hex.EncodeToString(sum[:8])
	}
	return "pipe-" + rand.Text()
}

// refuse counts a line that was not even sent.
func (im *importer) refuse(number int64, reason string) {
	im.note(number, reason)
	im.refused++
}

// note reports a refused line; after the first ones they are counted only.
func (im *importer) note(number int64, reason string) {
	if im.progress.noted++; im.progress.noted <= maxShown {
		im.progress.clear()
		im.env.say("line %d: %s\n", number, visible(reason))
	}
	if im.progress.noted == maxShown {
		im.env.say("Further refused lines are counted, not shown.\n")
	}
}

// stopped says what was done before an import failed, and how to go on.
func (im *importer) stopped(err error) error {
	im.progress.clear()
	if im.done == 0 {
		return err
	}
	where := "telltale import --skip " + strconv.FormatInt(im.done, 10) + " " + im.name
	return fmt.Errorf("%w\nLines up to %d are dealt with (%s imported). To go on: %s", err, im.done, showCount(im.accepted), where)
}

func (im *importer) summary() {
	im.progress.clear()
	took := im.env.now().Sub(im.started)
	text := fmt.Sprintf("%s imported", plural(im.accepted, "line"))
	if im.refused > 0 {
		text += fmt.Sprintf(", %s refused", showCount(im.refused))
	}
	im.env.say("%s; %s read in %s.\n", text, showBytes(im.read), showDuration(int64(took)))
}

// progress shows how far an import is: one line that changes on a terminal, else a line now and then.
type progress struct {
	env      *environment
	terminal bool
	every    time.Duration
	last     time.Time
	drawn    bool
	noted    int
}

func newProgress(env *environment) *progress {
	p := &progress{env: env, every: 10 * time.Second, last: env.now()}
	if f, ok := env.stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.terminal, p.every = true, 200*time.Millisecond
	}
	return p
}

func (p *progress) show(im *importer) {
	now := p.env.now()
	if now.Sub(p.last) < p.every {
		return
	}
	p.last = now
	text := fmt.Sprintf("%s lines, %s", showCount(im.done), showBytes(im.read))
	if im.size > 0 {
		text += fmt.Sprintf(" of %s (%d%%)", showBytes(im.size), min(100, 100*im.read/im.size))
	}
	if s := now.Sub(im.started).Seconds(); s > 0 {
		text += fmt.Sprintf(", %s lines/s", showCount(int64(float64(im.done-im.skip)/s)))
	}
	if im.refused > 0 {
		text += fmt.Sprintf(", %s refused", showCount(im.refused))
	}
	if p.terminal {
		p.env.say("\r\x1b[K%s", text)
		p.drawn = true
	} else {
		p.env.say("%s\n", text)
	}
}

// clear removes the line that changes.
func (p *progress) clear() {
	if p.drawn {
		p.env.say("\r\x1b[K")
		p.drawn = false
	}
}

// textParam tells the server what to do with lines that are not JSON.
func textParam(keep bool) string {
	if keep {
		return "keep"
	}
	return "refuse"
}
