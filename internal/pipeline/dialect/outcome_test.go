package dialect

import (
	"testing"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// The status of a span follows its HTTP response, as the conventions have it for servers and clients.
func TestStatusFollowsHTTP(t *testing.T) {
	for _, tc := range []struct {
		kind telemetry.Kind
		code string
		want telemetry.Status
		kept string // error type
	}{
		{telemetry.KindServer, "500", telemetry.StatusError, "500"},
		{telemetry.KindServer, "503", telemetry.StatusError, "503"},
		{telemetry.KindServer, "404", telemetry.StatusOK, ""},
		{telemetry.KindServer, "200", telemetry.StatusOK, ""},
		{telemetry.KindClient, "404", telemetry.StatusError, "404"},
		{telemetry.KindClient, "502", telemetry.StatusError, "502"},
		{telemetry.KindClient, "302", telemetry.StatusOK, ""},
		{telemetry.KindInternal, "500", telemetry.StatusOK, ""},
	} {
		for _, attrs := range []telemetry.Attrs{nil, {{Key: "gen_ai.operation.name", Value: "invoke_agent"}}} {
			s := telemetry.Span{Kind: tc.kind}
			s.Attributes = append(telemetry.Attrs{{Key: "http.response.status_code", Value: tc.code}}, attrs...)
			Span(&s)
			if s.Status != tc.want || s.ErrorType != tc.kept {
				t.Errorf("%v %s, %d attributes: %v, error type %q; want %v, %q", tc.kind, tc.code, len(attrs), s.Status, s.ErrorType, tc.want, tc.kept)
			}
		}
	}
}
