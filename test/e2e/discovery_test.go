//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/telltale-dev/telltale/test/harness"
)

// nameserver is where the tests' names are asked for: resolv.conf has no ports.
const nameserver = "127.83.5.7"

// startDNS answers for the zone test.: _shop._tcp has a service at a port, and every other name is this machine.
func startDNS(t *testing.T, port uint16) {
	t.Helper()
	packets, err := new(net.ListenConfig).ListenPacket(t.Context(), "udp", nameserver+":53")
	if err != nil {
		t.Fatalf("listen at port 53, which this test needs root for: %v", err)
	}
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		a := new(dns.Msg).SetReply(q)
		header := dns.RR_Header{Name: q.Question[0].Name, Rrtype: q.Question[0].Qtype, Class: dns.ClassINET, Ttl: 1}
		switch q.Question[0].Qtype {
		case dns.TypeSRV:
			a.Answer = []dns.RR{&dns.SRV{Hdr: header, Port: port, Target: "pod-1.test."}}
		case dns.TypeA:
			a.Answer = []dns.RR{&dns.A{Hdr: header, A: net.IPv4(127, 0, 0, 1)}}
		}
		_ = w.WriteMsg(a) // who asked asks again
	})}
	go server.ActivateAndServe() //nolint:errcheck // it ends with the test
	t.Cleanup(func() { _ = server.Shutdown() })
}

// withResolver has the server under test run with a resolv.conf of its own.
func withResolver(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	conf, wrapper := filepath.Join(dir, "resolv.conf"), filepath.Join(dir, "telltale")
	script := fmt.Sprintf("#!/bin/sh\nexec unshare --mount sh -c 'mount --bind %s /etc/resolv.conf && exec %s \"$@\"' sh \"$@\"\n", conf, harness.Binary(t))
	for name, text := range map[string]string{conf: "nameserver " + nameserver + "\n", wrapper: script} {
		if err := os.WriteFile(name, []byte(text), 0o700); err != nil { //nolint:gosec // one is a program
			t.Fatal(err)
		}
	}
	t.Setenv("E2E_BIN", wrapper)
}

// Targets that DNS tells of are scraped: by SRV records, which have the port, and by A records, with the port of the file.
func TestDNSDiscovery(t *testing.T) {
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("orders_total 7\n")) // whoever asked is gone
	}))
	defer target.Close()
	u, err := url.Parse(target.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	startDNS(t, uint16(port))
	withResolver(t)
	config := save(t, "prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s}
scrape_configs:
- job_name: srv
  dns_sd_configs: [{names: [_shop._tcp.test], refresh_interval: 1s}]
- job_name: a
  dns_sd_configs: [{names: [shop.test], type: A, port: %d, refresh_interval: 1s}]
`, port))
	server := harness.Start(t, harness.Options{Env: []string{"TELLTALE_METRICS_CONFIG=" + config}})
	for job, instance := range map[string]string{"srv": "pod-1.test:" + u.Port(), "a": "127.0.0.1:" + u.Port()} {
		harness.Eventually(t, time.Minute, func() string {
			var got struct {
				Data struct {
					Result []struct {
						Metric map[string]string
						Value  [2]any
					}
				}
			}
			server.Get(t, "/prometheus/api/v1/query", url.Values{"query": {`orders_total{job="` + job + `"}`}}, &got)
			if r := got.Data.Result; len(r) != 1 || r[0].Metric["instance"] != instance || r[0].Value[1] != "7" {
				return harness.Errorf("job %s: %v, want one sample of %s", job, r, instance)
			}
			return ""
		})
	}
}
