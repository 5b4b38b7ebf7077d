package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/telltale-dev/telltale/observe/audit"
)

// AuditLog is the audit.Log of a DB.
type AuditLog struct {
	db    *DB
	chain *audit.Chain

	last, add  *sql.Stmt // of the connection that writes
	head, page *sql.Stmt
}

var _ audit.Log = (*AuditLog)(nil)

const auditColumns = "seq, time, actor, action, target, before, after, request_id, ip, prev_hash, hash"

func newAuditLog(ctx context.Context, db *DB, chain *audit.Chain) (*AuditLog, error) {
	l := &AuditLog{db: db, chain: chain}
	const last = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
	return l, prepare(ctx,
		statement{db.write, &l.last, last},
		statement{db.write, &l.add, "INSERT INTO audit (" + auditColumns + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
		statement{db.read, &l.head, last},
		statement{db.read, &l.page, "SELECT " + auditColumns + " FROM audit WHERE seq BETWEEN ? AND ? ORDER BY seq LIMIT ?"},
	)
}

func scanHead(row *sql.Row) (audit.Head, error) {
	var h audit.Head
	var hash []byte
	err := row.Scan(&h.Seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return audit.Head{}, nil
	}
	copy(h.Hash[:], hash)
	return h, err
}

// Append implements audit.Log. The end of the chain is read in the transaction that writes, so that any number of
// processes may append.
func (l *AuditLog) Append(ctx context.Context, e audit.Entry) (audit.Entry, error) {
	e, err := l.chain.Prepare(ctx, e)
	if err != nil {
		return audit.Entry{}, err
	}
	err = l.db.transaction(ctx, func(tx *sql.Tx) error {
		head, err := scanHead(tx.StmtContext(ctx, l.last).QueryRowContext(ctx))
		if err != nil {
			return err
		}
		e = l.chain.Link(head, e)
		_, err = tx.StmtContext(ctx, l.add).ExecContext(ctx, int64(e.Seq), e.Time.UnixNano(), e.Actor, e.Action, e.Target,
			text(e.Before), text(e.After), e.RequestID, e.IP, e.PrevHash[:], e.Hash[:])
		return err
	})
	if err != nil {
		return audit.Entry{}, fmt.Errorf("append to audit log: %w", err)
	}
	return e, nil
}

func text(state json.RawMessage) sql.NullString {
	return sql.NullString{String: string(state), Valid: len(state) > 0}
}

// Head implements audit.Log.
func (l *AuditLog) Head(ctx context.Context) (audit.Head, error) {
	return scanHead(l.head.QueryRowContext(ctx))
}

// pageSize is how many entries are read at once: a query that stays open keeps the WAL from being emptied.
const pageSize = 200

// Entries implements audit.Log.
func (l *AuditLog) Entries(ctx context.Context, from uint64) iter.Seq2[audit.Entry, error] {
	return func(yield func(audit.Entry, error) bool) {
		head, err := l.Head(ctx)
		for err == nil && from <= head.Seq {
			var entries []audit.Entry
			entries, err = l.read(ctx, from, head.Seq)
			for _, e := range entries {
				if !yield(e, nil) {
					return
				}
				from = e.Seq + 1
			}
			if len(entries) == 0 {
				break
			}
		}
		if err != nil {
			yield(audit.Entry{}, fmt.Errorf("read audit log: %w", err))
		}
	}
}

// read returns the entries of a page; with an error those before it.
func (l *AuditLog) read(ctx context.Context, from, to uint64) (entries []audit.Entry, err error) {
	rows, err := l.page.QueryContext(ctx, int64(from), int64(to), pageSize)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var e audit.Entry
		var nanos int64
		var before, after sql.NullString
		var prev, hash []byte
		if err := rows.Scan(&e.Seq, &nanos, &e.Actor, &e.Action, &e.Target, &before, &after, &e.RequestID, &e.IP,
			&prev, &hash); err != nil {
			return entries, err
		}
		e.Time = time.Unix(0, nanos).UTC()
		if before.Valid {
			e.Before = json.RawMessage(before.String)
		}
		if after.Valid {
			e.After = json.RawMessage(after.String)
		}
		copy(e.PrevHash[:], prev)
		copy(e.Hash[:], hash)
		entries = append(entries, e)
	}
	return entries, rows.Err()
}
