package config

import (
	"fmt"
	"net/url"
	"strings"

	"penstock/cloud"
)

// checkClouds makes of the clouds of the file the list of all that there are, that of the key cloud first.
func (k *checker) checkClouds(c *Config) error {
	known, err := cloud.Known()
	if err != nil {
		return err
	}
	for i := range c.Clouds {
		own, key := &c.Clouds[i], fmt.Sprintf("clouds[%d]", i)
		if own.Name == "" {
			own.Name = own.ID
		}
		for name, value := range map[string]*string{
			"id": &own.ID, "login": &own.Login, "event_hubs": &own.EventHubs, "storage": &own.Storage,
		} {
			*value = strings.Trim(strings.TrimPrefix(*value, "https://"), "./")
			if *value == "" {
				k.wrong(key+"."+name, "expected "+name+", without which nothing in the cloud is found")
			}
		}
	}
	if c.Clouds, err = known.With(c.Clouds, c.Cloud); err != nil {
		k.wrong("cloud", err.Error()+"; others are described by the key clouds")
		c.Clouds = known
	}
	k.clouds = c.Clouds
	return nil
}

// cloudOf is the cloud of the first host or address that tells one; the first in the list otherwise.
func (k *checker) cloudOf(hosts ...string) cloud.Cloud {
	for _, host := range hosts {
		if c, ok := k.clouds.Of(hostOf(host)); ok {
			return c
		}
	}
	return k.clouds[0]
}

// hostOf is the host of an address, or of host:port.
func hostOf(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	}
	if u, err := url.Parse("//" + text); err == nil {
		return u.Hostname()
	}
	return text
}
