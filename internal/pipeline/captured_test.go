package pipeline

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

const rawRequest = `{"messages":[{"role":"user","content":"I am jane.doe@example.com, key ` + secretKey + `"}]}`

var rawStream = "data: {\"choices\":[{\"delta\":{\"content\":\"jane.doe@exa\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"mple.com " + secretKey[:20] +
	"\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"" + secretKey[20:] + "\"}}]}\n\n"

// onePicture has digits and words in it that detectors would take for something else.
var onePicture = base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n 4111 1111 1111 1111 jane.doe@example.com " + strings.Repeat("\xd3\x5d\xb5\xe7\x9f", 40)))

func capturedSpan() telemetry.Span {
	s := chat(1, 1, 0, 0, 100)
	s.Events = []telemetry.SpanEvent{
		{Time: 1, Name: telemetry.EventRequest, Attributes: telemetry.Attrs{
			{Key: "http.request.header.x-stainless-lang", Value: "python"}, {Key: telemetry.AttrRequestBody, Value: rawRequest},
		}},
		{Time: 2, Name: telemetry.EventResponse, Attributes: telemetry.Attrs{
			{Key: "http.response.header.x-ratelimit-remaining-tokens", Value: "149984"},
			{Key: "http.response.header.anthropic-ratelimit-tokens-reset", Value: "2026-11-21T20:38:22Z"},
			{Key: telemetry.AttrResponseBody, Value: rawStream},
		}},
		{Time: 3, Name: telemetry.EventAttachment, Attributes: telemetry.Attrs{
			{Key: telemetry.AttrAttachmentID, Value: "a1b2"}, {Key: telemetry.AttrAttachmentType, Value: "image/png"}, {Key: telemetry.AttrAttachmentContent, Value: onePicture},
		}},
	}
	return s
}

func TestWhatIsCapturedIsKeptByPolicy(t *testing.T) {
	for policy, want := range map[ContentPolicy]struct{ request, response, picture string }{
		ContentOff:      {},
		ContentHash:     {request: hashContent(rawRequest), response: hashContent(rawStream)},
		ContentRedacted: {`{"messages":[{"role":"user","content":"I am [redacted:email], key [redacted:api_key]"}]}`, "[redacted:email] [redacted:api_key]", onePicture},
		ContentFull:     {`{"messages":[{"role":"user","content":"I am jane.doe@example.com, key [redacted:api_key]"}]}`, "jane.doe@example.com [redacted:api_key]", onePicture},
	} {
		e := newEnv(t, func(o *Options) { o.Content = policy })
		e.send(t, capturedSpan())
		b := e.kept.all()
		if text := dump(t, b); strings.Contains(text, secretKey[20:]) || policy != ContentFull && strings.Contains(text, "jane.doe") {
			t.Errorf("%s: kept in %s", policy, text)
		}
		got := map[string]string{}
		for _, ev := range b.Spans[0].Events {
			for _, a := range ev.Attributes {
				got[a.Key] = a.Value
			}
		}
		if got[telemetry.AttrRequestBody] != want.request || got[telemetry.AttrAttachmentContent] != want.picture {
			t.Errorf("%s: kept %v", policy, got)
		}
		if body := got[telemetry.AttrResponseBody]; !strings.Contains(body, want.response) || (body == "") != (want.response == "") {
			t.Errorf("%s: kept of the answer %s", policy, body)
		}
		if policy != ContentOff && (got["http.response.header.x-ratelimit-remaining-tokens"] != "149984" || got["http.request.header.x-stainless-lang"] != "python" ||
			got["http.response.header.anthropic-ratelimit-tokens-reset"] != "2026-11-21T20:38:22Z") {
			t.Errorf("%s: headers are %v", policy, got)
		}
	}
}

// TestOnlyPicturesAreNotLookedInto: what says to be a picture and is none would be a way past the detectors.
func TestOnlyPicturesAreNotLookedInto(t *testing.T) {
	attachment := func(id, mime, content string) telemetry.SpanEvent {
		return telemetry.SpanEvent{Name: telemetry.EventAttachment, Attributes: telemetry.Attrs{
			{Key: telemetry.AttrAttachmentID, Value: id},
			{Key: telemetry.AttrAttachmentType, Value: mime},
			{Key: telemetry.AttrAttachmentContent, Value: content},
			{Key: "note", Value: secretKey},
		}}
	}
	s := chat(1, 1, 0, 0, 100)
	s.Events = []telemetry.SpanEvent{
		attachment("1", "image/png", secretKey),
		attachment("2", "image/svg+xml", base64.StdEncoding.EncodeToString([]byte("<svg onload=alert(1)>"))),
		attachment(secretKey, "image/png", onePicture),
		attachment("3", "text/html", onePicture),
		attachment("4", "image/png", base64.StdEncoding.EncodeToString(append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, telemetry.MaxAttachment)...))),
	}
	for range 2 * telemetry.MaxAttachments {
		s.Events = append(s.Events, attachment("5", "image/png", onePicture))
	}
	e := newEnv(t, nil)
	e.send(t, s)
	got := e.kept.all().Spans[0].Events
	if len(got) == 0 || len(got) > telemetry.MaxAttachments || strings.Contains(dump(t, e.kept.all()), secretKey) {
		t.Fatalf("kept %d: %v", len(got), got)
	}
	want := telemetry.Attrs{{Key: telemetry.AttrAttachmentID, Value: "3"}, {Key: telemetry.AttrAttachmentType, Value: "image/png"}, {Key: telemetry.AttrAttachmentContent, Value: onePicture}}
	if diff := cmp.Diff(want, got[0].Attributes); diff != "" {
		t.Error(diff)
	}
}
