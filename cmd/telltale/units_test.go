package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnits(t *testing.T) {
	for ns, want := range map[int64]string{
		0: "0s", 850: "850ns", 1_500: "1.5µs", 310e6: "310ms", 1340e6: "1.34s", 12_500e6: "12.5s", 59_990e6: "60s", 125e9: "2m05s", 3*3600e9 + 7*60e9: "3h07m",
		4 * 86400e9: "4d", -1e9: "-1s",
	} {
		if got := showDuration(ns); got != want {
			t.Errorf("%d ns is %q, want %q", ns, got, want)
		}
	}
	for ns, want := range map[float64]string{0: "0s", 4.207e9: "4.2s", 902e6: "900ms", 1.337e9: "1.3s", 7: "7ns", 125e9: "2m10s"} {
		if got := showAbout(ns); got != want {
			t.Errorf("about %v ns is %q, want %q", ns, got, want)
		}
	}
	for exact, want := range map[string]string{
		"0": "$0", "0.0022088": "$0.002209", "0.000000000001": "<$0.000001", "1.5225": "$1.52", "12345.678": "$12,345.68", "nonsense": "nonsense",
	} {
		if got := showUSD(exact); got != want {
			t.Errorf("%s is %q, want %q", exact, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		if got := showCount(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 734_003: "734 kB", 1_500_000: "1.5 MB"} {
		if got := showBytes(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

// TestTable checks alignment with wide, combining and hostile text, and cutting to the terminal.
func TestTable(t *testing.T) {
	lay := func(s style) string {
		table := newTable(s, "name", ">n", "~text")
		table.add("", "日本", "1", "short")
		table.add("", "e\u0301te", "1,200", "\x1b[31mlong long long text")
		table.add(red, "", "7", blank)
		var b strings.Builder
		if err := table.write(&b); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	want := "name      n  text\n" +
		"日本      1  short\n" +
		"e\u0301te   1,200  \\x1b[31mlong long long text\n" +
		"—         7\n"
	if diff := cmp.Diff(want, lay(style{})); diff != "" {
		t.Error(diff)
	}
	narrow := newTable(style{width: 60}, "id", "~first", "?spare", "~last")
	narrow.add("", strings.Repeat("i", 20), strings.Repeat("f", 50), strings.Repeat("s", 10), strings.Repeat("l", 20))
	var b strings.Builder
	if err := narrow.write(&b); err != nil {
		t.Fatal(err)
	}
	want = "id                    first               last\n" +
		"iiiiiiiiiiiiiiiiiiii  fffffffffffffffff…  lllllllllllllllll…\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	for line := range strings.Lines(lay(style{width: 30})) {
		if n := columns(strings.TrimSuffix(line, "\n")); n > 30 {
			t.Errorf("%d cells: %s", n, line)
		}
	}
	if !strings.Contains(lay(style{colour: true}), "\x1b[31m7\x1b[0m") {
		t.Error("no colour")
	}
}
