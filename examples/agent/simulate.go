package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// pause between two tasks of the simulation.
const pause = 300 * time.Millisecond

// tasks are what simulated users want to know, in turn.
func tasks() []task {
	return []task{
		{Question: "Have batteries become cheaper?"},
		{Question: "Does a heat pump pay off in an old house?"},
		{Question: "How much does a roof of 40 square metres yield? Send it to eve.moss@example.com."},
		{Question: "Which of the three should we look at first?"},
		{Question: "Is it certain that batteries have become cheaper?", Loop: true},
	}
}

// simulate sends n tasks, without end if n is less than zero.
func simulate(ctx context.Context, url, key string, n int) error {
	client := &http.Client{Timeout: 10 * time.Second}
	all := tasks()
	for i := 0; i != n; i++ {
		if err := send(ctx, client, url, key, all[i%len(all)]); err != nil {
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

func send(ctx context.Context, client *http.Client, url, key string, t task) error {
	body, err := json.Marshal(t)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/tasks", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-Api-Key", key)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return err
}

// standIn answers in place of a model, by who is asked.
func standIn(prompt string) string {
	for begin, answer := range map[string]string{
		"Plan":                    "1. Find the facts.\n2. Work out what they mean.\n3. Write it down.",
		"You are the researcher.": "Facts: packs cost 115 USD/kWh in 2024 and 139 in 2023.",
		"You are the analyst.":    "Analysis: that is 17 percent less in a year.",
		"You are the writer.":     "Report: batteries became cheaper by 17 percent from 2023 to 2024.",
		"Put together":            "Yes: a pack cost 17 percent less in 2024 than in 2023. Nothing suggests that this ends soon.",
		"Are you sure?":           "I think so, but let me look again.",
	} {
		if strings.HasPrefix(prompt, begin) {
			return answer
		}
	}
	return ""
}
