package main

import (
	"io"
	"strings"
)

// table lays out rows in columns. Cells are made fit for a terminal by the table: callers give them as they come.
type table struct {
	style style
	heads []string
	right []bool // columns of numbers
	flex  int    // the column that is cut where the terminal is too narrow; -1 for none
	rows  [][]cell
}

// cell is a text and its colour.
type cell struct{ text, colour string }

// newTable takes the names of columns; one that begins with > is set to the right, the one with ~ may be cut.
func newTable(s style, heads ...string) *table {
	t := &table{style: s, flex: -1}
	for i, h := range heads {
		name := strings.TrimLeft(h, ">~")
		if strings.HasPrefix(h, "~") {
			t.flex = i
		}
		t.heads = append(t.heads, name)
		t.right = append(t.right, strings.HasPrefix(h, ">"))
	}
	return t
}

// blank is a cell in which there is nothing to know.
const blank = "\x00"

// add adds a row; what is empty is unknown, and shown as a dash.
func (t *table) add(colour string, texts ...string) {
	row := make([]cell, len(texts))
	for i, text := range texts {
		switch text {
		case "":
			text = unknown
		case blank:
			text = ""
		}
		row[i] = cell{visible(text), colour}
	}
	t.rows = append(t.rows, row)
}

const gap = 2 // cells between columns

// write lays the table out.
func (t *table) write(w io.Writer) error {
	widths := make([]int, len(t.heads))
	for i, h := range t.heads {
		widths[i] = columns(h)
		for _, row := range t.rows {
			widths[i] = max(widths[i], columns(row[i].text))
		}
	}
	if t.style.width > 0 && t.flex >= 0 {
		total := gap * (len(widths) - 1)
		for _, n := range widths {
			total += n
		}
		if over := total - t.style.width; over > 0 {
			widths[t.flex] = max(10, widths[t.flex]-over)
		}
	}
	var b strings.Builder
	head := make([]cell, len(t.heads))
	for i, h := range t.heads {
		head[i] = cell{h, bold}
	}
	t.line(&b, head, widths)
	for _, row := range t.rows {
		t.line(&b, row, widths)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (t *table) line(b *strings.Builder, row []cell, widths []int) {
	pad := 0 // held back, so that lines do not end in spaces
	for i, c := range row {
		text := c.text
		if i == t.flex {
			text = clip(text, widths[i])
		}
		rest := widths[i] - columns(text)
		if text == "" {
			pad += rest + gap
			continue
		}
		if t.right[i] {
			pad += rest
			rest = 0
		}
		b.WriteString(strings.Repeat(" ", pad))
		b.WriteString(t.style.paint(c.colour, text))
		pad = rest + gap
	}
	b.WriteByte('\n')
}
