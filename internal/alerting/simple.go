package alerting

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Simple says who is told where no alertmanager.yml does: everybody named of every alert, PagerDuty of those alone whose
// severity is critical or page.
type Simple struct {
	SlackWebhook string // URL, a secret
	PagerDutyKey string // of events v2
	Email        []string
	SMTP         SMTP
}

// SMTP is the server that takes e-mail.
type SMTP struct {
	Address, From  string
	User, Password string // without User nobody logs in
	Insecure       bool   // without TLS
}

func (s *Simple) everybody() bool { return s.SlackWebhook != "" || len(s.Email) > 0 }

func (s *Simple) empty() bool { return !s.everybody() && s.PagerDutyKey == "" }

// The times of the simple configuration.
const (
	// simpleWait is how long a new group waits for company. Alertmanager waits 30 s, which would come on top of every
	// outage. Alerts of one evaluation arrive together anyway, so a second is enough to put those of one cause into one
	// message, and a webhook is called within two seconds after the rule has seen it. What comes later joins at simpleInterval.
	simpleWait = "1s"
	// simpleInterval is when a group tells what is new in it, what has resolved, and what could not be delivered before.
	simpleInterval = "1m"
	// simpleRepeat is when what still fires is told again.
	simpleRepeat = "4h"
)

// slackText lists the alerts of a message. What labels and annotations hold is not markup: & < > are escaped, as Slack wants.
const slackText = `{{ define "x" }}{{ reReplaceAll ">" "&gt;" (reReplaceAll "<" "&lt;" (reReplaceAll "&" "&amp;" .)) }}{{ end -}}
{{ range .Alerts }}{{ if eq .Status "resolved" }}resolved: {{ end -}}
*{{ if .Annotations.summary }}{{ template "x" .Annotations.summary }}{{ else }}{{ template "x" .Labels.alertname }}{{ end }}*
{{ with .Annotations.description }}{{ template "x" . }}
{{ end }}{{ range .Annotations.SortedPairs }}{{ if match "^https?://[^|<>]*$" .Value }}<{{ .Value }}|{{ .Name }}> {{ end }}{{ end }}
{{ end }}`

// yaml writes the configuration as an alertmanager.yml.
func (s *Simple) yaml() (string, error) {
	type object = map[string]any
	everybody, receivers := object{"name": "everybody"}, []any{}
	if s.SlackWebhook != "" {
		everybody["slack_configs"] = []any{object{"api_url": s.SlackWebhook, "send_resolved": true, "text": slackText}}
	}
	if len(s.Email) > 0 {
		mail := object{
			"to": strings.Join(s.Email, ", "), "from": s.SMTP.From, "smarthost": s.SMTP.Address,
			"require_tls": !s.SMTP.Insecure, "send_resolved": true,
		}
		if s.SMTP.User != "" {
			mail["auth_username"], mail["auth_password"] = s.SMTP.User, s.SMTP.Password
		}
		everybody["email_configs"] = []any{mail}
	}
	receivers = append(receivers, everybody)
	route := object{
		"receiver": "everybody", "group_by": []string{"alertname", "service", "job"},
		"group_wait": simpleWait, "group_interval": simpleInterval, "repeat_interval": simpleRepeat,
	}
	if s.PagerDutyKey != "" {
		receivers = append(receivers, object{"name": "pagerduty", "pagerduty_configs": []any{object{
			"routing_key": s.PagerDutyKey, "severity": "critical", "send_resolved": true,
		}}})
		route["routes"] = []any{
			object{"receiver": "pagerduty", "matchers": []string{`severity=~"critical|page"`}, "continue": true},
			object{"receiver": "everybody"},
		}
	}
	text, err := yaml.Marshal(object{"route": route, "receivers": receivers})
	if err != nil {
		return "", fmt.Errorf("write the configuration of alerting: %w", err)
	}
	return string(text), nil
}
