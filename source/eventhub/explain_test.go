package eventhub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/go-amqp"

	"penstock/config"
)

func detached(condition, description string) error {
	return fmt.Errorf("receive: %w", &amqp.LinkError{RemoteErr: &amqp.Error{Condition: amqp.ErrCond(condition), Description: description}})
}

func TestErrorsAreSaidInPlainWordsWithAHint(t *testing.T) {
	withKey := config.EventHub{Namespace: "ns.example", ConsumerGroup: "penstock", ConnectionString: "Endpoint=…"}
	entra := config.EventHub{Namespace: "ns.example", ConsumerGroup: "penstock", Storage: &config.Storage{Account: "acc", Container: "cp"}}
	for name, test := range map[string]struct {
		err     error
		config  config.EventHub
		message string
		hint    string
	}{
		"wrong key":            {detached(string(amqp.ErrCondUnauthorizedAccess), "40103: Invalid authorization token signature"), withKey, "refuses the key", "Shared access policies"},
		"no Listen":            {detached(string(amqp.ErrCondUnauthorizedAccess), "Access refused. 'Listen' claim(s) are required"), withKey, "no right to read the hub h", "claim Listen"},
		"no role":              {detached(string(amqp.ErrCondUnauthorizedAccess), "Access refused. 'Listen' claim(s) are required"), entra, "no right to read the hub h", "Azure Event Hubs Data Receiver"},
		"no hub":               {detached("amqp:not-found", "The messaging entity 'sb://ns.example/h/$management' could not be found."), entra, "has no hub h", "name of the hub"},
		"no consumer group":    {detached("amqp:not-found", "The messaging entity 'sb://ns.example/h/ConsumerGroups/x/Partitions/0' could not be found."), entra, "has no consumer group penstock", "Create it"},
		"foreign reader":       {detached("amqp:link:stolen", "New receiver 'logstash' with higher epoch of '1' is created hence current receiver 'me' with epoch '0' is getting disconnected."), entra, "Someone else reads the consumer group penstock of h: the hub names it logstash.", "consumer group of its own"},
		"five readers":         {detached("amqp:resource-limit-exceeded", "Exceeded the maximum number of allowed receivers"), entra, "five readers", "for Penstock alone"},
		"throttled":            {detached("com.microsoft:server-busy", "busy"), entra, "throttles", "throughput units"},
		"unknown name":         {&net.OpError{Op: "dial", Err: &net.DNSError{Name: "ns.example", Err: "no such host", IsNotFound: true}}, entra, "ns.example cannot be found", "spelling"},
		"port closed":          {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, entra, "refuses the connection", "websockets"},
		"no answer":            {fmt.Errorf("dial: %w", context.DeadlineExceeded), entra, "does not answer", "5671"},
		"secret expired":       {errors.New("ClientSecretCredential: AADSTS7000222: The provided client secret keys are expired."), entra, "Signing in with Microsoft Entra ID fails: AADSTS7000222", "create a new one"},
		"no container":         {fmt.Errorf("list: %w", &azcore.ResponseError{StatusCode: http.StatusNotFound, ErrorCode: "ContainerNotFound"}), entra, "no container cp", "Create it"},
		"no right for storage": {&azcore.ResponseError{StatusCode: http.StatusForbidden, ErrorCode: "AuthorizationPermissionMismatch"}, entra, "no right to write to the container", "Storage Blob Data Contributor"},
		"storage away":         {fmt.Errorf("list the owners of partitions: %w", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), entra, "storage account acc cannot be reached", "journal"},
		"anything else":        {errors.New("the moon is full"), entra, "Reading the hub h fails: the moon is full.", "again"},
	} {
		t.Run(name, func(t *testing.T) {
			got := explain(test.err, &Options{Config: test.config}, "h")
			if !strings.Contains(got.Message, test.message) || !strings.Contains(got.Hint, test.hint) {
				t.Errorf("got %q, %q", got.Message, got.Hint)
			}
		})
	}
}

func TestHubsAreNamedByTable(t *testing.T) {
	o := Options{Config: config.EventHub{Tables: []string{"*", "DeviceNews"}, TableHubPrefix: "insights-logs-advancedhunting-"}, Tables: []string{"DeviceInfo", "AlertInfo"}}
	got, optional, err := o.hubs()
	want := "insights-logs-advancedhunting-alertinfo insights-logs-advancedhunting-deviceinfo insights-logs-advancedhunting-devicenews"
	if err != nil || strings.Join(got, " ") != want || len(optional) != 2 {
		t.Errorf("got %q, %v", got, err)
	}
	if _, _, err := (&Options{}).hubs(); err == nil {
		t.Error("no hub is no error")
	}
}
