package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// trino runs a command together with a Trino server that runs as long as the command:
//
//	egret-dev trino -cache DIR -- go test -run Integration ./...
//
// The server listens on this machine only and has the catalogs memory, hive, iceberg and tpch; the command finds its
// address in EGRET_TRINO. Without a command the server runs until it is interrupted. DIR caches the download.
func trino(args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("egret-dev trino", flag.ContinueOnError)
	flags.SetOutput(stderr)
	cache := flags.String("cache", "", "folder for the download and the unpacked server, outside the checkout")
	port := flags.Int("port", 0, "port to listen on; 0 takes a free one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *cache == "" {
		return errors.New("trino: expected -cache")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	java, err := findJava(os.Getenv, javaFolders)
	if err != nil {
		return fmt.Errorf("trino: %w", err)
	}
	installed, err := trinoRelease.install(ctx, os.Getenv("EGRET_MAVEN"), filepath.Join(*cache, "trino"), stderr)
	if err != nil {
		return fmt.Errorf("trino: %w", err)
	}
	began := time.Now()
	server, err := startTrino(ctx, java, installed, *port, stderr)
	if err != nil {
		return fmt.Errorf("trino: %w", err)
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	fmt.Fprintf(stderr, "Trino %s is ready at %s after %.1f s\n", trinoRelease.version, server.address, time.Since(began).Seconds())
	return server.serve(ctx, flags.Args(), stdout, stderr)
}

// serve runs the command and returns its error. It also returns when the server ends, since the command would wait
// forever.
func (s *trinoServer) serve(ctx context.Context, command []string, stdout, stderr io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-s.ended:
			cancel(fmt.Errorf("the server ended unexpectedly: %w", s.fault()))
		case <-ctx.Done():
		}
	}()
	if len(command) == 0 {
		<-ctx.Done()
	} else {
		cmd := exec.CommandContext(ctx, command[0], command[1:]...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
		cmd.Env = append(os.Environ(), "EGRET_TRINO="+s.address)
		cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
		cmd.WaitDelay = 10 * time.Second
		if err := cmd.Run(); err != nil && ctx.Err() == nil {
			return fmt.Errorf("%s: %w", command[0], err)
		}
	}
	if cause := context.Cause(ctx); cause != nil && len(command) > 0 || errors.Is(cause, errTrino) {
		return cause
	}
	return nil
}
