package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/telltale-dev/telltale/observe/apikey"
)

// KeyStore is the apikey.Store of a DB.
type KeyStore struct {
	db *DB

	add, update, touch, byID *sql.Stmt // of the connection that writes
	find, list               *sql.Stmt
}

var _ apikey.Store = (*KeyStore)(nil)

const keyColumns = "id, hash, prefix, name, user, tenant, scopes, created, expires, revoked, last_used"

func newKeyStore(ctx context.Context, db *DB) (*KeyStore, error) {
	s := &KeyStore{db: db}
	return s, prepare(ctx,
		statement{db.write, &s.add, "INSERT INTO api_key (" + keyColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		statement{db.write, &s.update, `UPDATE api_key SET prefix = ?, name = ?, user = ?, tenant = ?, scopes = ?, expires = ?,
			revoked = ? WHERE id = ?`},
		statement{db.write, &s.touch, "UPDATE api_key SET last_used = ?1 WHERE id = ?2 AND coalesce(last_used, 0) < ?1"},
		statement{db.write, &s.byID, "SELECT " + keyColumns + " FROM api_key WHERE id = ?"},
		statement{db.read, &s.find, "SELECT " + keyColumns + " FROM api_key WHERE hash = ?"},
		statement{db.read, &s.list, "SELECT " + keyColumns + ` FROM api_key WHERE (?1 = '' OR id = ?1)
			AND (?2 = '' OR user = ?2) AND (?3 = '' OR tenant = ?3) AND id > ?4 ORDER BY id LIMIT ?5`},
	)
}

// statement is what prepare fills in.
type statement struct {
	db   *sql.DB
	into **sql.Stmt
	text string
}

func prepare(ctx context.Context, statements ...statement) error {
	for _, s := range statements {
		stmt, err := s.db.PrepareContext(ctx, s.text)
		if err != nil {
			return fmt.Errorf("prepare %.40q: %w", s.text, err)
		}
		*s.into = stmt // closed with its DB
	}
	return nil
}

// Add implements apikey.Store.
func (s *KeyStore) Add(ctx context.Context, key apikey.Key) error { return insert(ctx, s.add, &key) }

func insert(ctx context.Context, stmt *sql.Stmt, k *apikey.Key) error {
	scopes, err := scopesText(k)
	if err != nil {
		return err
	}
	_, err = stmt.ExecContext(ctx, k.ID, k.Hash[:], k.Prefix, k.Name, k.User, k.Tenant, scopes,
		k.Created.UnixMilli(), millis(k.Expires), millis(k.Revoked), millis(k.LastUsed))
	if hasCode(err, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY) {
		return apikey.ErrExists
	}
	return err
}

func scopesText(k *apikey.Key) (string, error) {
	if len(k.Scopes) == 0 {
		return "[]", nil
	}
	text, err := json.Marshal(k.Scopes)
	return string(text), err
}

// millis returns a time as it is kept, NULL for the zero one.
func millis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func scan(row interface{ Scan(...any) error }) (apikey.Key, error) {
	var k apikey.Key
	var hash []byte
	var scopes string
	var created, expires, revoked, used sql.NullInt64
	err := row.Scan(&k.ID, &hash, &k.Prefix, &k.Name, &k.User, &k.Tenant, &scopes, &created, &expires, &revoked, &used)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return apikey.Key{}, apikey.ErrUnknown
	case err != nil:
		return apikey.Key{}, err
	}
	copy(k.Hash[:], hash) // the table holds 32 bytes to be there
	if err := json.Unmarshal([]byte(scopes), &k.Scopes); err != nil {
		return apikey.Key{}, fmt.Errorf("scopes of key %s: %w", k.ID, err)
	}
	for _, t := range []struct {
		from sql.NullInt64
		to   *time.Time
	}{{created, &k.Created}, {expires, &k.Expires}, {revoked, &k.Revoked}, {used, &k.LastUsed}} {
		if t.from.Valid {
			*t.to = time.UnixMilli(t.from.Int64).UTC()
		}
	}
	return k, nil
}

// Find implements apikey.Store.
func (s *KeyStore) Find(ctx context.Context, hash apikey.Hash) (apikey.Key, error) {
	return scan(s.find.QueryRowContext(ctx, hash[:]))
}

// List implements apikey.Store.
func (s *KeyStore) List(ctx context.Context, f apikey.Filter) (keys []apikey.Key, err error) {
	rows, err := s.list.QueryContext(ctx, f.ID, f.User, f.Tenant, f.After, f.Max())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		k, err := scan(rows)
		if err != nil {
			return nil, err
		}
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

// Update implements apikey.Store.
func (s *KeyStore) Update(
	ctx context.Context, id string, change func(*apikey.Key) (*apikey.Key, error),
) (kept apikey.Key, err error) {
	err = s.db.transaction(ctx, func(tx *sql.Tx) error {
		old, err := scan(tx.StmtContext(ctx, s.byID).QueryRowContext(ctx, id))
		if err != nil {
			return err
		}
		kept = old
		successor, err := change(&kept)
		if err != nil {
			return err
		}
		if successor != nil {
			if err := insert(ctx, tx.StmtContext(ctx, s.add), successor); err != nil {
				return err
			}
		}
		kept.ID, kept.Hash, kept.Created, kept.LastUsed = old.ID, old.Hash, old.Created, old.LastUsed
		scopes, err := scopesText(&kept)
		if err != nil {
			return err
		}
		_, err = tx.StmtContext(ctx, s.update).ExecContext(ctx, kept.Prefix, kept.Name, kept.User, kept.Tenant, scopes,
			millis(kept.Expires), millis(kept.Revoked), id)
		return err
	})
	if err != nil {
		return apikey.Key{}, err
	}
	return kept, nil
}

// touchBatch bounds how long one transaction of Touch keeps others from writing.
const touchBatch = 1000

// Touch implements apikey.Store.
func (s *KeyStore) Touch(ctx context.Context, uses []apikey.Use) error {
	for len(uses) > 0 {
		batch := uses[:min(len(uses), touchBatch)]
		uses = uses[len(batch):]
		err := s.db.transaction(ctx, func(tx *sql.Tx) error {
			touch := tx.StmtContext(ctx, s.touch)
			for _, u := range batch {
				if _, err := touch.ExecContext(ctx, u.At.UnixMilli(), u.ID); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
