package llmmock_test

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/telltale-dev/telltale/observe/observetest/llmmock"
)

// text is what the mock answers to a prompt by a schema, or calls a tool of that schema with.
func text(t *testing.T, schema, prompt string, before ...string) string {
	t.Helper()
	srv := serve(t, llmmock.Options{})
	messages := ""
	for _, p := range append(before, prompt) {
		messages += fmt.Sprintf(`,{"role":"user","content":%s}`, quoted(p))
	}
	body := `{"model":"gpt-4o-mini","messages":[{"role":"system","content":"normal, warning or critical"}` + messages + `],`
	var out struct {
		Choices []struct {
			Message struct {
				Content   string
				ToolCalls []struct{ Function struct{ Arguments string } } `json:"tool_calls"`
			}
		}
	}
	answers := [2]string{}
	for i, more := range []string{
		`"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":` + schema + `}}}`,
		`"tools":[{"type":"function","function":{"name":"f","parameters":` + schema + `}}]}`,
	} {
		resp, answer, err := send(t, srv, "/v1/chat/completions", body+more)
		if err != nil || resp.status != 200 || json.Unmarshal(answer, &out) != nil || len(out.Choices) != 1 {
			t.Fatalf("%d %v: %s", resp.status, err, answer)
		}
		answers[i] = out.Choices[0].Message.Content
		if calls := out.Choices[0].Message.ToolCalls; len(calls) > 0 {
			answers[i] = calls[0].Function.Arguments
		}
	}
	if answers[0] != answers[1] {
		t.Errorf("as a format %s, as a tool %s", answers[0], answers[1])
	}
	return answers[0]
}

func quoted(s string) string {
	b, _ := json.Marshal(s) // strings always encode
	return string(b)
}

func TestAnswersBySchema(t *testing.T) {
	one := func(property string) string {
		return `{"type":"object","properties":{"p":` + property + `},"required":["p"]}`
	}
	for _, tc := range []struct{ name, schema, prompt, want string }{
		{"an enum that the user names", one(`{"enum":["low","high"]}`), "the pressure is High, not low", `{"p":"high"}`},
		{"an enum in the plural", one(`{"enum":["heat pumps","batteries"]}`), "is a heat pump any good?", `{"p":"heat pumps"}`},
		{"an enum in the singular", one(`{"enum":["solar panel","wind"]}`), "are solar panels good?", `{"p":"solar panel"}`},
		{"no enum inside a word", one(`{"enum":["win","lose"],"type":"string"}`), "windows close, they lose", `{"p":"lose"}`},
		{"a field of the prompt's JSON", one(`{"type":"string"}`), `Judge {"p":"pump 1","q":2}`, `{"p":"pump 1"}`},
		{"a field that is too long", one(`{"type":"string","maxLength":3}`), `{"p":"pump 1"}`, `{"p":"moc"}`},
		{"a field of another type", one(`{"type":"integer"}`), `{"p":"pump 1"}`, `{"p":1}`},
		{"a number of the prompt", one(`{"type":"number","minimum":0,"maximum":9}`), `{"p":4.5}`, `{"p":4.5}`},
		{"a number that is too high", one(`{"type":"integer","minimum":7}`), `{"p":4}`, `{"p":7}`},
		{"a boolean of the prompt", one(`{"type":"boolean"}`), `{"p":false}`, `{"p":false}`},
		{"an example", one(`{"type":"string","examples":["Lyon"]}`), "hi", `{"p":"Lyon"}`},
		{"a default", one(`{"type":"integer","default":5}`), "hi", `{"p":5}`},
		{"a lower bound that is left out", one(`{"type":"integer","exclusiveMinimum":4}`), "hi", `{"p":5}`},
		{"a multiple", one(`{"type":"integer","minimum":11,"multipleOf":5}`), "hi", `{"p":15}`},
		{"nothing but an upper bound", one(`{"type":"number","maximum":-3}`), "hi", `{"p":-3}`},
		{"a pattern", one(`{"type":"string","pattern":"^[A-Z]{2}-\\d{4}(x|y)$"}`), "hi", `{"p":"AA-0000x"}`},
		{"a list has an item", one(`{"type":"array","items":{"type":"string"}}`), "hi", `{"p":["mock"]}`},
		{"a list that must be empty", one(`{"type":"array","items":{"type":"string"},"maxItems":0}`), "hi", `{"p":[]}`},
		{"items that differ", one(`{"type":"array","items":{"enum":["a","b","c"]},"minItems":3,"uniqueItems":true}`), "say b", `{"p":["b","c","a"]}`},
		{"a tuple", one(`{"type":"array","prefixItems":[{"type":"integer"},{"type":"boolean"}]}`), "hi", `{"p":[1,true]}`},
		{"all of several", `{"allOf":[{"$ref":"#/$defs/a"},{"properties":{"b":{"const":2}},"required":["b"]}],"$defs":{"a":{"type":"object","properties":{"a":{"const":1}},"required":["a"]}}}`, "hi", `{"a":1,"b":2}`},
		{"null or something", one(`{"anyOf":[{"type":"null"},{"type":"string"}]}`), "hi", `{"p":"mock"}`},
		{"a schema that goes on for ever", `{"type":"object","properties":{"a":{"$ref":"#"},"b":{"type":"integer"}},"required":["b"]}`, "hi", `{"b":1}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := text(t, tc.schema, tc.prompt); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
	if got := text(t, one(`{"enum":["solar","wind"]}`), "Are you sure?", "How good is wind?"); got != `{"p":"wind"}` {
		t.Errorf("what was named before is forgotten: %s", got)
	}
}

// Where the prompt decides nothing, answers differ from prompt to prompt, are within their bounds, and the same again.
func TestAnswersVaryWithThePrompt(t *testing.T) {
	const verdict = `{"type":"object","properties":{"status":{"enum":["normal","warning","critical"]},"confidence":{"type":"number","minimum":0,"maximum":1}},"required":["status","confidence"]}`
	statuses, confidences := map[string]int{}, map[float64]int{}
	for i := range 60 {
		prompt := fmt.Sprintf(`{"sensor":"s%d","value":%d}`, i%10, i)
		got := text(t, verdict, prompt)
		var v struct {
			Status     string
			Confidence float64
		}
		if json.Unmarshal([]byte(got), &v) != nil || v.Confidence <= 0 || v.Confidence >= 1 || len(got) > 50 {
			t.Errorf("%s", got)
		}
		if again := text(t, verdict, prompt); again != got {
			t.Errorf("%s, then %s", got, again)
		}
		statuses[v.Status]++
		confidences[v.Confidence]++
	}
	if len(statuses) != 3 || statuses["normal"] > 40 || len(confidences) < 20 {
		t.Errorf("statuses %v, %d confidences", statuses, len(confidences))
	}
}

func embed(t *testing.T, dimensions int, texts ...string) (vectors [][]float64) {
	t.Helper()
	list, _ := json.Marshal(texts) // strings always encode
	resp, body, err := send(t, serve(t, llmmock.Options{}), "/v1/embeddings",
		fmt.Sprintf(`{"model":"text-embedding-3-small","encoding_format":"base64","dimensions":%d,"input":%s}`, dimensions, list))
	var out struct{ Data []struct{ Embedding string } }
	if err != nil || resp.status != 200 || json.Unmarshal(body, &out) != nil || len(out.Data) != len(texts) {
		t.Fatalf("%v: %s", err, body)
	}
	for _, d := range out.Data {
		raw, err := base64.StdEncoding.DecodeString(d.Embedding)
		if err != nil {
			t.Fatal(err)
		}
		v := make([]float64, len(raw)/4)
		for i := range v {
			v[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		}
		vectors = append(vectors, v)
	}
	return vectors
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func TestSimilarTextsAreNear(t *testing.T) {
	const question = "When are refunds paid after I returned the goods?"
	for _, tc := range []struct {
		other     string
		from, to  float64
		dimension int
	}{
		{question, 0.999, 1.001, 0},
		{"after i RETURNED the goods, when are refunds paid", 0.999, 1.001, 256},
		{"Refunds are paid within 14 days after the returned goods have arrived.", 0.5, 0.9, 0},
		{question + " My card is 4111 1111 1111 1111.", 0.8, 0.999, 0},
		{"Goods can be returned within 30 days.", 0.2, 0.6, 512},
		{"Express delivery costs 9 euros.", -0.001, 0.001, 0},
		{"?!", -0.001, 0.001, 0},
		{"", -0.001, 0.001, 0},
	} {
		v := embed(t, tc.dimension, question, tc.other)
		if want := tc.dimension; len(v[0]) != want && (want > 0 || len(v[0]) != 1536) {
			t.Errorf("%d dimensions, want %d", len(v[0]), want)
		}
		for i := range v {
			if length := dot(v[i], v[i]); math.Abs(length-1) > 1e-5 {
				t.Errorf("%q: length %g", tc.other, math.Sqrt(length))
			}
		}
		if got := dot(v[0], v[1]); got < tc.from || got > tc.to {
			t.Errorf("%q is as near as %g, want %g to %g", tc.other, got, tc.from, tc.to)
		}
	}
	v := embed(t, 0, "退款何时支付", "退款需要十四天", "快递费用")
	if dot(v[0], v[1]) <= dot(v[0], v[2]) {
		t.Errorf("texts without spaces: %g, %g", dot(v[0], v[1]), dot(v[0], v[2]))
	}
}
