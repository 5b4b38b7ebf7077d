package dashboard

import "maps"

// maxCopies bounds the panels of a dashboard whose repeats are expanded.
const maxCopies = 1000

// Expand makes a copy of a section or panel for each value of the variable it repeats for, and fills variables into titles and
// texts. A copy keeps the id of its panel; Repeated says for which value it stands. Panels beyond the limit are counted.
func (d *Dashboard) Expand(s *Scope) (out []Section, leftOut int) {
	out = []Section{}
	left := maxCopies
	for i := range d.Sections {
		section := &d.Sections[i]
		for _, fixed := range s.each(section.Repeat, nil) {
			one := *section
			inner := s.with(fixed)
			one.Title = inner.Text(section.Title)
			one.Panels = expandPanels(section.Panels, inner, fixed, &left)
			if left >= 0 || len(one.Panels) > 0 {
				out = append(out, one)
			}
		}
	}
	return out, max(-left, 0)
}

// each returns what is fixed in each copy of what repeats for a variable; one copy where there is nothing to repeat for.
func (s *Scope) each(variable string, fixed map[string]string) []map[string]string {
	c, ok := s.Variables[variable]
	values := c.Values
	if c.Verbatim {
		values = nil
		for _, o := range c.Each {
			values = append(values, o.Value)
		}
	}
	if variable == "" || !ok || len(values) == 0 {
		return []map[string]string{fixed}
	}
	var out []map[string]string
	for _, v := range values {
		one := map[string]string{variable: v}
		maps.Copy(one, fixed)
		out = append(out, one)
	}
	return out
}

// with returns a scope in which some variables have one value.
func (s *Scope) with(fixed map[string]string) *Scope {
	if len(fixed) == 0 {
		return s
	}
	inner := *s
	inner.Variables = maps.Clone(s.Variables)
	for name, value := range fixed {
		text := value
		for i, v := range s.Variables[name].Values {
			if v == value {
				text = s.Variables[name].Texts[i]
			}
		}
		for _, o := range s.Variables[name].Each {
			if o.Value == value {
				text = o.Text
			}
		}
		inner.Variables[name] = Choice{Values: []string{value}, Texts: []string{text}, List: s.Variables[name].List}
	}
	return &inner
}

func expandPanels(panels []Panel, s *Scope, fixed map[string]string, left *int) []Panel {
	out := []Panel{}
	down, from := 0, -1 // how far panels from a line on are moved
	pending := 0
	for i := range panels {
		p := panels[i]
		if p.Grid.Y >= from && pending > 0 {
			down, pending = down+pending, 0
		}
		copies := s.each(p.Repeat, fixed)
		perRow := len(copies)
		if p.RepeatDown {
			perRow = 1
		} else if len(copies) > 1 {
			perRow = min(perRow, max(p.MaxPerRow, 0))
			if p.MaxPerRow == 0 {
				perRow = min(len(copies), 4)
			}
		}
		perRow = max(perRow, 1)
		for n, inner := range copies {
			if *left--; *left < 0 {
				continue
			}
			one := p
			one.Repeated = inner
			scope := s.with(inner)
			one.Title, one.Description, one.Options.Content = scope.Text(p.Title), scope.Text(p.Description), scope.Text(p.Options.Content)
			one.Grid.Y += down + n/perRow*p.Grid.H
			if len(copies) > 1 && !p.RepeatDown {
				one.Grid.W = columns / perRow
				one.Grid.X = n % perRow * one.Grid.W
			}
			out = append(out, one)
		}
		if more := (len(copies)-1)/perRow*p.Grid.H - pending; more > 0 {
			pending, from = pending+more, p.Grid.Y+p.Grid.H
		}
	}
	return out
}
