package alerting

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Each kind of receiver gets what its service wants, firing and resolved.
func TestPayloads(t *testing.T) {
	for _, c := range []struct {
		kind, config string
		answer       answer
		path         string
		want         func(body map[string]any, resolved bool) map[string]any
	}{
		{
			kind: "webhook", config: `webhook_configs: [{url: "URL/hook"}]`, path: "/hook",
			want: func(b map[string]any, resolved bool) map[string]any {
				first := b["alerts"].([]any)[0].(map[string]any)
				return map[string]any{
					"version=4": b["version"] == "4", "status": b["status"] == state(resolved), "receiver": b["receiver"] == "to",
					"external": b["externalURL"] == "https://telltale.example/alertmanager", "group": b["groupKey"] == `{}:{alertname="Slow"}`,
					"labels": first["labels"].(map[string]any)["service"] == "chat", "traces": first["annotations"].(map[string]any)["example_traces"] != "",
					"generator": first["generatorURL"] == "https://telltale.example/explore?expr=up",
				}
			},
		},
		{
			kind: "slack", config: `slack_configs: [{api_url: "URL/services/T/B/x", channel: "#ops", send_resolved: true}]`, path: "/services/T/B/x",
			want: func(b map[string]any, resolved bool) map[string]any {
				a := b["attachments"].([]any)[0].(map[string]any)
				return map[string]any{
					"channel": b["channel"] == "#ops", "title": strings.Contains(a["title"].(string), "Slow"), "fallback": a["fallback"] != "",
					"colour": a["color"] == map[bool]string{false: "danger", true: "good"}[resolved],
				}
			},
		},
		{
			kind: "pagerduty", config: `pagerduty_configs: [{routing_key: "0123456789abcdef0123456789abcdef", url: "URL/v2/enqueue", severity: critical}]`,
			path: "/v2/enqueue", answer: answer{status: http.StatusAccepted, body: `{"status":"success","dedup_key":"x"}`},
			want: func(b map[string]any, resolved bool) map[string]any {
				want := map[string]any{
					"key": b["routing_key"] == "0123456789abcdef0123456789abcdef", "dedup": len(b["dedup_key"].(string)) == 64,
					"action": b["event_action"] == map[bool]string{false: "trigger", true: "resolve"}[resolved],
				}
				p := b["payload"].(map[string]any)
				want["summary"], want["source"], want["severity"] = strings.Contains(p["summary"].(string), "Slow"), p["source"] != "", p["severity"] == "critical"
				return want
			},
		},
		{
			kind: "opsgenie", config: `opsgenie_configs: [{api_key: "secret-key", api_url: "URL/", priority: P2}]`,
			answer: answer{status: http.StatusAccepted, body: `{"result":"Request will be processed"}`},
			want: func(b map[string]any, resolved bool) map[string]any {
				if resolved {
					return map[string]any{"source": b["source"] != ""}
				}
				return map[string]any{"alias": len(b["alias"].(string)) == 64, "message": strings.Contains(b["message"].(string), "Slow"), "priority": b["priority"] == "P2"}
			},
		},
		{
			kind: "discord", config: `discord_configs: [{webhook_url: "URL/api/webhooks/1/x"}]`, path: "/api/webhooks/1/x", answer: answer{status: http.StatusNoContent},
			want: func(b map[string]any, resolved bool) map[string]any {
				e := b["embeds"].([]any)[0].(map[string]any)
				return map[string]any{"title": strings.Contains(e["title"].(string), strings.ToUpper(state(resolved))), "description": e["description"] != ""}
			},
		},
		{
			kind: "msteamsv2", config: `msteamsv2_configs: [{webhook_url: "URL/workflows/x"}]`, path: "/workflows/x", answer: answer{status: http.StatusAccepted},
			want: func(b map[string]any, resolved bool) map[string]any {
				a := b["attachments"].([]any)[0].(map[string]any)
				card := a["content"].(map[string]any)
				text, _ := json.Marshal(card["body"])
				return map[string]any{
					"type": b["type"] == "message", "card": a["contentType"] == "application/vnd.microsoft.card.adaptive", "kind": card["type"] == "AdaptiveCard",
					"text": strings.Contains(string(text), strings.ToUpper(state(resolved))),
				}
			},
		},
	} {
		t.Run(c.kind, func(t *testing.T) {
			box := newPostbox(t)
			if c.answer.status != 0 {
				box.always(c.answer)
			}
			m := start(t, "", fmt.Sprintf("route: {receiver: to, group_by: [alertname], group_wait: 20ms, group_interval: 100ms}\nreceivers: [{name: to, %s}]\n",
				strings.ReplaceAll(c.config, "URL", box.URL)))
			a := fires("Slow")
			m.Alert([]Alert{a})
			box.until(t, 1)
			m.Alert([]Alert{resolved(a)})
			for i, l := range box.until(t, 2)[:2] {
				var body map[string]any
				if err := json.Unmarshal([]byte(l.body), &body); err != nil {
					t.Fatalf("%s: %s", err, l.body)
				}
				if c.path != "" && l.path != c.path || !strings.HasPrefix(l.header.Get("Content-Type"), "application/json") {
					t.Errorf("%s with %s", l.path, l.header.Get("Content-Type"))
				}
				for what, ok := range c.want(body, i == 1) {
					if ok != true {
						t.Errorf("letter %d, %s: %v in %s", i, what, ok, l.body)
					}
				}
			}
		})
	}
}

func state(resolved bool) string {
	if resolved {
		return "resolved"
	}
	return "firing"
}

// OpsGenie closes an alert by the alias it was opened with.
func TestOpsGenieClosesWhatItOpened(t *testing.T) {
	box := newPostbox(t)
	box.always(answer{status: http.StatusAccepted, body: "{}"})
	m := start(t, "", strings.ReplaceAll(`
route: {receiver: to, group_by: [alertname], group_wait: 20ms, group_interval: 100ms}
receivers: [{name: to, opsgenie_configs: [{api_key: "secret-key", api_url: "URL/"}]}]
`, "URL", box.URL))
	a := fires("Slow")
	m.Alert([]Alert{a})
	opened := box.until(t, 1)[0]
	m.Alert([]Alert{resolved(a)})
	closed := box.until(t, 2)[1]
	var body struct{ Alias string }
	if err := json.Unmarshal([]byte(opened.body), &body); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/v2/alerts", "/v2/alerts/" + body.Alias + "/close", "GenieKey secret-key"}, []string{opened.path, closed.path, opened.header.Get("Authorization")}); diff != "" {
		t.Error(diff)
	}
}
