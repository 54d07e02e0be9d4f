package eventhub

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
	"github.com/coder/websocket"

	"penstock/source/entra"
)

const applicationID = "penstock"

// consumer makes a client for one hub, with a credential of its own: nothing that has expired is used again.
func (o *Options) consumer(hub string) (*azeventhubs.ConsumerClient, error) {
	c := &o.Config
	options := &azeventhubs.ConsumerClientOptions{
		ApplicationID: applicationID, InstanceID: o.Instance, RetryOptions: o.Retry, TLSConfig: o.TLS,
	}
	if c.Transport == "websockets" {
		options.NewWebSocketConn = o.dialWebSocket
	}
	if conn := c.ConnectionString.Reveal(); conn != "" {
		p, err := azeventhubs.ParseConnectionString(conn)
		if err != nil {
			return nil, fmt.Errorf("connection string: %w", err)
		}
		if p.EntityPath != nil {
			hub = ""
		}
		return azeventhubs.NewConsumerClientFromConnectionString(conn, hub, c.ConsumerGroup, options)
	}
	credential, err := entra.New(c.Credential)
	if err != nil {
		return nil, err
	}
	return azeventhubs.NewConsumerClient(c.Namespace, hub, c.ConsumerGroup, entra.For(credential, c.Cloud.HubAudience), options)
}

// dialWebSocket connects by way of port 443 and, where there is one, an HTTP proxy.
func (o *Options) dialWebSocket(ctx context.Context, args azeventhubs.WebSocketConnParams) (net.Conn, error) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, TLSClientConfig: o.TLS}
	if o.Config.Proxy != "" {
		proxy, err := url.Parse(o.Config.Proxy.Reveal())
		if err != nil {
			return nil, fmt.Errorf("address of the proxy cannot be read") // the cause would show its password
		}
		transport.Proxy = http.ProxyURL(proxy)
	}
	conn, _, err := websocket.Dial(ctx, args.Host, &websocket.DialOptions{ //nolint:bodyclose // the connection takes the body over
		Subprotocols: []string{"amqp"}, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		return nil, fmt.Errorf("open websocket: %w", err)
	}
	// The connection outlives the call that opened it; the SDK closes it.
	return websocket.NetConn(context.WithoutCancel(ctx), conn, websocket.MessageBinary), nil
}

// container makes a client for the container of the checkpoints.
func (o *Options) container() (*container.Client, error) {
	s := o.Config.Storage
	options := &container.ClientOptions{Audience: s.Cloud.StorageAudience, ClientOptions: policy.ClientOptions{
		Retry:     policy.RetryOptions{MaxRetries: 2, RetryDelay: 300 * time.Millisecond, MaxRetryDelay: 2 * time.Second, TryTimeout: 10 * time.Second},
		Telemetry: policy.TelemetryOptions{ApplicationID: applicationID},
	}}
	name := s.Container
	if conn := s.ConnectionString.Reveal(); conn != "" {
		return container.NewClientFromConnectionString(conn, name, options)
	}
	identity := o.Config.Credential
	if s.Credential != nil {
		identity = *s.Credential
	}
	credential, err := entra.New(identity)
	if err != nil {
		return nil, err
	}
	return container.NewClient(strings.TrimSuffix(s.Account, "/")+"/"+name, credential, options)
}
