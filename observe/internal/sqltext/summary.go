package sqltext

import "strings"

// summary collects operations and tables.
type summary struct {
	out        strings.Builder
	operation  string
	table      string
	operations int
	tables     int

	began   bool // a statement has
	closed  bool // nothing more of this statement matters
	expects bool // a table is next
	listed  bool // a comma is before a table
	dotted  bool // the name of the table goes on
	depth   int
	call    int // depth inside EXTRACT(… FROM …) and its like, 0 outside
}

// add reads one token. before is the one before it.
func (m *summary) add(before, now token) {
	switch now.kind {
	case punct:
		m.punct(before, now.text[0])
	case name:
		if m.further(before); m.expects || m.dotted {
			m.target(now.text)
		}
	case word:
		m.word(before, now)
	default:
		m.expects, m.dotted = false, false
	}
}

func (m *summary) punct(before token, c byte) {
	switch c {
	case ';':
		m.began, m.closed, m.listed, m.depth, m.call = false, false, false, 0, 0
	case '(':
		m.depth++
		if m.call == 0 && before.isOne("EXTRACT", "SUBSTRING", "TRIM", "OVERLAY") {
			m.call = m.depth
		}
		m.listed = false
	case ')':
		if m.depth == m.call {
			m.call = 0
		}
		m.depth--
	case ',':
		m.expects, m.dotted = m.listed, false
		return
	case '.':
		return // m.dotted stays: schema.table
	}
	m.expects, m.dotted = false, false
}

// further takes care that only what stands after a dot is a part of the table's name.
func (m *summary) further(before token) { m.dotted = m.dotted && before.isPunct('.') }

func (m *summary) word(before, now token) {
	if m.further(before); m.dotted {
		m.target(now.text)
		return
	}
	if m.closed {
		m.definition(now)
		return
	}
	if m.expects && now.isOne("ONLY", "LATERAL", "IGNORE", "IF", "NOT", "EXISTS", "TABLE", "OR", "REPLACE") {
		return
	}
	op := strings.ToUpper(Cut(now.text, 16))
	switch {
	case m.keyword(before, op):
	case m.expects:
		m.target(now.text)
	case !m.began:
		m.operate(op)
		m.closed, m.expects = isDefinition(op), op == "COPY"
	}
	m.began = true
}

// keyword handles the words that stand before tables or end lists of them.
func (m *summary) keyword(before token, word string) bool {
	switch word {
	case "WITH", "EXPLAIN", "ANALYZE":
		return !m.began || before.is("EXPLAIN")
	case "SELECT":
		m.operate(word)
	case "INSERT", "DELETE", "MERGE", "REPLACE", "UPDATE":
		if m.began && !before.isPunct('(') && !before.isPunct(')') && !before.isOne("EXPLAIN", "ANALYZE", "VERBOSE") {
			return false // ON CONFLICT DO UPDATE, FOR UPDATE, WHEN MATCHED THEN UPDATE
		}
		m.operate(word)
		m.expects = word == "UPDATE"
	case "FROM", "JOIN", "INTO", "USING":
		m.from(before, word)
	case "WHERE", "GROUP", "ORDER", "LIMIT", "SET", "VALUES", "ON", "RETURNING", "UNION", "HAVING", "WINDOW", "FOR":
		m.expects, m.listed = false, false
		return m.began
	default:
		return false
	}
	return true
}

func (m *summary) from(before token, word string) {
	if m.call > 0 || word == "FROM" && before.is("DISTINCT") || m.operation == "COPY" {
		return
	}
	m.expects, m.listed = true, word == "FROM"
}

func isDefinition(op string) bool {
	switch op {
	case "CREATE", "ALTER", "DROP", "TRUNCATE", "GRANT", "REVOKE":
		return true
	}
	return false
}

// definition reads CREATE TABLE IF NOT EXISTS t: what kind of thing, and its name.
func (m *summary) definition(now token) {
	switch {
	case m.expects && !now.isOne("IF", "NOT", "EXISTS", "CONCURRENTLY", "ONLY"):
		m.target(now.text)
	case m.tables > 0 || m.expects:
	case now.isOne("TABLE", "INDEX", "VIEW", "TRIGGER", "FUNCTION", "SCHEMA", "DATABASE", "SEQUENCE", "TYPE", "EXTENSION", "ROLE", "USER"):
		m.write(strings.ToUpper(now.text))
		m.operation += " " + strings.ToUpper(now.text)
		m.expects = true
	}
}

func (m *summary) operate(op string) {
	m.operations++
	if m.operations == 1 {
		m.operation = op
	}
	m.expects, m.listed = false, false
	m.write(op)
}

// target takes the name of a table, or a further part of it.
func (m *summary) target(name string) {
	if m.dotted {
		m.table += "." + name
		m.append(".", name)
	} else {
		m.tables++
		m.table = name
		m.write(name)
	}
	m.expects, m.dotted = false, true
}

func (m *summary) write(s string) { m.append(" ", s) }

func (m *summary) append(between, s string) {
	if m.out.Len() == 0 {
		between = ""
	}
	if m.out.Len()+len(between)+len(s) <= maxSummary {
		m.out.WriteString(between)
		m.out.WriteString(s)
	}
}

func (m *summary) query() Query {
	q := Query{Summary: strings.ToValidUTF8(m.out.String(), "\ufffd")}
	if m.operations == 1 {
		q.Operation = m.operation
		if m.tables == 1 {
			q.Collection = strings.ToValidUTF8(Cut(m.table, maxSummary), "\ufffd")
		}
	}
	return q
}
