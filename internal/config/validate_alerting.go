package config

import (
	"net/mail"
	"net/url"
	"path/filepath"
)

func (v *validator) metrics(m *Metrics) {
	v.positive("metrics.interval", int64(m.Interval))
	v.positive("metrics.max_age", int64(m.MaxAge))
	v.positive("metrics.max_series", int64(m.MaxSeries))
	v.positive("metrics.query.timeout", int64(m.Query.Timeout))
	v.positive("metrics.query.max_samples", int64(m.Query.MaxSamples))
	v.positive("metrics.query.max_concurrent", int64(m.Query.MaxConcurrent))
}

func (v *validator) alerting(a *Alerting) {
	for _, pattern := range a.Rules {
		if _, err := filepath.Match(pattern, ""); err != nil {
			v.fail("alerting.rules", "%q is no pattern: want a file, or one such as rules/*.yml", pattern)
		}
	}
	for _, u := range a.External {
		v.webURL("alerting.external", u)
	}
	if a.SlackWebhook != "" {
		if u, err := url.Parse(a.SlackWebhook.Reveal()); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			v.fail("alerting.slack_webhook", "is no URL: want the one that Slack shows for the webhook") // which is a secret: not repeated
		}
	}
	for _, to := range a.Email {
		if _, err := mail.ParseAddress(to); err != nil {
			v.fail("alerting.email", "%q is no e-mail address", to)
		}
	}
	if len(a.Email) > 0 && a.SMTP.Address == "" {
		v.fail("alerting.smtp.address", "is empty, and alerting.email wants a mail server: want host:port")
	}
	if a.SMTP.Address != "" {
		v.address("alerting.smtp.address", a.SMTP.Address, false)
		if _, err := mail.ParseAddress(a.SMTP.From); err != nil {
			v.fail("alerting.smtp.from", "%q is no e-mail address: want the sender of alerts", a.SMTP.From)
		}
	}
	if !a.Embedded && (a.SlackWebhook != "" || a.PagerDutyKey != "" || len(a.Email) > 0 || a.Alertmanager != "") {
		v.fail("alerting.embedded", "is false, so nobody would be told: remove it, or the receivers")
	}
	if a.Alertmanager != "" && (a.SlackWebhook != "" || a.PagerDutyKey != "" || len(a.Email) > 0) {
		v.fail("alerting.alertmanager", "names a file, so slack_webhook, pagerduty_key and email would have no meaning: write them there, or remove it")
	}
}

func (v *validator) externalURL(u string) {
	if u != "" {
		v.webURL("external_url", u)
	}
}

func (v *validator) webURL(key, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil: // which would repeat it, a password perhaps among it
		v.fail(key, "holds what is no URL: want https://HOST, or http://HOST:PORT")
	case u.User != nil:
		v.fail(key, "%s holds a password, which logs and links would show: want https://HOST, or http://HOST:PORT", u.Redacted())
	case u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		v.fail(key, "%q is no URL: want https://HOST, or http://HOST:PORT", text)
	}
}
