// Package server is Penstock's HTTP interface: the API under /api/v1, described by OpenAPI at /api/openapi.json, the
// page that is built on it, and what operators and their monitoring ask for (/healthz, /readyz, /metrics, pprof).
//
// It listens on loopback unless told otherwise, and refuses to listen elsewhere without sign-in and TLS. Every operation
// says which permission it needs; who asks is found out before, and what he changes goes to the audit log.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"penstock/access"
	"penstock/audit"
)

// DefaultAddress is where the server listens unless told otherwise.
const DefaultAddress = "127.0.0.1:8400"

// Options of a Server. Zero values mean the default that is named.
type Options struct {
	// Address to listen on, host:port; DefaultAddress.
	Address string
	// Token lets in whoever shows it as "Authorization: Bearer …", as an administrator. Empty: there is none.
	Token string
	// SignIn: one has to sign in, or show a key or the token. Without, and without a token, whoever reaches the server
	// is an administrator, which only loopback may do.
	SignIn bool
	// Access is the users and keys; nil: there are none.
	Access *access.Access
	// Audit takes what is changed, and by whom; nil: nothing does.
	Audit *audit.Log
	// TLS encrypts; nil: it does not.
	TLS *tls.Config
	// Insecure: others may reach the server without TLS, because a proxy before it does that.
	Insecure bool
	// Secure: browsers reach the page by https, from here or from a proxy. Cookies then go by no other way.
	Secure bool
	// PageURL is the address of the page, without a slash at the end, for links; "http://" and Address.
	PageURL string
	// Proxies are trusted to say in X-Forwarded-For where requests come from.
	Proxies []netip.Prefix
	// Rate is how many requests a second one address may make, five times as many at once; 200.
	Rate int
	// Push takes in what programs send; nil: nothing is taken.
	Push Push
	// PushAddress is one that takes nothing else, host:port; without, events are taken at Address.
	PushAddress string
	// PushInsecure: others may reach PushAddress without TLS, because a proxy before it does that.
	PushInsecure bool
	// PushRate is how many requests with events a second one address may make, five times as many at once; 200.
	PushRate int
	// Hosts are names beside localhost, IP addresses and the one listened on, by which the server may be called.
	// Any other Host header is refused, so that a hostile page cannot reach it through a name of its own.
	Hosts []string
	// Pprof serves /debug/pprof/.
	Pprof bool
	// QueryTimeout ends a query that takes longer; 30 s.
	QueryTimeout time.Duration
	// MaxQueries run at once, the others wait; 8.
	MaxQueries int
	// MaxTails is how many live tails are served at once; 32.
	MaxTails int
	// DrainTimeout is how long requests under way may take once the server is to stop; 5 s.
	DrainTimeout time.Duration

	Version Version
	// Page holds the built page; one without index.html means that it was not built.
	Page fs.FS
	// Gatherer answers /metrics; nil: it is not served.
	Gatherer prometheus.Gatherer
	// Registerer takes the server's own metrics; nil: none.
	Registerer prometheus.Registerer
	// Log takes what goes wrong; slog.Default().
	Log *slog.Logger
}

// Version of the program that runs.
type Version struct {
	Version  string    `json:"version" example:"0.1.0"`
	Revision string    `json:"revision,omitempty" doc:"Commit it was built from"`
	Go       string    `json:"go" doc:"Version of Go"`
	Started  time.Time `json:"started"`
}

// Server serves the API and the page.
type Server struct {
	options   Options
	backends  Backends
	access    *access.Access
	limits    *limits
	log       *slog.Logger
	metrics   *metrics
	queries   chan struct{} // a slot per running query
	tails     chan struct{} // a slot per live tail
	tests     chan struct{} // a slot per test of a connection
	examining chan struct{} // the slot of the doctor
	stopping  chan struct{} // closed when the server is to stop: ends the tails
	api       huma.API
	handler   http.Handler
}

// New makes a server that answers from the backends. It fails when it would be open to others, and when an operation
// does not say who may do it.
func New(o Options, b Backends) (*Server, error) {
	setDefaults(&o)
	if err := errors.Join(checkExposure(&o), checkPushExposure(&o)); err != nil {
		return nil, err
	}
	s := &Server{
		options: o, backends: b, log: o.Log, access: o.Access, limits: newLimits(o.Rate, o.PushRate),
		queries:   make(chan struct{}, o.MaxQueries),
		tails:     make(chan struct{}, o.MaxTails),
		tests:     make(chan struct{}, maxTests),
		examining: make(chan struct{}, 1),
		stopping:  make(chan struct{}),
	}
	m, err := newMetrics(o.Registerer, func() float64 { return float64(len(s.tails)) })
	if err != nil {
		return nil, err
	}
	s.metrics = m
	s.handler, err = s.routes()
	return s, err
}

func setDefaults(o *Options) {
	if o.Address == "" {
		o.Address = DefaultAddress
	}
	if o.QueryTimeout == 0 {
		o.QueryTimeout = 30 * time.Second
	}
	if o.MaxQueries == 0 {
		o.MaxQueries = 8
	}
	if o.MaxTails == 0 {
		o.MaxTails = 32
	}
	if o.DrainTimeout == 0 {
		o.DrainTimeout = 5 * time.Second
	}
	if o.Rate == 0 {
		o.Rate = 200
	}
	if o.PushRate == 0 {
		o.PushRate = 200
	}
	if o.PageURL == "" {
		o.PageURL = "http://" + o.Address
	}
	if o.TLS != nil {
		o.Secure = true
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
}

// Handler answers every request that the server serves.
func (s *Server) Handler() http.Handler { return s.handler }

func (s *Server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	s.api = humago.New(mux, apiConfig(s.options.Version.Version))
	s.register(s.api)
	if err := undeclared(s.api.OpenAPI()); err != nil {
		return nil, err
	}
	mux.HandleFunc("/api/", s.noSuchEndpoint)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { writeText(w, http.StatusOK, "ok\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	if s.options.Gatherer != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(s.options.Gatherer, promhttp.HandlerOpts{
			MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
		}))
	}
	if s.options.Pprof {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	mux.Handle("/", s.page())
	return s.protect(mux), nil
}

func apiConfig(version string) huma.Config {
	c := huma.DefaultConfig("Penstock", version)
	c.Info.Description = "Intake, storage and search of Microsoft Defender XDR streaming data."
	c.OpenAPIPath = "/api/openapi"
	c.DocsPath = ""    // the page of the library loads scripts from outside
	c.SchemasPath = "" // bodies carry no $schema
	c.CreateHooks = nil
	c.Transformers = append(c.Transformers, withoutValues)
	c.RejectUnknownQueryParameters = true
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key":     {Type: "http", Scheme: "bearer", Description: "An API key, or the token of the configuration."},
		"session": {Type: "apiKey", In: "cookie", Name: "__Host-penstock", Description: "The cookie of a session; without TLS its name is penstock."},
	}
	c.Security = []map[string][]string{{"session": {}}, {"key": {}}, {}}
	return c
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	if s.backends.Ready != nil {
		if err := s.backends.Ready(r.Context()); err != nil {
			writeText(w, http.StatusServiceUnavailable, err.Error()+"\n")
			return
		}
	}
	writeText(w, http.StatusOK, "ready\n")
}

func writeText(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) //nolint:gosec // plain text, and nosniff says so; whoever asked may be gone
}

// Listen opens the address of the options.
func (s *Server) Listen(ctx context.Context) (net.Listener, error) {
	return s.listen(ctx, s.options.Address, "--listen")
}

func (s *Server) listen(ctx context.Context, address, setting string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w (is another Penstock running? choose another address with %s)", address, err, setting)
	}
	if s.options.TLS != nil {
		l = tls.NewListener(l, s.options.TLS)
	}
	return l, nil
}

// Serve answers on the listener until the context ends, then lets requests under way finish, for DrainTimeout at most.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	return s.serve(ctx, l, s.handler, func() { close(s.stopping) })
}

// serve calls stopping when the context ends, before it waits for requests under way.
func (s *Server) serve(ctx context.Context, l net.Listener, handler http.Handler, stopping func()) error {
	hs := &http.Server{
		Handler:           s.tellingFaults(handler),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       20 * time.Second,
		WriteTimeout:      s.options.QueryTimeout + 30*time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		stopping()
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.options.DrainTimeout)
		defer cancel()
		err := hs.Shutdown(drain)
		if errors.Is(err, context.DeadlineExceeded) {
			err = hs.Close()
		}
		stopped <- err
	})
	err := hs.Serve(l)
	if stop() { // Serve failed by itself
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	}
	return <-stopped
}
