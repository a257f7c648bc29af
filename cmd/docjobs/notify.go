package main

import (
	"fmt"
	"strings"

	"github.com/docjobs/docjobs/notify"
)

// notifyConfig says who is told of jobs.
type notifyConfig struct {
	Endpoints    map[string]endpointConfig `yaml:"endpoints"`
	AllowHTTP    bool                      `yaml:"allow_http"`    // also http://, not only https://
	AllowPrivate []string                  `yaml:"allow_private"` // private networks that may be reached, such as 10.1.0.0/16
}

// endpointConfig is one program that is told.
type endpointConfig struct {
	Type    string         `yaml:"type"` // slack, github, gitlab; a webhook when empty
	URL     string         `yaml:"url"`
	Secrets []secretConfig `yaml:"secrets"`
	Events  []string       `yaml:"events"`
	Tenants []string       `yaml:"tenants"`
	All     bool           `yaml:"all"` // told of every job, not only of those that name it

	Channel      string   `yaml:"channel"`      // of Slack's bot
	Repositories []string `yaml:"repositories"` // whose commits are marked
}

// secretConfig is where a secret is.
type secretConfig struct {
	Env  string `yaml:"env"`
	File string `yaml:"file"`
}

// notify returns who can be told of jobs.
func (c *config) notify() (notify.Endpoints, error) {
	endpoints := notify.Endpoints{Named: map[string]notify.Endpoint{}, AllowHTTP: c.Notify.AllowHTTP}
	for name, e := range c.Notify.Endpoints {
		endpoint := notify.Endpoint{Format: notify.Format(e.Type), URL: e.URL, Events: e.Events, Tenants: e.Tenants, All: e.All,
			Channel: e.Channel, Repositories: e.Repositories}
		for _, s := range e.Secrets {
			endpoint.Secrets = append(endpoint.Secrets, notify.SecretSource(s))
		}
		endpoints.Named[name] = endpoint
	}
	var err error
	if endpoints.AllowPrivate, err = networks("notify.allow_private", c.Notify.AllowPrivate); err != nil {
		return endpoints, err
	}
	if err := endpoints.Validate(); err != nil {
		return endpoints, fmt.Errorf("notify.endpoints.%s", strings.ReplaceAll(err.Error(), "\n", "\nnotify.endpoints."))
	}
	return endpoints, nil
}
