package config

import _ "embed"

// Example is a minimal configuration for a real tenant, signing in with Microsoft Entra ID.
//
//go:embed example.yaml
var Example []byte
