package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
)

// echoFlag makes this very program the echo.
const echoFlag = "--echo"

// echo serves until its standard input ends: its parent is gone then. A client
// first sends the size of its requests and that of the answers that it wants.
func echo() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go echoTo(conn)
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func echoTo(conn net.Conn) {
	defer func() { _ = conn.Close() }() // its client is gone
	var sizes [8]byte
	if _, err := io.ReadFull(conn, sizes[:]); err != nil {
		return
	}
	request := make([]byte, binary.LittleEndian.Uint32(sizes[:]))
	answer := make([]byte, binary.LittleEndian.Uint32(sizes[4:]))
	for {
		if _, err := io.ReadFull(conn, request); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

// echoProcess is the echo as a process of its own.
type echoProcess struct {
	addr string
	pid  int
	stop func()
}

func startEcho() (*echoProcess, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, echoFlag)
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
	e := &echoProcess{pid: cmd.Process.Pid, stop: func() {
		_ = in.Close() // it ends by that
		_ = cmd.Wait()
	}}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		e.stop()
		return nil, fmt.Errorf("the echo did not start: %w", err)
	}
	e.addr = strings.TrimSpace(line)
	return e, nil
}

// echoPrologue tells the echo the sizes.
func echoPrologue(l load) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(l.request(nil, 0))))
	return binary.LittleEndian.AppendUint32(b, uint32(l.answer))
}

const dialTimeout = 5 * time.Second
