package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/telltale-dev/telltale/internal/api"
	"github.com/telltale-dev/telltale/internal/dashboard"
	"github.com/telltale-dev/telltale/internal/metrics"
)

func runDashboards(ctx context.Context, env *environment, args []string) error {
	f := newFlags(env, "dashboards", "list | check FILE …", "List the dashboards of a server, or check files of Grafana's JSON: whether every query is PromQL, and what of them is not supported.",
		example{"which are there, and is something wrong with them?", "telltale dashboards list"},
		example{"is my own right?", "telltale dashboards check dashboards/*.json"})
	connect := serverFlags(f)
	strict := f.Bool("strict", false, "what is not supported fails as well")
	operands, err := f.parse(args)
	if err != nil {
		return err
	}
	switch {
	case len(operands) > 1 && operands[0] == "check":
		return checkDashboards(env, operands[1:], *strict)
	case len(operands) == 1 && operands[0] == "list":
		c, err := connect()
		if err != nil {
			return err
		}
		return listDashboards(ctx, env, c)
	case len(operands) == 1 && operands[0] == "check":
		return f.usage("check needs a file")
	}
	return f.usage("list, or check and files")
}

// checkDashboards writes a line for each problem, as compilers do.
func checkDashboards(env *environment, files []string, strict bool) error {
	failed := 0
	for _, name := range files {
		text, err := readDashboard(name)
		if err != nil {
			failed++
			if _, err := fmt.Fprintf(env.stdout, "%s: error: it cannot be read: %s\n", visible(name), visible(err.Error())); err != nil {
				return fmt.Errorf("write: %w", err)
			}
			continue
		}
		d, problems := dashboard.ParseWith(name, text, metrics.ParseExpr)
		for _, p := range problems {
			if _, err := fmt.Fprintf(env.stdout, "%s:%s\n", visible(name), visible(p.String())); err != nil {
				return fmt.Errorf("write: %w", err)
			}
		}
		if d == nil || dashboard.Failed(problems) || strict && len(problems) > 0 {
			failed++
			continue
		}
		panels, queries := 0, 0
		for p := range d.Panels {
			panels++
			queries += len(p.Targets)
		}
		if _, err := fmt.Fprintf(env.stdout, "%s is right: %d panels, %d queries\n", visible(name), panels, queries); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d dashboards are wrong", failed, len(files))
	}
	return nil
}

// readDashboard reads no more than tells that a file is too large.
func readDashboard(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, reason(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, dashboard.MaxBytes+1))
	return text, reason(err)
}

// reason leaves out the name of the file, which the line begins with.
func reason(err error) error {
	if e := new(fs.PathError); errors.As(err, &e) {
		return e.Err
	}
	return err
}

func listDashboards(ctx context.Context, env *environment, c *client) error {
	var list api.DashboardList
	if err := c.get(ctx, "/api/v1/dashboards", nil, &list); err != nil {
		return err
	}
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "UID\tTITLE\tPANELS\tFROM\tPROBLEMS") // Flush tells, here and below
	for _, d := range list.Dashboards {
		from := "shipped"
		if d.Own {
			from = d.File
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", visible(d.UID), visible(d.Title), d.Panels, visible(from), visible(problemSummary(&d)))
	}
	return errors.Join(w.Flush())
}

// problemSummary counts, and tells the first error.
func problemSummary(d *api.DashboardEntry) string {
	if len(d.Problems) == 0 {
		return "-"
	}
	parts := []string{fmt.Sprint(len(d.Problems))}
	if d.Stale {
		parts = append(parts, "the file is wrong, what it was before is shown")
	}
	for _, p := range d.Problems {
		if p.Severity == dashboard.Error {
			parts = append(parts, p.String())
			break
		}
	}
	return strings.Join(parts, ": ")
}
