package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// sensor is one of the simulated ones.
type sensor struct {
	name, kind, unit string
	low, high        float64
	drift            float64 // of its width, at each reading; an anomaly that grows
	spike            int     // every that many readings it jumps far outside
	note             string
}

func sensors() []sensor {
	return []sensor{
		{name: "furnace-1", kind: "temperature", unit: "°C", low: 820, high: 860},
		{name: "furnace-2", kind: "temperature", unit: "°C", low: 820, high: 860, drift: 0.15},
		{name: "cold-store", kind: "temperature", unit: "°C", low: -22, high: -18, spike: 3},
		{name: "office", kind: "temperature", unit: "°C", low: 19, high: 24},
		{name: "boiler", kind: "pressure", unit: "bar", low: 5, high: 7},
		{name: "line-a", kind: "pressure", unit: "bar", low: 2, high: 3, spike: 5},
		{name: "line-b", kind: "pressure", unit: "bar", low: 2, high: 3},
		{name: "pump-1", kind: "vibration", unit: "mm/s", low: 0, high: 4, drift: 0.1},
		{name: "pump-2", kind: "vibration", unit: "mm/s", low: 0, high: 4, note: "Bearing changed, ask eve.moss@example.com or +44 20 7946 0958"},
		{name: "fan", kind: "vibration", unit: "mm/s", low: 0, high: 2},
	}
}

// pause between two readings of the simulation.
const pause = 100 * time.Millisecond

// simulate sends n readings in turn, without end if n is less than zero.
func simulate(ctx context.Context, url, key string, n int) error {
	client := &http.Client{Timeout: 10 * time.Second}
	all := sensors()
	for i := 0; i != n; i++ {
		if err := send(ctx, client, url, key, all[i%len(all)].read(i/len(all)+1)); err != nil {
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// read is the nth reading, counted from 1.
func (s sensor) read(n int) reading {
	width := s.high - s.low
	value := s.low + width*(0.4+0.2*rand.Float64()+s.drift*float64(n))
	if s.spike > 0 && n%s.spike == 0 {
		value = s.high + 2*width
	}
	return reading{
		Sensor: s.name, Kind: s.kind, Unit: s.unit, Low: s.low, High: s.high, Note: s.note,
		Value: math.Round(100*value) / 100, Time: time.Now().UTC(),
	}
}

func send(ctx context.Context, client *http.Client, url, key string, r reading) error {
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/readings", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if s := response.StatusCode; s != http.StatusAccepted && s != http.StatusServiceUnavailable {
		return fmt.Errorf("%s: %s", response.Status, text)
	}
	return nil
}

// standIn answers in place of a model. It is a careful reader, but now and then too sure of itself, so that there is an
// answer to refuse.
func standIn(prompt string) string {
	_, retry, again := strings.Cut(prompt, "Judge the reading again: ")
	if again {
		prompt = retry
	}
	var r reading
	if json.Unmarshal([]byte(prompt), &r) != nil {
		return ""
	}
	v := verdict{Status: "normal", Confidence: 0.97, Reason: "The value is inside its range."}
	switch outside := max(r.Low-r.Value, r.Value-r.High); {
	case outside > r.High-r.Low:
		v = verdict{Status: "critical", Confidence: 0.93, Reason: "The value is far outside its range."}
	case outside > 0:
		v = verdict{Status: "warning", Confidence: 0.81, Reason: "The value has left its range."}
	}
	if r.Sensor == "fan" && !again {
		v.Confidence = 97
	}
	text, _ := json.Marshal(v) // plain fields always encode
	return string(text)
}
