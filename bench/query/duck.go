package main

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

//go:embed duck.py
var script string

// oracle is a DuckDB that answers SQL.
type oracle struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func newOracle(ctx context.Context, python, dir string) (*oracle, error) {
	cmd := exec.CommandContext(ctx, python, "-c", script, dir)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	o := &oracle{cmd: cmd, in: in, out: bufio.NewReaderSize(out, 1<<20)}
	hello, err := o.out.ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("duckdb: %w", err)
	}
	fmt.Print("duckdb ", hello)
	return o, nil
}

func (o *oracle) close() {
	_ = o.in.Close()
	_ = o.cmd.Wait()
}

type answer struct {
	MS    float64 `json:"ms"`
	Rows  [][]any `json:"rows"`
	Error string  `json:"error"`
}

// ask runs a query, for its time or for its rows.
func (o *oracle) ask(sql string, time bool) (a answer, err error) {
	b, err := json.Marshal(map[string]any{"sql": sql, "time": time})
	if err != nil {
		return a, err
	}
	if _, err := o.in.Write(append(b, '\n')); err != nil {
		return a, err
	}
	line, err := o.out.ReadBytes('\n')
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, err
	}
	if a.Error != "" {
		return a, errors.New(a.Error)
	}
	return a, nil
}
