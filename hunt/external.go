package hunt

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"

	"penstock/kql"
)

// The bounds of externaldata.
const (
	maxExternalURLs  = 10
	maxExternalBytes = 16 << 20 // of one file, decompressed
	maxExternalRows  = 200_000
	maxRedirects     = 5
	externalTimeout  = 30 * time.Second
)

// fetcher reads the files that externaldata names, from the hosts that an administrator has allowed.
type fetcher struct {
	hosts    []string       // in lower case
	networks []netip.Prefix // of addresses that are not public, and allowed all the same
	client   *http.Client
}

func newFetcher(allowed []string) *fetcher {
	f := &fetcher{}
	for _, text := range allowed {
		if p, err := netip.ParsePrefix(text); err == nil {
			f.networks = append(f.networks, p)
			continue
		}
		f.hosts = append(f.hosts, strings.ToLower(text))
	}
	dialer := &net.Dialer{Timeout: 10 * time.Second, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return f.checkAddress(address)
	}}
	f.client = &http.Client{
		Timeout: externalTimeout,
		// No proxy: it would connect to addresses that nobody has looked at.
		Transport: &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: 10 * time.Second, DisableCompression: true, DisableKeepAlives: true, ForceAttemptHTTP2: true},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > maxRedirects {
				return errors.New("it leads on and on")
			}
			return f.checkURL(r.URL)
		},
	}
	return f
}

// checkURL tells why a file may not be read; nil when it may.
func (f *fetcher) checkURL(u *url.URL) error {
	switch {
	case len(f.hosts) == 0:
		return errors.New("externaldata is not allowed here: an administrator lists the hosts that it may read from in hunt.external_hosts")
	case u.Scheme != "https":
		return fmt.Errorf("externaldata reads by https alone, not %q", u.Scheme)
	case u.User != nil:
		return errors.New("externaldata takes no user in an address")
	case !slices.Contains(f.hosts, strings.ToLower(u.Hostname())):
		return fmt.Errorf("externaldata may not read from %s: hunt.external_hosts does not list it", u.Hostname())
	}
	return nil
}

// checkAddress keeps a name that was allowed from leading into this machine or its network.
func (f *fetcher) checkAddress(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	ip = ip.Unmap().WithZone("")
	if slices.ContainsFunc(f.networks, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return nil
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return fmt.Errorf("the address %s is not public: list its network in hunt.external_hosts if it is to be read from", ip)
	}
	return nil
}

// notPublic are networks of special purpose (RFC 6890) that netip counts as global.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
}

// check tells why what an externaldata names may not be read; nil when it may.
func (f *fetcher) check(e *kql.External) error {
	_, err := f.addresses(e)
	return err
}

func (f *fetcher) addresses(e *kql.External) ([]*url.URL, error) {
	if len(e.URLs) == 0 || len(e.URLs) > maxExternalURLs {
		return nil, fmt.Errorf("externaldata reads from 1 to %d addresses", maxExternalURLs)
	}
	var list []*url.URL
	for _, text := range e.URLs {
		// What follows a semicolon is how Kusto signs in; nobody signs in from here.
		text, _, _ = strings.Cut(text, ";")
		u, err := url.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("the address %q of externaldata is not understood", text)
		}
		if err := f.checkURL(u); err != nil {
			return nil, err
		}
		list = append(list, u)
	}
	return list, nil
}

// table reads what an externaldata names.
func (f *fetcher) table(ctx context.Context, e *kql.External) (*kql.Values, error) {
	addresses, err := f.addresses(e)
	if err != nil {
		return nil, err
	}
	out := &kql.Values{Cols: e.Cols}
	for _, u := range addresses {
		body, err := f.get(ctx, u)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", u.Redacted(), err)
		}
		rows, err := readExternal(e, u.Path, body)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", u.Redacted(), err)
		}
		if len(out.Rows)+len(rows) > maxExternalRows {
			return nil, fmt.Errorf("externaldata gives more than %d rows", maxExternalRows)
		}
		out.Rows = append(out.Rows, rows...)
	}
	return out, nil
}

func (f *fetcher) get(ctx context.Context, u *url.URL) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := f.client.Do(req)
	if err != nil {
		var inner *url.Error
		if errors.As(err, &inner) {
			err = inner.Err // the address is told already
		}
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the host answers %s", resp.Status)
	}
	var body io.Reader = resp.Body
	switch {
	case strings.HasSuffix(u.Path, ".gz"):
		if body, err = gzip.NewReader(resp.Body); err != nil {
			return nil, fmt.Errorf("decompress: %w", err)
		}
	case strings.HasSuffix(u.Path, ".zip"):
		return nil, errors.New("ZIP archives are not supported: give the address of the file as it is, or compressed by gzip")
	}
	text, err := io.ReadAll(io.LimitReader(body, maxExternalBytes+1))
	if err == nil && len(text) > maxExternalBytes {
		err = fmt.Errorf("it is larger than %d MiB", maxExternalBytes>>20)
	}
	return text, err
}
