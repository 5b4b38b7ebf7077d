"""Runs SQL over the parts with DuckDB: a line of JSON in, a line of JSON out."""
import glob
import json
import sys
import time

import duckdb

con = duckdb.connect()
con.execute("SET threads = 2")
con.execute("SET enable_progress_bar = false")
for setting in ("parquet_metadata_cache", "enable_object_cache"):
    try:
        con.execute(f"SET {setting} = true")
    except duckdb.Error:
        pass
con.execute("SET TimeZone = 'UTC'")
files = sorted(glob.glob(sys.argv[1] + "/*.parquet"))
columns = {tuple(r[0] for r in con.execute(f"DESCRIBE SELECT * FROM read_parquet('{f}')").fetchall()) for f in files}
union = "true" if len(columns) > 1 else "false"
con.execute(f"CREATE VIEW ev AS SELECT * FROM read_parquet({files!r}, union_by_name = {union})")
print(json.dumps({"version": duckdb.__version__, "union": union}), flush=True)
for line in sys.stdin:
    q = json.loads(line)
    begin = time.perf_counter()
    try:
        table = con.sql(q["sql"]).to_arrow_table() if q["time"] else con.execute(q["sql"]).fetchall()
        ms = (time.perf_counter() - begin) * 1000
        rows = [] if q["time"] else [list(r) for r in table]
        print(json.dumps({"ms": ms, "rows": rows}, default=str), flush=True)
    except duckdb.Error as e:
        print(json.dumps({"error": str(e)}), flush=True)
