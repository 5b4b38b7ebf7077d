package jsonlines

import (
	"strconv"
	"strings"

	"github.com/telltale-dev/telltale/internal/telemetry"
)

// levels are the names libraries give to levels, in lower case.
var levels = map[string]telemetry.Severity{
	"trace": telemetry.SeverityTrace, "trc": telemetry.SeverityTrace, "silly": telemetry.SeverityTrace,
	"finest": telemetry.SeverityTrace, "finer": telemetry.SeverityTrace, "verbose": telemetry.SeverityDebug - 1,
	"debug": telemetry.SeverityDebug, "dbg": telemetry.SeverityDebug, "dbug": telemetry.SeverityDebug, "fine": telemetry.SeverityDebug,
	"config": telemetry.SeverityDebug + 1, "http": telemetry.SeverityInfo - 1,
	"info": telemetry.SeverityInfo, "inf": telemetry.SeverityInfo, "information": telemetry.SeverityInfo,
	"informational": telemetry.SeverityInfo, "default": telemetry.SeverityInfo, "log": telemetry.SeverityInfo,
	"success": telemetry.SeverityInfo + 1, "notice": telemetry.SeverityInfo + 1,
	"warn": telemetry.SeverityWarn, "warning": telemetry.SeverityWarn, "wrn": telemetry.SeverityWarn,
	"error": telemetry.SeverityError, "err": telemetry.SeverityError, "eror": telemetry.SeverityError, "severe": telemetry.SeverityError,
	"exception": telemetry.SeverityError,
	"dpanic":    telemetry.SeverityError + 1,
	"critical":  telemetry.SeverityFatal, "crit": telemetry.SeverityFatal,
	"alert": telemetry.SeverityFatal, "fatal": telemetry.SeverityFatal, "ftl": telemetry.SeverityFatal,
	"panic": telemetry.SeverityFatal, "emerg": telemetry.SeverityFatal + 1, "emergency": telemetry.SeverityFatal + 1,
}

// scale says what a numeric level means.
type scale uint8

const (
	scaleGuess  scale = iota // pino and bunyan from 10 up, syslog below
	scalePython              // 10 debug to 50 critical
	scaleOTel                // 1 to 24
)

// syslog are the severities of RFC 5424, as OpenTelemetry maps them.
var syslog = [8]telemetry.Severity{
	telemetry.SeverityFatal, telemetry.SeverityError + 2, telemetry.SeverityError + 1, telemetry.SeverityError,
	telemetry.SeverityWarn, telemetry.SeverityInfo + 1, telemetry.SeverityInfo, telemetry.SeverityDebug,
}

// parseLevel reads a level: a name in either case, slog's INFO+2, a number, or an object that has one of them.
func parseLevel(value string, sc scale) (telemetry.Severity, bool) {
	if isObject(value) {
		if name := member(value, "name", "level", "text"); isString(name) {
			return parseLevel(name, sc)
		}
		return 0, false
	}
	s := strings.ToLower(strings.TrimSpace(text(value)))
	if len(s) > 32 {
		return 0, false
	}
	if isNumber(s) {
		if n, err := strconv.ParseFloat(s, 64); err == nil && n >= 0 && n <= 100 {
			return numericLevel(int(n), sc)
		}
		return 0, false
	}
	s = strings.TrimPrefix(s, "severity_")
	if sev, ok := levels[s]; ok {
		return sev, true
	}
	if at := strings.IndexAny(s, "+-"); at > 0 { // slog: steps of one between levels four apart, as OTLP's
		base, ok := levels[s[:at]]
		step, err := strconv.Atoi(s[at:])
		if sev := int(base) + step; ok && err == nil && step > -24 && step < 24 {
			return telemetry.Severity(min(max(sev, 1), 24)), true
		}
	}
	if len(s) == 1 { // glog and Serilog's short forms
		switch s {
		case "t", "v":
			return telemetry.SeverityTrace, true
		case "d":
			return telemetry.SeverityDebug, true
		case "i":
			return telemetry.SeverityInfo, true
		case "w":
			return telemetry.SeverityWarn, true
		case "e":
			return telemetry.SeverityError, true
		case "f", "c":
			return telemetry.SeverityFatal, true
		}
	}
	return 0, false
}

func numericLevel(n int, sc scale) (telemetry.Severity, bool) {
	switch {
	case sc == scaleOTel:
		return telemetry.Severity(n), n >= 1 && n <= 24
	case sc == scaleGuess && n >= 0 && n < len(syslog):
		return syslog[n], true
	case n < 10 || n > 100:
		return 0, false
	case sc == scalePython:
		if n >= 50 {
			return telemetry.SeverityFatal, true // critical, as OpenTelemetry for Python maps it
		}
		return telemetry.Severity(4*(n/10) + 1), true
	}
	return telemetry.Severity(min(4*(n/10)-3, int(telemetry.SeverityFatal))), true
}
