package main

import (
	"bufio"
	"errors"
	"io"
)

// inputLine is a line of what is imported.
type inputLine struct {
	number int64  // from 1
	text   []byte // with its end; empty where it is left out, and after the last line
	size   int64  // bytes, with those that are not in text
	long   bool   // longer than maxLine: text is its beginning
	err    error  // what ended the input: io.EOF, or why it could not be read. The text before it counts
}

// readLines reads until the input ends or ended is closed. The first lines, as many as skip, are empty. A read that waits for
// another program cannot be ended from here, so nobody waits for the reader: it ends with the input or the process.
func readLines(in io.Reader, skip int64, ended <-chan struct{}) <-chan inputLine {
	lines := make(chan inputLine, 64)
	go func() {
		r := bufio.NewReaderSize(in, 64<<10)
		for number := int64(1); ; number++ {
			l := readLine(r)
			l.number = number
			if number <= skip {
				l.text, l.long = nil, false
			}
			select {
			case lines <- l:
			case <-ended:
				return
			}
			if l.err != nil {
				return
			}
		}
	}()
	return lines
}

// readLine returns a line. Of one that is too long it returns the beginning and reads over the rest.
func readLine(r *bufio.Reader) (l inputLine) {
	for {
		part, err := r.ReadSlice('\n')
		l.size += int64(len(part))
		if len(l.text)+len(part) > maxLine {
			l.long = true
		} else if !l.long {
			l.text = append(l.text, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			l.err = err
			return l
		}
	}
}
