// SPDX-License-Identifier: ISC
// The program under test: sends one Redis command and says how it ended.

package main

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"time"
)

const pong = "+PONG\r\n"

type seen struct {
	text      string
	last, end time.Duration
	err       error
}

// command stops reading at want bytes.
func command(address, line string, want int) (got seen) {
	start := time.Now()
	defer func() { got.end = time.Since(start) }()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		got.err = err
		return got
	}
	defer conn.Close()
	conn.SetDeadline(start.Add(10 * time.Second))
	io.WriteString(conn, line+"\r\n")
	buffer := make([]byte, 65536)
	for len(got.text) < want {
		n, err := conn.Read(buffer)
		if err == io.EOF {
			break
		}
		if err != nil {
			got.err = err
			break
		}
		got.text += string(buffer[:n])
		got.last = time.Since(start)
	}
	return got
}

func ping(address string) seen {
	return command(address, "PING", len(pong))
}

func echo(address string, size int) seen {
	return command(address, "ECHO "+strings.Repeat("x", size), size+9)
}

func (s seen) refused() bool {
	return errors.Is(s.err, syscall.ECONNREFUSED)
}

func (s seen) reset() bool {
	return errors.Is(s.err, syscall.ECONNRESET)
}
