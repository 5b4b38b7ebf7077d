package alerting

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/alertmanager/alert"
	"github.com/prometheus/alertmanager/config"
	"github.com/prometheus/alertmanager/notify"
	"github.com/prometheus/alertmanager/template"
)

// mailWriter writes mails by the templates of an e-mail receiver.
type mailWriter struct {
	conf     *config.EmailConfig
	template *template.Template
	log      *slog.Logger
}

func (w *mailWriter) write(ctx context.Context, alerts []*alert.Alert) (*envelope, error) {
	data := notify.GetTemplateData(ctx, w.template, alerts, w.log)
	e := &envelope{}
	from, err := w.addresses("from", w.conf.From, data)
	if err != nil {
		return nil, err
	}
	if len(from) != 1 {
		return nil, fmt.Errorf("from: there are %d addresses, want one", len(from))
	}
	e.from = from[0].Address
	if e.to, err = w.addresses("to", w.conf.To, data); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := w.headers(ctx, &b, data); err != nil {
		return nil, err
	}
	if err := w.body(&b, data); err != nil {
		return nil, err
	}
	e.content = b.Bytes()
	return e, nil
}

func (w *mailWriter) addresses(key, text string, data *template.Data) ([]*mail.Address, error) {
	text, err := w.template.ExecuteTextString(text, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	list, err := mail.ParseAddressList(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return list, nil
}

func (w *mailWriter) headers(ctx context.Context, b *bytes.Buffer, data *template.Data) error {
	headers := map[string]string{"Subject": config.DefaultEmailSubject, "To": w.conf.To, "From": w.conf.From}
	maps.Copy(headers, w.conf.Headers) // their names are in canonical form
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		value, err := w.template.ExecuteTextString(headers[name], data)
		if err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
		fmt.Fprintf(b, "%s: %s\r\n", name, headerValue(name, value))
	}
	now := time.Now()
	if _, own := headers["Message-Id"]; !own {
		host, _ := os.Hostname()
		fmt.Fprintf(b, "Message-Id: <%d.%d@%s>\r\n", now.UnixNano(), rand.Uint64(), cmp.Or(host, "localhost.localdomain"))
	}
	if w.conf.Threading.Enabled {
		root, err := w.thread(ctx, now)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "References: %s\r\nIn-Reply-To: %s\r\n", root, root)
	}
	fmt.Fprintf(b, "Date: %s\r\n", now.Format(time.RFC1123Z))
	return nil
}

// thread is the id of a mail that does not exist: readers put what refers to it into one thread.
func (w *mailWriter) thread(ctx context.Context, now time.Time) (string, error) {
	group, err := notify.ExtractGroupKey(ctx)
	if err != nil {
		return "", err
	}
	day := ""
	if w.conf.Threading.ThreadByDate != "none" {
		day = now.Format(time.DateOnly)
	}
	return fmt.Sprintf("<alert-%.16s-%s@alertmanager>", group.Hash(), day), nil
}

// headerValue encodes what is not ASCII: of addresses the names alone.
func headerValue(name, value string) string {
	switch name {
	case "To", "From", "Cc", "Reply-To", "Sender":
		if list, err := mail.ParseAddressList(value); err == nil {
			texts := make([]string, len(list))
			for i, a := range list {
				texts[i] = a.String()
			}
			return strings.Join(texts, ", ")
		}
	}
	return mime.QEncoding.Encode("utf-8", value)
}

// body is plain text where there is some, then HTML, which readers prefer.
func (w *mailWriter) body(b *bytes.Buffer, data *template.Data) error {
	parts := multipart.NewWriter(b)
	fmt.Fprintf(b, "Content-Type: multipart/alternative; boundary=%s\r\nMIME-Version: 1.0\r\n\r\n", parts.Boundary())
	for _, p := range []struct {
		kind, text string
		execute    func(string, any) (string, error)
	}{
		{"text/plain", w.conf.Text, w.template.ExecuteTextString},
		{"text/html", w.conf.HTML, w.template.ExecuteHTMLString},
	} {
		if p.text == "" {
			continue
		}
		text, err := p.execute(p.text, data)
		if err != nil {
			return fmt.Errorf("%s: %w", p.kind, err)
		}
		part, err := parts.CreatePart(textproto.MIMEHeader{
			"Content-Transfer-Encoding": {"quoted-printable"}, "Content-Type": {p.kind + "; charset=UTF-8"},
		})
		if err != nil {
			return err
		}
		printable := quotedprintable.NewWriter(part)
		_, err = printable.Write([]byte(text))
		if err := errors.Join(err, printable.Close()); err != nil {
			return err
		}
	}
	return parts.Close()
}
