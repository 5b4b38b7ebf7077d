"""Reads the sealed files of a data folder as anybody would, with DuckDB and with pyarrow, and prints what it found as JSON.
usage: parquet_read.py DATA"""

import glob
import json
import sys

import duckdb
import pyarrow.parquet

files = sorted(glob.glob(f"{sys.argv[1]}/parts/*.parquet"))
db = duckdb.connect()
db.execute(f"create view events as select * from read_parquet({files!r}, union_by_name = true)")


def one(sql):
    return db.execute(sql).fetchone()


def rows(sql):
    return [list(map(str, r)) for r in db.execute(sql).fetchall()]


pico, tokens, calls = one("select sum(cost_pico_usd)::varchar, sum(input_tokens + output_tokens)::bigint, count(*) from events where call")
found = {
    "files": len(files),
    "rows": one("select count(*) from events")[0],
    "spans": one("select count(*) from events where kind <> 'log' and not repeat")[0],
    "logs": one("select count(*) from events where kind = 'log'")[0],
    "repeats": one("select count(*) from events where repeat")[0],
    "calls": calls,
    "pico_usd": pico,
    "tokens": tokens,
    "types": dict(db.execute("select column_name, column_type from (describe events)").fetchall()),
    "by_model": rows("select model, count(*), sum(input_tokens)::bigint from events where call and not repeat group by 1 order by 1"),
    "promoted": rows("""select "a.shop.region", count(*) from events where "a.shop.region" <> '' group by 1 order by 1"""),
    "map": rows("select name, attributes['shop.rare'] from events where attributes['shop.rare'] is not null order by name"),
    "hours": one("select count(distinct date_trunc('hour', time::timestamptz)) from events where kind <> 'log' and not repeat")[0],
    "late": one("select count(*) from events where attributes['late'] = 'yes' or \"a.late\" = 'yes'")[0],
    "body": one("select body from events where body like '%needle%'")[0],
}
arrow = {"rows": 0, "pico_usd": 0, "map": [], "null_text": 0, "unknown_cost": 0}
for f in files:
    table = pyarrow.parquet.read_table(f)
    arrow["rows"] += table.num_rows
    arrow["pico_usd"] += sum(v for v in table["cost_pico_usd"].to_pylist() if v is not None)
    arrow["types"] = {c: str(table.schema.field(c).type) for c in ("time", "kind", "cost_pico_usd", "call", "duration_ns", "attributes")}
    for name, attributes in zip(table["name"].to_pylist(), table["attributes"].to_pylist()):
        arrow["map"] += [[name, v] for k, v in attributes or [] if k == "shop.rare"]
    arrow["null_text"] += sum(table[c].null_count for c in ("service", "user_id", "body"))
    arrow["unknown_cost"] += table["cost_pico_usd"].null_count
arrow["map"].sort()
arrow["pico_usd"] = str(arrow["pico_usd"])
print(json.dumps(found | {"arrow": arrow}))
