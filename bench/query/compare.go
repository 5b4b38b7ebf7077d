package main

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/telltale-dev/telltale/internal/store/local/exec"
	"github.com/telltale-dev/telltale/internal/telemetry"
)

// compare runs every query on both sides by turns and prints medians.
func compare(ctx context.Context, e *exec.Engine, duck *oracle) error {
	fmt.Printf("\n| query | found | ms | DuckDB ms | ratio | target |\n|---|---|---|---|---|---|\n")
	wrong := 0
	for _, q := range queries() {
		if !q.chosen() {
			continue
		}
		d, err := q.run(ctx, e)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		note := ""
		if duck != nil {
			if note, err = verify(duck, q, d); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
		}
		if note != "" {
			wrong++
		}
		ours, theirs, err := measure(ctx, e, duck, q)
		if err != nil {
			return fmt.Errorf("%s: %w", q.name, err)
		}
		fmt.Printf("| %s | %.0f | %.1f | %.1f | %.2f | %s |%s\n", q.name, d[0], ours, theirs, ours/theirs, target(q.target), note)
	}
	fmt.Printf("\npeak RSS of this process: %d MB\n", peakRSS())
	if wrong > 0 {
		return fmt.Errorf("%d answers differ", wrong)
	}
	return nil
}

func target(t float64) string {
	if t == 0 {
		return ""
	}
	return "≤ " + strconv.FormatFloat(t, 'f', -1, 64)
}

func measure(ctx context.Context, e telemetry.Reader, duck *oracle, q query) (ours, theirs float64, err error) {
	var mine []float64
	others := make([][]float64, len(q.sql))
	for n := range *rounds + 1 {
		t := time.Now()
		if _, err := q.run(ctx, e); err != nil {
			return 0, 0, err
		}
		ms := float64(time.Since(t).Microseconds()) / 1000
		if n > 0 {
			mine = append(mine, ms)
		}
		if duck == nil {
			continue
		}
		for i, sql := range q.sql {
			a, err := duck.ask(sql, true)
			if err != nil {
				return 0, 0, err
			}
			if n > 0 {
				others[i] = append(others[i], a.MS)
			}
		}
	}
	theirs = math.NaN()
	for _, list := range others {
		if len(list) > 0 && !(median(list) > theirs) {
			theirs = median(list)
		}
	}
	return median(mine), theirs, nil
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}

// verify compares our digest with DuckDB's: exactly for counts and sums, within 1 % for quantiles.
func verify(duck *oracle, q query, d digest) (string, error) {
	a, err := duck.ask(q.check, false)
	if err != nil {
		return "", err
	}
	for i, v := range a.Rows[0] {
		want, _ := v.(float64)
		tolerance := 1e-9
		if i >= 3 && len(d) == 6 {
			tolerance = 0.01
		}
		if math.Abs(d[i]-want) > tolerance*math.Abs(want)+1e-9 {
			return fmt.Sprintf(" DIFFERS: %v, DuckDB %v", d, a.Rows[0]), nil
		}
	}
	return "", nil
}

// peakRSS is in MB, as Linux counts it.
func peakRSS() (mb int) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb / 1024
		}
	}
	return 0
}
