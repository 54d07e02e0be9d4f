package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// envelope writes a record as the streaming API does. What every record of a table has and a test need not say is filled
// in: its time, its device, the number of its report.
func envelope(table string, properties yaml.MapSlice, at time.Time, report, n int) ([]byte, error) {
	if table == "" || len(properties) == 0 {
		return nil, errors.New("a record has a table and properties")
	}
	stamp := at.Format(stampLayout)
	for _, item := range usual(table, stamp, report) {
		if !has(properties, item.Key) {
			properties = append(properties, item)
		}
	}
	columns, err := object(properties, n)
	if err != nil {
		return nil, err
	}
	raw := fmt.Appendf(nil, `{"time":%q,"tenantId":%q,"operationName":"Publish","category":"AdvancedHunting-%s","_TimeReceivedBySvc":%q,"properties":%s,"Tenant":"DefaultTenant"}`,
		at.Add(delay).Format(stampLayout), tenant, table, at.Add(delay/2).Format(stampLayout), columns)
	return raw, nil
}

const (
	stampLayout = "2006-01-02T15:04:05.0000000Z"
	tenant      = "3d5c3b0e-0f6a-4c3e-9d53-5f1a7c2b9e10"
	delay       = 2 * time.Minute // between an event and its record
)

func usual(table, stamp string, report int) yaml.MapSlice {
	columns := yaml.MapSlice{{Key: "Timestamp", Value: stamp}, {Key: "ReportId", Value: 1000 + report}}
	if strings.HasPrefix(table, "Device") {
		columns = append(columns, yaml.MapSlice{
			{Key: "DeviceId", Value: "5f0c1b7d3a2e4968b7c0d1e2f3a4b5c6d7e8f901"},
			{Key: "DeviceName", Value: "ws-0117.halden.example"},
			{Key: "MachineGroup", Value: "Workstations"},
		}...)
	}
	return columns
}

// object is the JSON of a map in the order of its keys.
func object(columns yaml.MapSlice, n int) ([]byte, error) {
	out := []byte{'{'}
	for i, item := range columns {
		if i > 0 {
			out = append(out, ',')
		}
		key, ok := item.Key.(string)
		if !ok {
			return nil, fmt.Errorf("column %v: its name is no text", item.Key)
		}
		name, err := json.Marshal(key)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", key, err)
		}
		value, err := scalar(item.Value, n)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", key, err)
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

func scalar(value any, n int) ([]byte, error) {
	if text, ok := value.(string); ok {
		value = strings.ReplaceAll(text, "{n}", strconv.Itoa(n))
	}
	return json.Marshal(value)
}
