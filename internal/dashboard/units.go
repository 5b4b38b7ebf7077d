package dashboard

import (
	"slices"
	"strings"
)

// units are the ids of Grafana that the interface can write, by what they measure.
var units = map[string][]string{
	"number":   {"none", "short", "sishort", "string", "locale", "sci", "hex", "bool", "bool_yes_no", "bool_on_off", "number"},
	"share":    {"percent", "percentunit"},
	"time":     {"ns", "µs", "us", "ms", "s", "m", "min", "h", "d", "dtdurations", "dtdurationms", "dthms", "clocks", "clockms"},
	"moment":   {"dateTimeAsIso", "dateTimeAsLocal", "dateTimeFromNow", "dateTimeAsUS"},
	"size":     {"bytes", "decbytes", "bits", "decbits", "kbytes", "deckbytes", "mbytes", "decmbytes", "gbytes", "decgbytes"},
	"size/s":   {"Bps", "binBps", "bps", "binbps", "KBs", "MBs", "GBs"},
	"rate":     {"reqps", "ops", "rps", "cps", "eps", "wps", "iops", "pps", "hertz", "cpm", "opm", "rpm", "reqpm", "wpm", "mpps", "recps", "rowsps"},
	"currency": {"currencyUSD", "currencyEUR", "currencyGBP", "currencyJPY", "currencyCHF", "currencyINR", "currencyCNY"},
}

// Units lists the units that are known, by what they measure.
func Units() map[string][]string {
	out := map[string][]string{}
	for kind, ids := range units {
		out[kind] = slices.Clone(ids)
	}
	return out
}

// customUnits begin a unit of one's own, whose text follows.
var customUnits = []string{"suffix:", "prefix:", "currency:", "count:", "si:"}

func knownUnit(unit string) bool {
	for _, ids := range units {
		if slices.Contains(ids, unit) {
			return true
		}
	}
	return slices.ContainsFunc(customUnits, func(p string) bool { return strings.HasPrefix(unit, p) })
}

// unit reads that of a member.
func (r *reader) unit(o *object, name string) string {
	return r.unitText(o, name, o.get(name), o.str(name))
}

// unitText tells of an unknown one once; it stands behind the number then.
func (r *reader) unitText(o *object, name string, at *node, unit string) string {
	if unit == "" || knownUnit(unit) {
		return unit
	}
	if r.units == nil {
		r.units = map[string]bool{}
	}
	if !r.units[unit] {
		r.units[unit] = true
		o.unsupported(name, at, "the unit "+shorten(unit)+" is not known; it is written behind the number", "see the guide for those that are, or suffix:TEXT")
	}
	return "suffix: " + unit
}
