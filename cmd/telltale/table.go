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
	flex  []bool // columns whose texts are cut where the terminal is too narrow
	spare []bool // columns that are left out where it is narrower still, the last first
	rows  [][]cell
}

// cell is a text and its colour.
type cell struct{ text, colour string }

// newTable takes the names of columns. One that begins with > is set to the right; with ~ it is cut, with ? left out where
// the terminal is too narrow.
func newTable(s style, heads ...string) *table {
	t := &table{style: s}
	for _, h := range heads {
		t.heads = append(t.heads, visible(strings.TrimLeft(h, ">~?")))
		t.right = append(t.right, strings.HasPrefix(h, ">"))
		t.flex = append(t.flex, strings.HasPrefix(h, "~"))
		t.spare = append(t.spare, strings.HasPrefix(h, "?"))
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

const (
	gap      = 2  // cells between columns
	minWidth = 14 // below which no column is cut
	leftOut  = -1 // width of a column that is not shown
)

// write lays the table out.
func (t *table) write(w io.Writer) error {
	widths := make([]int, len(t.heads))
	for i, h := range t.heads {
		widths[i] = columns(h)
		for _, row := range t.rows {
			widths[i] = max(widths[i], columns(row[i].text))
		}
	}
	if t.style.width > 0 {
		t.fit(widths)
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

// fit narrows columns to the terminal: the widest that may be cut first, then it leaves out spare ones. What is still too
// wide is for the terminal to wrap.
func (t *table) fit(widths []int) {
	over := -gap - t.style.width
	for _, n := range widths {
		over += n + gap
	}
	room := 0 // how much cutting could save
	for i, n := range widths {
		if t.flex[i] {
			room += max(0, n-minWidth)
		}
	}
	for i := len(widths) - 1; i >= 0 && over > room; i-- {
		if t.spare[i] {
			over -= widths[i] + gap
			widths[i] = leftOut
		}
	}
	for over > 0 {
		widest, next := -1, minWidth
		for i, n := range widths {
			switch {
			case !t.flex[i] || n <= minWidth:
			case widest < 0 || n > widths[widest]:
				if widest >= 0 {
					next = widths[widest]
				}
				widest = i
			case n > next:
				next = n
			}
		}
		if widest < 0 {
			return
		}
		cut := min(over, max(1, widths[widest]-next))
		widths[widest] -= cut
		over -= cut
	}
}

func (t *table) line(b *strings.Builder, row []cell, widths []int) {
	pad := 0 // held back, so that lines do not end in spaces
	for i, c := range row {
		if widths[i] == leftOut {
			continue
		}
		text := c.text
		if t.flex[i] {
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
