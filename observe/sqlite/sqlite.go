package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	driver "modernc.org/sqlite"

	"github.com/telltale-dev/telltale/observe/audit"
)

// Options of a DB. The zero value is ready for use.
type Options struct {
	// Chain makes the hashes of the audit log; nil means a chain without a key.
	Chain *audit.Chain

	// Wait is how long a write waits for other processes that write; 0 means 10 s.
	Wait time.Duration
}

// readers is how many queries run side by side; writes are one at a time.
const readers = 4

// DB is an open file. It may be used by any number of goroutines.
type DB struct {
	write *sql.DB // one connection, whose transactions take the write lock when they begin
	read  *sql.DB
	keys  *KeyStore
	audit *AuditLog
}

// Open opens a file, and makes it if there is none. Files of earlier versions are brought up to date; those of later
// versions, and files which are something else, are refused and left as they are.
func Open(ctx context.Context, path string, o Options) (*DB, error) {
	db, err := open(ctx, path, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return db, nil
}

func open(ctx context.Context, path string, o Options) (*DB, error) {
	if o.Chain == nil {
		o.Chain = &audit.Chain{}
	}
	if o.Wait <= 0 {
		o.Wait = 10 * time.Second
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := private(path); err != nil {
		return nil, err
	}
	db := &DB{}
	if db.write, err = connect(path, o.Wait, 1, "_txlock=immediate"); err != nil {
		return nil, err
	}
	if db.read, err = connect(path, o.Wait, readers, "_pragma=query_only(1)"); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err = migrate(ctx, db.write); err == nil {
		db.keys, err = newKeyStore(ctx, db)
	}
	if err == nil {
		db.audit, err = newAuditLog(ctx, db, o.Chain)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// private makes the file with its mode before SQLite would with another, and takes away what others were allowed.
// SQLite gives the files beside it the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	stat, err := f.Stat()
	if err == nil && stat.Mode().Perm()&0o077 != 0 {
		err = f.Chmod(0o600)
	}
	return errors.Join(err, f.Close())
}

// connect returns connections to a file. The journal mode is set before anything else, and kept in the file.
func connect(path string, wait time.Duration, limit int, further string) (*sql.DB, error) {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // a drive of Windows
	}
	name := url.URL{Scheme: "file", Path: path, RawQuery: fmt.Sprintf(
		"_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&%s", wait.Milliseconds(), further)}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(limit)
	db.SetMaxIdleConns(limit)
	return db, nil
}

// Keys returns the store of API keys.
func (db *DB) Keys() *KeyStore { return db.keys }

// Audit returns the audit log.
func (db *DB) Audit() *AuditLog { return db.audit }

// Close closes the file. What was written is on disk already.
func (db *DB) Close() error {
	var errs []error
	for _, c := range []*sql.DB{db.read, db.write} { // the last connection tidies up, so it is the one that may write
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// transaction runs work while nobody else writes, and keeps what it did if it returns nil.
func (db *DB) transaction(ctx context.Context, work func(*sql.Tx) error) error {
	tx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := work(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) {
			return errors.Join(err, undo)
		}
		return err
	}
	return tx.Commit()
}

// hasCode reports whether an error is SQLite's of one of the codes.
func hasCode(err error, codes ...int) bool {
	var e *driver.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, c := range codes {
		if e.Code() == c {
			return true
		}
	}
	return false
}
