package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"penstock/server"
)

// client speaks to a running Penstock by its HTTP API.
type client struct {
	base  string
	token string
}

// defaultServer is where `penstock serve` listens when nothing else is configured.
const defaultServer = "http://127.0.0.1:8400"

// flags adds what every command needs that asks a running Penstock.
func (c *client) flags(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&c.base, "server", envOr("PENSTOCK_SERVER", defaultServer), "address of the running Penstock (PENSTOCK_SERVER)")
	cmd.PersistentFlags().StringVar(&c.token, "token-file", os.Getenv("PENSTOCK_TOKEN_FILE"), "file with the bearer token, where one is configured (PENSTOCK_TOKEN_FILE, or the token itself in PENSTOCK_TOKEN)")
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// get asks for path with the parameters and decodes the answer into out.
func (c *client) get(ctx context.Context, path string, params url.Values, out any) error {
	return c.do(ctx, http.MethodGet, path, params, out)
}

// post sends in as JSON and decodes the answer into out; either may be nil.
func (c *client) post(ctx context.Context, path string, in, out any) error {
	return c.send(ctx, http.MethodPost, path, nil, in, out)
}

// send is post by another method, with parameters.
func (c *client) send(ctx context.Context, method, path string, params url.Values, in, out any) error {
	if in == nil {
		return c.do(ctx, method, path, params, out)
	}
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	return c.request(ctx, method, path, params, &body{contentType: "application/json", Reader: bytes.NewReader(text)}, out)
}

// upload posts something that is no JSON.
func (c *client) upload(ctx context.Context, path string, params url.Values, contentType string, in io.Reader, out any) error {
	return c.request(ctx, http.MethodPost, path, params, &body{contentType: contentType, Reader: in}, out)
}

func (c *client) do(ctx context.Context, method, path string, params url.Values, out any) error {
	return c.request(ctx, method, path, params, &body{}, out)
}

// body is what a request carries; the zero value is nothing.
type body struct {
	contentType string
	accept      string // empty: whatever comes
	io.Reader
}

func (c *client) request(ctx context.Context, method, path string, params url.Values, in *body, out any) error {
	resp, err := c.open(ctx, method, path, params, in)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	if out == nil || len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	return nil
}

// stream posts in and gives each server-sent event of the answer to take, as it comes.
func (c *client) stream(ctx context.Context, path string, in any, take func(event string, data []byte) error) error {
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	resp, err := c.open(ctx, http.MethodPost, path, nil, &body{contentType: "application/json", Reader: bytes.NewReader(text)})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	event := ""
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, data, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			event = data
		case "data":
			if err := take(event, []byte(data)); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	return nil
}

// lines posts in and gives each line of the answer to take, as it comes.
func (c *client) lines(ctx context.Context, path string, in any, take func(line []byte) error) error {
	text, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("write a request: %w", err)
	}
	resp, err := c.open(ctx, http.MethodPost, path, nil, &body{contentType: "application/json", accept: "application/x-ndjson", Reader: bytes.NewReader(text)})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if err := take(lines.Bytes()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	return nil
}

// maxLine bounds a line of an answer.
const maxLine = 128 << 20

// open sends a request; the answer is a good one, and the caller closes its body.
func (c *client) open(ctx context.Context, method, path string, params url.Values, in *body) (*http.Response, error) {
	target := strings.TrimSuffix(c.base, "/") + "/api/v1" + path
	if len(params) > 0 {
		target += "?" + params.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, target, in.Reader)
	if err != nil {
		return nil, fmt.Errorf("--server %q is not an address: %w", c.base, err)
	}
	if in.contentType != "" {
		req.Header.Set("Content-Type", in.contentType)
	}
	if in.accept != "" {
		req.Header.Set("Accept", in.accept)
	}
	if name := whoami(); name != "" {
		req.Header.Set("X-Penstock-Actor", name)
	}
	token, err := c.bearer()
	if err != nil {
		return nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		if errors.Is(err, syscall.ECONNREFUSED) {
			return nil, fmt.Errorf("no Penstock answers at %s: start one (penstock serve, penstock demo), or name another by --server", c.base)
		}
		return nil, fmt.Errorf("ask %s: %w", c.base, err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	return nil, answerError(resp.StatusCode, text)
}

// whoami is the user's name on this machine, by which the history tells who did something.
func whoami() string {
	u, err := user.Current()
	if err != nil || len(u.Username) > 100 || strings.ContainsFunc(u.Username, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return ""
	}
	return u.Username
}

func (c *client) bearer() (string, error) {
	if c.token == "" {
		return os.Getenv("PENSTOCK_TOKEN"), nil
	}
	b, err := os.ReadFile(c.token)
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// answerError says what the server found wrong, in the words of its problem document (RFC 9457).
func answerError(status int, body []byte) error {
	var problem struct {
		Title    string               `json:"title"`
		Detail   string               `json:"detail"`
		Hint     string               `json:"hint"`
		Column   int                  `json:"column"`
		Problems []server.RuleProblem `json:"problems"`
		Remarks  []server.HuntRemark  `json:"diagnostics"`
		Errors   []struct {
			Message  string `json:"message"`
			Location string `json:"location"`
		} `json:"errors"`
	}
	if json.Unmarshal(body, &problem) != nil || problem.Detail == "" && problem.Title == "" {
		return fmt.Errorf("the server answered %d %s", status, http.StatusText(status))
	}
	text := problem.Detail
	if text == "" {
		text = problem.Title
	}
	if status == http.StatusUnauthorized {
		problem.Hint = "give an API key by --token-file or PENSTOCK_TOKEN; docs/security.md says how to make one."
	}
	if problem.Hint != "" {
		text += " " + problem.Hint
	}
	for _, p := range problem.Problems {
		text += fmt.Sprintf("\n  line %d, column %d: %s", p.Line, p.Column, p.Message)
	}
	for _, e := range problem.Errors {
		text += fmt.Sprintf("\n  %s: %s", e.Location, e.Message)
	}
	return &queryProblem{text, problem.Column, problem.Remarks}
}

// queryProblem is an error of the server that may point into the query.
type queryProblem struct {
	text    string
	column  int
	remarks []server.HuntRemark // of a query in KQL
}

func (p *queryProblem) Error() string { return p.text }
