package wire

// tokens holds the numbers of a usage object as the provider names them.
type tokens struct {
	count  [pastTokens - firstTokens]Count
	detail field    // the list of modalities that is being read
	audio  bool     // the entry being read is of audio
	number Count    // of the entry being read
	sums   [3]Count // audio in prompt, candidates and cache
}

func (t *tokens) at(f field) *Count { return &t.count[f-firstTokens] }

func (t *tokens) value(f field, k kind, b []byte, stream bool) {
	switch f {
	case useAll:
		// Anthropic's counts are cumulative, others' are whole.
		if !stream || k == object {
			*t = tokens{}
		}
	case useMerged:
		if !stream {
			*t = tokens{}
		}
	case usePromptDetails, useOutputDetails, useCacheDetails:
		t.detail = f
		*t.audioSum() = Count{}
	case useEntry:
		t.audio, t.number = false, Count{}
	case useModality:
		t.audio = k == text && string(b) == "AUDIO"
	case useEntryCount:
		t.number = countOf(k, b)
	default:
		*t.at(f) = countOf(k, b)
	}
}

func (t *tokens) end(f field) {
	if f == useEntry && t.audio && t.number.Known && t.detail != 0 {
		*t.audioSum() = plus(*t.audioSum(), t.number)
	}
}

func (t *tokens) audioSum() *Count {
	switch t.detail {
	case useOutputDetails:
		return &t.sums[1]
	case useCacheDetails:
		return &t.sums[2]
	}
	return &t.sums[0]
}

// usage makes the provider's numbers comparable: input with caches, output with reasoning.
func (t *tokens) usage(api API) (u Usage) {
	if api.Operation() == "" {
		return u
	}
	u = Usage{
		Input: *t.at(useInput), Output: *t.at(useOutput), CacheRead: *t.at(useCacheRead), Reasoning: *t.at(useReasoning),
		AudioIn: *t.at(useAudioIn), AudioOut: *t.at(useAudioOut),
	}
	if !u.CacheRead.Known {
		u.CacheRead = *t.at(useCacheHit)
	}
	switch api.Kind() {
	case Anthropic:
		t.anthropic(&u)
	case Gemini:
		t.gemini(&u)
	default:
		u.CacheWrite5m = *t.at(useCacheWrite)
		// xAI leaves reasoning out of completion_tokens; the total tells.
		if total := t.at(useTotal); total.Known && u.Reasoning.Value > 0 && u.Input.Known && u.Output.Known &&
			total.Value == u.Input.Value+u.Output.Value+u.Reasoning.Value {
			u.Output = plus(u.Output, u.Reasoning)
		}
	}
	u.bound()
	return u
}

// anthropic adds cache reads and writes, which its input_tokens leaves out.
func (t *tokens) anthropic(u *Usage) {
	u.CacheWrite5m, u.CacheWrite1h = *t.at(useCacheWrite5m), *t.at(useCacheWrite1h)
	if all := *t.at(useCacheWrite); all.Known {
		if rest := all.Value - u.CacheWrite5m.Value - u.CacheWrite1h.Value; rest > 0 || !u.CacheWrite5m.Known && !u.CacheWrite1h.Known {
			u.CacheWrite5m = plus(u.CacheWrite5m, Count{max(rest, 0), true})
		}
	}
	if !u.Input.Known {
		return
	}
	cache := u.CacheRead.Value + u.CacheWrite5m.Value + u.CacheWrite1h.Value
	u.Input.Value += cache
	u.CacheAdded = u.CacheRead.Known || u.CacheWrite5m.Known || u.CacheWrite1h.Known
}

// gemini adds thoughts to the candidates and results of tools to the prompt. Audio that came from the cache counts as
// cached.
func (t *tokens) gemini(u *Usage) {
	u.Input = plus(u.Input, *t.at(useToolPrompt))
	u.Output = plus(u.Output, u.Reasoning)
	u.AudioIn, u.AudioOut = t.sums[0], t.sums[1]
	if cached := t.sums[2]; cached.Known && u.AudioIn.Known {
		u.AudioIn.Value = max(0, u.AudioIn.Value-cached.Value)
	}
	if u.Input.Known && !u.Output.Known && t.at(useTotal).Known {
		u.Output = Count{max(0, t.at(useTotal).Value-u.Input.Value), true}
	}
}

func plus(a, b Count) Count {
	return Count{a.Value + b.Value, a.Known || b.Known}
}

// bound keeps the parts within their whole, so that what is left when they are taken off is not negative.
func (u *Usage) bound() {
	within := func(room *int64, parts ...*Count) {
		for _, p := range parts {
			p.Value = min(p.Value, *room)
			*room -= p.Value
		}
	}
	if in := u.Input.Value; u.Input.Known {
		within(&in, &u.CacheRead, &u.CacheWrite1h, &u.CacheWrite5m, &u.AudioIn)
	}
	if out := u.Output.Value; u.Output.Known {
		within(&out, &u.Reasoning, &u.AudioOut)
	}
}
