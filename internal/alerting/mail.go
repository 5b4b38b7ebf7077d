package alerting

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/smtp"
	"os"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify/email"
	commoncfg "github.com/prometheus/common/config"
)

// mailer sends e-mail as Alertmanager's receiver does, by the same keys, but hears when its time is over: that one waits as
// long as a mail server likes to hang. A mail is complete before anybody is called, so that an error in a template sends no
// half of it.
type mailer struct {
	conf   *config.EmailConfig
	writer *mailWriter
	dialer *dialer
}

// envelope is a mail and where it goes.
type envelope struct {
	from    string
	to      []*mail.Address
	content []byte
}

// Notify implements notify.Notifier.
func (m *mailer) Notify(ctx context.Context, alerts ...*alert.Alert) (bool, error) {
	e, err := m.writer.write(ctx, alerts)
	if err != nil {
		return false, fmt.Errorf("write a mail: %w", err)
	}
	if err := m.send(ctx, e); err != nil {
		if ctx.Err() != nil { // it is why the connection was cut
			err = fmt.Errorf("%w: %w", ctx.Err(), err)
		}
		return true, err
	}
	return false, nil
}

func (m *mailer) implicitTLS() bool {
	if m.conf.ForceImplicitTLS != nil {
		return *m.conf.ForceImplicitTLS
	}
	return m.conf.Smarthost.Port == "465"
}

func (m *mailer) tls() (*tls.Config, error) {
	c, err := commoncfg.NewTLSConfig(m.conf.TLSConfig)
	if err != nil {
		return nil, fmt.Errorf("read the TLS configuration: %w", err)
	}
	if c.ServerName == "" {
		c.ServerName = m.conf.Smarthost.Host
	}
	return c, nil
}

func (m *mailer) send(ctx context.Context, e *envelope) error {
	raw, err := m.dialer.dial(ctx, "tcp", m.conf.Smarthost.String())
	if err != nil {
		return fmt.Errorf("connect to %s: %w", m.conf.Smarthost, err)
	}
	defer func() { _ = raw.Close() }() // all was said
	unlink := context.AfterFunc(ctx, func() { _ = raw.SetDeadline(time.Unix(1, 0)) })
	defer unlink()
	conn := raw
	if m.implicitTLS() {
		c, err := m.tls()
		if err != nil {
			return err
		}
		conn = tls.Client(conn, c)
	}
	client, err := m.greet(conn)
	if err != nil {
		return err
	}
	if err := client.Mail(e.from); err != nil {
		return fmt.Errorf("MAIL: %w", err)
	}
	for _, to := range e.to {
		if err := client.Rcpt(to.Address); err != nil {
			return fmt.Errorf("RCPT: %w", err)
		}
	}
	body, err := client.Data()
	if err != nil {
		return fmt.Errorf("DATA: %w", err)
	}
	if _, err := body.Write(e.content); err != nil {
		return fmt.Errorf("send the mail: %w", err)
	}
	if err := body.Close(); err != nil {
		return fmt.Errorf("send the mail: %w", err)
	}
	_ = client.Quit() // the mail was taken
	return nil
}

// greet begins a conversation, up to where a mail may be handed over.
func (m *mailer) greet(conn net.Conn) (*smtp.Client, error) {
	client, err := smtp.NewClient(conn, m.conf.Smarthost.Host)
	if err != nil {
		return nil, fmt.Errorf("wait for the greeting: %w", err)
	}
	if m.conf.Hello != "" {
		if err := client.Hello(m.conf.Hello); err != nil {
			return nil, fmt.Errorf("EHLO: %w", err)
		}
	}
	if *m.conf.RequireTLS && !m.implicitTLS() { // never nil: the configuration sets a default
		if ok, _ := client.Extension("STARTTLS"); !ok {
			return nil, fmt.Errorf("%s does not offer STARTTLS, and require_tls is on", m.conf.Smarthost)
		}
		c, err := m.tls()
		if err != nil {
			return nil, err
		}
		if err := client.StartTLS(c); err != nil {
			return nil, fmt.Errorf("STARTTLS: %w", err)
		}
	}
	offered, mechanisms := client.Extension("AUTH")
	if !offered || m.conf.AuthUsername == "" {
		return client, nil
	}
	auth, err := m.auth(strings.Fields(mechanisms))
	if err != nil {
		return nil, err
	}
	if err := client.Auth(auth); err != nil {
		return nil, fmt.Errorf("AUTH: %w", err)
	}
	return client, nil
}

// auth is the first of the offered ways to log in for which there is a secret.
func (m *mailer) auth(mechanisms []string) (smtp.Auth, error) {
	var errs []error
	for _, mechanism := range mechanisms {
		value, file := m.conf.AuthPassword, m.conf.AuthPasswordFile
		if mechanism == "CRAM-MD5" {
			value, file = m.conf.AuthSecret, m.conf.AuthSecretFile
		}
		secret, err := revealed(value, file)
		if err != nil || secret == "" {
			errs = append(errs, errors.Join(err, fmt.Errorf("no secret for %s", mechanism)))
			continue
		}
		switch mechanism {
		case "CRAM-MD5":
			return smtp.CRAMMD5Auth(m.conf.AuthUsername, secret), nil
		case "PLAIN":
			return smtp.PlainAuth(m.conf.AuthIdentity, m.conf.AuthUsername, secret, m.conf.Smarthost.Host), nil
		case "LOGIN":
			return email.LoginAuth(m.conf.AuthUsername, secret), nil
		}
		errs = append(errs, fmt.Errorf("%s is no way to log in that is known here", mechanism))
	}
	return nil, fmt.Errorf("no way to log in: %w", errors.Join(errs...))
}

func revealed(value commoncfg.Secret, file string) (string, error) {
	if file == "" {
		return string(value), nil
	}
	content, err := os.ReadFile(file)
	return strings.TrimSpace(string(content)), err
}
