package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"penstock/config"
)

func TestEveryFileWithASecretOfAnIntakeIsLookedAt(t *testing.T) {
	// Those of certificates that are for everybody, and of a token that changes by the hour.
	public := []string{"TLS.CAFile", "TLS.CertFile", "Credential.TokenFile", "Storage.Credential.TokenFile"}
	for _, in := range []*config.Intake{
		{EventHub: &config.EventHub{Storage: &config.Storage{Credential: &config.Identity{}}}}, {Blob: &config.Blob{}}, {Kafka: &config.Kafka{}}, {HTTP: &config.HTTP{}},
	} {
		var want []string
		for _, source := range []any{in.EventHub, in.Blob, in.Kafka, in.HTTP} {
			if v := reflect.ValueOf(source); !v.IsNil() {
				nameFiles(v.Elem(), "", &want)
			}
		}
		for _, path := range want {
			found := slices.ContainsFunc(secretsOf(in), func(s kept) bool { return s.file == path })
			if !found && !slices.Contains(public, path) {
				t.Errorf("%s is not looked at", path)
			}
		}
		if len(want) == 0 {
			t.Errorf("%+v has no files", in)
		}
	}
}

// nameFiles sets every name of a file to the path of its field.
func nameFiles(v reflect.Value, path string, names *[]string) {
	for f, value := range v.Fields() {
		at := strings.TrimPrefix(path+"."+f.Name, ".")
		switch {
		case value.Kind() == reflect.String && strings.HasSuffix(f.Name, "File"):
			value.SetString(at)
			*names = append(*names, at)
		case value.Kind() == reflect.Struct && value.Type().PkgPath() == v.Type().PkgPath():
			nameFiles(value, at, names)
		case value.Kind() == reflect.Pointer && !value.IsNil():
			nameFiles(value.Elem(), at, names)
		}
	}
}
