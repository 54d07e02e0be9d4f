package config

import (
	"encoding/json"
	"reflect"
	"strings"
)

// Key describes one key of the configuration, for the documentation.
type Key struct {
	Path    string // as intakes[].eventhub.hub
	Type    string
	Default string
	Doc     string
}

// Keys lists every key in the order of declaration.
func Keys() []Key {
	var keys []Key
	collect(reflect.TypeFor[Config](), "", &keys)
	return keys
}

// derived is the tag of what is no key: checking makes it of others.
const derived = "-"

func collect(t reflect.Type, prefix string, keys *[]Key) {
	for f := range t.Fields() {
		if f.Tag.Get("yaml") == derived {
			continue
		}
		path := strings.TrimPrefix(prefix+"."+f.Tag.Get("yaml"), ".")
		kind, inner := schemaOf(f.Type), f.Type
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			if inner.Kind() == reflect.Slice {
				path += "[]"
			}
			inner = inner.Elem()
		}
		name, _ := kind["description"].(string)
		if name == "" {
			name, _ = kind["type"].(string)
		}
		if enum := f.Tag.Get("enum"); enum != "" {
			name = oneOf(enum)
		}
		*keys = append(*keys, Key{Path: path, Type: name, Default: f.Tag.Get("default"), Doc: f.Tag.Get("doc")})
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[Start]() {
			collect(inner, path, keys)
		}
	}
}

// Schema is the JSON Schema (draft 2020-12) of penstock.yaml, for editors.
func Schema() ([]byte, error) {
	s := schemaOf(reflect.TypeFor[Config]())
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["title"] = "Configuration of Penstock"
	return json.MarshalIndent(s, "", "  ")
}

type schema = map[string]any

func schemaOf(t reflect.Type) schema {
	switch t {
	case reflect.TypeFor[Secret]():
		return schema{"type": "string"}
	case reflect.TypeFor[Duration]():
		return schema{"type": "string", "description": "time span", "pattern": `^(off|([0-9]+w)?([0-9]+d)?([0-9.]+(h|m|s|ms))*)$`}
	case reflect.TypeFor[Bytes]():
		return schema{"type": []string{"string", "integer"}, "description": "size", "pattern": `^[0-9.]+ ?([kKMGT]i?)?B?$`}
	case reflect.TypeFor[Start]():
		return schema{"type": "string", "description": wantStart}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.Slice:
		return schema{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return schema{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.Bool:
		return schema{"type": "boolean"}
	case reflect.Int:
		return schema{"type": "integer"}
	case reflect.Struct:
		properties := schema{}
		for f := range t.Fields() {
			if f.Tag.Get("yaml") == derived {
				continue
			}
			p := schemaOf(f.Type)
			p["description"] = f.Tag.Get("doc")
			if enum := f.Tag.Get("enum"); enum != "" {
				p["enum"] = strings.Split(enum, ",")
			}
			if text := f.Tag.Get("default"); text != "" {
				p["default"] = text
			}
			properties[f.Tag.Get("yaml")] = p
		}
		return schema{"type": "object", "properties": properties, "additionalProperties": false}
	default:
		return schema{"type": "string"}
	}
}
