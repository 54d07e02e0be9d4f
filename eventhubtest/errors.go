package eventhubtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"penstock/eventhubtest/amqp"
)

// failure makes an error with the trailer that the real service writes, since clients have been seen to parse it.
func failure(condition amqp.Symbol, entity, format string, args ...any) *amqp.Error {
	var id [16]byte
	_, _ = rand.Read(id[:])
	text := fmt.Sprintf(format, args...)
	return &amqp.Error{Condition: condition, Description: fmt.Sprintf("%s TrackingId:%s_G0, SystemTracker:emulator:eventhub:%s, Timestamp:%s",
		text, hex.EncodeToString(id[:]), entity, time.Now().UTC().Format("2006-01-02T15:04:05"))}
}

func notFound(s *Server, entity string) *amqp.Error {
	return failure("amqp:not-found", entity, "The messaging entity 'sb://%s/%s' could not be found. To know more visit https://aka.ms/sbResourceMgrExceptions.", s.Addr(), entity)
}

func groupNotFound(s *Server, h *hub, group string) *amqp.Error {
	return failure("amqp:not-found", h.Name, "The messaging entity 'sb://%s/%s/ConsumerGroups/%s' could not be found. To know more visit https://aka.ms/sbResourceMgrExceptions.", s.Addr(), h.Name, group)
}

func partitionInvalid(h *hub) *amqp.Error {
	return failure("com.microsoft:argument-out-of-range", h.Name, "The specified partition is invalid for an EventHub partition sender or receiver. It should be between 0 and %d.", len(h.all())-1)
}

const accessDenied = "amqp:unauthorized-access" //nolint:misspell // the standard's word

func denied(s *Server, hub, claim string) *amqp.Error {
	//nolint:misspell // the text is the service's
	return failure(accessDenied, hub, "Unauthorized access. '%s' claim(s) are required to perform this operation. Resource: 'sb://%s/%s'.", claim, s.Addr(), hub)
}

func tokenExpired(hub string, at time.Time) *amqp.Error {
	return failure(accessDenied, hub, "ExpiredToken: The token is expired. Expiration time: '%s', Current time: '%s'.", at.UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339))
}

func positionInvalid(what, given, last string) *amqp.Error {
	return failure("com.microsoft:argument-error", "", "The supplied %s '%s' is invalid. The last %s in the system is '%s'", what, given, what, last)
}

func serverBusy(hub string) *amqp.Error {
	return failure("com.microsoft:server-busy", hub, "The request was terminated because the entity is being throttled. Error code : 50002. Please wait 4 seconds and try again. To know more visit https://aka.ms/sbResourceMgrExceptions.")
}

func tooLarge(delivery *uint32) *amqp.Error {
	id := uint32(0)
	if delivery != nil {
		id = *delivery
	}
	return &amqp.Error{Condition: "amqp:link:message-size-exceeded", Description: fmt.Sprintf("The received message (delivery-id:%d) exceeds the limit (%d bytes) currently allowed on the link.", id, maxMessageSize)}
}

const stolenCondition = "amqp:link:stolen"

func stolen(by, from *receiver) *amqp.Error {
	return failure(stolenCondition, by.hub.Name, "New receiver '%s' with higher epoch of '%d' is created hence current receiver '%s' with epoch '%d' is getting disconnected. If you are recreating the receiver, make sure a higher epoch is used.", by.name, by.epoch, from.name, from.epoch)
}

func outranked(r, by *receiver) *amqp.Error {
	if r.epoch < 0 {
		return failure(stolenCondition, r.hub.Name, "At least one receiver for the endpoint is created with epoch of '%d', and so non-epoch receiver is not allowed. Either reconnect with a higher epoch, or make sure all epoch receivers are closed or disconnected.", by.epoch)
	}
	return failure(stolenCondition, r.hub.Name, "Receiver '%s' with a higher epoch '%d' already exists. Receiver '%s' with epoch %d cannot be created. Make sure you are creating receiver with increasing epoch value to ensure connectivity, or ensure all old epoch receivers are closed or disconnected.", by.name, by.epoch, r.name, r.epoch)
}

func tooManyReaders(h *hub) *amqp.Error {
	return failure("amqp:resource-limit-exceeded", h.Name, "Exceeded the maximum number of allowed receivers per partition in a consumer group which is %d.", maxReaders)
}
