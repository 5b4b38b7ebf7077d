package river

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMetadataKeepsWhatWasThere(t *testing.T) {
	carrier := map[string]string{"traceparent": "00-1-2-01"}
	for in, want := range map[string]string{
		"":                    `{"observe":{"traceparent":"00-1-2-01"}}`,
		`{}`:                  `{"observe":{"traceparent":"00-1-2-01"}}`,
		`{"a":1e2}`:           `{"a":1e2,"observe":{"traceparent":"00-1-2-01"}}`,
		`{"observe":{"x":1}}`: `{"observe":{"traceparent":"00-1-2-01"}}`,
		`[1]`:                 `[1]`,
		`null`:                `null`,
		`{`:                   `{`,
	} {
		if got := string(put([]byte(in), carrier)); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func FuzzMetadata(f *testing.F) {
	f.Add([]byte(`{"observe":{"request_id":"a"}}`), "b")
	f.Add([]byte(`{"observe":[]}`), "\xff")
	f.Fuzz(func(t *testing.T, metadata []byte, id string) {
		carried(metadata)
		out := put(metadata, map[string]string{"request_id": id})
		var object map[string]json.RawMessage
		if json.Unmarshal(metadata, &object) != nil || object == nil {
			return
		}
		valid, _ := json.Marshal(id)
		var want string
		if err := json.Unmarshal(valid, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"request_id": want}, carried(out)); diff != "" {
			t.Error(diff)
		}
	})
}
