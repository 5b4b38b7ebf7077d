package alerting

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// child runs an Alertmanager in a process of its own, to be killed. A line on its standard input is "fire NAME" or
// "resolve NAME"; it answers each with a line once Alert has returned.
func child(config, dir string) int {
	o, _ := options(dir, config)
	m, err := New(o)
	if err == nil {
		m.attempt = 5 * time.Second
		err = m.Start(context.Background())
	}
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Println("ready")
	said := map[string]Alert{}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		verb, name, _ := strings.Cut(lines.Text(), " ")
		a, known := said[name]
		if !known {
			a = fires(name)
			said[name] = a
		}
		if verb == "resolve" {
			a = resolved(a)
		}
		m.Alert([]Alert{a})
		fmt.Println("said")
	}
	return 0
}

type victim struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func spawn(t *testing.T, config, dir string) *victim {
	t.Helper()
	v := &victim{cmd: exec.Command(os.Args[0])} //nolint:gosec // the test runs itself
	v.cmd.Env = append(os.Environ(), "ALERTING_CHILD_CONFIG="+config, "ALERTING_CHILD_DIR="+dir)
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if v.in, err = v.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.kill)
	v.lines = bufio.NewScanner(out)
	v.expect(t, "ready")
	return v
}

func (v *victim) expect(t *testing.T, line string) {
	t.Helper()
	if !v.lines.Scan() || v.lines.Text() != line {
		t.Fatalf("the child said %q, want %q", v.lines.Text(), line)
	}
}

func (v *victim) say(t *testing.T, line string) {
	t.Helper()
	if _, err := io.WriteString(v.in, line+"\n"); err != nil {
		t.Fatal(err)
	}
	v.expect(t, "said")
}

// kill ends it as kill -9 does.
func (v *victim) kill() {
	_ = v.cmd.Process.Kill() // it may be dead
	_ = v.cmd.Wait()
}

// settle is more than a group needs to tell, and to tell again if it were to.
const settle = 1200 * time.Millisecond

// What was told is not told again by a process that comes after one that was killed, at once or later.
func TestKilledIsNotToldTwice(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	write(t, config, toWebhook(box.URL))
	for round := range 3 {
		v := spawn(t, config, dir)
		v.say(t, "fire Slow")
		box.until(t, 1)
		waitFor(t, filepath.Join(dir, "nflog"), "Slow") // the answer has arrived
		time.Sleep(time.Duration(round) * 100 * time.Millisecond)
		v.kill()
	}
	v := spawn(t, config, dir)
	v.say(t, "fire Slow")
	time.Sleep(settle)
	if n := len(box.letters()); n != 1 {
		t.Fatalf("it was told %d times", n)
	}
	before, err := os.ReadFile(filepath.Join(dir, "nflog"))
	if err != nil {
		t.Fatal(err)
	}
	v.say(t, "resolve Slow")
	box.until(t, 2)
	eventually(t, func() string { // the answer has arrived
		now, err := os.ReadFile(filepath.Join(dir, "nflog"))
		if err != nil || string(now) == string(before) {
			return "the notification is not remembered"
		}
		return ""
	})
	v.kill()
	v = spawn(t, config, dir)
	time.Sleep(settle)
	v.kill()
	if n := len(box.letters()); n != 2 {
		t.Errorf("%d letters: that it resolved was told again", n)
	}
}

// A group that waited when the process was killed is told by the next, once.
func TestKilledWhileWaiting(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	write(t, config, strings.Replace(toWebhook(box.URL), "group_wait: 150ms", "group_wait: 1m", 1))
	v := spawn(t, config, dir)
	v.say(t, "fire Slow")
	waitFor(t, filepath.Join(dir, "alerts"), "Slow")
	v.kill()
	if n := len(box.letters()); n != 0 {
		t.Fatalf("%d letters before the group's time", n)
	}
	write(t, config, toWebhook(box.URL))
	v = spawn(t, config, dir)
	box.until(t, 1)
	time.Sleep(settle)
	v.kill()
	if n := len(box.letters()); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// What could not be told because the receiver was down is told by the next process.
func TestKilledWhileTheReceiverIsDown(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	write(t, config, toWebhook(box.URL))
	v := spawn(t, config, dir)
	v.say(t, "fire Slow")
	box.until(t, 1)
	waitFor(t, filepath.Join(dir, "nflog"), "Slow")
	box.always(answer{status: http.StatusServiceUnavailable})
	v.say(t, "resolve Slow")
	v.say(t, "fire Broken")
	waitFor(t, filepath.Join(dir, "alerts"), "Broken")
	eventually(t, func() string { return map[bool]string{true: "no attempt"}[len(box.letters()) < 3] })
	v.kill()
	box.always(answer{status: http.StatusOK})
	v = spawn(t, config, dir)
	taken := box.until(t, 3)
	time.Sleep(settle)
	v.kill()
	if n := len(box.taken()); n != 3 {
		t.Errorf("%d letters were taken, want 3", n)
	}
	all := taken[1].body + taken[2].body
	if !strings.Contains(all, `"status":"resolved"`) || !strings.Contains(all, "Broken") {
		t.Error(all)
	}
}

// An alert that nobody says again after a restart has resolved while we were down: that is told, after the grace.
func TestResolvedWhileDown(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	config := filepath.Join(dir, "alertmanager.yml")
	write(t, config, toWebhook(box.URL))
	v := spawn(t, config, dir)
	v.say(t, "fire Slow")
	v.say(t, "fire Broken")
	box.until(t, 2)
	waitFor(t, filepath.Join(dir, "nflog"), "Slow")
	waitFor(t, filepath.Join(dir, "nflog"), "Broken")
	v.kill()
	expire(t, filepath.Join(dir, "alerts"))
	began := time.Now()
	m := start(t, dir, toWebhook(box.URL)) // with a grace of two seconds
	m.Alert([]Alert{fires("Broken")})
	last := box.until(t, 3)[2]
	if !strings.Contains(last.body, `"status":"resolved"`) || !strings.Contains(last.body, `"alertname":"Slow"`) {
		t.Error(last.body)
	}
	if took := last.at.Sub(began); took < 2*time.Second {
		t.Errorf("it was told after %s, before a rule could have said that it still fires", took)
	}
	time.Sleep(settle)
	if n := len(box.letters()); n != 3 {
		t.Errorf("%d letters, want 3: what still fires is not told again", n)
	}
}

// A stop lets an attempt come to its end; it is not made again.
func TestStopWhileDelivering(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	box.answer(answer{status: http.StatusOK, silence: 800 * time.Millisecond})
	m := start(t, dir, toWebhook(box.URL))
	m.Alert([]Alert{fires("Slow")})
	box.underWay(t)
	m.stop(t)
	if n := len(box.taken()); n != 1 {
		t.Fatalf("%d letters were taken by the end of the stop", n)
	}
	start(t, dir, toWebhook(box.URL))
	time.Sleep(settle)
	if n := len(box.letters()); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// A stop takes no longer than it may, and what was cut is told by the next process.
func TestStopHasALimit(t *testing.T) {
	box := newPostbox(t)
	dir := t.TempDir()
	box.answer(answer{status: http.StatusOK, silence: time.Hour})
	m := start(t, dir, toWebhook(box.URL))
	m.attempt = time.Minute
	if err := m.Reload(); err != nil {
		t.Fatal(err)
	}
	m.Alert([]Alert{fires("Slow")})
	box.underWay(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := m.Stop(ctx); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 30*time.Second { // half of what the attempt has
		t.Errorf("it took %s", took)
	}
	start(t, dir, toWebhook(box.URL))
	box.until(t, 1)
}

// A file that is broken is set aside, and the rest goes on.
func TestBrokenState(t *testing.T) {
	for _, name := range []string{"alerts", "silences", "nflog"} {
		dir := t.TempDir()
		write(t, filepath.Join(dir, name), "\x0fnot at all what it should be")
		m := start(t, dir, "")
		m.stop(t)
		aside, err := filepath.Glob(filepath.Join(dir, name+".broken-*"))
		if err != nil || len(aside) != 1 || !strings.Contains(m.logs.String(), "set aside") {
			t.Errorf("%s: %v, %v\n%s", name, aside, err, m.logs)
		}
	}
}

func waitFor(t *testing.T, file, text string) {
	t.Helper()
	eventually(t, func() string {
		content, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(content), text) {
			return fmt.Sprintf("%s is not in %s: %v %s", text, file, err, content)
		}
		return ""
	})
}

// expire lets time pass: the alerts of a file were last said an hour ago.
func expire(t *testing.T, file string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := decodeAlertList(content)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		a.StartsAt, a.UpdatedAt, a.EndsAt = a.StartsAt.Add(-time.Hour), a.UpdatedAt.Add(-time.Hour), a.EndsAt.Add(-time.Hour)
	}
	var b strings.Builder
	if err := encodeAlertList(&b, list); err != nil {
		t.Fatal(err)
	}
	write(t, file, b.String())
}
