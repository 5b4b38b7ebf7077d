package wire

import "strings"

const (
	agentUser uint8 = iota + 1
	agentAccount
	agentDevice
	agentSession
)

var agentUserSchema = compile([]rule{
	{"user_id", field(agentUser)},
	{"account_uuid", field(agentAccount)},
	{"device_id", field(agentDevice)},
	{"session_id", field(agentSession)},
})

// anthropicUser reads metadata.user_id. Claude Code packs more than the user into it: a JSON object with account_uuid,
// device_id and session_id, and before that "user_HASH_account_UUID_session_UUID".
func anthropicUser(id string) (user, session string) {
	if strings.HasPrefix(id, "{") {
		var got agentUserReader
		w := walker{schema: agentUserSchema, sink: &got}
		w.reset()
		w.feed([]byte(id))
		user = first(got[agentUser], got[agentAccount], got[agentDevice])
		if user == "" && got[agentSession] == "" {
			return id, ""
		}
		return user, got[agentSession]
	}
	if rest, ok := strings.CutPrefix(id, "user_"); ok {
		if who, sess, ok := strings.Cut(rest, "_session_"); ok {
			hash, account, _ := strings.Cut(who, "_account_")
			return first(account, strings.TrimSuffix(hash, "_account")), sess
		}
	}
	return id, ""
}

type agentUserReader [agentSession + 1]string

func (r *agentUserReader) value(f field, k kind, b []byte) {
	r[f] = ""
	if k == text {
		r[f] = factText(b)
	}
}

func (r *agentUserReader) end(field) {}
