package wire

import "strings"

// geminiRoute reads the paths of the Gemini API and of Vertex AI:
//
//	/v1beta/models/{model}:generateContent
//	/v1/projects/{project}/locations/{location}/publishers/{publisher}/models/{model}:generateContent
func geminiRoute(method, path string) Route {
	version, rest := "", path
	for _, v := range []string{"/v1beta1", "/v1beta", "/v1alpha", "/v1"} {
		if r, ok := strings.CutPrefix(path, v); ok && strings.HasPrefix(r, "/") {
			version, rest = v, r
			break
		}
	}
	place, rest := vertexPlace(rest)
	family, rest := cutSegment(rest)
	switch family {
	case "models", "tunedModels", "endpoints":
	case "files", "cachedContents", "operations", "batches", "fileSearchStores", "corpora":
		return geminiOther(version+place+"/"+family, rest)
	default:
		return Route{}
	}
	at := version + place + "/" + family
	if rest == "" {
		return Route{API: GeminiModels, Template: at}
	}
	name := rest[1:]
	model, action, called := strings.Cut(name, ":")
	if model == "" || strings.Contains(name, "/") {
		return geminiOther(at, rest)
	}
	r := Route{API: GeminiModels, Template: at + "/{model}", Model: pathText(model)}
	if !called {
		return r
	}
	r.API = geminiActions[action]
	if r.API == Unknown || method != "POST" {
		return Route{}
	}
	r.Template += ":" + action
	return r
}

var geminiActions = map[string]API{
	"generateContent":        GeminiGenerate,
	"streamGenerateContent":  GeminiStream,
	"embedContent":           GeminiEmbed,
	"batchEmbedContents":     GeminiEmbed,
	"countTokens":            GeminiCountTokens,
	"computeTokens":          GeminiOther,
	"batchGenerateContent":   GeminiOther,
	"asyncBatchEmbedContent": GeminiOther,
	"predict":                GeminiOther,
	"predictLongRunning":     GeminiOther,
	"fetchPredictOperation":  GeminiOther,
	"rawPredict":             GeminiOther,
	"streamRawPredict":       GeminiOther,
}

// geminiOther is a path that is known but has no model.
func geminiOther(at, rest string) Route {
	switch n := strings.Count(rest, "/"); {
	case n == 0:
		return Route{API: GeminiOther, Template: at}
	case n == 1 && len(rest) > 1:
		return Route{API: GeminiOther, Template: at + "/{id}"}
	}
	return Route{API: GeminiOther, Template: at + "/{id}/{part}"}
}

// vertexPlace cuts off where Vertex AI keeps a model.
func vertexPlace(path string) (place, rest string) {
	rest = path
	for _, p := range []struct{ name, param string }{{"projects", "{project}"}, {"locations", "{location}"}, {"publishers", "{publisher}"}} {
		name, more := cutSegment(rest)
		if name != p.name {
			continue
		}
		value, after := cutSegment(more)
		if value == "" {
			return "", path
		}
		place, rest = place+"/"+p.name+"/"+p.param, after
	}
	return place, rest
}

func cutSegment(path string) (segment, rest string) {
	if path == "" {
		return "", ""
	}
	if i := strings.IndexByte(path[1:], '/'); i >= 0 {
		return path[1 : i+1], path[i+1:]
	}
	return path[1:], ""
}
