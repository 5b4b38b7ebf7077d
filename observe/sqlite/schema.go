package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// applicationID marks files of this package: "Tlta".
const applicationID = 0x546c7461

// ErrForeign is the error for a file that is a database, but none of this package.
var ErrForeign = errors.New("a database of something else")

// ErrLater is the error for a file of a later version.
var ErrLater = errors.New("a database of a later version")

// migrations bring a file from one version to the next. What has been released is not changed any more.
var migrations = [...]string{
	`CREATE TABLE api_key (
		id        TEXT    NOT NULL PRIMARY KEY,
		hash      BLOB    NOT NULL UNIQUE CHECK (length(hash) = 32), -- SHA-256 of the key's text
		prefix    TEXT    NOT NULL,
		name      TEXT    NOT NULL,
		user      TEXT    NOT NULL,
		tenant    TEXT    NOT NULL,
		scopes    TEXT    NOT NULL, -- JSON array of text
		created   INTEGER NOT NULL, -- times in milliseconds since 1970, NULL for never
		expires   INTEGER,
		revoked   INTEGER,
		last_used INTEGER
	) STRICT, WITHOUT ROWID;
	CREATE INDEX api_key_user ON api_key (user, tenant, id);
	CREATE INDEX api_key_tenant ON api_key (tenant, id);

	CREATE TABLE audit (
		seq        INTEGER NOT NULL PRIMARY KEY,
		time       INTEGER NOT NULL, -- nanoseconds since 1970
		actor      TEXT    NOT NULL,
		action     TEXT    NOT NULL,
		target     TEXT    NOT NULL,
		before     TEXT,             -- JSON
		after      TEXT,
		request_id TEXT    NOT NULL,
		ip         TEXT    NOT NULL,
		prev_hash  BLOB    NOT NULL CHECK (length(prev_hash) = 32),
		hash       BLOB    NOT NULL CHECK (length(hash) = 32)
	) STRICT;
	CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
		SELECT RAISE(ABORT, 'audit is append-only: no UPDATE');
	END;
	CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
		SELECT RAISE(ABORT, 'audit is append-only: no DELETE');
	END;
	-- REPLACE deletes without the trigger above, and is caught here: the row it replaces is never the next one.
	CREATE TRIGGER audit_next BEFORE INSERT ON audit
	WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM audit)
		OR NEW.prev_hash IS NOT coalesce((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), zeroblob(32))
	BEGIN
		SELECT RAISE(ABORT, 'audit is append-only: not the next entry');
	END;`,
}

// migrate brings a file up to date, in one transaction.
func migrate(ctx context.Context, write *sql.DB) error {
	tx, err := write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it does nothing, before it the error at hand matters
	var version, application, tables int
	if err := tx.QueryRowContext(ctx, `SELECT (SELECT user_version FROM pragma_user_version),
		(SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)`,
	).Scan(&version, &application, &tables); err != nil {
		return err
	}
	switch {
	case application != applicationID && (version != 0 || tables != 0):
		return ErrForeign
	case version > len(migrations):
		return fmt.Errorf("%w: %d, known are 1 to %d", ErrLater, version, len(migrations))
	case version == len(migrations):
		return nil
	}
	for i, statements := range migrations[version:] {
		if _, err := tx.ExecContext(ctx, statements); err != nil {
			return fmt.Errorf("bring to version %d: %w", version+i+1, err)
		}
	}
	marks := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, len(migrations))
	if _, err := tx.ExecContext(ctx, marks); err != nil {
		return err
	}
	return tx.Commit()
}
