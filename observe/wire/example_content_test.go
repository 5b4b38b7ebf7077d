package wire_test

import (
	"fmt"
	"strings"

	"github.com/telltale-dev/telltale/observe/wire"
)

func ExampleBoundBody() {
	body := `{"model":"gpt-4o","image":"data:image/png;base64,` + strings.Repeat("iVBORw0KGgo", 300) + `","user":"ada"}`
	fmt.Println(wire.BoundBody([]byte(body), 64<<10, 0))
	// Output: {"model":"gpt-4o","image":"data:image/png;base64,iVBORw0KGgoiVBORw0KGgoiVBORw0KGgoiVBORw0KG…[cut 3258 bytes]","user":"ada"}
}

func ExampleInputMessagesWith() {
	body := []byte(`{"messages":[{"role":"user","content":[{"type":"text","text":"what is it?"},` +
		`{"type":"image_url","image_url":{"url":"data:image/gif;base64,R0lGODlhAQABAAAAACw="}}]}]}`)
	var kept []string
	var attach wire.Attach = func(mime, _ []byte) string {
		kept = append(kept, string(mime))
		return "picture-1"
	}
	messages, _ := wire.InputMessagesWith(wire.OpenAIChat, body, attach)
	fmt.Println(messages)
	fmt.Println(kept)
	// Output:
	// [{"role":"user","parts":[{"type":"text","content":"what is it?"},{"type":"blob","modality":"image","mime_type":"image/gif","size":14,"attachment":"picture-1"}]}]
	// [image/gif]
}

func ExampleOutputMessagesWith() {
	body := []byte(`{"candidates":[{"content":{"role":"model","parts":[{"inlineData":{"mimeType":"image/gif","data":"R0lGODlhAQABAAAAACw="}}]}}]}`)
	fmt.Println(wire.OutputMessagesWith(wire.GeminiGenerate, body, false, func(_, _ []byte) string { return "picture-1" }))
	// Output: [{"role":"assistant","parts":[{"type":"blob","modality":"image","mime_type":"image/gif","size":14,"attachment":"picture-1"}]}]
}

func ExamplePicture() {
	mime, picture := wire.Picture([]byte("R0lGODlhAQABAAAAACw="))
	fmt.Println(mime, len(picture))
	mime, _ = wire.Picture([]byte("PHN2Zz48L3N2Zz4="))
	fmt.Printf("%q\n", mime)
	// Output:
	// image/gif 14
	// ""
}
