package sqltrace

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"go.opentelemetry.io/otel/attribute"

	"github.com/telltale-dev/telltale/observe/internal/dbpool"
	"github.com/telltale-dev/telltale/observe/internal/dbspan"
	"github.com/telltale-dev/telltale/observe/internal/sqltext"
)

// Options say what is recorded. The zero value is good.
type Options struct {
	// System is the kind of database by OpenTelemetry's db.system.name, such as postgresql. It also says how literals are
	// written. Empty means it is told by the driver.
	System string

	// Namespace is the name of the database, Address and Port say where it is. Empty means what Open can tell from the name
	// of the data source, which is host, port and database of a URL or of key=value pairs.
	Namespace string
	Address   string
	Port      int

	// OnlyInTrace leaves out spans that would begin a trace of their own: those of work that belongs to no request.
	OnlyInTrace bool

	// OmitText leaves out the text of queries. Their operations and tables are still recorded.
	OmitText bool
}

// tracer is what all connections of a database share.
type tracer struct {
	*dbspan.Database
	server []attribute.KeyValue
}

func (o *Options) tracer(d driver.Driver, driverName string) *tracer {
	if o.System == "" {
		o.System = systemOf(d, driverName)
	}
	db := dbspan.New(o.System)
	db.OnlyInTrace, db.OmitText = o.OnlyInTrace, o.OmitText
	return &tracer{Database: db, server: dbspan.Server(o.Namespace, o.Address, o.Port)}
}

// systemOf tells the kind of database by the driver's name, else by the package it is from.
func systemOf(d driver.Driver, name string) string {
	system := sqltext.System(name)
	if system != "other_sql" || d == nil {
		return system
	}
	t := reflect.TypeOf(d)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return sqltext.System(t.PkgPath())
}

// Open does what sql.Open does, and traces. It connects to nothing yet.
func Open(driverName, dataSourceName string, o Options) (*sql.DB, error) {
	plain, err := sql.Open(driverName, dataSourceName)
	if err != nil {
		return nil, fmt.Errorf("open database with driver %q: %w", driverName, err)
	}
	d := plain.Driver()
	if err := plain.Close(); err != nil {
		return nil, fmt.Errorf("close database with driver %q: %w", driverName, err)
	}
	var c driver.Connector = dsnConnector{d, dataSourceName}
	if dc, ok := d.(driver.DriverContext); ok {
		if c, err = dc.OpenConnector(dataSourceName); err != nil {
			return nil, fmt.Errorf("open database with driver %q: %w", driverName, err)
		}
	}
	o.complete(dataSourceName)
	return sql.OpenDB(&connector{inner: c, t: o.tracer(d, driverName)}), nil
}

// Wrap returns a connector that traces what is done with connections of c, for sql.OpenDB.
func Wrap(c driver.Connector, o Options) driver.Connector {
	return &connector{inner: c, t: o.tracer(c.Driver(), "")}
}

// dsnConnector is the connector of a driver that has none.
type dsnConnector struct {
	driver driver.Driver
	dsn    string
}

func (c dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.driver.Open(c.dsn) }
func (c dsnConnector) Driver() driver.Driver                        { return c.driver }

// complete takes from the name of a data source where the database is, and nothing else of it.
func (o *Options) complete(dsn string) {
	var host, port, name string
	if u, err := url.Parse(dsn); err == nil && u.Scheme != "" && u.Host != "" {
		host, port, name = u.Hostname(), u.Port(), strings.TrimPrefix(u.Path, "/")
	} else {
		for _, pair := range strings.Fields(dsn) {
			key, value, _ := strings.Cut(pair, "=")
			switch key {
			case "host":
				host = strings.Trim(value, "'")
			case "port":
				port = strings.Trim(value, "'")
			case "dbname":
				name = strings.Trim(value, "'")
			}
		}
	}
	if o.Namespace == "" {
		o.Namespace = name
	}
	if o.Address == "" {
		o.Address = host
		if o.Port == 0 {
			o.Port, _ = strconv.Atoi(port)
		}
	}
}

// Stats shows the connections of db in the metrics of the telemetry of ctx, the default one if it has none, under a name
// that no other pool has: db_pool_connections by state idle and in_use, db_pool_connections_max and
// db_pool_wait_seconds_total. Close ends that; it does not close db.
func Stats(ctx context.Context, db *sql.DB, pool string) (io.Closer, error) {
	return dbpool.Register(ctx, pool, func() dbpool.Stat {
		s := db.Stats()
		return dbpool.Stat{Idle: s.Idle, InUse: s.InUse, Max: s.MaxOpenConnections, Wait: s.WaitDuration}
	})
}
